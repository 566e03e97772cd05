"""Answers are compared as SurveyJS compares them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.domain.quiz import grade, names_in, without_right_answers


def question(right: Any, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"elements": [{"type": kind, "name": "q", "correctAnswer": right, **more}]}


@pytest.mark.parametrize(
    ("right", "given_answer", "is_right"),
    [
        (3, "3", True), ("3", 3, True), (3, 3.0, True), (3, 4, False), (3, None, False), (0, None, False),
        ("Paris", " paris ", True), ("Paris", "Parsi", False), (True, "true", True), (True, 1, False),
        (["a", "b"], ["b", "a"], True), (["a", "b"], ["a"], False), (["a"], "a", False),
        ({"row1": "x", "row2": "y"}, {"row2": "Y", "row1": "x"}, True), ({"row1": "x"}, {"row1": "y"}, False),
        (123456789, 123456788, False), ("1e3", 1000, True), ("", "", True),
    ],
)  # fmt: skip
def test_an_answer_is_right_when_it_means_the_same(right: Any, given_answer: Any, is_right: bool) -> None:
    found = grade(question(right), {"q": given_answer})
    assert found.correct == {"q": is_right} and found.score == float(is_right)


def test_the_order_of_a_ranking_counts() -> None:
    assert grade(question(["a", "b"], "ranking"), {"q": ["b", "a"]}).wrong == ["q"]
    assert grade(question(["a", "b"], "ranking"), {"q": ["a", "b"]}).wrong == []


def test_questions_are_found_in_pages_and_panels_and_by_the_name_of_their_value() -> None:
    inside = {"type": "panel", "name": "p", "elements": question(1)["elements"]}
    survey = {"pages": [{"name": "one", "elements": [inside]}, {"name": "two", **question(2, valueName="other")}]}
    assert grade(survey, {"q": 1, "other": 2}).correct == {"q": True, "other": True}
    assert grade(survey, {"q": 1}).score == 0.5


def test_a_question_without_a_right_answer_does_not_count() -> None:
    survey = {"elements": [*question(1)["elements"], {"type": "comment", "name": "why"}]}
    assert grade(survey, {"q": 1, "why": "because"}).correct == {"q": True}


def test_every_name_an_answer_may_have_is_known() -> None:
    survey = {"pages": [{"elements": [{"name": "a", "valueName": "b"}]}], "calculatedValues": [{"name": "c"}],
              "triggers": [{"type": "setvalue", "setToName": "d"}]}  # fmt: skip
    assert {"a", "b", "c", "d", "a-Comment"} <= names_in(survey) and "e" not in names_in(survey)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN, PLAIN)
def test_any_answer_is_graded_and_what_equals_the_right_one_is_right(right: Any, other: Any) -> None:
    if right is not None:
        assert grade(question(right), {"q": right}).score == 1.0
    assert grade(question(right), {"q": other}).score in (0.0, 1.0)


@given(PLAIN)
def test_no_right_answer_is_left_in_what_a_page_gets(value: Any) -> None:
    question = {"name": "q", "correctAnswer": value, "columns": [{"correctAnswer": value}, value]}
    left = without_right_answers({"pages": [{"elements": [question]}]})
    assert "correctAnswer" not in json.dumps(left) and left["pages"][0]["elements"][0]["columns"][1] == value
