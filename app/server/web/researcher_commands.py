"""What the researcher's pages may ask for: checked at the edge, decided by the session, answered with a sentence.

researcher_socket.py hands over what arrives; the guard in researcher_access.py has already checked who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.session import Session
from app.server.web.message_fields import Id, Message

log = logging.getLogger(__name__)


class ReleaseHold(Message):
    """Everybody who waits in a hold scene may go on; the reason is journalled."""

    scene_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class LowerHand(Message):
    """A participant was helped."""

    participant_id: Id


FROM_RESEARCHER: dict[str, type[Message]] = {"release_hold": ReleaseHold, "lower_hand": LowerHand}


class ResearcherCommands:
    """Carries out what the researcher asks for.

    Args:
        session: decides.
        ask: lets the session decide something and carries it out.
        now: the clock.
    """

    def __init__(
        self,
        session: Session,
        ask: Callable[[Callable[[], Outcome]], dict[str, Any]],
        now: Callable[[], Instant],
    ) -> None:
        self._session = session
        self._ask = ask
        self._now = now

    def handle(self, name: str, payload: Any = None) -> dict[str, Any]:
        """Do what a page asks for and return the answer, `{"ok": true, ...}` or `{"ok": false, "error": ...}`."""
        try:
            message = FROM_RESEARCHER[name].model_validate(payload).model_dump()
            decide = getattr(self._session.desk, name)
            return {"ok": True, **self._ask(lambda: decide(**message, now=self._now()))}
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join([name, *(str(step) for step in first["loc"])])
            return _no("bad_message", f"{where}: {first['msg']}.")
        except Refused as refusal:
            return _no(refusal.code, refusal.message)
        except Exception:
            log.exception("%s of the researcher could not be done", name)
            return _no("server_error", "the server could not do this; what it printed says why.")


def _no(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message}}
