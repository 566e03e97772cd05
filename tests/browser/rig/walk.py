"""One participant's way through a study in a real browser, page by page, and what the server's store has of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.experiments.texts import Texts
from tests.browser.rig.records import assert_frames_without_gaps, export_study
from tests.browser.rig.server import ServedExperiment, copy_experiment
from tests.third_party import axe_file

WINDOWS = ((1280, 800), (1024, 640))
PHONE = (390, 844)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
READY_MS = 120_000
# A page comes at once, unless the machine is busy with something else.
expect.set_options(timeout=20_000)
ASK_AXE = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  return found.violations.map(({ id, help, nodes }) =>
    [id, help, ...nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)].join(" | "));
}"""

# The page's policy forbids code from text, which Playwright's own waiting needs.
WAIT = """() => new Promise((done) => {
  const look = () => { if (%s) done(true); };
  const timer = setInterval(look, 20);
  setTimeout(() => { clearInterval(timer); done(false); }, %d);
})"""


class Study:
    """A study that is served; stops with the `with` block.

    Args:
        source: the experiment's folder.
        folder: where a copy and the data go.
        changes: see `copy_experiment`.
    """

    def __init__(self, source: Path, folder: Path, changes: dict[str, str] | None = None) -> None:
        copy = copy_experiment(source, folder / "study", changes or {})
        self.served = ServedExperiment(copy, folder / "data", "127.0.0.1")
        self.folder = folder

    def __enter__(self) -> Self:
        self.served.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.served.stop()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the store has; everything only when the server has stopped."""
        with sqlite3.connect(f"file:{self.served.study_folder / 'study.db'}?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def answers(self, participant_id: str) -> dict[tuple[str, int, str], dict[str, Any]]:
        """The answers of a participant, by step, attempt and question."""
        found = self.rows("select * from answers where participant_id = ?", participant_id)
        # SQLite keeps a JSON number as a number.
        read = [
            {**row, "answer": json.loads(row["answer"]) if isinstance(row["answer"], str) else row["answer"]}
            for row in found
        ]
        return {(row["step_id"], row["attempt"], row["question"]): row for row in read}

    def check_records(self) -> None:
        """Export what was played; every episode must be there without a gap."""
        exported = export_study(self.served.study_folder, self.folder / "export")
        assert exported.seats, "nothing was played"
        for table in exported.seats:
            assert_frames_without_gaps(table)


class Walker:
    """A participant in a browser of their own.

    Args:
        browser: a running one.
        study: where to go.
        parameters: of the address, such as "?PROLIFIC_PID=a".
        language: of the study's texts.
        shots: folder for pictures of every page that is looked at; None for none.
    """

    def __init__(
        self, browser: Browser, study: Study, parameters: str = "", language: str = "en", shots: Path | None = None
    ) -> None:
        self.study = study
        self.texts = Texts.load(language)
        self.shots = shots
        self.troubles: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.troubles.append(said.text))
        self.page.goto(study.served.participant_url + parameters)

    @property
    def participant_id(self) -> str:
        """Who the server says this is."""
        return str(self.page.evaluate("kioskDiagnostics().participant_id"))

    def heading(self) -> Locator:
        """The page's heading."""
        return self.page.get_by_role("heading", level=1)

    def at(self, title: str) -> None:
        """Wait until the page of this heading is shown."""
        expect(self.heading()).to_have_text(title)

    def press(self, name: str) -> None:
        """Press the button of exactly this name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def until(self, condition: str, timeout_ms: int = 30_000) -> None:
        """Wait, inside the page, for a condition in JavaScript."""
        if not self.page.evaluate(WAIT % (condition, timeout_ms)):
            shown = self.page.evaluate("[document.body.dataset.scene, kioskDiagnostics()]")
            raise AssertionError(f"not within {timeout_ms} ms: {condition}; the page shows {shown}, {self.troubles}")

    def say(self, key: str, **values: str | int) -> str:
        """A text of the program in the study's language."""
        return self.texts.say(key, **values)

    def choose(self, role: Any, name: str, question: str | None = None) -> None:
        """Choose by a click on what belongs to a radio button or box, as people do."""
        within = self.page.locator(".questions") if question is None else self.question(question)
        within.get_by_role(role, name=name, exact=True).locator("xpath=ancestor::label[1]").click()

    def question(self, title: str) -> Locator:
        """The question of this title."""
        return self.page.locator(".sd-question").filter(has_text=title)

    def reload(self, title: str) -> None:
        """Press F5; the same page must come back."""
        self.page.reload()
        self.at(title)

    def look(self, name: str, ready: Callable[[], None] | None = None) -> None:
        """Check the page for what shuts people out, and that nothing is cut off in any window; keep pictures of it."""
        if ready is not None:
            ready()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe_file().read_text(encoding="utf-8"))
        assert self.page.evaluate(ASK_AXE, WCAG) == [], name
        for width, height in (*WINDOWS, PHONE):
            self.page.set_viewport_size({"width": width, "height": height})
            overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{name} is {overflow} pixels too wide at {width}"
            if self.shots is not None:
                self.page.screenshot(path=self.shots / f"{name}-{width}.png")
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def close(self) -> None:
        """Close the browser; no page may have complained."""
        self.context.close()
        assert self.troubles == []
