"""The server of the explored match: the real arbiter, and what of it survives a crash."""

from __future__ import annotations

import json
import pickle
from typing import Any, NamedTuple

from app.server.domain.decisions import Action, Persist, Send
from app.server.domain.fences import MAX_UNHEARD_MS
from app.server.domain.membership import REJOIN_TIMEOUT_MS, REPORT_TIMEOUT_MS, Arbiter

from .page import Rules

BALLOTS_A_BOOT = 65536
NO_GRACE_MS = 1e15
ASK_AGAIN_MS = 1000.0
MOST_REFUSALS = 5
"""After so many, one more makes no difference to where and when the next fence is."""

Told = tuple[tuple[int, str], ...]
"""Messages by seat, in order."""


class ServerLook(NamedTuple):
    """What others ask of a server's state.

    Attributes:
        gone: The seats that it takes for gone, and whose page is not coming back.
        out: Those of them whose departure is decided.
        members: Who takes part.
        returning: Those whose page comes back, and whose earlier one is out.
        paused: The match is paused, or about to be.
        undecided: A departure or an early end is not decided yet.
        newest_cut: The greatest of all cuts, -1 before the first.
        commits: All decisions, as JSON.
        ballots: How many questions it has asked since it was started.
    """

    gone: frozenset[int]
    out: frozenset[int]
    members: frozenset[int]
    returning: frozenset[int]
    paused: bool
    undecided: bool
    newest_cut: int
    commits: str
    ballots: int


class Authority:
    """A server; what can happen to it is in `apply`.

    A message of kind `hello` is a page that is connected again, or with no view one that was loaded again. A crash is
    one with the comeback that follows it: whatever is not durable is lost.

    Args:
        rules: What is played.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.durable: list[dict[str, Any]] = []
        self._boots = 0
        self._now = 0.0
        self._start()

    def apply(self, event: tuple[Any, ...]) -> Told:
        """Let an event happen: `("message", seat, json)`, `("leave", seat)`, or a kind alone.

        The kinds are `tick`, after which a question is due again, `wait`, after which an open ballot is given up,
        `crash`, and what the researcher commands: `finish`, `pause`, `resume`.
        """
        kind = event[0]
        if kind == "crash":
            return self._start()
        if kind == "leave":
            return self._carry_out(self.arbiter.leave(event[1], self._now))
        if kind in ("tick", "wait"):
            self._now += ASK_AGAIN_MS if kind == "tick" else REPORT_TIMEOUT_MS
            return self._carry_out(self.arbiter.tick(self._now))
        if kind in ("finish", "pause", "resume"):
            return self._carry_out(getattr(self.arbiter, kind)(self._now))
        message = json.loads(event[2])
        if message["kind"] == "hello":
            return self._hello(event[1], message)
        return self._carry_out(self.arbiter.message(event[1], message, self._now))

    def _hello(self, seat: int, hello: dict[str, Any]) -> Told:
        arbiter, told = self.arbiter, ()
        if hello["view"] is None and not arbiter.remaining - {seat}:
            return self._carry_out(arbiter.leave(seat, self._now))  # nobody goes on to whom it could come back
        if hello["view"] is None or hello["observes"] and seat not in arbiter.members:
            told = self._carry_out(arbiter.observe(seat, self._now))
        if hello["view"] is None:
            return told
        return told + self._carry_out(arbiter.reconnected(seat, hello["view"], self._now))

    def first_ballot(self) -> int:
        """Return the ballot that this run of the server begins after."""
        return (self._boots - 1) * BALLOTS_A_BOOT

    def _start(self) -> Told:
        self._boots += 1
        rules = self._rules
        self.arbiter = Arbiter(
            rules.peers,
            range(rules.peers),
            window=rules.window,
            input_delay=rules.delay,
            fps=rules.fps,
            grace_ms=NO_GRACE_MS,
            after_departure=rules.after_departure,
            commits=self.durable,
            first_ballot=self.first_ballot(),
        )
        return self._carry_out(self.arbiter.begin_episode(0, rules.frames, self._now))

    def _carry_out(self, actions: list[Action]) -> Told:
        told: list[tuple[int, str]] = []
        for action in actions:
            if isinstance(action, Persist):
                self._persist(action.commit)
            elif isinstance(action, Send):
                told.append((action.seat, json.dumps(action.message)))
        return tuple(told)

    def _persist(self, commit: dict[str, Any]) -> None:
        self.durable.append(commit)

    def look(self) -> ServerLook:
        """Return what others ask of this state."""
        arbiter = self.arbiter
        observers = frozenset(arbiter.observers)
        out = frozenset(range(self._rules.peers)) - arbiter.members
        cuts = [cut for commit in arbiter.commits for cut in commit["drop"].values()]
        return ServerLook(
            (out | arbiter._left) - observers,
            out - observers,
            frozenset(arbiter.members),
            out & observers,
            arbiter.paused or arbiter._wants_pause,
            arbiter.deciding_drop or (arbiter.finishing and arbiter.final is None),
            max(cuts, default=-1),
            json.dumps(arbiter.commits),
            arbiter._box._last - self.first_ballot(),
        )

    def frozen(self) -> bytes:
        """Return all of this state."""
        return pickle.dumps(self)

    def key(self) -> tuple[Any, ...]:
        """Return all that decides what it will ever do."""
        arbiter: Any = self.arbiter
        box, ballot = arbiter._box, arbiter._box.ballot
        asked = None
        if ballot is not None:
            answers = tuple((seat, repr(report)) for seat, report in sorted(ballot.reports.items()))
            asked = (ballot.number, ballot.view, ballot.parties, ballot.drop, ballot.fence, ballot.purpose, answers)
        return (
            json.dumps([self.durable, arbiter.commits]),
            tuple(sorted(arbiter.members)),
            tuple(sorted(arbiter._left)),
            (arbiter.final, arbiter.finishing, arbiter.over, arbiter.paused, arbiter._wants_pause),
            box._last,
            asked,
            self._boots,
            self._by_the_clock() if self._rules.fences else (),
        )

    def _by_the_clock(self) -> tuple[Any, ...]:
        """Return what time decides: how long ago things were, as far as it makes a difference."""
        arbiter: Any = self.arbiter
        fences, box, now = arbiter._fences, arbiter._box, self._now
        ballot = box.ballot
        return (
            tuple((seat, frame, min(now - at, MAX_UNHEARD_MS)) for seat, (frame, at) in sorted(fences._heard.items())),
            min(fences._refusals, MOST_REFUSALS),
            max(0.0, fences._not_before_ms - now),
            tuple(
                (seat, observer.joined, min(now - observer.since_ms, REJOIN_TIMEOUT_MS))
                for seat, observer in sorted(arbiter.observers.items())
            ),
            ballot and (min(now - ballot.opened_ms, REPORT_TIMEOUT_MS), min(now - ballot.asked_ms, ASK_AGAIN_MS)),
        )
