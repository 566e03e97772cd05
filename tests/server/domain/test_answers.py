"""Answers are kept before anything else happens, once, with what was shown; a quiz is graded here and nowhere else."""

from __future__ import annotations

import json

import pytest

from app.server.domain.errors import Refused
from app.server.domain.materials import Materials
from tests.server.domain.scenario import Study
from tests.server.domain.studies import RIGHT, WRONG, answers, asked, asks, experiment, page, study


def test_answers_are_kept_with_their_questions_before_the_page_goes_on() -> None:
    it = study({"id": "twice", "type": "repeat", "n": 2, "scenes": [asks("questions", "survey")]}, page("last"))
    who = it.arrives()
    given = {"fun": 5, "age": None, "fun-Comment": "It was"}
    reply = it.took(it.session.pages.answer(who, "questions-1", given, asked({"age": 1, "fun": 2}), it.now))
    assert reply["quiz"] is None and reply["view"]["scene"]["id"] == "questions-2"
    (kept,) = it.kept("add_answers")
    about = {key: kept[key] for key in ("participant_id", "step_id", "scene_id", "runs", "attempt", "condition")}
    assert about == {
        "participant_id": who, "step_id": "questions-1", "scene_id": "questions", "runs": {"twice": 1}, "attempt": 1,
        "condition": None,
    }  # fmt: skip
    assert kept["answers"] == [
        {"question": "age", "title": "Age", "type": "text", "order": 1, "rt_ms": 900.0, "answer": None,
         "correct": None},
        {"question": "fun", "title": "Fun", "type": "text", "order": 2, "rt_ms": 1800.0, "answer": 5,
         "correct": None},
        {"question": "fun-Comment", "title": None, "type": None, "order": None, "rt_ms": None, "answer": "It was",
         "correct": None},
    ]  # fmt: skip
    assert it.stored("add_answers") == [], "they are committed before the page hears of it"


def test_answers_that_come_again_or_late_change_nothing() -> None:
    it = study(asks("questions", "survey"), page("last"))
    who = it.arrives()
    first = answers(it, who, "questions", {"fun": 5})
    assert answers(it, who, "questions", {"fun": 5}) == first
    assert answers(it, who, "questions", {"fun": 1}) == first
    assert len(it.kept("add_answers")) == 1 and it.kept("add_answers")[0]["answers"][0]["answer"] == 5


def test_answers_to_what_was_not_asked_are_refused() -> None:
    it = study(asks("questions", "survey"))
    who = it.arrives()
    for given, told in (({"finished": True}, {}), ({"fun": 5}, {"salary": 1}), ({"soup": 3}, {})):
        with pytest.raises(Refused) as refused:
            it.session.pages.answer(who, "questions", given, asked(told), it.now)
        assert refused.value.code == "no_such_question"
    with pytest.raises(Refused, match="twice"):
        it.session.pages.answer(who, "questions", {}, asked({"fun": 1}) * 2, it.now)
    assert it.scene(who) == "questions" and it.kept("add_answers") == []


def test_a_quiz_is_tried_again_until_it_is_passed_and_every_attempt_is_kept() -> None:
    it = study(
        asks("quiz", "quiz", attempts=3), page("last", show_if="quiz.passed and quiz.score == 1 and quiz.soup == '3'")
    )
    who = it.arrives()
    assert it.view(who)["content"]["attempts_left"] == 3
    reply = answers(it, who, "quiz", WRONG)
    assert reply["quiz"] == {"passed": False, "attempts_left": 2, "wrong": ["soup"]}
    assert reply["view"]["scene"]["id"] == "quiz" and reply["view"]["content"]["attempts_left"] == 2
    assert answers(it, who, "quiz", WRONG)["quiz"] == reply["quiz"], "the same message again is no second attempt"
    passed = answers(it, who, "quiz", RIGHT)
    assert passed["quiz"] == {"passed": True, "attempts_left": 1, "wrong": []}
    assert passed["view"]["scene"]["id"] == "last"
    assert answers(it, who, "quiz", RIGHT) == passed, "a page that did not hear the answer hears it now"
    assert answers(it, who, "quiz", WRONG)["quiz"] is None
    kept = [(each["attempt"], [row["correct"] for row in each["answers"]]) for each in it.kept("add_answers")]
    assert kept == [(1, [False, True]), (2, [True, True])]
    assert [event["score"] for event in it.happened("answers_given")] == [0.5, 1.0]


def test_the_right_answers_never_leave_the_server() -> None:
    it = study(asks("quiz", "quiz"), asks("questions", "survey"))
    who = it.arrives()
    answers(it, who, "quiz", WRONG)
    sent = json.dumps([send.payload for send in it.all.sends]) + json.dumps(it.view(who))
    assert "Onions in a soup?" in sent and "correctAnswer" not in sent


def test_the_last_failed_attempt_ends_the_study_or_goes_on_as_the_study_says() -> None:
    ends = study(asks("quiz", "quiz", attempts=2, show_wrong=False), page("last"))
    who = ends.arrives()
    assert answers(ends, who, "quiz", WRONG)["quiz"]["wrong"] == []
    reply = answers(ends, who, "quiz", {"soup": 2})
    assert reply["quiz"] == {"passed": False, "attempts_left": 0, "wrong": []}
    assert reply["view"]["end"]["code"] == "QUIZ" and ends.record_of(who)["exit_scene"] == "quiz"
    goes_on = study(asks("quiz", "quiz", attempts=1, on_fail="continue"), page("last", show_if="not quiz.passed"))
    who = goes_on.arrives()
    assert answers(goes_on, who, "quiz", WRONG)["view"]["scene"]["id"] == "last"


def test_half_of_the_right_answers_pass_where_the_study_says_so() -> None:
    it = study(asks("quiz", "quiz", pass_score=0.5))
    assert answers(it, it.arrives(), "quiz", WRONG)["quiz"]["passed"] is True


def test_no_question_can_say_that_a_scene_is_finished() -> None:
    survey = {"elements": [{"type": "text", "name": "finished"}]}
    tables = experiment(asks("questions", "survey"), page("last", show_if="questions.finished == true"))
    it = Study(study=tables, materials=Materials(surveys={"survey.json": survey}))
    assert answers(it, it.arrives(), "questions", {"finished": "no"})["view"]["scene"]["id"] == "last"


def test_feedback_without_a_file_asks_three_questions() -> None:
    it = study({"id": "remarks", "type": "feedback"})
    who = it.arrives()
    survey = it.view(who)["content"]["survey"]
    assert [question["name"] for question in survey["elements"]] == ["rating", "trouble", "remarks"]
    assert answers(it, who, "remarks", {"rating": 4, "remarks": "Nice"})["view"]["scene"]["type"] == "end"
