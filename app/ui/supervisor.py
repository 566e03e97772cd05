"""Keeps one server running as a child process: starts it, listens to it, starts it again when it dies, ends it.

desktop.py uses this; nothing here knows about a window. The child is the same program with the subcommand `serve`. It
ends by itself when its standard input closes, so that it never outlives us, however we end.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from app import paths

BAD_INPUT = 2
KEPT_LINES = 60
# A process group of its own, and no console window; these numbers exist on Windows only.
_WINDOWS_FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
PERCENT = re.compile(r"(?<!\d)(\d{1,3})\s?%")


@dataclass(frozen=True)
class Listening:
    """What the server says about itself once it listens."""

    participant_url: str
    researcher_url: str
    experiment_id: str
    data_dir: Path

    @property
    def ports(self) -> tuple[int, int]:
        """The participants' and the researcher's port."""
        return urlsplit(self.participant_url).port or 80, urlsplit(self.researcher_url).port or 80

    @property
    def data_folder(self) -> Path:
        """Where this experiment's data lies."""
        return self.data_dir / "data" / self.experiment_id


@dataclass(frozen=True)
class ServerPlan:
    """What to serve, and where.

    Attributes:
        experiment: the experiment's folder.
        data_dir: where data is kept; None for the default of `serve`.
        host: the address participants reach.
        port: the participants' port, 0 for any free one.
        researcher_port: the researcher's port, 0 for any free one.
    """

    experiment: Path
    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    researcher_port: int = 0

    def command(self, before: Listening | None = None) -> list[str]:
        """Return the child's command; after a restart it keeps the ports, so that open pages find it again."""
        port, researcher_port = before.ports if before else (self.port, self.researcher_port)
        program = [sys.executable] if paths.is_frozen() else [sys.executable, "-m", "app"]
        data_dir = ["--data-dir", str(self.data_dir)] if self.data_dir else []
        options = ["--host", self.host, "--port", str(port), "--researcher-port", str(researcher_port), *data_dir]
        return [*program, "serve", str(self.experiment), *options, "--watch-stdin"]


class Listener(Protocol):
    """Is told what becomes of the server, from the supervisor's own thread."""

    def on_progress(self, text: str, percent: int | None) -> None:
        """The server says what it is doing while it prepares."""
        ...

    def on_listening(self, listening: Listening) -> None:
        """The server listens, for the first time or again."""
        ...

    def on_restart(self, reason: str) -> None:
        """The server died and is being started again."""
        ...

    def on_failed(self, reason: str, last_lines: list[str]) -> None:
        """The server does not run and is not started again by itself."""
        ...


@dataclass(frozen=True)
class RestartLimit:
    """How often a dying server is started again before the researcher is told instead.

    Attributes:
        times: so many restarts ...
        within_s: ... in so many seconds.
        pause_s: wait before each, so that a port or a disk can recover.
    """

    times: int = 3
    within_s: float = 120.0
    pause_s: float = 0.5


@dataclass
class Supervisor:
    """One server, kept running.

    Args:
        command: makes the child's command; is given what the server before said, if there was one.
        listener: is told what happens.
        limit: when to give up.
        working_dir: the child's working directory.
        now: a clock in seconds.
    """

    command: Callable[[Listening | None], Sequence[str]]
    listener: Listener
    limit: RestartLimit = RestartLimit()
    working_dir: Path = field(default_factory=paths.resource_root)
    now: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the server, and return at once."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep_running, name="server supervisor", daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int | None:
        """The child's process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def stop(self, patience_s: float = 10.0) -> None:
        """End the server: ask by closing its standard input, then more firmly. Returns when it is gone."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process, patience_s)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _keep_running(self) -> None:
        before: Listening | None = None
        deaths: deque[float] = deque(maxlen=self.limit.times + 1)
        while not self._stopping.is_set():
            listening, code, last_lines = self._run_once(self.command(before))
            if self._stopping.is_set():
                return
            before = listening or before
            reason = _reason(code, last_lines)
            deaths.append(self.now())
            often = len(deaths) > self.limit.times and deaths[-1] - deaths[0] < self.limit.within_s
            # Bad input, and an end that somebody asked for, would only come again.
            if code in (0, BAD_INPUT) or often:
                self.listener.on_failed(reason, last_lines)
                return
            self.listener.on_restart(reason)
            self._stopping.wait(self.limit.pause_s)

    def _run_once(self, command: Sequence[str]) -> tuple[Listening | None, int, list[str]]:
        with self._lock:
            if self._stopping.is_set():
                return None, 0, []
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.working_dir,
                env=_environment(),
                encoding="utf-8",
                errors="replace",
                # Control-C in a terminal is ours to answer: the child is ended in good order.
                start_new_session=sys.platform != "win32",
                creationflags=_WINDOWS_FLAGS,
            )
        assert process.stdout and process.stderr
        last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        reader = threading.Thread(target=self._read_progress, args=(process.stderr, last_lines), daemon=True)
        reader.start()
        listening: Listening | None = None
        for line in process.stdout:
            said = parse_listening(line)
            if said is not None:
                listening = said
                self.listener.on_listening(said)
        code = process.wait()
        reader.join()
        process.stdout.close()
        process.stderr.close()
        return listening, code, list(last_lines)

    def _read_progress(self, stream: IO[str], last_lines: deque[str]) -> None:
        for line in stream:
            text = line.strip()
            if text:
                last_lines.append(text)
                self.listener.on_progress(*parse_progress(text))


def parse_listening(line: str) -> Listening | None:
    """Read the server's one line of JSON; None for any other line."""
    try:
        said = json.loads(line)
    except json.JSONDecodeError:
        return None
    if not isinstance(said, dict) or said.get("event") != "listening":
        return None
    return Listening(said["participant_url"], said["researcher_url"], said["experiment_id"], Path(said["data_dir"]))


def parse_progress(text: str) -> tuple[str, int | None]:
    """Split what the server writes while it prepares into words and a percentage, if it names one."""
    found = PERCENT.search(text)
    if found is None or int(found[1]) > 100:
        return text, None
    words = (text[: found.start()] + text[found.end() :]).replace("[]", "").replace("()", "").strip(" :-–")
    return words or text, int(found[1])


def _reason(code: int, last_lines: list[str]) -> str:
    said = last_lines[-1] if last_lines else ""
    if code == BAD_INPUT and said:
        return said
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"The server ended ({how})." if not said or code == 0 else f"The server ended ({how}): {said}"


def _end(process: subprocess.Popen[str], patience_s: float) -> None:
    if process.stdin and not process.stdin.closed:
        try:
            process.stdin.close()
        except BrokenPipeError:
            return
    for end in (process.terminate, process.kill):
        try:
            process.wait(patience_s)
            return
        except subprocess.TimeoutExpired:
            end()
    process.wait()


def _environment() -> dict[str, str]:
    """The child finds this very program, whatever a caller has set and wherever it was started from."""
    path = os.pathsep.join(filter(None, (str(paths.resource_root()), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
