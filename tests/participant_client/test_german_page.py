"""A study in German in a real browser: from a server that cannot be reached to the last page.

The real server with the Overcooked example, its language changed; nobody plays an episode here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from app.experiments.texts import Texts
from tests.browser.rig.browsers import FLAGS, chromium_executable
from tests.browser.rig.server import ServedExperiment, copy_experiment

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
READY_MS = 120_000
Opener = Callable[..., Page]

#: Everything a person reads or hears on a page, the study's own prose left out.
READ = """() => {
  const page = document.getElementById("page").cloneNode(true);
  for (const prose of page.querySelectorAll(".prose, .masthead")) prose.remove();
  const labels = [...page.querySelectorAll("[aria-label]")].map((element) => element.ariaLabel);
  return [document.title, page.textContent, ...labels].join(" ");
}"""
ENGLISH = re.compile(
    r"\b(the|your|you|please|waiting|start|continue|leave|game|study|thank|saved|loading|ready|score)\b"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExperiment]:
    folder = tmp_path_factory.mktemp("german")
    changes = {
        'pair"\ntitle = "Two cooks, one kitchen"': 'pair"\ntitle = "Zwei in einer Küche"',
        'language = "en"': 'language = "de"\n\n[texts]\nbuttons.start = "Los geht’s"',
        'type = "start"\ntitle = "Two cooks, one kitchen"': 'type = "start"\ntitle = "Willkommen in der Küche"',
        'title = "The kitchen"': 'title = "In der Küche"',
        'title = "Thank you"': 'title = "Vielen Dank"',
    }
    served = ServedExperiment(copy_experiment(EXAMPLE, folder / "study", changes), folder / "data", "127.0.0.1").start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def open_context() -> Iterator[Callable[[str], BrowserContext]]:
    """A browser whose own language is the one given; nothing may complain."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable(), args=list(FLAGS))
        yield lambda language: browser.new_context(locale=language, viewport={"width": 1280, "height": 800})
        browser.close()


def spoken(page: Page) -> str:
    return str(page.evaluate(READ))


def test_a_german_study_is_german_on_every_page_whatever_the_browser_speaks(
    server: ServedExperiment, open_context: Callable[[str], BrowserContext], tmp_path: Path
) -> None:
    texts = Texts.load("de")
    page = open_context("en-US").new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
    page.goto(server.participant_url)
    start = page.get_by_role("button", name="Los geht’s")
    expect(start).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de" and page.title() == "Zwei in einer Küche"
    expect(page.get_by_text(texts.say("loading.ready"))).to_be_visible(timeout=READY_MS)
    pages = [spoken(page)]
    page.screenshot(path=tmp_path / "start.png")
    start.click()
    expect(page.get_by_role("heading", name=texts.say("waiting.partner"))).to_be_visible()
    expect(page.get_by_text("1 von 2 Personen anwesend").first).to_be_visible()
    assert page.title() == "Bitte warten … · Zwei in einer Küche"
    pages.append(spoken(page))
    page.screenshot(path=tmp_path / "waiting.png")
    page.get_by_role("button", name=texts.say("buttons.leave")).click()
    expect(page.get_by_role("heading", name=texts.say("leave.title"))).to_be_visible()
    pages.append(spoken(page))
    page.get_by_role("dialog").get_by_role("button", name=texts.say("leave.confirm")).click()
    expect(page.get_by_text(texts.say("reasons.WITHDRAWN"))).to_be_visible()
    pages.append(spoken(page))
    assert [word for text in pages for word in ENGLISH.findall(text.lower())] == []
    assert troubles == []


def test_before_the_server_is_reached_the_page_speaks_as_the_browser_does(
    server: ServedExperiment, open_context: Callable[[str], BrowserContext]
) -> None:
    for language, spoken_language in {"de-AT": "de", "fr-FR": "en"}.items():
        page = open_context(language).new_page()
        page.route("**/api/study", lambda route: route.abort())
        page.goto(server.participant_url)
        texts = Texts.load(spoken_language)
        expect(page.get_by_role("heading", name=texts.say("start.welcome"))).to_be_visible()
        expect(page.get_by_text(texts.say("loading.failed.title"))).to_be_visible()
        expect(page.get_by_text(texts.say("loading.failed.unreachable"))).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == spoken_language
        assert page.title() == texts.say("page.study")
        page.unroute("**/api/study")
        page.get_by_role("button", name=texts.say("buttons.try_again")).click()
        expect(page.get_by_role("button", name="Los geht’s")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "de"
