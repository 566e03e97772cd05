"""What a page may hand to a partner's RTCPeerConnection, and nothing else.

Descriptions and candidates go from browser to browser as they are; this takes out whatever a browser would not have
put there, so that a page cannot use the channel to hand arbitrary objects to another page.
"""

from __future__ import annotations

from typing import Any

from app.server.domain.errors import Refused

_DESCRIPTION = {"type", "sdp"}
_CANDIDATE = {"candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"}
_TYPES = ("offer", "answer", "pranswer", "rollback")


def clean(data: dict[str, Any]) -> dict[str, Any]:
    """Return the description or candidate with its known members only.

    Raises:
        Refused: `bad_signal`.
    """
    # The connection's name, by which a page knows what was meant for the connection before.
    life = data.get("life")
    if life is not None and (type(life) is not int or not 0 <= life < 2**32):
        raise Refused("bad_signal", "signal.data.life is a number of 32 bits.")
    named = {} if life is None else {"life": life}
    if "description" in data:
        inner = data["description"]
        if not isinstance(inner, dict) or inner.get("type") not in _TYPES or not isinstance(inner.get("sdp", ""), str):
            raise Refused("bad_signal", "signal.data.description needs a type and an sdp text.")
        return {"description": {key: inner[key] for key in inner if key in _DESCRIPTION}, **named}
    inner = data["candidate"]
    if inner is None:
        return {"candidate": None, **named}
    if not isinstance(inner, dict) or not isinstance(inner.get("candidate"), str):
        raise Refused("bad_signal", "signal.data.candidate needs a candidate text.")
    kept = {key: inner[key] for key in inner if key in _CANDIDATE}
    if not all(value is None or isinstance(value, str | int) for value in kept.values()):
        raise Refused("bad_signal", "signal.data.candidate has a member that is not a text or number.")
    return {"candidate": kept, **named}
