"""Who takes part in a match while it plays, decided in one place, once.

Peers cannot agree among themselves on the last input of somebody who is gone: whoever believes its own receipts may
have recorded what another never gets. So the server decides. For every change it asks all members (a ballot), and
decides only when all have answered; what it decided is a commit, numbered by the view it makes.

What always holds, and why no two members can apply different cuts:

- A commit is durable before it is sent (`Persist` comes before its `Send`s), so a server that died in between sends
  the same one when it is back.
- Only the answers to the newest ballot count. A member's receipts of a leaver are frozen from its answer on until an
  abort, a commit or a greater ballot, so the greatest answer is the greatest receipt anywhere.
- A member that comes back is sent the commits it lacks before anything that could unfreeze it.
- One ballot at a time; a departure voids any other ballot.

An `Arbiter` is told everything, the time included, and returns what to do, in order. `play.py` holds one a match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.server.domain.ballot_box import ASK_AGAIN_MS, BallotBox
from app.server.domain.ballots import Ballot, is_count, is_frame, read_report
from app.server.domain.changes import Changes, Observer
from app.server.domain.decisions import Action, Event, Send
from app.server.domain.fences import Fences
from app.server.domain.suspicions import Suspicions

#: A member that has not answered a ballot for so long is suspected itself; then its own grace runs.
REPORT_TIMEOUT_MS = 5000
#: Longest try of a seat to come back: to load, to catch up, to be taken in, each; then it may try again.
REJOIN_TIMEOUT_MS = 30_000


class Arbiter(Changes):
    """The membership of one match.

    Args:
        seats: how many seats the match has.
        people: those that a person takes; the others are played by a policy in every browser.
        window: frames a member may step ahead of the inputs it holds.
        input_delay: frames between a key and its effect.
        fps: steps a second.
        grace_ms: how long a member may be silent.
        after_departure: what the study lets follow, one of `DEPARTURES`.
        commits: those of this match that are stored, when the server was started again.
        first_ballot: every ballot is greater; it must exceed those of an earlier run of the server.

    Attributes:
        ignored: messages that meant nothing.
    """

    def __init__(
        self,
        seats: int,
        people: Iterable[int],
        *,
        window: int,
        input_delay: int,
        fps: float,
        grace_ms: float,
        after_departure: str = "end",
        commits: Sequence[dict[str, Any]] = (),
        first_ballot: int = 0,
    ) -> None:
        self._people = tuple(sorted(people))
        assert all(0 <= seat < seats for seat in self._people)
        super().__init__(
            self._people, after_departure, Fences(window + input_delay, fps), BallotBox(first_ballot),
            Suspicions(grace_ms),
        )  # fmt: skip
        self._grace_ms = grace_ms
        self._now = 0.0
        self.ignored = 0
        for commit in sorted(commits, key=lambda commit: commit["view"]):
            self.apply(commit)

    @property
    def remaining(self) -> set[int]:
        """The members that nobody takes for gone."""
        return self.members - self._leaving()

    @property
    def deciding_drop(self) -> bool:
        """Whether somebody's departure is not decided yet: no episode should begin before it is."""
        return not self.over and bool(self._leaving())

    # -- what happens to the match -------------------------------------------------------------------------------

    def begin_episode(self, epoch: int, frames: int, now_ms: float) -> list[Action]:
        """An episode is about to begin; everybody was stable through the one before. Do the actions, then say `begin`.

        Seats that are ready to come back take part from its first frame. A ballot that is open is void; a departure
        is asked again in the new episode by the next `tick`.
        """
        actions: list[Action] = []
        self._now = now_ms
        self._void(actions)
        new = self.epoch is None or epoch > self.epoch
        self.epoch = epoch
        self._fences.episode(frames)
        if not new:
            return actions
        self.final = None
        self._suspicions.begin()
        if self.paused:
            # A pause ends with its episode; it is asked for anew in this one.
            self.paused, self._wants_pause = False, True
        for seat, observer in sorted(self.observers.items()):
            ready = observer.joined is not None and seat not in self.members and self._suspicions.reachable(seat)
            if ready and self.members and not self.finishing:
                self._activate(seat, 0, actions)
        return actions

    def finish(self, now_ms: float) -> list[Action]:
        """End the episode early, at a frame that all agree on; an episode that is almost over ends by itself."""
        actions: list[Action] = []
        self._now = now_ms
        self._finish(actions)
        return self._go_on(now_ms, actions)

    def pause(self, now_ms: float) -> list[Action]:
        """Let all stop before the same frame."""
        self._wants_pause = not self.paused
        return self._go_on(now_ms, [])

    def resume(self, now_ms: float) -> list[Action]:
        """Go on after a pause, or take back one that is not decided."""
        actions: list[Action] = []
        self._now, self._wants_pause = now_ms, False
        self._resume(actions)
        return self._go_on(now_ms, actions)

    # -- what happens to a seat ----------------------------------------------------------------------------------

    def leave(self, seat: int, now_ms: float) -> list[Action]:
        """A seat's person has left: by their own doing, or their grace at the server is over."""
        actions: list[Action] = []
        if seat in self.observers:
            self._forget(seat, actions)
        if seat in self.members:
            self._left.add(seat)
        return self._go_on(now_ms, actions)

    def interrupted(self, seat: int, now_ms: float) -> list[Action]:
        """A page's connection to the server is lost: what it accuses others of does not count meanwhile."""
        self._suspicions.lost(seat)
        return self._go_on(now_ms, [])

    def reconnected(self, seat: int, view: int, now_ms: float) -> list[Action]:
        """The same page as before is back and has applied `view` changes: send it what it may have missed."""
        self._suspicions.back(seat, now_ms)
        if seat not in self.members and seat not in self.observers:
            return self._go_on(now_ms, [self._evicted(seat)])
        actions: list[Action] = [Send(seat, commit) for commit in self.commits[max(0, view) :]]
        actions += self._box.catch_up(seat)
        for other in sorted(self.observers):
            if other not in self.members and other != seat:
                actions.append(Send(seat, {"kind": "observe", "seat": other, "on": True}))
        return self._go_on(now_ms, actions)

    def observe(self, seat: int, now_ms: float) -> list[Action]:
        """A new page of a seat's person wants to come back; what an earlier page was is over."""
        assert seat in self._people, f"seat {seat} is no person's"
        actions: list[Action] = []
        self._suspicions.back(seat, now_ms)
        if seat in self.members:
            self._left.add(seat)
        if self.finishing or self.over:
            actions += [self._evicted(seat), Event("rejoin_failed", {"seat": seat})]
        else:
            self.observers[seat] = Observer(now_ms)
            if seat not in self.members:
                self._tell_members(actions, {"kind": "observe", "seat": seat, "on": True})
        return self._go_on(now_ms, actions)

    def asked_log(self, seat: int, now_ms: float) -> list[Action]:
        """A page that comes back has loaded its runtime, which may take long: now the catching up is timed."""
        observer = self.observers.get(seat)
        if observer is not None and not observer.asked:
            observer.asked, observer.since_ms = True, now_ms
        return []

    def known_frame(self, seat: int, frame: int) -> list[Action]:
        """A seat said, some time ago, how far it has stepped."""
        self._fences.heard(seat, frame, self._now)
        return []

    def message(self, seat: int, message: dict[str, Any], now_ms: float) -> list[Action]:
        """A page's control message: anything. What means nothing is counted and changes nothing."""
        if seat not in self.members and seat not in self.observers:
            self.ignored += 1
            return self._go_on(now_ms, [self._evicted(seat)] if seat in self._people else [])
        actions: list[Action] = []
        self._now = now_ms
        kind, other = message.get("kind"), message.get("seat")
        partner = other if type(other) is int and other in self._people and other != seat else None
        if kind == "report":
            self._reported(seat, message, actions)
        elif kind == "suspect" and partner is not None and is_count(message.get("silent_ms")):
            if {partner, seat} <= self.members and self._suspicions.accuse(partner, seat, now_ms):
                found = {"seat": partner, "by": seat, "silent_ms": message["silent_ms"]}
                actions.append(Event("suspected", found))
        elif kind == "heard" and partner is not None:
            self._suspicions.withdraw(partner, seat)
        elif kind == "join" and is_count(message.get("epoch")) and is_frame(message.get("frame")):
            if seat in self.observers:
                self._joined(seat, message)
        else:
            self.ignored += 1
        return self._go_on(now_ms, actions)

    def tick(self, now_ms: float) -> list[Action]:
        """Time has passed."""
        actions: list[Action] = []
        self._now = now_ms
        for seat, since_ms in sorted(self._box.unanswered.items()):
            silent_ms = now_ms - since_ms
            if silent_ms >= REPORT_TIMEOUT_MS and self._suspicions.overdue(seat):
                actions.append(Event("suspected", {"seat": seat, "by": None, "silent_ms": int(silent_ms)}))
            if silent_ms >= REPORT_TIMEOUT_MS + self._grace_ms:
                self._left.add(seat)
        self._fence_overdue(actions)
        for seat in sorted(self.observers):
            observer = self.observers.get(seat)
            if observer is None:
                continue
            at_boundary = observer.joined is not None and self._fences.frame(self.members, now_ms) is None
            if self.deciding_drop or at_boundary:
                # It does not depend on the page now.
                observer.since_ms = max(observer.since_ms, now_ms - REJOIN_TIMEOUT_MS / 2)
            elif now_ms - observer.since_ms >= REJOIN_TIMEOUT_MS:
                self._give_up(seat, actions)
        actions += self._box.ask_again(now_ms)
        return self._go_on(now_ms, actions)

    # -- what comes next -----------------------------------------------------------------------------------------

    def _go_on(self, now_ms: float, actions: list[Action]) -> list[Action]:
        """Open the ballot that is due, or give up the one that is not any more."""
        self._now = now_ms
        leaving = self._leaving()
        if self.over or self.epoch is None:
            return actions
        if leaving >= self.members:
            self._void(actions)
            self.over = True
            actions.append(Event("empty", {}))
            return actions
        ballot = self._box.ballot
        if leaving:
            if ballot is None or set(ballot.drop) != leaving:
                if ballot is not None and not ballot.drop:
                    self._void(actions)
                remaining = self.members - leaving
                actions += self._box.start("drop", remaining, self.view + 1, self.epoch, now_ms, drop=leaving)
            return actions
        purpose, seat = self._wanted()
        if ballot is not None and (ballot.purpose, ballot.activate) != (purpose, seat):
            self._void(actions)
            ballot = None
        fence = self._fences.frame(self.members, now_ms)
        if ballot is None and purpose is not None and fence is not None and self._fences.due(now_ms):
            parties = self.members if seat is None else self.members | {seat}
            view = self.view + 1
            actions += self._box.start(purpose, parties, view, self.epoch, now_ms, fence=fence, activate=seat)
        return actions

    def _leaving(self) -> set[int]:
        left = self._left & self.members
        return left | self._suspicions.upheld(self.members - left, self._now)

    def _wanted(self) -> tuple[str | None, int | None]:
        """Which change that needs a fence comes next, and whom it brings back."""
        if self.epoch is None or self.final is not None:
            return None, None
        if self.finishing:
            return "finish", None
        if self._wants_pause:
            return "pause", None
        for seat, observer in sorted(self.observers.items()):
            if observer.joined == self.epoch and seat not in self.members:
                return "activate", seat
        return None, None

    def _fence_overdue(self, actions: list[Action]) -> None:
        ballot = self._box.ballot
        if ballot is None or ballot.drop or self._now - ballot.opened_ms < REPORT_TIMEOUT_MS:
            return
        if ballot.activate is not None and ballot.activate in ballot.silent:
            self.observers[ballot.activate].joined = None
        self._void(actions)
        self._fences.refused(self._now, ASK_AGAIN_MS)

    # -- ballots -------------------------------------------------------------------------------------------------

    def _reported(self, seat: int, message: dict[str, Any], actions: list[Action]) -> None:
        ballot = self._box.ballot
        if ballot is None or message.get("ballot") != ballot.number or seat not in ballot.parties:
            if not is_count(message.get("ballot")):
                self.ignored += 1
            return
        report = read_report(message, ballot.drop)
        if report is None or report.view > self.view:
            self.ignored += 1
            return
        if report.view < self.view:
            # It speaks of another match than the others do: what it missed comes first, then it is asked again.
            actions += [Send(seat, commit) for commit in self.commits[report.view :]]
            actions.append(Send(seat, ballot.prepare()))
            return
        self.known_frame(seat, report.frame)
        if not report.accepted:
            self._refused(seat, ballot, actions)
            return
        self._suspicions.answered(seat)
        if self._box.answer(seat, report):
            self._decide(ballot, actions)

    def _refused(self, seat: int, ballot: Ballot, actions: list[Action]) -> None:
        if ballot.drop:
            # Not in this episode yet; it is asked again, and its time runs.
            return
        if seat == ballot.activate:
            self.observers[seat].joined = None
        self._void(actions)
        self._fences.refused(self._now)

    def _joined(self, seat: int, message: dict[str, Any]) -> None:
        observer = self.observers[seat]
        if observer.joined != message["epoch"]:
            observer.joined, observer.since_ms = message["epoch"], self._now
            self._fences.begin()
