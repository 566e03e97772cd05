"""The server of the explored match: the real arbiter, and what of it survives a crash."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from app.server.domain.decisions import Action, Persist, Send
from app.server.domain.membership import Arbiter

from .page import Rules

BALLOTS_A_BOOT = 65536
NO_GRACE_MS = 1e15
ASK_AGAIN_MS = 1000.0

Told = tuple[tuple[int, str], ...]
"""Messages by seat, in order."""


class ServerLook(NamedTuple):
    """What others ask of a server's state.

    Attributes:
        gone: The seats that it takes for gone.
        out: Those of them whose departure is decided.
    """

    gone: frozenset[int]
    out: frozenset[int]


class Authority:
    """A server; its events are `("message", seat, json)`, `("leave", seat)`, `("tick",)` and `("crash",)`.

    A message of kind `hello` is a page that is connected again. A crash is one with the comeback that follows it:
    whatever is not durable is lost.

    Args:
        rules: What is played.
        events: What has happened already.
    """

    def __init__(self, rules: Rules, events: tuple[tuple[Any, ...], ...] = ()) -> None:
        self._rules = rules
        self._events: tuple[tuple[Any, ...], ...] = ()
        self.durable: list[dict[str, Any]] = []
        self._boots = 0
        self._now = 0.0
        self._start()
        for event in events:
            self.apply(event)

    def apply(self, event: tuple[Any, ...]) -> Told:
        """Let an event happen."""
        kind = event[0]
        self._events += (event,)
        if kind == "crash":
            return self._start()
        if kind == "leave":
            return self._carry_out(self.arbiter.leave(event[1], self._now))
        if kind == "tick":
            self._now += ASK_AGAIN_MS
            return self._carry_out(self.arbiter.tick(self._now))
        message = json.loads(event[2])
        if message["kind"] == "hello":
            return self._carry_out(self.arbiter.reconnected(event[1], message["view"], self._now))
        return self._carry_out(self.arbiter.message(event[1], message, self._now))

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
            fps=30.0,
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
        out = frozenset(range(self._rules.peers)) - self.arbiter.members
        return ServerLook(out | self.arbiter._left, out)

    def frozen(self) -> tuple[tuple[Any, ...], ...]:
        """Return all of this state: what has happened."""
        return self._events

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
        )
