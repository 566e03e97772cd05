"""How the store client waits inside the eventlet server: the pipe is watched by the hub, nothing blocks the loop.

The run module of the server passes `EventletIo()` to `StoreClient`. It works before and after `monkey_patch()`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import eventlet
import eventlet.event
import eventlet.hubs
import eventlet.patcher

# Eventlet's own os.write spins for ever on a broken pipe, and its Popen wraps the pipes: take the unpatched ones.
_os = eventlet.patcher.original("os")
_subprocess = eventlet.patcher.original("subprocess")


class GreenFlag:
    """What `threading.Event` offers, between green threads of one hub. Not for real threads or signal handlers."""

    def __init__(self) -> None:
        self._event = eventlet.event.Event()

    def set(self) -> None:
        """Wake everybody who waits."""
        if not self._event.ready():
            self._event.send(True)

    def clear(self) -> None:
        """Make the next `wait` wait."""
        if self._event.ready():
            self._event = eventlet.event.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Let others run until the flag is set, or `timeout` seconds; return whether it is set."""
        event = self._event
        event.wait(timeout)
        return event.ready()


class EventletIo:
    """Green threads, the hub and the unpatched system calls; see `app.server.storage.client.StoreIo`."""

    make_flag = GreenFlag

    def read(self, fd: int, count: int) -> bytes:
        """Wait in the hub until the pipe is readable, then read."""
        eventlet.hubs.trampoline(fd, read=True)
        return _os.read(fd, count)

    def write(self, fd: int, data: memoryview) -> int:
        """Write what fits now; wait in the hub while nothing does."""
        while True:
            try:
                return _os.write(fd, data)
            except BlockingIOError:
                eventlet.hubs.trampoline(fd, write=True)

    def spawn(self, function: Callable[[], None]) -> None:
        """Run in a green thread."""
        eventlet.spawn(function)

    def start_process(self, argv: list[str], environment: dict[str, str]) -> Any:
        """Start a child with plain pipes; ours do not block."""
        pipe = _subprocess.PIPE
        process = _subprocess.Popen(argv, stdin=pipe, stdout=pipe, bufsize=0, env=environment)
        os.set_blocking(process.stdin.fileno(), False)
        return process
