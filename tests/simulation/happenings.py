"""What the events of a schedule do to a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .network import CHANNEL, RELAY, Conditions
from .peer import Peer
from .schedule import KINDS, Event

if TYPE_CHECKING:
    from .run import Run

SOCKET_TIMEOUT_MS = 5000.0
"""A page that answers nothing for so long has lost its connection to the server."""
RECONNECT_MS = 300.0
"""What a page needs to notice that its connection is broken, and to make another."""
GOOD = {"delay_ms": 20.0, "jitter_ms": 3.0}
"""What every link is like when all is healed."""


def stall(run: Run, event: Event, page: Peer) -> None:
    page.busy_until = run.now + event.ms


def sleep(run: Run, event: Event, page: Peer) -> None:
    page.asleep_until = run.now + event.ms
    if event.ms > SOCKET_TIMEOUT_MS:
        run.push(run.now + SOCKET_TIMEOUT_MS, "broken", page.seat, run.life(page.seat))
        run.push(page.asleep_until + RECONNECT_MS, "hello", page.seat, run.life(page.seat))


def kill(run: Run, event: Event, page: Peer) -> None:
    _gone(run, page, "killed")


def leave(run: Run, event: Event, page: Peer) -> None:
    run.send_up(page.seat, {"kind": "leave"})
    page.kept.fate = "left"


def reload(run: Run, event: Event, page: Peer) -> None:
    _gone(run, page, "reloaded")
    run.push(run.now + event.ms, "reborn", page.seat)


def set_input_delay(run: Run, event: Event, page: Peer) -> None:
    if page.session is not None:
        page.set_input_delay(event.value)


def set_window(run: Run, event: Event, page: Peer) -> None:
    if page.session is not None:
        page.set_window(event.value)


def set_paths(run: Run, event: Event, page: Peer | None) -> None:
    if page is not None and page.alive and event.to is not None:
        page.set_path(event.to, event.path)


def hide(run: Run, event: Event, page: Peer) -> None:
    page.hidden_until = run.now + event.ms


def block(run: Run, event: Event, page: Peer | None) -> None:
    for _, _, link in _links(run, event):
        link.blocked = True


def unblock(run: Run, event: Event, page: Peer | None) -> None:
    for sender, receiver, link in _links(run, event):
        for message in link.release():
            run.send(RELAY, sender, receiver, message, 0)


def links(run: Run, event: Event, page: Peer | None) -> None:
    for _, _, link in _links(run, event):
        link.conditions = link.conditions.changed(event.values)


def heal(run: Run, event: Event, page: Peer | None) -> None:
    for path in (CHANNEL, RELAY):
        unblock(run, Event(run.now, "unblock", path=path), None)
        for _, _, link in run.switch.between(path, None, None, run.schedule.peers):
            link.conditions = Conditions(fifo=path == RELAY).changed(GOOD)
    run.result.healed_ms = run.now


def server_crash(run: Run, event: Event, page: Peer | None) -> None:
    if not run.server.down:
        run.server.crash()
        for seat in range(run.schedule.peers):
            run.break_connection(seat)


def server_back(run: Run, event: Event, page: Peer | None) -> None:
    if run.server.down:
        run.answer(run.server.back(run.now))
        for deferred in run.deferred:
            run.answer(run.server.command(run.now, deferred.kind))
        run.deferred.clear()
        for seat, there in run.pages.items():
            if there.alive:
                run.push(run.now + RECONNECT_MS + 10 * seat, "hello", seat, run.life(seat))


def command(run: Run, event: Event, page: Peer | None) -> None:
    if run.server.down:
        run.deferred.append(event)  # the researcher sees that nobody is there, and asks again
    else:
        run.answer(run.server.command(run.now, event.kind))


def _gone(run: Run, page: Peer, fate: str) -> None:
    page.kept.fate = fate
    run.break_connection(page.seat)
    run.push(run.now, "gone", page.seat)


def _links(run: Run, event: Event) -> list[Any]:
    found = run.switch.between(event.path, event.peer, event.to, run.schedule.peers)
    if event.path == RELAY and event.peer is not None:
        found += run.switch.between(event.path, event.to, event.peer, run.schedule.peers)
    return found


HAPPENINGS: dict[str, Callable[[Any, Event, Any], None]] = {
    "stall": stall, "sleep": sleep, "kill": kill, "leave": leave, "reload": reload, "hide": hide,
    "set_input_delay": set_input_delay, "set_window": set_window, "set_paths": set_paths,
    "block": block, "unblock": unblock, "links": links, "heal": heal,
    "server_crash": server_crash, "server_back": server_back,
    "pause": command, "resume": command, "finish": command,
}  # fmt: skip
assert set(HAPPENINGS) == set(KINDS)
