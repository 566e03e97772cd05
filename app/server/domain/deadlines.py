"""How long a match waits for what, before it goes on without somebody or ends."""

from __future__ import annotations

from app.experiments.scenes import Multiplayer
from app.server.domain.commands import Instant
from app.server.domain.matches import Match, MatchSeat, MatchState

#: Beyond the time to connect: a page that has said nothing by then is broken.
CONNECT_GRACE_MS = 30_000
#: Once a seat is stable through the last frame its partners hold every input too, and are seconds away at most.
EPISODE_END_MS = 60_000
#: A page reports once a second; a browser may slow a hidden page's timers to one a minute.
SILENCE_MS = 90_000
#: A page that said it is going away may be one that is loaded again; it is back within seconds or not at all.
RETURN_MS = 10_000


def overdue(match: Match, settings: Multiplayer, now: Instant) -> tuple[str, MatchSeat | None] | None:
    """Return why a running match cannot go on as it is, and who is the cause, or None."""
    now_ms = now.monotonic_ms
    here = [seat for seat in match.seats if not seat.gone]
    # Nobody waits any more for who is absent, and they may take their time.
    awaited = [seat for seat in here if not match.absent(seat)]
    for seat in here:
        if seat in awaited and _since(seat.interrupted_since_ms, now_ms) >= settings.reconnection_timeout_ms:
            return "PARTNER_LEFT", seat
        if _since(seat.closed_since_ms, now_ms) >= RETURN_MS:
            return "PARTNER_LEFT", seat
    if _since(match.finishing_since_ms, now_ms) >= EPISODE_END_MS:
        return match.end_reason or "TECH_PROBLEM", None
    if any(seat.interrupted_since_ms is not None for seat in awaited):
        return None
    if match.arbiter is not None and match.arbiter.deciding_drop:
        return None
    if match.state is not MatchState.PLAYING:
        limit = settings.connection_timeout_ms + CONNECT_GRACE_MS
        return ("TECH_PROBLEM", None) if now_ms - match.since_ms >= limit else None
    for seat in match.members:
        if now_ms - max(seat.heard_ms, match.since_ms) >= SILENCE_MS:
            return "TECH_PROBLEM", seat
    return ("TECH_PROBLEM", None) if _since(match.first_report_ms, now_ms) >= EPISODE_END_MS else None


def _since(at_ms: float | None, now_ms: float) -> float:
    return -1.0 if at_ms is None else now_ms - at_ms
