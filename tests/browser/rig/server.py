"""A served experiment: the real program in a process of its own, its data folder, its export and its comparison."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[3]

# The first start prepares the browser files of the environment, which takes as long as a download and a compilation.
LISTEN_TIMEOUT_S = 300
STOP_TIMEOUT_S = 20
COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True)
class Completed:
    """A finished `gym-kiosk` command."""

    code: int
    stdout: str
    stderr: str


def run_kiosk(*arguments: str | Path) -> Completed:
    """Runs one `gym-kiosk` command to its end, in the interpreter of the tests."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


class ServedExperiment:
    """`gym-kiosk serve` on free ports with its own data folder.

    Args:
        folder: of the experiment.
        data_dir: what the server writes goes here, its standard error included (server.log).
        host: address the participants' site binds to.

    Attributes:
        listening: the JSON line the server printed when it listened.
    """

    def __init__(self, folder: Path, data_dir: Path, host: str) -> None:
        self.folder = folder
        self.data_dir = data_dir
        self.host = host
        self.listening: dict[str, Any] = {}
        self.log = data_dir / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def participant_url(self) -> str:
        """Where participants' browsers go."""
        return self.listening["participant_url"]

    @property
    def process_id(self) -> int:
        """Of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def study_folder(self) -> Path:
        """The folder with study.db."""
        return self.data_dir / "data" / self.listening["experiment_id"]

    def start(self) -> Self:
        """Starts the server and waits for its line.

        Raises:
            AssertionError: it ended or stayed silent; its standard error is in the message.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "app", "serve", str(self.folder), "--host", self.host]
        command += ["--port", "0", "--researcher-port", "0", "--data-dir", str(self.data_dir)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        line = self._first_line()
        try:
            self.listening = json.loads(line)
        except json.JSONDecodeError:
            self.kill()
            raise AssertionError(f"the server's first line was {line!r}; its errors:\n{self.errors()}") from None
        assert self.listening.get("event") == "listening", self.listening
        return self

    def stop(self) -> None:
        """Stops the server as a service manager does.

        Raises:
            AssertionError: it did not end in time, or not with exit code 0.
        """
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        if process.stdout:
            process.stdout.close()
        assert code == 0, (
            f"after SIGTERM the server ended with {code} (None: not within {STOP_TIMEOUT_S} s);"
            f" its errors:\n{self.errors()}"
        )

    def kill(self) -> None:
        """Ends the process at once, without a check."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def errors(self) -> str:
        """The server's standard error so far, the last 8,000 characters."""
        return self.log.read_text(errors="replace")[-8000:] if self.log.exists() else ""

    def _first_line(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + LISTEN_TIMEOUT_S
        received = b""
        while b"\n" not in received:
            readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, 65536) if readable else b""
            if not chunk:
                break
            received += chunk
        return received.split(b"\n")[0].decode()


def copy_experiment(source: Path, target: Path, changes: dict[str, str]) -> Path:
    """Copies an experiment's folder and replaces pieces of its experiment.toml.

    Args:
        source: the experiment's folder.
        target: where the copy goes; must not exist.
        changes: text that stands exactly once in experiment.toml -> what takes its place.

    Returns:
        The copy's folder.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "data", "wheels-cache"))
    file = target / "experiment.toml"
    text = file.read_text()
    for before, after in changes.items():
        assert text.count(before) == 1, f"{source / 'experiment.toml'} must hold {before!r} exactly once"
        text = text.replace(before, after)
    file.write_text(text)
    return target
