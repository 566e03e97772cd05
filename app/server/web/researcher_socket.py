"""The researcher's live line: what changes in the monitor goes to every open researcher page, and what the researcher
asks for comes in.

Snapshot, then patches: a page connects, queues the patches that arrive, fetches `/api/snapshot`, and applies the
queue. A patch carries the whole new value of what it names, so applying one twice does no harm.
researcher_site.py attaches this; the guard in researcher_access.py has already checked cookie, host and origin.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from app.server.web.researcher_commands import FROM_RESEARCHER

Patch = dict[str, Any]
FLUSH_SECONDS = 0.2


class Monitor(Protocol):
    """What the researcher's pages are told (domain/monitor.py is the real one)."""

    def snapshot(self) -> dict[str, Any]:
        """Return everything a page shows, as plain JSON values."""
        ...

    def subscribe(self, callback: Callable[[Patch], None]) -> Any:
        """Call `callback` with every change from now on."""
        ...


class Commands(Protocol):
    """What the researcher may do (researcher_commands.py is the real one)."""

    def handle(self, name: str, payload: Any = None) -> dict[str, Any]:
        """Do it and return the answer."""
        ...


class SocketServer(Protocol):
    """The part of flask_socketio.SocketIO used here."""

    def emit(self, event: str, data: Any) -> Any:
        """Send to every connected page."""
        ...

    def on_event(self, message: str, handler: Callable[..., Any]) -> Any:
        """Call `handler` with what a page sends under a name; what it returns is the answer."""
        ...

    def start_background_task(self, target: Callable[[], None]) -> Any:
        """Run `target` beside everything else."""
        ...

    def sleep(self, seconds: float) -> Any:
        """Let the others run for so long."""
        ...


class PatchFeed:
    """Collects patches for a moment and sends them together.

    A hundred participants report once a second each: sent one by one they would wake every page a hundred times a
    second, and of two values for the same path only the later one is of interest.
    """

    def __init__(self, server: SocketServer, *, flush_seconds: float = FLUSH_SECONDS) -> None:
        self._server = server
        self._flush_seconds = flush_seconds
        self._pending: dict[tuple[str, ...], Patch] = {}
        self._flushing = False

    def add(self, patch: Patch) -> None:
        """Take one patch; it leaves within the flush time."""
        path = tuple(str(step) for step in patch["path"])
        self._pending.pop(path, None)  # the later value also takes the later place in the order
        self._pending[path] = patch
        if not self._flushing:
            self._flushing = True
            self._server.start_background_task(self._flush_soon)

    def _flush_soon(self) -> None:
        self._server.sleep(self._flush_seconds)
        self._flushing = False
        patches = list(self._pending.values())
        self._pending.clear()
        self._server.emit("patches", patches)


def attach(
    server: SocketServer, monitor: Monitor, commands: Commands, *, flush_seconds: float = FLUSH_SECONDS
) -> PatchFeed:
    """Send the monitor's changes over `server` from now on, and take the researcher's commands."""
    feed = PatchFeed(server, flush_seconds=flush_seconds)
    monitor.subscribe(feed.add)
    for name in FROM_RESEARCHER:
        server.on_event(name, partial(commands.handle, name))
    return feed
