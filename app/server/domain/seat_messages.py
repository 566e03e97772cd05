"""What a page says as a seat of a match. Whoever speaks is checked to sit there before anything else."""

from __future__ import annotations

from typing import Any

from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.matches import EpisodeReport
from app.server.domain.play import Play


class SeatMessages:
    """The door of a session for seats; `Session.seats` is one.

    Args:
        play: runs the matches.
    """

    def __init__(self, play: Play) -> None:
        self._play = play

    def partner(self, participant_id: str, match_id: str, to: int) -> tuple[str, int] | None:
        """Return who sits on seat `to` of a match, and the sender's own seat; None when the match is over.

        Raises:
            Refused: the sender does not sit in the match, or the seat is not a partner's.
        """
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        other = match.other(seat, to)
        return (other.participant_id, seat.index) if match.running else None

    def signal(self, participant_id: str, match_id: str, to: int, data: dict[str, Any], now: Instant) -> Outcome:
        """Pass a connection offer, answer or candidate on to a partner."""
        out = Outcome()
        target = self.partner(participant_id, match_id, to)
        if target is None:
            raise Refused("match_over", f"match {match_id} is over.")
        self._play.signalled(self._play.match(match_id), now, out)
        out.send(target[0], "signal", {"match_id": match_id, "from": target[1], "data": data})
        return out

    def connected(self, participant_id: str, match_id: str, connections: dict[str, str], now: Instant) -> Outcome:
        """A seat said how it reaches its partners."""
        out = Outcome()
        match = self._play.match(match_id)
        self._play.connected(match, match.seat_of(participant_id), connections, now, out)
        return out

    def episode_done(
        self, participant_id: str, match_id: str, episode: int, report: EpisodeReport, now: Instant
    ) -> Outcome:
        """A seat is stable through an episode's last frame."""
        out = Outcome()
        match = self._play.match(match_id)
        self._play.episode_done(match, match.seat_of(participant_id), episode, report, now, out)
        return out

    def status(self, participant_id: str, match_id: str, facts: dict[str, Any], now: Instant) -> Outcome:
        """A page reported how it plays; only the monitor wants to know."""
        out = Outcome()
        self._play.match(match_id).seat_of(participant_id).heard_ms = now.monotonic_ms
        out.event("status_reported", now, participant_id=participant_id, match_id=match_id, **facts)
        return out

    def report(self, participant_id: str, match_id: str, report: dict[str, Any]) -> Outcome:
        """A page sent its statistics of a match."""
        out = Outcome()
        seat = self._play.match(match_id).seat_of(participant_id)
        out.store("add_report", {"match_id": match_id, "seat": seat.seat, "report": report})
        return out

    def seat_in(self, participant_id: str, match_id: str) -> str:
        """Return the seat a participant has or had in a match.

        Raises:
            Refused: none.
        """
        return self._play.match(match_id).seat_of(participant_id).seat

    def acknowledged(self, participant_id: str, match_id: str, frames: int, now: Instant) -> Outcome:
        """More of a seat's frames are committed."""
        out = Outcome()
        self._play.match(match_id).seat_of(participant_id).heard_ms = now.monotonic_ms
        out.event("frames_acknowledged", now, participant_id=participant_id, match_id=match_id, frames=frames)
        return out

    def records_differ(self, match_id: str, found: dict[str, Any], now: Instant) -> Outcome:
        """The store found the seats' rows different; `found` has episode, frame, column, seats and values."""
        out = Outcome()
        match = self._play.match(match_id)
        known = match.desync or {}
        if "column" not in known or (known["episode"], known["frame"]) != (found["episode"], found["frame"]):
            self._play.differ(match, {"kind": "records", **found}, now, out)
        return out
