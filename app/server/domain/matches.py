"""A match: seats that play together through its episodes. One state machine, one place that changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.server.domain.donations import Donations
from app.server.domain.errors import Refused
from app.server.domain.membership import Arbiter


class MatchState(StrEnum):
    """Where a match stands."""

    WAITING = "WAITING"  # its seats are not all told yet
    MATCHED = "MATCHED"  # every seat knows its partners
    VALIDATING = "VALIDATING"  # the seats try to reach each other
    PLAYING = "PLAYING"
    ENDED = "ENDED"


_NEXT = {
    MatchState.WAITING: {MatchState.MATCHED, MatchState.ENDED},
    MatchState.MATCHED: {MatchState.VALIDATING, MatchState.ENDED},
    MatchState.VALIDATING: {MatchState.PLAYING, MatchState.ENDED},
    MatchState.PLAYING: {MatchState.ENDED},
    MatchState.ENDED: set(),
}

#: Why a match ends; the participants' own exit reasons follow from it.
END_REASONS = ("COMPLETED", "PARTNER_LEFT", "TECH_PROBLEM")


@dataclass(frozen=True)
class EpisodeReport:
    """What a seat says once it is stable through an episode's last frame."""

    frame: int
    state_hash: str
    inputs_hash: str


@dataclass
class MatchSeat:
    """A place in a match and what its page has told.

    Attributes:
        connections: how each partner is reached, by seat index; None until the page can begin.
        interrupted_since_ms: since when its connection is lost.
        lagging: its connection is new, and it has not said yet what it has: it may have missed decisions.
        heard_ms: when the page last said anything about this match.
        reports: one an episode, once this seat is stable through its end.
        gone: its person is out of the match for good.
        closed_since_ms: since when its page is closed; a reloaded one may follow.
        returning: its reloaded page waits to be told what it comes back to.
        recorded: the newest frame of this seat that is stored, and the number of the next chunk.
        digest: of all that decides what its page records; None where it has not said.
        silent: the partners of whom its page has heard nothing for seconds.
        report: its page's statistics of the match, once they have come.
        reward: the sum of its rewards that are stored.
    """

    seat: str
    index: int
    role: str
    participant_id: str
    connections: dict[str, str] | None = None
    interrupted_since_ms: float | None = None
    lagging: bool = False
    heard_ms: float = 0.0
    reports: dict[int, EpisodeReport] = field(default_factory=dict)
    gone: bool = False
    closed_since_ms: float | None = None
    returning: bool = False
    recorded: dict[str, int] = field(default_factory=lambda: {"episode": -1, "through": -1, "seq": 0})
    digest: str | None = None
    silent: set[int] = field(default_factory=set)
    report: dict[str, Any] = field(default_factory=dict)
    reward: float = 0.0


@dataclass
class Match:
    """Seats playing together.

    Attributes:
        seats: those on which people sit, in order; an AI player has no page, and is named in `setup` only.
        number: counts the study's matches; with the master seed it fixes seats and seeds.
        setup: what a browser needs to play, see `Experiment.match_setup`.
        episode: the one being played or about to be; -1 before the first.
        since_ms: when the present state or episode began, for time limits.
        desync: what the seats first disagreed about, if they did.
        part: in which part of the state they did, as two pages have told it.
        end_reason: why it is over, or will be because somebody has left.
        left_seat: who left first.
        step_id: the step of the plans in which it is played; of a scene that is played once, the scene's id.
        condition: the cell of the design it is played under.
        arbiter: decides who takes part, from the first episode on.
        donations: states on their way to seats that come back.
        finishing_since_ms: since when it is agreed that this episode is the last.
    """

    match_id: str
    number: int
    scene_id: str
    seats: list[MatchSeat]
    episode_seeds: list[int]
    match_tag: int
    setup: dict[str, Any]
    since_ms: float
    state: MatchState = MatchState.WAITING
    episode: int = -1
    first_report_ms: float | None = None
    desync: dict[str, Any] | None = None
    part: dict[str, Any] | None = None
    end_reason: str | None = None
    left_seat: int | None = None
    arbiter: Arbiter | None = None
    donations: Donations = field(default_factory=Donations)
    finishing_since_ms: float | None = None
    step_id: str = ""
    condition: dict[str, Any] | None = None

    @property
    def playing(self) -> bool:
        """Whether an episode is being played, so that leaving and coming back is for the arbiter to decide."""
        return self.state is MatchState.PLAYING and self.arbiter is not None

    @property
    def members(self) -> list[MatchSeat]:
        """The seats that take part."""
        if self.arbiter is None:
            return self.seats
        return [seat for seat in self.seats if seat.index in self.arbiter.members]

    def absent(self, seat: MatchSeat) -> bool:
        """Whether the match goes on without a seat whose person may still come back to it."""
        arbiter = self.arbiter
        if not self.playing or arbiter is None or seat.gone:
            return False
        if not arbiter.remaining:
            return seat.interrupted_since_ms is not None  # with nobody left it ends, and who is there is told
        return seat.index not in arbiter.remaining and seat.index not in arbiter.observers

    @property
    def running(self) -> bool:
        """Whether its seats may talk to each other."""
        return self.state in (MatchState.MATCHED, MatchState.VALIDATING, MatchState.PLAYING)

    def move(self, state: MatchState, now_ms: float) -> None:
        """Go to another state; a step the machine does not have is a programming error."""
        assert state in _NEXT[self.state], f"match {self.match_id}: {self.state} to {state}"
        self.state, self.since_ms = state, now_ms

    def seat_of(self, participant_id: str) -> MatchSeat:
        """Return the participant's seat.

        Raises:
            Refused: the participant does not sit in this match.
        """
        for seat in self.seats:
            if seat.participant_id == participant_id:
                return seat
        raise Refused("not_your_match", f"you do not sit in match {self.match_id}.")

    def other(self, seat: MatchSeat, index: int) -> MatchSeat:
        """Return another seat of this match by its index.

        Raises:
            Refused: there is no such seat, or it is the sender's own.
        """
        found = self.seat_at(index)
        if found is None or found is seat:
            raise Refused("no_such_seat", f"seat {index} is not a partner in match {self.match_id}.")
        return found

    def seat_at(self, index: int) -> MatchSeat | None:
        """Return the seat with this index if a person sits on it, else None."""
        return next((seat for seat in self.seats if seat.index == index), None)

    def connected(self, seat: MatchSeat, connections: dict[str, str]) -> bool:
        """Note how a seat reaches its partners; return whether all seats have now said so.

        While the match plays it may name those who are there.
        """
        partners = {str(other.index) for other in self.seats if other is not seat}
        if set(connections) != partners and not (self.playing and set(connections) <= partners):
            raise Refused("wrong_seats", f"connections must name the seats {', '.join(sorted(partners))}.")
        seat.connections = dict(connections)
        return all(other.connections is not None for other in self.seats)

    def facts_of(self, seat: MatchSeat) -> dict[str, Any]:
        """Return what rules may ask of somebody's match."""
        left = any(other.gone for other in self.seats if other is not seat)
        return {"role": seat.role, "score": seat.reward, "episodes": len(seat.reports), "partner_left": left}

    @property
    def incompatible(self) -> bool:
        """Whether two seats would play different games."""
        return len({seat.digest for seat in self.seats if seat.digest is not None}) > 1

    def episode_done(self, seat: MatchSeat, episode: int, report: EpisodeReport, now_ms: float) -> bool:
        """Note a seat's report; return whether it is news of the present episode.

        A report that comes again, or late, or of a seat that takes no part, changes nothing.
        """
        if self.state is not MatchState.PLAYING or episode > self.episode:
            raise Refused("not_playing", f"episode {episode} of match {self.match_id} is not being played.")
        if episode < self.episode or episode in seat.reports or seat not in self.members:
            return False
        seat.reports[episode] = report
        if self.first_report_ms is None:
            self.first_report_ms = now_ms
        return True

    @property
    def episode_over(self) -> bool:
        """Whether all who take part are stable through the present episode's end, and nobody's leaving is undecided."""
        undecided = self.arbiter is not None and (self.arbiter.over or self.arbiter.deciding_drop)
        return self.playing and not undecided and all(self.episode in seat.reports for seat in self.members)

    def disagreement(self, episode: int) -> str | None:
        """Say what the seats' reports of an episode differ in: "frame", "inputs", "state", or nothing.

        Equal inputs and another state mean an environment that is not deterministic; other inputs a netcode fault.
        """
        reports = [seat.reports[episode] for seat in self.members]
        if len({report.frame for report in reports}) > 1:
            return "frame"
        if len({report.inputs_hash for report in reports}) > 1:
            return "inputs"
        return "state" if len({report.state_hash for report in reports}) > 1 else None

    def begin_episode(self, now_ms: float) -> int | None:
        """Go on to the next episode and return its number, or None when all are played."""
        if self.episode + 1 >= len(self.episode_seeds):
            return None
        self.episode += 1
        self.since_ms, self.first_report_ms = now_ms, None
        return self.episode
