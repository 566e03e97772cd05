"""A study of every kind of scene in a real browser: from consent to code, with reloads, by keyboard, in German.

The real server with `many_scenes/`; its store is read when it has stopped. About two minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.rig.browsers import FLAGS, chromium_executable
from tests.browser.rig.walk import READY_MS, Study, Walker

pytestmark = pytest.mark.browser

STUDY = Path(__file__).with_name("many_scenes")
IN_GERMAN = {
    'language = "en"': 'language = "de"',
    'button = "I have read this"\n': "",
}
DONE = "https://recruiting.test/**"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_executable(), args=list(FLAGS))
        yield running
        running.close()


def let_everybody_go_on(browser: Browser, study: Study) -> None:
    """What the researcher does on the monitor: release the hold scene."""
    context = browser.new_context()
    monitor = context.new_page()
    monitor.goto(study.served.listening["researcher_url"])
    hold = monitor.get_by_role("region", name="Hold scene ready")
    hold.get_by_role("textbox", name="Reason").fill("everybody is here")
    hold.get_by_role("button", name="Let them go on").click()
    expect(hold).not_to_be_visible()
    context.close()


def pass_the_quiz(walker: Walker) -> None:
    """Wrong once, then right."""
    walker.choose("radio", "The tree")
    walker.choose("checkbox", "left")
    walker.choose("checkbox", "right")
    walker.press(walker.say("quiz.submit"))
    expect(walker.page.locator(".message")).to_contain_text(walker.say("quiz.attempts.other", count=2))
    expect(walker.question("What do you move?")).to_contain_text(walker.say("quiz.mark"))
    expect(walker.question("Which ways")).not_to_contain_text(walker.say("quiz.mark"))


def read_both_notes(walker: Walker) -> list[str]:
    """The two pages that come in random order; returns their headings in it."""
    seen: list[str] = []
    for number in (4, 5):
        expect(walker.page.get_by_text(walker.say("footer.step", step=number, of=12))).to_be_visible()
        title = walker.heading().inner_text()
        seen.append(title)
        button = walker.page.locator(".card-footer button")
        if title == "Pears":
            expect(button).to_be_disabled()
        walker.reload(title)
        walker.look(f"note-{title.lower()}", lambda button=button: expect(button).to_be_enabled(timeout=20_000))
        button.click()
        expect(walker.heading()).not_to_have_text(title)
    return seen


def fill_in_the_survey(walker: Walker) -> None:
    page = walker.page
    expect(page.get_by_text("Which game do you play most?")).not_to_be_visible()
    walker.choose("radio", "4", "How well do you play")
    walker.choose("radio", "left", "With which hand")
    page.get_by_role("textbox", name="Which game do you play most?").press_sequentially("Chess, mostly")
    for fruit, often in {"apples": "often", "pears": "never"}.items():
        page.get_by_role("radio", name=re.compile(f"{fruit}.*{often}")).locator("xpath=ancestor::label[1]").click()
    walker.reload("About you")
    expect(page.get_by_role("textbox", name="Which game do you play most?")).to_have_value("Chess, mostly")
    walker.look("survey-1")
    walker.press(walker.say("survey.next"))
    expect(page.get_by_text(walker.say("survey.page", page=2, pages=2))).to_be_visible()
    walker.reload("About you")
    expect(page.get_by_text(walker.say("survey.page", page=2, pages=2))).to_be_visible()
    ranking = walker.question("Put these in the order")
    ranking.get_by_role("option", name="Plum").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(ranking.get_by_role("option").first).to_contain_text("Plum")
    walker.question("Where do you live").locator(".sd-dropdown").click()
    page.get_by_role("option", name="Village").click()
    walker.choose("checkbox", "Phone")
    walker.choose("checkbox", "Computer")
    walker.question("before?").get_by_text("Yes").click()
    page.get_by_role("textbox", name="Anything else?").fill("No.\nThank you!")
    walker.look("survey-2")
    walker.press(walker.say("survey.back"))
    expect(page.get_by_role("textbox", name="Which game do you play most?")).to_have_value("Chess, mostly")
    walker.press(walker.say("survey.next"))
    walker.press(walker.say("survey.submit"))


def play(walker: Walker) -> None:
    """The short game. It is not loaded again: a match that nobody goes on with meanwhile ends then."""
    page = walker.page
    expect(page.get_by_role("img", name=walker.say("game.picture"))).to_be_visible(timeout=READY_MS)
    walker.until("kioskDiagnostics().frame >= 20")
    for button in (walker.say("footer.raise_hand"), walker.say("buttons.leave")):
        expect(page.get_by_role("button", name=button)).to_be_visible()
    page.keyboard.down("ArrowLeft")
    walker.until("kioskDiagnostics().frame >= 60")
    page.keyboard.up("ArrowLeft")


def test_one_person_goes_all_the_way_and_every_answer_is_stored(browser: Browser, tmp_path: Path) -> None:
    with Study(STUDY, tmp_path) as study:
        walker = Walker(browser, study, "?PROLIFIC_PID=5f3c&group=b&other=x", shots=tmp_path)
        page = walker.page
        walker.at("Welcome")
        expect(page.get_by_text(walker.say("loading.ready"))).to_be_visible(timeout=READY_MS)
        walker.look("start")
        walker.press(walker.say("buttons.start"))
        walker.at("Your consent")
        walker.reload("Your consent")
        walker.look("consent")
        walker.press(walker.say("consent.agree"))
        walker.at("How to play")
        expect(page.get_by_role("button", name="Continue")).to_be_disabled()
        page.keyboard.press("ArrowLeft")
        walker.reload("How to play")
        expect(page.get_by_text(walker.say("instructions.tried", tried=1, of=2))).to_be_visible()
        walker.look("instructions")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(walker.say("instructions.all"))).to_be_visible()
        walker.press("Continue")
        walker.at("Before you begin")
        pass_the_quiz(walker)
        walker.look("quiz")
        walker.reload("Before you begin")
        expect(page.get_by_text(walker.say("quiz.attempts.other", count=2))).to_be_visible()
        walker.choose("radio", "The basket")
        walker.press(walker.say("quiz.submit"))
        expect(walker.heading()).to_have_text(re.compile("Apples|Pears"))
        page.go_back()
        notes = read_both_notes(walker)
        walker.at("About you")
        fill_in_the_survey(walker)
        walker.at("Ready?")
        walker.press(walker.say("footer.raise_hand"))
        expect(page.get_by_text(walker.say("footer.hand_raised"))).to_be_visible()
        walker.reload("Ready?")
        expect(page.get_by_role("button", name=walker.say("footer.lower_hand"))).to_be_visible()
        walker.look("hold")
        walker.press(walker.say("footer.lower_hand"))
        let_everybody_go_on(browser, study)
        play(walker)
        expect(walker.heading()).to_have_text("For those who like games", timeout=30_000)
        walker.reload("For those who like games")
        walker.press("Continue")
        walker.at("Your opinion")
        walker.choose("radio", "5")
        walker.reload("Your opinion")
        walker.look("feedback", lambda: expect(page.locator(".questions")).to_contain_text("How did it go?"))
        walker.press(walker.say("survey.submit"))
        walker.at("What it was about")
        walker.reload("What it was about")
        walker.look("debrief")
        walker.press("Continue")
        walker.at("Thank you")
        walker.reload("Thank you")
        expect(page.get_by_role("textbox", name=walker.say("end.code"))).to_have_value("FRUIT-1")
        walker.press(walker.say("end.stay"))
        walker.look("end")
        person = walker.participant_id
        walker.context.route(DONE, lambda route: route.fulfill(body="done"))
        page.get_by_role("link", name=walker.say("end.go_now")).click()
        page.wait_for_url("https://recruiting.test/done?code=FRUIT-1&why=COMPLETED")
        walker.close()
    study.check_records()
    row = study.rows("select * from participants")[0]
    assert (row["status"], row["exit_reason"], row["consent_version"]) == ("completed", "COMPLETED", "2026-11")
    assert json.loads(row["attributes"]) == {"group": "b"}
    assert study.rows("select name, value from external_ids") == [{"name": "PROLIFIC_PID", "value": "5f3c"}]
    plan = [step["id"] for step in json.loads(row["plan"])]
    assert [step.capitalize() for step in plan[4:6]] == notes
    answers = study.answers(person)
    assert {key: kept["answer"] for key, kept in answers.items() if kept["answer"] is not None} == {
        ("check", 1, "basket"): "The tree",
        ("check", 1, "ways"): ["left", "right"],
        ("check", 2, "basket"): "The basket",
        ("check", 2, "ways"): ["left", "right"],
        ("before", 1, "skill"): 4,
        ("before", 1, "hand"): "left",
        ("before", 1, "favourite"): "Chess, mostly",
        ("before", 1, "often"): {"apples": "often", "pears": "never"},
        ("before", 1, "order"): ["Plum", "Apple", "Pear"],
        ("before", 1, "place"): "Village",
        ("before", 1, "devices"): ["Phone", "Computer"],
        ("before", 1, "before"): True,
        ("before", 1, "words"): "No.\nThank you!",
        ("opinion", 1, "rating"): 5,
    }
    assert [answers["check", attempt, "basket"]["correct"] for attempt in (1, 2)] == [False, True]
    asked = sorted((kept["order"], key[2]) for key, kept in answers.items() if key[0] == "before")
    assert asked == list(
        enumerate(["skill", "hand", "favourite", "often", "order", "place", "devices", "before", "words"], 1)
    )
    first = answers["before", 1, "skill"]
    assert (first["title"], first["type"]) == ("How well do you play computer games?", "rating")
    assert 0 < first["rt_ms"] < 60_000
    assert answers["opinion", 1, "remarks"]["rt_ms"] is None, "left out"


def test_who_withdraws_says_what_becomes_of_the_data_and_is_told_what_it_was_about(
    browser: Browser, tmp_path: Path
) -> None:
    with Study(STUDY, tmp_path) as study:
        walker = Walker(browser, study, shots=tmp_path)
        walker.press(walker.say("buttons.start"))
        walker.press(walker.say("consent.agree"))
        walker.at("How to play")
        walker.press(walker.say("buttons.leave"))
        walker.look("leave", lambda: expect(walker.page.get_by_role("dialog")).to_be_visible())
        walker.press(walker.say("leave.stay"))
        walker.at("How to play")
        walker.press(walker.say("buttons.leave"))
        walker.page.get_by_role("radio", name=walker.say("leave.delete")).check()
        walker.press(walker.say("leave.confirm"))
        walker.at("What it was about")
        expect(walker.page.get_by_role("button", name=walker.say("buttons.leave"))).not_to_be_visible()
        walker.press(walker.say("buttons.continue"))
        expect(walker.page.get_by_text(walker.say("reasons.WITHDRAWN"))).to_be_visible()
        walker.close()
        declining = Walker(browser, study)
        declining.press(declining.say("buttons.start"))
        declining.press(declining.say("consent.decline"))
        expect(declining.page.get_by_text(declining.say("reasons.NO_CONSENT"))).to_be_visible()
        declining.close()
    rows = study.rows("select exit_reason, exit_scene, data_wish, completion_code from participants order by number")
    assert [tuple(row.values()) for row in rows] == [
        ("WITHDRAWN", "rules", "delete", "FRUIT-2"),
        ("NO_CONSENT", "consent", None, None),
    ]


def test_the_last_page_leads_back_by_itself_and_the_back_button_never_leads_out(
    browser: Browser, tmp_path: Path
) -> None:
    with Study(STUDY, tmp_path) as study:
        walker = Walker(browser, study)
        walker.press(walker.say("buttons.start"))
        walker.at("Your consent")
        for _ in range(3):
            walker.page.evaluate("history.back()")
            walker.until("history.state?.kiosk === true")
        walker.at("Your consent")
        walker.press(walker.say("buttons.leave"))
        walker.press(walker.say("leave.confirm"))
        walker.press(walker.say("buttons.continue"))
        expect(walker.page.get_by_text("recruiting.test")).to_be_visible()
        walker.context.route(DONE, lambda route: route.fulfill(body="done"))
        walker.page.wait_for_url("https://recruiting.test/done?code=FRUIT-2&why=WITHDRAWN")
        walker.close()


# -- by keyboard ---------------------------------------------------------------------------------------------------

FOCUSED = """() => {
  const element = document.activeElement;
  return (element?.getAttribute("aria-label") || element?.labels?.[0]?.innerText || element?.innerText || "").trim();
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    passed: list[str] = []
    while page.evaluate(FOCUSED) != name:
        passed.append(page.evaluate(FOCUSED))
        assert len(passed) < 60, f"{name} is not reached by Tab; passed {passed}"
        page.keyboard.press("Tab")


def test_the_whole_way_in_german_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    with Study(STUDY, tmp_path, IN_GERMAN) as study:
        walker = Walker(browser, study, language="de", shots=tmp_path)
        page, keys = walker.page, walker.page.keyboard

        def press(key: str) -> None:
            tab_to(page, walker.say(key))
            keys.press("Enter")

        walker.at("Welcome")
        expect(page.get_by_text(walker.say("loading.ready"))).to_be_visible(timeout=READY_MS)
        press("buttons.start")
        walker.at("Your consent")
        press("consent.agree")
        walker.at("How to play")
        keys.press("ArrowLeft")
        keys.press("ArrowRight")
        press("buttons.continue")
        walker.at("Before you begin")
        expect(page.get_by_role("radio", name="The tree")).to_be_visible()
        tab_to(page, "The tree")
        keys.press("ArrowDown")
        for name in ("left", "right"):
            tab_to(page, name)
            keys.press("Space")
        press("quiz.submit")
        for _ in range(2):
            expect(walker.heading()).to_have_text(re.compile("Apples|Pears"))
            title = walker.heading().inner_text()
            expect(page.locator(".card-footer button")).to_be_enabled(timeout=20_000)
            press("buttons.continue")
            expect(walker.heading()).not_to_have_text(title)
        walker.at("About you")
        expect(page.get_by_role("radio", name="1", exact=True)).to_be_visible()
        press("survey.next")
        expect(page.get_by_text(walker.say("survey.required"))).to_be_visible()
        # The first question that lacks its answer gets the focus.
        walker.until("document.activeElement.type === 'radio'")
        keys.press("ArrowRight")
        press("survey.next")
        expect(page.get_by_text(walker.say("survey.page", page=2, pages=2))).to_be_visible()
        walker.look("survey-german")
        press("survey.submit")
        walker.at("Ready?")
        let_everybody_go_on(browser, study)
        expect(walker.heading()).to_have_text("For those who do not", timeout=READY_MS)
        press("buttons.continue")
        walker.at("Your opinion")
        expect(page.get_by_text(walker.say("feedback.rating"))).to_be_visible()
        press("survey.submit")
        walker.at("What it was about")
        press("buttons.continue")
        walker.at("Thank you")
        press("end.stay")
        walker.look("end-german")
        assert page.evaluate("document.documentElement.lang") == "de"
        person = walker.participant_id
        walker.close()
    study.check_records()
    assert study.answers(person)["before", 1, "skill"]["answer"] == 2
