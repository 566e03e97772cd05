"""The desktop's decisions over a window that only notes what it is told."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.experiments.errors import InputError
from app.ui import desktop as desktop_module
from app.ui.desktop import Desktop, splash_url
from app.ui.native import reveal_command
from app.ui.researcher_client import ResearcherClient
from app.ui.supervisor import Listening, ServerPlan

PATIENCE_S = 10


class Handlers(list[Any]):
    def __iadd__(self, handler: Any) -> Handlers:  # type: ignore[misc,override]
        self.append(handler)
        return self


class Events:
    def __init__(self) -> None:
        self.closing = Handlers()
        self.loaded = Handlers()


class NotedWindow:
    """A window without a screen."""

    def __init__(self, answer: bool = True) -> None:
        self.events = Events()
        self.answer = answer
        self.asked: list[str] = []
        self.loaded: list[str] = []
        self.scripts: list[str] = []
        self.destroyed = threading.Event()
        self.question_answered = threading.Event()

    def load_url(self, url: str) -> None:
        self.loaded.append(url)

    def run_js(self, script: str) -> None:
        self.scripts.append(script)

    def create_confirmation_dialog(self, title: str, text: str) -> bool:
        self.asked.append(text)
        self.question_answered.set()
        return self.answer

    def destroy(self) -> None:
        self.destroyed.set()


class Site(BaseHTTPRequestHandler):
    """As much of the researcher site as the desktop asks for."""

    statuses: list[str] = []

    def do_GET(self) -> None:
        if self.path.startswith("/?token="):
            self.send_response(303 if self.path.endswith("=good") else 403)
            self.send_header("Set-Cookie", "c=secret; HttpOnly")
            self.send_header("Location", "/")
            self.end_headers()
        elif self.path == "/":
            self._answer({}, 200)
        else:
            self._answer({"participants": [{"state": each} for each in self.statuses]})

    def do_POST(self) -> None:
        assert self.headers["Origin"] == f"http://{self.headers['Host']}"
        self._answer({"url": f"http://{self.headers['Host']}/?token=second"})

    def _answer(self, value: Any, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status if self.headers["Cookie"] == "c=secret" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.statuses = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def listening(site: str, token: str = "good") -> Listening:
    return Listening("http://127.0.0.1:8000/", f"{site}/?token={token}", "pair", Path("d"))


def desktop_with(window: NotedWindow) -> Desktop:
    return Desktop(ServerPlan(Path("overcooked_pair")), window)


def test_the_window_goes_to_the_researcher_page_with_a_token_of_its_own(site: str) -> None:
    window = NotedWindow()
    desktop_with(window).on_listening(listening(site))
    assert window.loaded == [f"{site}/?token=second"]


def test_the_splash_shows_what_the_server_does_until_it_listens(site: str) -> None:
    window = NotedWindow()
    desktop = desktop_with(window)
    desktop.on_progress("Preparing packages", 40)
    assert '"percent": 40' in window.scripts[-1] and "Preparing packages" in window.scripts[-1]
    desktop.on_listening(listening(site))
    count = len(window.scripts)
    desktop.on_progress("GET /", None)
    desktop.on_loaded()
    assert len(window.scripts) == count


def test_a_reason_that_comes_before_the_splash_has_loaded_is_told_again_when_it_has(site: str) -> None:
    window = NotedWindow()
    desktop = desktop_with(window)
    desktop.on_listening(listening(site))
    desktop.on_failed("port 8000 is taken.", ["line"])
    assert window.loaded[-1] == splash_url()
    window.scripts.clear()
    desktop.on_loaded()
    assert "port 8000 is taken." in window.scripts[-1] and '["line"]' in window.scripts[-1]


def test_a_page_that_cannot_be_opened_is_said(site: str) -> None:
    window = NotedWindow()
    desktop_with(window).on_listening(listening(site, token="used"))
    assert window.loaded == [] and "cannot be opened" in window.scripts[-1]


def test_closing_with_nobody_there_asks_nothing(site: str) -> None:
    Site.statuses = ["completed", "arrived"]
    window = NotedWindow()
    desktop = desktop_with(window)
    desktop.on_listening(listening(site))
    assert desktop.on_closing() is False
    assert window.destroyed.wait(PATIENCE_S) and window.asked == []
    assert desktop.on_closing() is True


def test_closing_while_people_play_asks_first(site: str) -> None:
    Site.statuses = ["playing", "playing", "waiting", "completed"]
    window = NotedWindow(answer=True)
    desktop = desktop_with(window)
    desktop.on_listening(listening(site))
    desktop.on_closing()
    assert window.destroyed.wait(PATIENCE_S)
    assert window.asked[0].startswith("3 participants wait or play now.")


def test_a_researcher_who_says_no_keeps_the_window_and_is_asked_again_next_time(site: str) -> None:
    Site.statuses = ["playing"]
    window = NotedWindow(answer=False)
    desktop = desktop_with(window)
    desktop.on_listening(listening(site))
    for _ in range(2):
        window.question_answered.clear()
        assert desktop.on_closing() is False
        assert window.question_answered.wait(PATIENCE_S)
        with desktop._asking:
            assert not window.destroyed.is_set()
    assert len(window.asked) == 2


def test_a_server_that_does_not_answer_does_not_hold_the_window() -> None:
    window = NotedWindow()
    desktop = desktop_with(window)
    desktop.on_closing()
    assert window.destroyed.wait(PATIENCE_S) and window.asked == []


def test_the_desktop_and_the_window_are_signed_in_separately(site: str) -> None:
    Site.statuses = ["interrupted"]
    client = ResearcherClient(f"{site}/?token=good")
    assert client.people_at_work() == 1 and client.window_url() == f"{site}/?token=second"


@pytest.mark.parametrize(
    ("platform", "program"), [("win32", "explorer.exe"), ("darwin", "open"), ("linux", "xdg-open")]
)
def test_every_system_has_its_way_to_show_a_folder(platform: str, program: str) -> None:
    assert reveal_command(Path("d"), platform) == [program, "d"]


def test_without_a_display_the_other_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(InputError, match="use gym-kiosk serve FOLDER"):
        desktop_module.main([])
