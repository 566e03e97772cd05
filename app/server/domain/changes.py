"""The changes of a match's membership: what is decided once everybody has answered, and what follows from it.

`Arbiter` (`membership.py`) says when; every change is a commit, durable before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.server.domain.ballot_box import BallotBox
from app.server.domain.ballots import Ballot, decide_cuts
from app.server.domain.decisions import Action, Event, Persist, Send
from app.server.domain.fences import Fences
from app.server.domain.suspicions import Suspicions
from app.server.domain.views import Views

#: What a study may let follow when somebody has left.
DEPARTURES = ("end", "default_action", "policy")


@dataclass
class Observer:
    """A seat whose person is coming back.

    Attributes:
        since_ms: when its time to come back began.
        asked: whether its page has asked for the inputs so far, so that it runs and catches up.
        joined: the episode it has caught up with.
    """

    since_ms: float
    asked: bool = False
    joined: int | None = None


class Changes(Views):
    """Makes the changes of one match.

    Args:
        people: seats that a person takes.
        after_departure: what the study lets follow, one of `DEPARTURES`.
        fences: where all can stop.
        box: holds the open ballot.
        suspicions: what the members say of each other.

    Attributes:
        observers: the seats that are coming back.
        over: whether nobody takes part any more.
    """

    def __init__(
        self, people: Iterable[int], after_departure: str, fences: Fences, box: BallotBox, suspicions: Suspicions
    ) -> None:
        assert after_departure in DEPARTURES, after_departure
        super().__init__(people, "policy" if after_departure == "policy" else "default_action")
        self.observers: dict[int, Observer] = {}
        self.over = False
        self._after = after_departure
        self._fences = fences
        self._box = box
        self._suspicions = suspicions
        self._left: set[int] = set()
        self._wants_pause = False

    def _void(self, actions: list[Action]) -> None:
        actions += self._box.void(self.members)

    def _decide(self, ballot: Ballot, actions: list[Action]) -> None:
        if ballot.purpose == "drop":
            self._decide_drop(ballot, actions)
            return
        self._box.close()
        self._fences.begin()
        assert ballot.fence is not None
        if ballot.activate is not None:
            self._activate(ballot.activate, ballot.fence, actions)
        elif ballot.purpose == "finish":
            self._commit(actions, {"final": ballot.fence - 1})
            actions.append(Event("final", {"epoch": self.epoch, "frame": ballot.fence - 1}))
        else:
            self._commit(actions, {"pause": ballot.fence})
            actions.append(Event("paused", {"epoch": self.epoch, "frame": ballot.fence}))

    def _decide_drop(self, ballot: Ballot, actions: list[Action]) -> None:
        cuts = decide_cuts(ballot.reports, ballot.drop)
        if cuts.behind:
            self._left |= cuts.behind
            return
        returning = set(ballot.drop) & self.observers.keys()
        final = None
        if self._after == "end" and set(ballot.drop) - returning:
            # Nobody can have recorded the frame after a cut: as the last one it is hashed alike everywhere.
            final = min(frame for seat, frame in cuts.frames.items() if seat not in returning) + 1
            final = min(final, self._fences.last_frame if self.final is None else self.final)
        self._box.close()
        drop = {str(seat): frame for seat, frame in cuts.frames.items()}
        inputs = {str(seat): run for seat, run in cuts.inputs.items()}
        self._commit(actions, {"drop": drop, "inputs": inputs, "final": final})
        for seat in ballot.drop:
            if seat not in returning:
                actions.append(self._evicted(seat))
            elif final is None:
                self._tell_members(actions, {"kind": "observe", "seat": seat, "on": True})
            found = {"seat": seat, "cut": cuts.frames[seat], "view": self.view, "epoch": self.epoch}
            actions.append(Event("dropped", {**found, "returning": seat in returning}))
        if final is not None:
            actions.append(Event("final", {"epoch": self.epoch, "frame": final}))
            self._finish(actions)

    # -- commits -------------------------------------------------------------------------------------------------

    def _commit(self, actions: list[Action], change: dict[str, Any]) -> None:
        # What is open was asked of another view.
        self._void(actions)
        commit = self.next_commit(change)
        self.apply(commit)
        gone = {int(seat) for seat in commit["drop"]}
        self._left -= gone
        self._suspicions.forget(gone)
        self._wants_pause = self._wants_pause and commit["pause"] is None
        actions.append(Persist(commit))
        actions += [Send(seat, commit) for seat in sorted(self.members | self.observers.keys())]

    def _resume(self, actions: list[Action]) -> None:
        if self.paused:
            self._commit(actions, {"resume": True})
            actions.append(Event("resumed", {"epoch": self.epoch}))

    def _finish(self, actions: list[Action]) -> None:
        """Nobody comes back any more, nobody pauses."""
        if not self.finishing:
            self._fences.begin()
        self.finishing, self._wants_pause = True, False
        self._resume(actions)
        for seat in sorted(self.observers):
            self._give_up(seat, actions)

    def _activate(self, seat: int, frame: int, actions: list[Action]) -> None:
        del self.observers[seat]
        self._commit(actions, {"activate": {str(seat): frame}})
        # Members were told who else is coming back when that began; to this one they are news.
        others = sorted(self.observers.keys() - self.members)
        actions += [Send(seat, {"kind": "observe", "seat": other, "on": True}) for other in others]
        found = {"seat": seat, "frame": frame, "view": self.view, "epoch": self.epoch}
        actions.append(Event("rejoined", found))

    # -- observers -----------------------------------------------------------------------------------------------

    def _give_up(self, seat: int, actions: list[Action]) -> None:
        self._forget(seat, actions)
        actions += [self._evicted(seat), Event("rejoin_failed", {"seat": seat})]

    def _forget(self, seat: int, actions: list[Action]) -> None:
        """A seat is not coming back any more; a ballot about it is void with it."""
        del self.observers[seat]
        if self._box.ballot is not None and self._box.ballot.activate == seat:
            self._void(actions)
        if seat not in self.members:
            self._tell_members(actions, {"kind": "observe", "seat": seat, "on": False})
            if self._after == "end" and not self.finishing:
                self._finish(actions)

    def _tell_members(self, actions: list[Action], message: dict[str, Any]) -> None:
        actions += [Send(seat, message) for seat in sorted(self.members - self._left)]

    def _evicted(self, seat: int) -> Send:
        return Send(seat, {"kind": "evicted", "view": self.view})
