"""Every Socket.IO message between a participant's page and the server: one table a direction, checked at the edge.

`tests/contract/*.json` holds a golden example of each; the Python and the JavaScript tests both read them.
Sizes are bounded in the messages' shapes; who may send what is for the domain to say, how often for `access.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.server.domain.errors import Refused
from app.server.web import from_page, to_page
from app.server.web.message_fields import Message


@dataclass(frozen=True)
class Inbound:
    """A message of a page.

    Attributes:
        model: its shape.
        acknowledged: whether it is answered.
        needs_participant: whether only somebody who pressed Start may send it.
    """

    model: type[Message]
    acknowledged: bool = True
    needs_participant: bool = True


FROM_PAGE: dict[str, Inbound] = {
    "start": Inbound(from_page.Start, needs_participant=False),
    "advance": Inbound(from_page.Advance),
    "consent": Inbound(from_page.Consent),
    "answer": Inbound(from_page.Answer),
    "hand": Inbound(from_page.Hand),
    "ready": Inbound(from_page.Ready),
    "signal": Inbound(from_page.Signal),
    "connected": Inbound(from_page.Connected),
    "relay": Inbound(from_page.Relay, acknowledged=False),
    "episode_done": Inbound(from_page.EpisodeDone),
    "chunk": Inbound(from_page.Chunk),
    "status": Inbound(from_page.Status),
    "match_report": Inbound(from_page.MatchReport),
    "clock": Inbound(from_page.Empty, needs_participant=False),
    "membership": Inbound(from_page.Membership),
    "state_part": Inbound(from_page.StatePart),
    "input_log": Inbound(from_page.InputLog),
    "match_failed": Inbound(from_page.MatchFailed),
    "leave": Inbound(from_page.Leave),
}

TO_PAGE: dict[str, type[Message]] = {
    "view": to_page.View,
    "signal": to_page.SignalFrom,
    "relay": to_page.RelayFrom,
    "matched": to_page.Matched,
    "membership": to_page.MembershipFrom,
    "state_part": to_page.StatePartFrom,
    "begin": to_page.Begin,
    "partner": to_page.PartnerState,
    "match_ended": to_page.MatchEnded,
}


def parse(name: str, payload: Any) -> Any:
    """Check a page's message and return it as its model.

    Raises:
        Refused: `bad_message`, with the first thing that is wrong.
    """
    try:
        return FROM_PAGE[name].model.model_validate(payload if payload is not None else {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join([name, *(str(step) for step in first["loc"])])
        raise Refused("bad_message", f"{where}: {first['msg']}.") from None
