"""SurveyJS files: what could fail or be lost while participants answer is refused before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.experiments.scenes import FeedbackScene
from app.experiments.surveys import READY_FEEDBACK, check_survey
from app.experiments.texts import Texts
from app.server.domain.materials import Materials
from tests.experiments.studies import QUIZ, Folder, survey

A_QUIZ = {"id": "check", "type": "quiz", "survey": "quiz.json"}
PAGES = {
    "title": {"default": "About you", "de": "Über Sie"},
    "logo": "data:image/png;base64,iVBORw0KGgo=",
    "pages": [
        {
            "name": "first",
            "elements": [{"type": "html", "name": "hello", "html": "<p>See <a href='https://x.org'>x</a>"}],
        },
        {
            "elements": [
                {"type": "panel", "name": "both", "elements": [{"type": "boolean", "name": "sure"}]},
                {"type": "matrix", "name": "Likert_1", "columns": [1, 2], "rows": ["a b", "c-d"]},
                {"type": "text", "name": "age", "valueName": "age_in_years", "inputType": "number"},
                {
                    "type": "paneldynamic",
                    "name": "jobs",
                    "templateElements": [{"type": "text", "name": "a-b"}],
                },
                {"type": "image", "imageLink": "data:image/png;base64,iVBORw0KGgo="},
                {"type": "ranking", "name": "order", "choices": ["x", "y"], "visibleIf": "{sure} = true"},
            ]
        },
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def question(**more: Any) -> dict[str, Any]:
    return {"elements": [{"type": "text", "name": "q", **more}]}


def test_the_names_are_those_under_which_answers_are_kept() -> None:
    assert check_survey(PAGES) == ["sure", "Likert_1", "age_in_years", "jobs", "order"]
    assert check_survey(QUIZ, is_quiz=True) == ["goal"]


def test_a_file_as_the_survey_creator_saves_it_is_read(folder: Folder) -> None:
    (folder.path / "skill.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(PAGES).encode())
    folder.load(survey("ask"), {"id": "then", "type": "static", "body": "page.md", "show_if": "ask.age_in_years > 17"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"elements": [}', "line 1, column 15: expecting value; correct the JSON."),
        ("[]", "it has neither pages nor elements; save the JSON of the survey creator as it is."),
        ('{"pages": 3}', "it has neither pages nor elements"),
        ('{"elements": [3]}', "elements holds 3; use an object for each of them."),
        ('{"elements": []}', "it asks nothing; add a question."),
        (None, "there is no such file in"),
    ],
)
def test_what_is_no_survey_is_said(folder: Folder, text: str | None, says: str) -> None:
    if text is None:
        (folder.path / "skill.json").unlink()
    else:
        folder.put("skill.json", text)
    refusal = folder.refusal(survey("ask"))
    assert 'scenes.ask.survey = "skill.json"; ' in refusal and says in refusal


def test_a_file_that_is_not_utf8_is_said_so(folder: Folder) -> None:
    (folder.path / "skill.json").write_bytes('{"title": "Küche"}'.encode("latin-1"))
    assert "the file cannot be read as UTF-8 text, save it as such." in folder.refusal(survey("ask"))


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (question(type="html"), "it asks nothing; add a question"),
        (question(type=None), 'question "q" has no type; use one of'),
        (question(type="raidogroup"), 'question "q" has type "raidogroup"; did you mean radiogroup?'),
        (question(type="file"), 'question "q" takes files, which are not kept with the answers'),
        (question(name=None), "a question of type text has no name; give it one"),
        (question(name="my-age"), '"my-age" is no name for a question; use letters, digits and underscores, and begin'),
        (question(name="1st"), '"1st" is no name for a question'),
        (question(valueName="a b"), '"a b" is no valueName for a question'),
        (question(name="score"), 'a question may not be called "score", which says something else'),
        (question(valueName="finished"), 'a question may not be called "finished"'),
        ({"elements": [*question()["elements"]] * 2}, 'the name "q" is used twice; give every question its own'),
        ({"pages": [question(), question()]}, 'the name "q" is used twice'),
        (
            {"elements": [{"type": "panel", "name": "p", "elements": [{"type": "text", "name": "p"}]}]},
            'the name "p" is used twice',
        ),
        (question(choicesByUrl={"url": "https://x.org"}), "choicesByUrl would load choices from another server; write"),
        (
            question(type="matrixdropdown", columns=[{"name": "c", "choicesByUrl": {"url": "/x"}}]),
            "choicesByUrl would load choices from another server",
        ),
        (question() | {"navigateToUrl": "https://x.org"}, "navigateToUrl would lead away from the study"),
        (question() | {"surveyId": "abc"}, "surveyId would load the survey from another server"),
        (
            question() | {"logo": "https://x.org/a.png"},
            'logo would load "https://x.org/a.png" from',
        ),
        (question(type="imagepicker", choices=[{"imageLink": "//x.org/a.png"}]), "imageLink would load"),
        (question(type="html", html="<img alt='' src = \"HTTPS://x.org/a.png\">"), "html would load"),
        (question(description="<iframe src=//x.org>"), "description would load"),
    ],
)
def test_a_survey_that_would_fail_or_lose_answers_is_refused(made: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError) as refused:
        check_survey(made)
    assert says in str(refused.value)


def test_a_quiz_has_a_right_answer(folder: Folder) -> None:
    folder.put("quiz.json", json.dumps(question()))
    assert 'scenes.check.survey = "quiz.json"; no question has a correctAnswer; set it for' in folder.refusal(A_QUIZ)
    folder.load(survey("check", survey="quiz.json"))


def test_the_questions_that_are_ready_are_those_that_rules_may_ask_for() -> None:
    ready = Materials().survey(FeedbackScene(id="feedback"), Texts.load())
    assert tuple(check_survey(ready)) == READY_FEEDBACK
