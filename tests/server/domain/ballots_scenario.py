"""A small language for the arbiter's tests: members that answer as pages do, and a server that may die."""

from __future__ import annotations

from typing import Any

from app.engine.wire import words_to_hex
from app.server.domain.decisions import Action, Event, Persist, Send
from app.server.domain.membership import Arbiter

FRAMES = 9000


def report(ballot: int, **fields: Any) -> dict[str, Any]:
    """Return an accepting report of a page that is at frame 100."""
    common = {"accepted": True, "view": 0, "frame": 100, "stable": 90, "receipts": {}, "inputs": {}}
    return {"kind": "report", "ballot": ballot, **common, **fields}


def words(start: int, count: int) -> list[Any]:
    """Return inputs of one byte as a report carries them."""
    return [start, words_to_hex([b"\x07"] * count)]


def holds(ballot: int, receipts: dict[int, int], stable: int = 90, **fields: Any) -> dict[str, Any]:
    """Return the report of a page that holds so much of the leavers' inputs."""
    named = {str(seat): frame for seat, frame in receipts.items()}
    inputs = {str(seat): words(stable + 1, frame - stable) for seat, frame in receipts.items()}
    return report(ballot, stable=stable, receipts=named, inputs=inputs, **fields)


class Match:
    """An arbiter whose actions are collected, in order."""

    def __init__(self, people: int = 3, begun: bool = True, **settings: Any) -> None:
        self.settings = {"window": 8, "input_delay": 1, "fps": 30.0, "grace_ms": 30_000, **settings}
        self.people = people
        self.now_ms = 0.0
        self.durable: list[dict[str, Any]] = []
        self.actions: list[Action] = []
        self.arbiter = Arbiter(people, range(people), **self.settings)
        if begun:
            self.does("begin_episode", 0, FRAMES)

    def does(self, method: str, *arguments: Any) -> list[Action]:
        """Tell the arbiter something now; return what it wants done."""
        new: list[Action] = getattr(self.arbiter, method)(*arguments, self.now_ms)
        self.durable += [action.commit for action in new if isinstance(action, Persist)]
        self.actions += new
        return new

    def says(self, seat: int, message: dict[str, Any]) -> list[Action]:
        """A page says something."""
        return self.does("message", seat, message)

    def passes(self, ms: float) -> list[Action]:
        """Let time pass in quarters of a second."""
        new: list[Action] = []
        end = self.now_ms + ms
        while self.now_ms < end:
            self.now_ms = min(end, self.now_ms + 250)
            new += self.does("tick")
        return new

    def restarted(self, first_ballot: int = 65_536) -> Match:
        """Return the match as a server has it that was started again."""
        other = Match.__new__(Match)
        other.settings, other.people, other.now_ms = self.settings, self.people, self.now_ms
        other.durable, other.actions = list(self.durable), []
        other.arbiter = Arbiter(
            self.people, range(self.people), commits=self.durable, first_ballot=first_ballot, **self.settings
        )
        other.does("begin_episode", 0, FRAMES)
        return other

    def to(self, seat: int, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what was sent to a seat, all or of one kind."""
        return sent(self.actions, seat, kind)

    def ballot(self, seat: int) -> dict[str, Any]:
        """Return the newest question to a seat."""
        return self.to(seat, "prepare")[-1]

    def happened(self, name: str) -> list[dict[str, Any]]:
        """Return the data of all events of a name."""
        return [action.data for action in self.actions if isinstance(action, Event) and action.name == name]

    def dropped(self, leaver: int, cut: int = 100) -> dict[str, Any]:
        """A seat leaves and all the others answer; return the commit."""
        self.does("leave", leaver)
        view = self.arbiter.view
        for seat in sorted(self.arbiter.members - {leaver}):
            self.says(seat, holds(self.ballot(seat)["ballot"], {leaver: cut}, view=view))
        assert leaver not in self.arbiter.members
        return self.durable[-1]

    def accepted(self, *seats: int, **fields: Any) -> None:
        """These seats accept the newest fence."""
        for seat in seats:
            self.says(seat, report(self.ballot(seat)["ballot"], view=self.arbiter.view, **fields))


def sent(actions: list[Action], seat: int, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the messages to a seat among actions, all or of one kind."""
    messages = [action.message for action in actions if isinstance(action, Send) and action.seat == seat]
    return [message for message in messages if kind in (None, message["kind"])]


def suspect(seat: int) -> dict[str, Any]:
    """Return an accusation."""
    return {"kind": "suspect", "seat": seat, "silent_ms": 30_000}


def returning(after: str = "default_action", people: int = 3) -> Match:
    """Seat 2 was loaded again and its former life is over."""
    match = Match(people, after_departure=after)
    match.does("observe", 2)
    for seat in range(people):
        if seat != 2:
            match.says(seat, holds(match.ballot(seat)["ballot"], {2: 100}))
    assert match.durable[-1]["drop"] == {"2": 100}
    return match


def join(epoch: int = 0) -> dict[str, Any]:
    """Return that an observer has caught up."""
    return {"kind": "join", "epoch": epoch, "frame": 140}
