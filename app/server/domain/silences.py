"""Whom the pages of a match do not hear: for the researcher alone, who can look after a cable before a grace is over.

What follows for the match is the arbiter's to decide (`membership.py`), from what the pages tell it after the grace.
"""

from __future__ import annotations

from app.server.domain.commands import Instant, Outcome
from app.server.domain.matches import Match, MatchSeat


def note_silence(match: Match, seat: MatchSeat, silent_ms: dict[int, int], now: Instant, out: Outcome) -> None:
    """Tell what is new in whom a page has not heard for seconds, and for how long, by seat index.

    Raises:
        Refused: a seat is no partner's.
    """
    accused = {index: match.other(seat, index) for index in silent_ms}
    there = {other.index for other in match.members if not other.gone} if match.playing else set()
    if seat.index not in there:
        seat.silent = set()
        return
    silent = accused.keys() & there
    before, seat.silent = seat.silent, silent
    for index in sorted(silent - before):
        out.event(
            "seat_silent", now, match_id=match.match_id, participant_id=accused[index].participant_id,
            by=seat.participant_id, silent_ms=silent_ms[index],
        )  # fmt: skip
    # Who takes part no more is not heard again, but not missed either.
    for index in sorted((before - silent) & there):
        heard = match.other(seat, index).participant_id
        out.event("seat_heard", now, match_id=match.match_id, participant_id=heard, by=seat.participant_id)
