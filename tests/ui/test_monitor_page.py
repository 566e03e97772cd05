"""The monitor in a real browser, over the real site and a made-up study."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.rig.browsers import FLAGS, chromium_executable
from tests.ui.rig.fake_study import HOSTILE_LABEL

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CONTRAST = Path(__file__).parent / "rig" / "contrast.js"
VIEWPORT = {"width": 1280, "height": 820}
LONG_AGO = "2026-11-21T09:45:00Z"
FOCUSED = "() => document.activeElement.ariaLabel || document.activeElement.textContent.trim()"


class Study:
    """A made-up study in a process of its own."""

    def __init__(self, people: int, port: int = 0) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.ui.rig.fake_study", "--still"]
        self._process = subprocess.Popen(
            [*command, "--people", str(people), "--port", str(port)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        assert self._process.stdout
        self.url: str = json.loads(self._process.stdout.readline())["researcher_url"]

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    def change(self, area: str, row_id: str, value: Any) -> None:
        """Let the monitor publish a change."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"path": [area, row_id], "value": value}) + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Room:
    """Opens studies and pages, and closes what it opened."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._studies: list[Study] = []
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def study(self, people: int, port: int = 0) -> Study:
        self._studies.append(Study(people, port))
        return self._studies[-1]

    def page(self, study: Study, scheme: Any = "light") -> Page:
        self._contexts.append(self._browser.new_context(viewport=VIEWPORT, color_scheme=scheme))  # type: ignore[arg-type]
        page = self._contexts[-1].new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.troubles.append(said.text))
        page.goto(study.url)
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        for study in self._studies:
            study.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_executable(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def room(browser: Browser) -> Iterator[Room]:
    room = Room(browser)
    yield room
    room.close()


def row(page: Page, label: str) -> Any:
    return page.locator("tr.seat").filter(has=page.get_by_role("rowheader").get_by_text(label, exact=True).first)


def test_with_nobody_there_the_page_says_what_to_do(room: Room) -> None:
    page = room.page(room.study(0))
    assert "token" not in page.url
    expect(page.get_by_role("heading", name="Two cooks, one kitchen")).to_be_visible()
    expect(page.get_by_text("Open the participants’ address in two browsers.")).to_be_visible()
    expect(page.get_by_text("http://127.0.0.1:8000/")).to_be_visible()
    assert room.troubles == []


def test_a_change_on_the_server_is_seen_without_loading_the_page_again(room: Room) -> None:
    study = room.study(2)
    page = room.page(study)
    person = {
        "participant_id": "p0", "label": "P01", "state": "playing", "scene_id": "game", "match_id": "m1",
        "connected": True, "since_utc": LONG_AGO, "episode": 1, "frame": 873, "frames_played": 1774,
        "acknowledged_frames": 1700, "ping_ms": 212.4, "fps": 29.6, "rollbacks": 1234, "max_rollback_depth": 7,
        "stalls": 3, "connection_type": "server",
    }  # fmt: skip
    study.change("participants", "p0", person)
    cells = row(page, "P01")
    for text in ("2 / 2", "873", "212 ms", "30 fps", "1\u202f234 max 7", "Server", "1\u202f700", "with P02", "Cook 0"):
        expect(cells).to_contain_text(text)
    waiting = {**person, "participant_id": "p9", "label": "P10", "state": "waiting", "match_id": None}
    study.change("participants", "p9", waiting)
    expect(page.get_by_role("region", name="Waiting room")).to_contain_text("P10")
    assert room.troubles == []


def test_who_is_not_heard_by_the_partner_is_shown_with_since_when_and_by_whom(room: Room) -> None:
    study = room.study(2)
    page = room.page(study)
    said = {"by": "p0", "at_utc": "2026-11-21T10:00:05Z", "silent_ms": 3000}
    person = {
        "participant_id": "p1", "label": "P02", "state": "playing", "scene_id": "game", "match_id": "m1",
        "connected": True, "since_utc": LONG_AGO, "episode": 1, "frame": 9, "frames_played": 9,
        "acknowledged_frames": 9, "fps": 30, "silent": [said],
    }  # fmt: skip
    study.change("participants", "p1", person)
    expect(row(page, "P02")).to_contain_text("Not heard")
    problems = page.get_by_role("region", name="Problems")
    expect(problems).to_contain_text("Not heard by P01 since")
    expect(problems).to_contain_text(":00:02")
    study.change("participants", "p1", {**person, "state": "away", "silent": []})
    expect(row(page, "P02")).to_contain_text("Out of the game")
    expect(problems).to_contain_text("Out of the game Match 1, P02")
    study.change("participants", "p1", {**person, "silent": []})
    expect(problems).to_have_count(0)
    assert room.troubles == []


def test_people_in_a_hold_scene_are_let_on_with_a_reason_and_hands_are_lowered(room: Room) -> None:
    study = room.study(0)
    page = room.page(study)
    person = {"connected": True, "since_utc": LONG_AGO, "progress": {"step": 3, "of": 6}, "condition": {"delay": 2}}
    for name in ("x", "y"):
        held = {**person, "participant_id": name, "label": name.upper(), "state": "holding", "scene_id": "break-2"}
        study.change("participants", name, {**held, "hand_raised_utc": LONG_AGO if name == "y" else None})
    hold = page.get_by_role("region", name="Hold scene break-2")
    expect(hold).to_contain_text("2 people wait")
    for text in ("break-2", "3 of 6", "delay 2", "Held"):
        expect(row(page, "X")).to_contain_text(text)
    expect(row(page, "Y")).to_contain_text("Hand up")
    hold.get_by_role("button", name="Let them go on").click()
    expect(hold).to_contain_text("2 people wait")
    hold.get_by_label("Reason").fill("refuse me")
    hold.get_by_label("Reason").press("Enter")
    expect(hold.get_by_role("alert")).to_have_text("there is no such hold scene.")
    hold.get_by_label("Reason").fill("Everybody is back")
    hold.get_by_role("button", name="Let them go on").click()
    expect(hold).to_have_count(0)
    page.get_by_role("button", name="Lower the hand of Y").click()
    expect(page.get_by_role("region", name="Raised hands")).to_have_count(0)
    assert room.troubles == []


def test_what_a_participant_typed_is_text(room: Room) -> None:
    study = room.study(0)
    page = room.page(study)
    person = {"participant_id": "x", "label": HOSTILE_LABEL, "state": "reading", "scene_id": "game"}
    study.change("participants", "x", {**person, "since_utc": LONG_AGO})
    expect(page.get_by_text(HOSTILE_LABEL)).to_be_visible()
    assert page.title() == "Interactive Gym Kiosk" and page.locator("table img").count() == 0
    assert room.troubles == []


def test_problems_are_listed_with_cause_and_advice(room: Room) -> None:
    page = room.page(room.study(12))
    problems = page.get_by_role("region", name="Problems")
    expect(problems.get_by_role("listitem")).to_have_count(3)
    expect(problems.get_by_role("listitem").first).to_contain_text("The records of the seats differ Match 2, episode 1")
    expect(row(page, "P06")).to_contain_text("Interrupted")
    expect(page.locator("summary")).to_contain_text("Finished")
    assert room.troubles == []


def test_export_and_the_address_work_by_keyboard(room: Room) -> None:
    page = room.page(room.study(2))
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    assert reached == ["Skip to the monitor", "Export data", "Copy the participants’ address", "Open"]
    page.get_by_role("button", name="Export data").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Exported.")).to_be_visible()
    expect(page.get_by_text("20261121T094500Z")).to_be_visible()
    page.get_by_role("button", name="Close").press("Enter")
    expect(page.get_by_text("Exported.")).to_be_hidden()
    assert room.troubles == []


def test_the_page_copies_the_address_where_it_may_not_use_the_clipboard(room: Room) -> None:
    page = room.page(room.study(0))
    page.evaluate(
        "() => { Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        " document.execCommand = (what) => { window.asked = [what, getSelection().toString()]; return true; }; }"
    )
    page.get_by_role("button", name="Copy the participants’ address").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("() => window.asked") == ["copy", "http://127.0.0.1:8000/"]


def test_after_a_restart_the_page_says_that_it_is_signed_out(room: Room) -> None:
    study = room.study(0)
    page = room.page(study)
    study.end()
    expect(page.get_by_text("No answer, trying again")).to_be_visible()
    room._studies.remove(study)
    room.study(0, study.port)
    expect(page.get_by_role("heading", name="This browser is no longer signed in")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(room: Room, scheme: str) -> None:
    study = room.study(12)
    page = room.page(study, scheme)
    held = {"participant_id": "x", "label": "X", "state": "holding", "scene_id": "break", "since_utc": LONG_AGO}
    study.change("participants", "x", {**held, "hand_raised_utc": LONG_AGO, "condition": {"delay": 2}})
    expect(page.get_by_role("region", name="Hold scene break")).to_be_visible()
    page.locator("summary").click()
    page.get_by_role("button", name="Export data").click()
    expect(page.get_by_text("Exported.")).to_be_visible()
    checked, poor = page.evaluate(CONTRAST.read_text(encoding="utf-8"))
    assert poor == [] and checked > 100
