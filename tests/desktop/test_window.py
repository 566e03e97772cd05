"""The real window on a display of its own, the real server behind it. Costs ten seconds, the first time a minute."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "overcooked_pair"
# A first start under load takes long: Qt's libraries are read, and the browser files of the example are prepared.
WINDOW_PATIENCE_S = 90
SERVER_PATIENCE_MS = 300_000
END_PATIENCE_S = 40


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen nobody sees."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1500x1000x24", "-nolisten", "tcp"],
        pass_fds=[writer], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(END_PATIENCE_S)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


class OpenWindow:
    """The desktop program, running, and its page."""

    def __init__(self, process: subprocess.Popen[bytes], page: Page, environment: dict[str, str]) -> None:
        self.process = process
        self.page = page
        self._environment = environment

    def server_process(self) -> int:
        """The process id of the one child that serves."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        ids = [int(number) for file in children for number in file.read_text().split()]
        serving = [number for number in ids if b"serve" in Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")]
        assert len(serving) == 1, f"children that serve: {serving} of {ids}"
        return serving[0]

    def close(self) -> int:
        """Click the window's cross, and wait for the program's end."""
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "^Interactive Gym Kiosk$"]
        found = subprocess.run(search, env=self._environment, capture_output=True, text=True, check=True).stdout.split()
        command = [sys.executable, "-m", "tests.desktop.close_window", found[0]]
        subprocess.run(command, cwd=ROOT, env=self._environment, check=True)
        return self.process.wait(END_PATIENCE_S)


@contextmanager
def window(playwright: Playwright, display: str, log: Path, *arguments: str | Path) -> Iterator[OpenWindow]:
    """Start `gym-kiosk` as a researcher does, and take hold of the page in its window."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DISPLAY": display, "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{port}"}
    environment.pop("WAYLAND_DISPLAY", None)
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for_port(port, process, log)
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
        yield OpenWindow(process, browser.contexts[0].pages[0], environment)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(END_PATIENCE_S)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the window's browser answers."""
    pause = Event()
    for _ in range(WINDOW_PATIENCE_S * 5):
        assert process.poll() is None, log.read_text(errors="replace")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.2)
    raise AssertionError(f"no window within {WINDOW_PATIENCE_S} s:\n{log.read_text(errors='replace')}")


def serves(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def test_the_programs_this_needs_are_here() -> None:
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    assert missing == [], "install the Debian packages xvfb and xdotool"


def test_the_window_shows_the_running_study_and_closing_it_ends_the_server(
    playwright: Playwright, display: str, tmp_path: Path
) -> None:
    options = ("--experiment", EXAMPLE, "--data-dir", tmp_path / "data", "--port", "0")
    with window(playwright, display, tmp_path / "log", *options) as opened:
        page = opened.page
        page.wait_for_url("http://127.0.0.1:*/", timeout=SERVER_PATIENCE_MS)
        expect(page.get_by_text("Nobody is here yet")).to_be_visible(timeout=SERVER_PATIENCE_MS)
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("cook")
        address = f"http://{urlsplit(page.url).netloc}/"
        server = Path(f"/proc/{opened.server_process()}")
        assert serves(address) and server.exists()
        assert opened.close() == 0
        assert not server.exists() and not serves(address)


def test_a_mistake_in_the_experiment_is_said_in_the_window(
    playwright: Playwright, display: str, tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "experiment.toml").write_text("format = [\n", encoding="utf-8")
    with window(playwright, display, tmp_path / "log", "--experiment", folder, "--port", "0") as opened:
        expect(opened.page.get_by_role("alert")).to_contain_text("experiment.toml", timeout=SERVER_PATIENCE_MS)
        expect(opened.page.get_by_text("Start again")).to_be_visible()
        assert opened.close() == 0
