"""The arbiter among members that may die, lose messages and be accused, and a server that may die at any step.

The members here are a model: counters of what each holds of whom, and what each has recorded. What must hold whatever
happens, in whatever order: two records never say different things of the same frame, those of the dead included.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.server.domain.decisions import Action, Persist, Send
from app.server.domain.membership import Arbiter
from tests.server.domain.ballots_scenario import words

WINDOW, STEPS = 4, 400
Gossip = tuple[int, int, tuple[int, ...]]


@dataclass
class Member:
    """A page: `holds[p]` is the newest frame of seat p's inputs it has, `acks[q][p]` what it knows that q has."""

    seat: int
    people: int
    view: int = 0
    ballot: int = 0
    frozen: set[int] = field(default_factory=set)
    cuts: dict[int, int] = field(default_factory=dict)
    record: list[tuple[str, ...]] = field(default_factory=list)
    alive: bool = True

    def __post_init__(self) -> None:
        self.holds = [-1] * self.people
        self.acks = [[-1] * self.people for _ in range(self.people)]

    @property
    def members(self) -> list[int]:
        return [seat for seat in range(self.people) if seat not in self.cuts]

    @property
    def stable(self) -> int:
        self.acks[self.seat] = list(self.holds)
        return min(self.acks[q][p] for q in self.members for p in self.members)

    def plays(self) -> None:
        """Make the next input, unless others are too far behind; record what is stable."""
        if self.holds[self.seat] - min(self.holds[p] for p in self.members) < WINDOW:
            self.holds[self.seat] += 1
        for frame in range(len(self.record), self.stable + 1):
            said = ("left" if frame > self.cuts.get(p, frame) else f"{p}:{frame}" for p in range(self.people))
            self.record.append(tuple(said))

    def gossip(self) -> Gossip:
        return self.seat, self.holds[self.seat], tuple(self.holds)

    def hears(self, gossip: Gossip) -> None:
        sender, newest, acks = gossip
        if sender not in self.frozen and sender not in self.cuts:
            self.holds[sender] = max(self.holds[sender], newest)
        self.acks[sender] = [max(pair) for pair in zip(self.acks[sender], acks, strict=True)]

    def told(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Take a message of the server; return the answer."""
        kind = message["kind"]
        if kind == "abort" and message["ballot"] >= self.ballot:
            self.ballot, self.frozen = message["ballot"], set()
        elif kind == "commit" and message["view"] == self.view + 1:
            self.view, self.frozen = message["view"], set()
            for name, cut in message["drop"].items():
                start, _ = message["inputs"][name]
                assert self.holds[int(name)] >= start - 1, "what it lacks is in the commit"
                assert len(self.record) - 1 <= cut, "nothing after a cut was recorded before"
                self.cuts[int(name)] = cut
                self.holds[int(name)] = cut
        elif kind == "prepare" and message["ballot"] >= self.ballot:
            self.ballot, self.frozen = message["ballot"], set(message["drop"])
            stable = self.stable
            return {
                "kind": "report", "ballot": self.ballot, "accepted": True, "view": self.view,
                "frame": self.holds[self.seat], "stable": stable,
                "receipts": {str(p): self.holds[p] for p in message["drop"]},
                "inputs": {str(p): words(stable + 1, self.holds[p] - stable) for p in message["drop"]},
            }  # fmt: skip
        return None


class World:
    """Members, lines between them, and the server."""

    def __init__(self, seed: int, people: int) -> None:
        self.dice = random.Random(seed)
        self.people, self.now_ms, self.boots = people, 0.0, 0
        self.members = [Member(seat, people) for seat in range(people)]
        self.packets: list[tuple[int, Gossip]] = []
        self.to_page: list[deque[dict[str, Any]]] = [deque() for _ in range(people)]
        self.to_server: list[deque[dict[str, Any]]] = [deque() for _ in range(people)]
        self.durable: list[dict[str, Any]] = []
        self.deaths = 2
        self.boot()

    def boot(self) -> None:
        """The server starts, knowing what was durable; every line to it is new."""
        self.arbiter = Arbiter(
            self.people, range(self.people), window=WINDOW, input_delay=0, fps=30.0, grace_ms=1000,
            after_departure="default_action", commits=self.durable, first_ballot=self.boots * 65_536,
        )  # fmt: skip
        self.boots += 1
        for seat in range(self.people):
            self.to_page[seat].clear()
            self.to_server[seat].clear()
        self.does(self.arbiter.begin_episode(0, 10_000, self.now_ms))
        for member in self.members:
            if member.alive:
                self.does(self.arbiter.reconnected(member.seat, member.view, self.now_ms))
            else:
                self.does(self.arbiter.leave(member.seat, self.now_ms))

    def does(self, actions: list[Action], dies_after: int | None = None) -> None:
        for number, action in enumerate(actions):
            if number == dies_after:
                self.boot()
                return
            if isinstance(action, Persist):
                self.durable.append(action.commit)
            elif isinstance(action, Send):
                self.to_page[action.seat].append(action.message)

    def reconnects(self, seat: int) -> None:
        """A line to the server breaks and is there again; what was under way on it is lost."""
        self.to_page[seat].clear()
        self.to_server[seat].clear()
        self.does(self.arbiter.interrupted(seat, self.now_ms))
        if self.members[seat].alive:
            self.does(self.arbiter.reconnected(seat, self.members[seat].view, self.now_ms))

    def step(self) -> None:
        dice, living = self.dice, [member for member in self.members if member.alive]
        member = dice.choice(living)
        what = dice.choices(
            ["play", "send", "hear", "page", "server", "tick", "die", "accuse", "line", "crash"],
            [20, 30, 40, 30, 30, 10, 1, 1, 2, 1],
        )[0]
        if what == "play":
            member.plays()
        elif what == "send":
            self.packets += [(to, member.gossip()) for to in member.members if to != member.seat]
        elif what == "hear" and self.packets:
            to, gossip = self.packets.pop(dice.randrange(len(self.packets)))
            if self.members[to].alive and dice.random() < 0.8:
                self.members[to].hears(gossip)
        elif what == "page" and self.to_page[member.seat]:
            answer = member.told(self.to_page[member.seat].popleft())
            if answer is not None:
                self.to_server[member.seat].append(answer)
        elif what == "server" and self.to_server[member.seat]:
            message = self.to_server[member.seat].popleft()
            actions = self.arbiter.message(member.seat, message, self.now_ms)
            self.does(actions, dice.randrange(4) if dice.random() < 0.1 else None)
        elif what == "tick":
            self.now_ms += dice.choice([10, 300])
            self.does(self.arbiter.tick(self.now_ms))
        elif what == "die" and self.deaths and len(living) > 1:
            self.deaths -= 1
            member.alive = False
            self.does(self.arbiter.leave(member.seat, self.now_ms))
        elif what == "accuse":
            message = {"kind": dice.choice(["suspect", "heard"]), "seat": dice.randrange(self.people), "silent_ms": 1}
            self.to_server[member.seat].append(message)
        elif what == "line":
            self.reconnects(member.seat)
        elif what == "crash":
            self.boot()

    def check(self) -> None:
        for one in self.members:
            for two in self.members:
                assert all(a == b for a, b in zip(one.record, two.record, strict=False)), (one, two)
        views = [commit["view"] for commit in self.durable]
        assert views == list(range(1, len(views) + 1))


@pytest.mark.parametrize("people", [3, 4, 5])
def test_no_two_records_ever_differ(people: int) -> None:
    dropped = frames = 0
    for seed in range(150):
        world = World(seed, people)
        for _ in range(STEPS * people):
            world.step()
            if not any(member.alive for member in world.members):
                break
        world.check()
        dropped += sum(len(commit["drop"]) for commit in world.durable)
        frames += sum(len(member.record) for member in world.members)
    assert dropped > 100 and frames > 1000, "a run in which nothing happens proves nothing"
