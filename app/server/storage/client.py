"""The server's side of the store process: starts it, sends commands, waits for answers, starts it again if it dies.

compose.py makes one `StoreClient`. The pipe is read and written through an `io` object, so that this file knows
neither eventlet nor SQLAlchemy: `ThreadIo` below is for tests and tools, `app/server/eventlet_io.py` for the server.
"""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.experiments.errors import InputError
from app.server.storage import framing

log = logging.getLogger(__name__)

#: Longer than the store waits for another writer (database.BUSY_TIMEOUT_MS).
CALL_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 15.0
#: A command that was sent to so many stores and outlived them all is taken for the cause of their death.
MAX_SENDINGS = 3
PIECE_BYTES = 1 << 20


class StoreError(Exception):
    """The store refused a command or could not be asked.

    Attributes:
        code: for programs: a code of the store, `timeout`, `store_lost` or `closed`.
        message: a sentence.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Flag(Protocol):
    """What `threading.Event` offers; for eventlet something that lets other green threads run."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class StoreIo(Protocol):
    """How the client waits, reads, writes and runs beside its caller."""

    def read(self, fd: int, count: int) -> bytes:
        """Wait until a pipe is readable, then read; empty at its end."""
        ...

    def write(self, fd: int, data: memoryview) -> int:
        """Wait until a pipe is writable, then write; return how many bytes."""
        ...

    def make_flag(self) -> Flag:
        """Return a flag that is not set."""
        ...

    def spawn(self, function: Callable[[], None]) -> None:
        """Run beside the caller."""
        ...

    def start_process(self, argv: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a child with pipes for standard input and output, unbuffered."""
        ...


class ThreadIo:
    """Plain threads and blocking pipes."""

    read = staticmethod(os.read)
    write = staticmethod(os.write)
    make_flag = staticmethod(threading.Event)

    @staticmethod
    def spawn(function: Callable[[], None]) -> None:
        threading.Thread(target=function, daemon=True).start()

    @staticmethod
    def start_process(argv: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, bufsize=0, env=environment)


@dataclass
class _Pending:
    """A command without an answer yet. `done` is None when nobody waits for the answer (`post`)."""

    command: str
    frame: bytes
    done: Flag | None
    answer: dict[str, Any] | None = None
    sendings: int = 0


@dataclass
class _Link:
    """One store process. Its writer and its reader end with it; the commands without an answer go to the next."""

    process: subprocess.Popen[bytes]
    wake: Flag
    writer_done: Flag
    outbox: deque[_Pending] = field(default_factory=deque)
    broken: bool = False

    @property
    def in_fd(self) -> int:
        assert self.process.stdin is not None
        return self.process.stdin.fileno()

    @property
    def out_fd(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()


class StoreClient:
    """Speaks with the store of one data folder.

    Args:
        data_folder: `<data dir>/data/<experiment-id>`; made when it is missing.
        io: how to wait; plain threads by default.
        argv: the store's command line, for a frozen build; this Python by default.
    """

    def __init__(self, data_folder: Path, io: StoreIo | None = None, argv: list[str] | None = None) -> None:
        self._folder = data_folder
        self._io: StoreIo = io or ThreadIo()
        self._argv = argv or [sys.executable, "-m", "app.server.storage.service", str(data_folder)]
        # Short sections that never wait: it is as good under green threads as under real ones.
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}
        self._name = uuid.uuid4().hex[:12]
        self._numbers = itertools.count(1)
        self._link: _Link | None = None
        self._closing = False
        self._ended = self._io.make_flag()

    def start(self) -> None:
        """Start the store and wait until its database is open.

        Raises:
            InputError: when the data folder cannot be used; one sentence.
        """
        self._link = self._open_link()
        self._io.spawn(self._watch)

    def call(self, command: str, payload: dict[str, Any], timeout_s: float = CALL_TIMEOUT_S) -> dict[str, Any]:
        """Give a command, wait until it is committed, return the answer.

        Raises:
            StoreError: when it was refused, or no answer came in time. It may have been stored then.
            ValueError, TypeError: when the payload has no form in msgpack.
        """
        done = self._io.make_flag()
        pending = self._send(command, payload, done)
        if not done.wait(timeout_s):
            raise StoreError("timeout", f"the store did not answer {command} within {timeout_s:g} s.")
        answer = pending.answer
        assert answer is not None
        if not answer["ok"]:
            raise StoreError(answer["error"]["code"], answer["error"]["message"])
        return answer

    def post(self, command: str, payload: dict[str, Any]) -> None:
        """Give a command and go on; it is stored after everything given before it. A refusal is logged."""
        self._send(command, payload, None)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Let the store commit everything given so far, and end it."""
        with self._lock:
            link, self._closing = self._link, True
        if link is None:
            return
        link.wake.set()
        if not self._ended.wait(timeout_s):
            with self._lock:
                given_up, link = self._take_pending(list(self._pending)), self._link or link
            link.process.kill()
            self._lose(given_up, f"the store did not end within {timeout_s:g} s")

    @property
    def process_id(self) -> int | None:
        """The store's process, None before `start`."""
        return self._link.process.pid if self._link else None

    def _send(self, command: str, payload: dict[str, Any], done: Flag | None) -> _Pending:
        with self._lock:
            if self._link is None or self._closing:
                raise StoreError("closed", f"the store is not running; {command} was not sent.")
            key = f"{self._name}-{next(self._numbers)}"
            frame = framing.encode({"id": key, "command": command, "payload": payload})
            pending = _Pending(command, frame, done)
            self._pending[key] = pending
            link = self._link
            link.outbox.append(pending)
        link.wake.set()
        return pending

    def _open_link(self) -> _Link:
        """Start a store process and wait for its greeting."""
        root = str(Path(__file__).resolve().parents[3])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        process = self._io.start_process(self._argv, {**os.environ, "PYTHONPATH": path})
        link = _Link(process, self._io.make_flag(), self._io.make_flag())
        reader = framing.FrameReader()
        greeting: dict[str, Any] = {}
        while not greeting and (piece := self._io.read(link.out_fd, PIECE_BYTES)):
            greeting = next(reader.feed(piece), {})
        if not greeting.get("ready"):
            self._let_go(link)
            why = "its process ended before it was ready; what it printed says why"
            raise InputError(greeting.get("error") or f"data folder {self._folder}: the store cannot start ({why}).")
        self._io.spawn(lambda: self._write_all(link))
        return link

    def _write_all(self, link: _Link) -> None:
        """The only writer of a link's pipe."""
        try:
            while not link.broken:
                link.wake.wait()
                link.wake.clear()
                while link.outbox and not link.broken:
                    pending = link.outbox.popleft()
                    pending.sendings += 1
                    view = memoryview(pending.frame)
                    while view:
                        view = view[self._io.write(link.in_fd, view) :]
                if self._closing and not link.outbox:
                    break
        except OSError as error:
            # The process is gone; its reader sees the end of the other pipe and starts the next one.
            log.debug("The store's pipe is broken: %s", error)
        finally:
            assert link.process.stdin is not None
            link.process.stdin.close()
            link.writer_done.set()

    def _watch(self) -> None:
        """Read answers until the store is closed; when it dies, start another one."""
        link = self._link
        while link is not None:
            self._read_answers(link)
            link.broken = True
            link.wake.set()
            link.writer_done.wait()
            code = self._let_go(link)
            link = self._next_link(code)
        self._ended.set()

    def _read_answers(self, link: _Link) -> None:
        reader = framing.FrameReader()
        try:
            while piece := self._io.read(link.out_fd, PIECE_BYTES):
                for answer in reader.feed(piece):
                    self._answered(answer)
        except (OSError, ValueError) as error:
            log.error("The store's answers cannot be read (%s); it is started again.", error)
            link.process.kill()

    def _answered(self, answer: dict[str, Any]) -> None:
        with self._lock:
            pending = self._pending.pop(answer["id"], None)
        if pending is None:
            return
        pending.answer = answer
        if pending.done is not None:
            pending.done.set()
        elif not answer["ok"]:
            log.error("The store refused %s: %s", pending.command, answer["error"]["message"])

    def _next_link(self, exit_code: int | None) -> _Link | None:
        """Start the store that follows one that ended, or return None when there is nothing more to do."""
        with self._lock:
            deadly = self._take_pending([key for key, p in self._pending.items() if p.sendings >= MAX_SENDINGS])
            finished = self._closing and not self._pending
        self._lose(deadly, f"the store process ended {MAX_SENDINGS} times (exit code {exit_code}) while it had this")
        if finished:
            return None
        log.error("The store process ended (exit code %s) and is started again.", exit_code)
        try:
            link = self._open_link()
        except InputError as error:
            with self._lock:
                self._link = None
                lost = self._take_pending(list(self._pending))
            self._lose(lost, f"the store process ended and cannot be started again: {error}")
            return None
        with self._lock:
            # What was given while no store was running is among the pending, in its place.
            link.outbox.extend(self._pending.values())
            self._link = link
        link.wake.set()
        return link

    def _take_pending(self, keys: list[str]) -> dict[str, _Pending]:
        return {key: self._pending.pop(key) for key in keys}

    def _lose(self, lost: dict[str, _Pending], why: str) -> None:
        """Tell those who wait for these commands that there will be no answer."""
        for key, pending in lost.items():
            text = f"{why}; {pending.command} may not be stored."
            log.error("%s", text)
            pending.answer = {"id": key, "ok": False, "error": {"code": "store_lost", "message": text}}
            if pending.done is not None:
                pending.done.set()

    def _let_go(self, link: _Link) -> int | None:
        """Close the pipes of a store that ended, and take its exit code."""
        process = link.process
        pause = self._io.make_flag()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        for _ in range(500):
            if process.poll() is not None:
                return process.returncode
            pause.wait(0.01)
        process.kill()
        return process.poll()
