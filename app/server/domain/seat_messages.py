"""What a page says as a seat of a match. Whoever speaks is checked to sit there before anything else."""

from __future__ import annotations

from typing import Any

from app.engine.differences import reported_difference
from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.matches import EpisodeReport
from app.server.domain.play import Play
from app.server.domain.silences import note_silence


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
        there = match.running and not seat.gone and not other.gone
        return (other.participant_id, seat.index) if there else None

    def frame_ms(self, match_id: str) -> float:
        """Return the time of a match's frame, in which a seat sends once, ms."""
        return 1000.0 / self._play.match(match_id).setup["fps"]

    def signal(self, participant_id: str, match_id: str, to: int, data: dict[str, Any], now: Instant) -> Outcome:
        """Pass a connection offer, answer or candidate on to a partner."""
        out = Outcome()
        target = self.partner(participant_id, match_id, to)
        if target is None:
            raise Refused("match_over", f"match {match_id} is over, for you or for this partner.")
        self._play.signalled(self._play.match(match_id), now, out)
        out.send(target[0], "signal", {"match_id": match_id, "from": target[1], "data": data})
        return out

    def connected(
        self,
        participant_id: str,
        match_id: str,
        connections: dict[str, str],
        now: Instant,
        digest: str | None = None,
    ) -> Outcome:
        """A seat said how it reaches its partners, and by its digest what it plays."""
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        seat.digest = digest or seat.digest
        self._play.connected(match, seat, connections, now, out)
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
        """A page reported how it plays: for the monitor, and for where all could still stop."""
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        seat.heard_ms = now.monotonic_ms
        if match.arbiter is not None and facts["episode"] == match.episode and facts["frame"] is not None:
            match.arbiter.known_frame(seat.index, facts["frame"])
        silent = {int(index): ms for index, ms in (facts.get("silent_ms") or {}).items()}
        note_silence(match, seat, silent, now, out)
        out.event("status_reported", now, participant_id=participant_id, match_id=match_id, **facts)
        return out

    def report(self, participant_id: str, match_id: str, report: dict[str, Any], now: Instant) -> Outcome:
        """A page sent its statistics of a match; where states differed, two of them tell in which part."""
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        out.store("add_report", {"match_id": match_id, "seat": seat.seat, "report": report})
        seat.report = report
        found = reported_difference({seat.seat: seat.report for seat in match.seats})
        if found is not None and found != match.part:
            match.part = found
            self._play.differ(match, {"kind": "state", **found}, now, out)
        return out

    def seat_in(self, participant_id: str, match_id: str) -> str:
        """Return the seat a participant has or had in a match.

        Raises:
            Refused: none.
        """
        return self._play.match(match_id).seat_of(participant_id).seat

    def membership(self, participant_id: str, match_id: str, message: dict[str, Any], now: Instant) -> Outcome:
        """A page says something about who takes part in its match."""
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        seat.heard_ms = now.monotonic_ms
        self._play.membership(match, seat, message, now, out)
        return out

    def state_part(
        self, participant_id: str, match_id: str, to: int, epoch: int, frame: int, index: int, data: bytes
    ) -> Outcome:
        """Pass a part of a state on to a seat that comes back and was promised one by the sender.

        Raises:
            Refused: it was not.
        """
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        match.donations.part(seat.index, to, epoch, frame, index, len(data))
        payload = {"match_id": match_id, "epoch": epoch, "frame": frame, "index": index, "data": data}
        out.send(match.other(seat, to).participant_id, "state_part", payload)
        return out

    def ask_log(self, participant_id: str, match_id: str, now: Instant) -> None:
        """Note that a page asks for the inputs of its match; it must take part, or be coming back.

        Raises:
            Refused: it does not.
        """
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        arbiter = match.arbiter
        if not match.running or arbiter is None or seat.index not in arbiter.members | arbiter.observers.keys():
            raise Refused("not_rejoining", f"you do not come back to match {match_id}.")
        arbiter.asked_log(seat.index, now.monotonic_ms)

    def failed(self, participant_id: str, match_id: str, found: dict[str, Any], now: Instant) -> Outcome:
        """A page's environment raised an exception; `found` has episode, frame, message and traceback."""
        out = Outcome()
        match = self._play.match(match_id)
        seat = match.seat_of(participant_id)
        self._play.fail(match, {"participant_id": participant_id, "seat": seat.seat, **found}, now, out)
        return out

    def acknowledged(
        self,
        participant_id: str,
        match_id: str,
        frames: int,
        now: Instant,
        recorded: dict[str, int] | None = None,
        reward: float = 0.0,
    ) -> Outcome:
        """More of a seat's frames are committed.

        Args:
            participant_id: whose.
            match_id: of which match.
            frames: how many.
            now: the moment.
            recorded: episode, through and seq as `MatchSeat.recorded`.
            reward: the sum of the seat's rewards in them.
        """
        out = Outcome()
        seat = self._play.match(match_id).seat_of(participant_id)
        seat.heard_ms = now.monotonic_ms
        seat.reward += reward
        if recorded is not None and recorded["seq"] > seat.recorded["seq"]:
            seat.recorded = recorded
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
