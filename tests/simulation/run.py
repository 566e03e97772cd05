"""A schedule carried out: real sessions and the real arbiter, joined by the switch, in virtual time."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable
from typing import Any

from app.engine.turn import Turn

from .game import ToyGame, script
from .happenings import HAPPENINGS, RECONNECT_MS
from .network import CHANNEL, RELAY, SERVER, Conditions, Switch, Trace
from .peer import Peer
from .result import Probe, Result
from .schedule import Event, Schedule
from .server import Server

BOTH_TOLD_MS = 20.0
"""The server looks at its clock so often."""
PROBE_MS = 250.0
LINGER_MS = 1500.0
"""How long a run goes on when all members are done, for who is still catching up."""


Fault = Callable[[int, ToyGame], None]


class Run:
    """One schedule being carried out.

    Args:
        schedule: Which.
        faults: By seat, what is broken in its game.
        tamper: Called with every datagram on its way out, `(now, from, to, data) -> data`; for negative controls.
    """

    def __init__(
        self,
        schedule: Schedule,
        faults: dict[int, Fault] | None = None,
        tamper: Callable[[float, int, int, bytes], bytes] | None = None,
    ) -> None:
        self.schedule, self._faults, self._tamper = schedule, faults or {}, tamper
        self.now = 0.0
        self.result = Result(schedule)
        self.trace = Trace()
        self.server = Server(schedule)
        usual = Conditions()
        self.switch = Switch(schedule.seed, usual.changed(schedule.channel), usual.changed(schedule.relay))
        self.pages: dict[int, Peer] = {}
        self.lives: list[Peer] = []
        self.deferred: list[Event] = []
        self._word = script(schedule.input_seed)
        self._order = itertools.count()
        self._queue: list[tuple[float, int, str, int, Any]] = []
        self._done_at: float | None = None
        for peer in range(schedule.peers):
            self.push(schedule.starts(peer), "born", peer)
        for event in schedule.events:
            self.push(event.at_ms, "event", -1, event)
        self.push(0.0, "server", SERVER)
        self.push(0.0, "probe", SERVER)

    def play(self) -> Result:
        """Carry it out to its end."""
        try:
            while not self._over():
                self.now, _, kind, who, what = heapq.heappop(self._queue)
                if self.now > self.schedule.limit_ms:
                    self.result.gave_up = True
                    break
                getattr(self, f"_at_{kind}")(who, what)
        except Exception as error:  # noqa: BLE001 -- whatever the engine or the arbiter raises is the run's result
            self.result.crash = _where(error)
        return self._close()

    # -- what happens -------------------------------------------------------------------------------------------

    def _at_born(self, seat: int, _: Any) -> None:
        page = self._new_page(seat)
        page.begin(0)
        self.push(self.now, "tick", len(self.lives) - 1)

    def _at_tick(self, life: int, _: Any) -> None:
        page = self.lives[life]
        if not page.alive:
            return
        if self.now < max(page.busy_until, page.asleep_until):
            self.push(max(page.busy_until, page.asleep_until), "tick", life)
            return
        rate = 1.0
        self._empty_inbox(page)
        if page.session is not None and page.alive:
            turn = page.tick(self.now)
            rate = turn.rate
            self.trace.add(self.now, "tick", page.seat, b"" if turn.stepped is None else b"%d" % turn.stepped)
            self._carry_out(page, turn)
        self.push(page.next_tick(self.now, rate), "tick", life)

    def _at_packet(self, seat: int, what: tuple[int, bytes]) -> None:
        life, data = what
        page = self.pages.get(seat)
        if page is None or not page.alive or self.now < page.asleep_until or (life >= 0 and life != self.life(seat)):
            return  # nobody is there, or a channel to a page that is gone
        self._deliver(page, ("packet", data))

    def _at_up(self, seat: int, what: tuple[int, Any]) -> None:
        """Something arrives at the server."""
        connection, message = what
        if connection != self.switch.link(RELAY, seat, SERVER).connection or self.server.down:
            return
        if isinstance(message, tuple):
            to, data = message
            self.send_down(to, ("packet", data), len(data))
            return
        self._trace_message("up", seat, message)
        self.answer(self.server.receive(self.now, seat, message))

    def _at_down(self, seat: int, what: tuple[int, Any]) -> None:
        """Something of the server's arrives at a page."""
        connection, message = what
        page = self.pages.get(seat)
        if connection != self.switch.link(RELAY, SERVER, seat).connection or page is None or not page.alive:
            return
        self._deliver(page, message)

    def _at_server(self, _: int, __: Any) -> None:
        if not self.server.down:
            self.answer(self.server.tick(self.now))
        self.push(self.now + BOTH_TOLD_MS, "server", SERVER)

    def _at_probe(self, _: int, __: Any) -> None:
        for page in self.lives:
            if page.alive and page.session is not None:
                session = page.session
                done = session.finished or session.failure is not None
                probe = Probe(self.now, page.kept.name, page.is_member, page.epoch, session.confirmed, done)
                self.result.probes.append(probe)
        self.push(self.now + PROBE_MS, "probe", SERVER)

    def _at_hello(self, seat: int, life: int) -> None:
        """A page has made a connection to the server, its first or another."""
        page = self.pages.get(seat)
        if page is None or not page.alive or life != self.life(seat):
            return
        if self.server.down:
            self.push(self.now + RECONNECT_MS, "hello", seat, life)
            return
        hello = {
            "kind": "hello", "life": page.kept.number, "view": page.membership.view, "epoch": page.epoch,
            "restored": page.session is not None,
            "observes": page.kept.fate == "observer" or (page.kept.number > 0 and page.session is None),
        }  # fmt: skip
        self.send_up(seat, hello)
        for chunk in page.all_chunks():
            self.send_up(seat, chunk)
        if page.done:
            self.send_up(seat, self._finished(page))

    def _at_reborn(self, seat: int, _: Any) -> None:
        self._new_page(seat)
        self.push(self.now, "tick", len(self.lives) - 1)
        self._at_hello(seat, self.life(seat))

    def _at_event(self, _: int, event: Event) -> None:
        self.trace.add(self.now, event.kind, -1 if event.peer is None else event.peer)
        page = None if event.peer is None else self.pages.get(event.peer)
        if event.peer is not None and event.path == "" and (page is None or not page.alive):
            return  # who is gone does nothing
        HAPPENINGS[event.kind](self, event, page)

    # -- between pages and server -------------------------------------------------------------------------------

    def _at_broken(self, seat: int, life: int) -> None:
        if life == self.life(seat) and self.pages[seat].alive:
            self.break_connection(seat)
            self.answer(self.server.gone(self.now, seat))

    def _deliver(self, page: Peer, message: Any) -> None:
        if self.now < max(page.busy_until, page.asleep_until):
            page.inbox.append(message)
            return
        self._empty_inbox(page)
        self._take(page, message)

    def _empty_inbox(self, page: Peer) -> None:
        waiting, page.inbox = page.inbox, []
        for message in waiting:
            self._take(page, message)

    def _take(self, page: Peer, message: Any) -> None:
        if not page.alive:
            return
        if isinstance(message, tuple):
            if page.session is not None:
                self.trace.add(self.now, "packet", page.seat, message[1])
                self._carry_out(page, page.receive(self.now, message[1]))
            return
        self._trace_message("down", page.seat, message)
        kind = message["kind"]
        if kind == "begin":
            if message["epoch"] > page.epoch and page.session is not None:
                page.begin(message["epoch"])
        elif kind == "restore":
            if page.session is None:  # it may have knocked twice while the server was started again
                page.restore(message)
        elif kind == "log":
            page.top_up(message)
        elif kind in ("state_part", "part_taken"):
            if page.session is not None:
                page.state(self.now, message)
        elif kind == "evicted" and page.session is None:
            page.kept.fate = "evicted"
        elif page.session is not None:
            self._carry_out(page, page.control(self.now, message))
            if page.membership.evicted:
                page.kept.fate = "evicted"

    def _carry_out(self, page: Peer, turn: Turn) -> None:
        for to, data in turn.sends:
            sent = self._tamper(self.now, page.seat, to, data) if self._tamper else data
            if page.paths[to] == RELAY:
                self.send_up(page.seat, (to, sent))
            else:
                self.send(CHANNEL, page.seat, to, sent, len(sent))
        for to, data in turn.reliable:
            self.send_up(page.seat, (to, data))
        for message in turn.server:
            self.send_up(page.seat, message)
        for to, frame, index, data in turn.parts:
            part = {"kind": "state_part", "to": to, "epoch": page.epoch, "frame": frame, "index": index, "data": data}
            self.send_up(page.seat, part)
        if page.asks_for_log(self.now):
            self.send_up(page.seat, {"kind": "log", "epoch": page.epoch})
        if turn.rows and page.session is not None:
            for chunk in page.chunks():
                self.send_up(page.seat, chunk)
            if page.done:
                self.send_up(page.seat, self._finished(page))

    def _finished(self, page: Peer) -> dict[str, Any]:
        return {"kind": "finished", "epoch": page.epoch, "frame": page.kept.lasts[page.epoch]}

    def answer(self, messages: list[tuple[int, dict[str, Any]]]) -> None:
        for seat, message in messages:
            self.send_down(seat, message, 200)

    def send_up(self, seat: int, message: Any) -> None:
        self.send(RELAY, seat, SERVER, message, len(message[1]) if isinstance(message, tuple) else 200)

    def send_down(self, seat: int, message: Any, size: int) -> None:
        self.send(RELAY, SERVER, seat, message, size)

    def send(self, path: str, sender: int, receiver: int, message: Any, size: int) -> None:
        link = self.switch.link(path, sender, receiver)
        for at in link.send(self.now, message, size):
            if path == CHANNEL:
                # A channel ends with either of its pages.
                self.push(at, "packet", receiver, (self.life(receiver), message))
            elif receiver == SERVER:
                self.push(at, "up", sender, (link.connection, message))
            else:
                self.push(at, "down", receiver, (link.connection, message))

    # -- small things -------------------------------------------------------------------------------------------

    def _new_page(self, seat: int) -> Peer:
        number = sum(page.seat == seat for page in self.lives)
        fault = self._faults.get(seat)
        schedule = self.schedule
        page = Peer(
            schedule, seat, number, self.now, self._word, lambda _, epoch: ToyGame(epoch, schedule.over_at, fault)
        )
        self.pages[seat] = page
        self.lives.append(page)
        return page

    def life(self, seat: int) -> int:
        return self.pages[seat].kept.number if seat in self.pages else 0

    def _at_gone(self, seat: int, _: Any) -> None:
        if not self.server.down:
            self.answer(self.server.gone(self.now, seat))

    def break_connection(self, seat: int) -> None:
        self.switch.link(RELAY, seat, SERVER).reset()
        self.switch.link(RELAY, SERVER, seat).reset()

    def _trace_message(self, way: str, seat: int, message: Any) -> None:
        self.trace.add(self.now, way, seat, json.dumps(message, default=bytes.hex, sort_keys=True).encode())

    def push(self, at: float, kind: str, who: int, what: Any = None) -> None:
        heapq.heappush(self._queue, (at, next(self._order), kind, who, what))

    def _over(self) -> bool:
        if len(self.pages) < self.schedule.peers:
            return False
        living = [page for page in self.lives if page.alive]
        last = self.schedule.episodes - 1
        members = [page for page in living if page.is_member and page.kept.number == self.life(page.seat)]
        told = self.server.durable.finished
        done = all(
            page.done and (page.epoch == last or self.server.ended) and page.seat in told.get(page.epoch, ())
            for page in members
        )
        if not done or not members:
            self._done_at = None
            return not living
        if self._done_at is None:
            self._done_at = self.now
        waiting = len(members) < len(living) or any(kind in ("reborn",) for _, _, kind, _, _ in self._queue)
        return not waiting or self.now - self._done_at > LINGER_MS

    def _close(self) -> Result:
        result = self.result
        result.lives = [page.fold() for page in self.lives]
        result.commits, result.log = self.server.durable.commits, self.server.durable.log
        result.log_conflicts = self.server.conflicts
        result.ended_ms, result.trace_hash, result.network = self.now, self.trace.hash(), self.switch.totals()
        return result


def _where(error: Exception) -> str:
    """Say what was raised and where."""
    at = error.__traceback__
    frames = []
    while at is not None:
        frames.append(f"{at.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{at.tb_lineno}")
        at = at.tb_next
    return f"{type(error).__name__}: {error} ({' > '.join(frames[-4:])})"


def run(
    schedule: Schedule,
    faults: dict[int, Fault] | None = None,
    tamper: Callable[[float, int, int, bytes], bytes] | None = None,
) -> Result:
    """Carry out a schedule."""
    return Run(schedule, faults, tamper).play()
