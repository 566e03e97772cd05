"""The server of a simulated match: the real arbiter, and around it only what a server keeps and passes on.

What is `durable` outlives a crash. Everything else is as a process has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.engine.membership import ViewChanges
from app.server.domain.decisions import Action, Persist, Send
from app.server.domain.donations import KINDS, Donations
from app.server.domain.errors import Refused
from app.server.domain.membership import Arbiter

from .schedule import Schedule

BALLOTS_A_BOOT = 65536
FPS = 30.0

Messages = list[tuple[int, dict[str, Any]]]


@dataclass
class Durable:
    """What the server has written down.

    Attributes:
        boots: How often it was started.
        epoch: The episode that was last begun.
        commits: The arbiter's decisions.
        log: By episode and person's seat, the words of frames 0 on.
        finished: By episode, who has recorded it to its end.
        pages: By seat, which of the person's pages is the present one.
        ended: No episode follows.
    """

    boots: int = 1
    epoch: int = 0
    commits: list[dict[str, Any]] = field(default_factory=list)
    log: dict[int, dict[int, list[bytes]]] = field(default_factory=dict)
    finished: dict[int, set[int]] = field(default_factory=dict)
    pages: dict[int, int] = field(default_factory=dict)
    ended: bool = False


class Server:
    """The server.

    Args:
        schedule: Of the run.

    Attributes:
        durable: What it has written down.
        down: It has crashed.
        conflicts: Where pages said different inputs of one frame, as sentences.
        events: What the arbiter reported.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.durable = Durable(pages=dict.fromkeys(range(schedule.peers), 0))
        self.down = False
        self.conflicts: list[str] = []
        self.events: list[tuple[float, str, dict[str, Any]]] = []
        self._start(0.0)

    @property
    def ended(self) -> bool:
        """Whether no episode follows the present one."""
        return self.durable.ended

    def receive(self, now: float, seat: int, message: dict[str, Any]) -> Messages:
        """Take what a page says."""
        kind = message["kind"]
        if kind == "hello":
            return self._hello(now, seat, message)
        if kind == "leave":
            return self._carry_out(now, self._arbiter.leave(seat, now))
        if kind == "chunk":
            self._write_down(seat, message)
            return self._carry_out(now, self._arbiter.known_frame(seat, message["last"]))
        if kind == "finished":
            self.durable.finished.setdefault(message["epoch"], set()).add(seat)
            return self._begin_next(now)
        if kind == "log":
            return [(seat, {"kind": "log", "epoch": message["epoch"], "log": self._log(message["epoch"])})]
        if kind in KINDS or kind == "state_part":
            return self._donate(now, seat, message)
        return self._carry_out(now, self._arbiter.message(seat, message, now))

    def tick(self, now: float) -> Messages:
        """Look at the clock."""
        messages: Messages = []
        for seat, since in sorted(self._away.items()):
            if now - since >= self._schedule.grace_ms:
                del self._away[seat]
                messages += self._carry_out(now, self._arbiter.leave(seat, now))
        messages += self._carry_out(now, self._arbiter.tick(now))
        messages += self._carry_out(now, [*self._donations.look(self._arbiter.observers, self._donors())])
        return messages + self._restore(now) + self._begin_next(now)

    def gone(self, now: float, seat: int) -> Messages:
        """Take that a page's connection is lost."""
        self._away[seat] = now
        return self._carry_out(now, self._arbiter.interrupted(seat, now))

    def command(self, now: float, kind: str) -> Messages:
        """Do what the researcher asks for: `pause`, `resume` or `finish`."""
        return self._carry_out(now, getattr(self._arbiter, kind)(now))

    def crash(self) -> None:
        """Lose everything that is not written down."""
        self.down = True

    def back(self, now: float) -> Messages:
        """Start again."""
        self.durable.boots += 1
        self.down = False
        return self._start(now)

    def _start(self, now: float) -> Messages:
        schedule = self._schedule
        self._arbiter = Arbiter(
            schedule.seats,
            range(schedule.peers),
            window=max(schedule.window, 12),
            input_delay=max(schedule.delay, 8),
            fps=FPS,
            grace_ms=schedule.grace_ms,
            after_departure=schedule.after_departure,
            commits=self.durable.commits,
            first_ballot=(self.durable.boots - 1) * BALLOTS_A_BOOT,
        )
        self._donations = Donations()
        self._unrestored: set[int] = set()
        self._away: dict[int, float] = dict.fromkeys(range(schedule.peers), now) if self.durable.boots > 1 else {}
        return self._carry_out(now, self._arbiter.begin_episode(self.durable.epoch, schedule.frames, now))

    def _hello(self, now: float, seat: int, message: dict[str, Any]) -> Messages:
        self._away.pop(seat, None)
        new = message["life"] > self.durable.pages[seat]
        if new:
            self._donations.new_life(seat)
        self.durable.pages[seat] = message["life"]
        if new or message["observes"]:
            if not message["restored"]:
                self._unrestored.add(seat)
            messages = self._carry_out(now, self._arbiter.observe(seat, now))
            if message["restored"]:
                messages += self._carry_out(now, [*self._donations.lost(seat, message["epoch"])])
                messages += self._carry_out(now, self._arbiter.reconnected(seat, message["view"], now))
            return messages
        messages = self._carry_out(now, self._arbiter.reconnected(seat, message["view"], now))
        if message["epoch"] < self.durable.epoch:
            messages.append((seat, {"kind": "begin", "epoch": self.durable.epoch}))
        return messages

    def _donors(self) -> set[int]:
        return self._arbiter.remaining - set(self._away)

    def _donate(self, now: float, seat: int, message: dict[str, Any]) -> Messages:
        """Pass on what is said of states, and their parts; what is refused is said to who gives."""
        try:
            if message["kind"] == "state_part":
                to, data = message["to"], message["data"]
                names = ("epoch", "frame", "index")
                self._donations.part(seat, to, *(message[name] for name in names), len(data))
                part = {"kind": "state_part", **{name: message[name] for name in (*names, "data")}}
                return [(to, part), (seat, {"kind": "part_taken", "to": to, "kept": True})]
            if message["kind"] != "snapshot":
                return self._carry_out(now, [*self._donations.answer(seat, message)])
            if seat in self._arbiter.observers and seat not in self._arbiter.members:
                return self._carry_out(now, [*self._donations.ask(seat, message, self._donors())])
        except Refused:
            if message["kind"] == "state_part":
                return [(seat, {"kind": "part_taken", "to": message["to"], "kept": False})]
        return []

    def _restore(self, now: float) -> Messages:
        """Give pages that come back what there is, once their earlier life is over and the log reaches its cut."""
        messages: Messages = []
        epoch, commits = self.durable.epoch, self.durable.commits
        log = self._log(epoch)
        length = len(log[0])
        for seat in sorted(self._unrestored):
            if seat not in self._arbiter.observers:
                self._unrestored.discard(seat)
            elif seat not in self._arbiter.members:
                here = [commit for commit in commits if commit["epoch"] == epoch]
                if ViewChanges.covers(here, length - 1):
                    self._unrestored.discard(seat)
                    restore = {"kind": "restore", "epoch": epoch, "commits": list(commits), "log": log}
                    messages.append((seat, restore))
        return messages

    def _log(self, epoch: int) -> dict[int, list[bytes]]:
        """Return all persons' words of an episode as far as everybody's are known."""
        log, people = self.durable.log.get(epoch, {}), range(self._schedule.peers)
        length = min((len(log.get(seat, ())) for seat in people), default=0)
        return {seat: log.get(seat, [])[:length] for seat in people}

    def _begin_next(self, now: float) -> Messages:
        durable, arbiter = self.durable, self._arbiter
        if (
            durable.epoch + 1 >= self._schedule.episodes
            or durable.ended
            or arbiter.deciding_drop
            or not arbiter.members
        ):
            return []
        if not arbiter.members <= durable.finished.get(durable.epoch, set()):
            return []
        durable.epoch += 1
        messages = self._carry_out(now, arbiter.begin_episode(durable.epoch, self._schedule.frames, now))
        told = (arbiter.members | set(arbiter.observers) - self._unrestored) - set(self._away)
        return messages + [(seat, {"kind": "begin", "epoch": durable.epoch}) for seat in sorted(told)]

    def _write_down(self, seat: int, chunk: dict[str, Any]) -> None:
        log = self.durable.log.setdefault(chunk["epoch"], {})
        for each, words in chunk["inputs"].items():
            known = log.setdefault(each, [])
            for frame, word in enumerate(words, chunk["first"]):
                if frame == len(known):
                    known.append(word)
                elif frame < len(known) and known[frame] != word:
                    said = f"seat {seat} says {word.hex()}, the log has {known[frame].hex()}"
                    self.conflicts.append(f"episode {chunk['epoch']}, frame {frame} of seat {each}: {said}")

    def _carry_out(self, now: float, actions: list[Action]) -> Messages:
        messages: Messages = []
        for action in actions:
            if isinstance(action, Persist):
                self.durable.commits.append(action.commit)
            elif isinstance(action, Send):
                messages.append((action.seat, action.message))
            else:
                self.events.append((now, action.name, action.data))
                if action.name == "final":
                    self.durable.ended = True
        return messages
