"""A real server process for tests, with scripted pages over loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.server.scripted_page import ScriptedPage

ROOT = Path(__file__).resolve().parents[2]
STOP_LIMIT_S = 30


class Served:
    """`gym-kiosk serve` on free ports."""

    def __init__(self, folder: Path, data_dir: Path, *options: str) -> None:
        program = [sys.executable, "-m", "app", "serve", str(folder), "--port", "0", "--researcher-port", "0"]
        self._pages: list[ScriptedPage] = []
        data_dir.mkdir(parents=True, exist_ok=True)
        self._errors = (data_dir / "server.err").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*program, "--data-dir", str(data_dir), *options], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors()
        self.listening: dict[str, Any] = json.loads(line)
        self.url: str = self.listening["participant_url"]
        self.study = data_dir / "data" / self.listening["experiment_id"]

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def environment_hash(self) -> str:
        with urllib.request.urlopen(f"{self.url}api/study", timeout=10) as answer:
            return json.load(answer)["runtime"]["environment_hash"]

    def ends(self) -> int:
        """Wait for the process; return its exit code."""
        code = self.process.wait(STOP_LIMIT_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return code

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def page(self, **identity: str | None) -> ScriptedPage:
        """Open a page."""
        page = ScriptedPage(self.url, **identity)
        self._pages.append(page)
        return page

    def close_pages(self) -> None:
        """Every page leaves and is closed."""
        for page in self._pages:
            if not page.closed.is_set():
                page.tell("leave", {"reason": "page_closed"})
                page.close()
        self._pages.clear()

    def pair(self, **identity: str | None) -> list[tuple[ScriptedPage, dict[str, Any]]]:
        """Two pages start and are matched; seat 0 first."""
        pages = [self.page(**identity) for _ in range(2)]
        for page in pages:
            page.start()
            assert page.ready(self.environment_hash())["ok"]
        matched = [(page, page.hear("matched")) for page in pages]
        return sorted(matched, key=lambda pair: pair[1]["seat"])

    def export(self) -> Path:
        done = subprocess.run(
            [sys.executable, "-m", "app", "export", str(self.study), "--output", str(self.study / "out")],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return self.study / "out"
