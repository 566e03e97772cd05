"""The way through the server for datagrams of seats without a channel between them.

Nothing is read, kept or changed here: bytes of one seat go to a partner in the same running match. This is the
busiest path of the server, so it goes around locks and the journal.
"""

from __future__ import annotations

from typing import Any

from app.server.domain.errors import Refused
from app.server.domain.session import Session
from app.server.web.access import Allowance


def forward(
    session: Session, allowance: Allowance, participant_id: str, match_id: str, to: int, data: bytes, now_ms: float
) -> tuple[str, dict[str, Any]] | None:
    """Return to whom to send what, or None when the bytes are dropped.

    Raises:
        Refused: the match, the sender's seat or the partner's is not what the page says, or it sends too much.
    """
    if not allowance.relay(len(data), now_ms):
        raise Refused("too_many_datagrams", "this page relays more than a match needs; the rest is dropped.")
    target = session.seats.partner(participant_id, match_id, to)
    if target is None:
        # The match has just ended; what was still on its way is of no use to anybody.
        return None
    other, own_index = target
    return other, {"match_id": match_id, "from": own_index, "data": data}
