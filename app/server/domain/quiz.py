"""Grades a quiz, and takes the right answers out of what a page gets. The survey is SurveyJS JSON.

Answers are compared as SurveyJS compares them: small and capital letters and surrounding blanks do not count, nor does
the order of ticked boxes; a number may be written as text. The order of a ranking counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_RIGHT = "correctAnswer"
#: Where SurveyJS keeps questions inside pages and panels.
_INSIDE = ("pages", "elements", "questions")


@dataclass(frozen=True)
class Grade:
    """One attempt at a quiz.

    Attributes:
        correct: by question, for every question that has a right answer.
        score: the share of right ones, 0 to 1.
    """

    correct: dict[str, bool]
    score: float

    @property
    def wrong(self) -> list[str]:
        """The questions that were not answered right, in the quiz's order."""
        return [name for name, right in self.correct.items() if not right]


def grade(survey: Mapping[str, Any], answers: Mapping[str, Any]) -> Grade:
    """Compare answers with the right ones; a question that was left out is not right."""
    correct = {}
    for question in _questions(survey):
        if _RIGHT in question:
            name = question.get("valueName") or question["name"]
            given = answers.get(name)
            ordered = question.get("type") == "ranking"
            correct[name] = given is not None and _plain(given, ordered) == _plain(question[_RIGHT], ordered)
    return Grade(correct, sum(correct.values()) / len(correct) if correct else 1.0)


def without_right_answers(survey: Any) -> Any:
    """Return a survey as a page may have it: no right answer anywhere in it."""
    if isinstance(survey, dict):
        return {key: without_right_answers(value) for key, value in survey.items() if key != _RIGHT}
    return [without_right_answers(value) for value in survey] if isinstance(survey, list) else survey


def names_in(survey: Any) -> set[str]:
    """Return every name under which a survey may have an answer; with comments, and whatever else it calculates."""
    found = set()
    if isinstance(survey, dict):
        for key in ("name", "valueName", "setToName"):
            if isinstance(survey.get(key), str):
                found |= {survey[key], survey[key] + "-Comment"}
        survey = list(survey.values())
    if isinstance(survey, list):
        for value in survey:
            found |= names_in(value)
    return found


def _questions(survey: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in _INSIDE:
        inside = survey.get(key)
        for element in inside if isinstance(inside, list) else ():
            if isinstance(element, dict):
                if isinstance(element.get("name"), str):
                    yield element
                yield from _questions(element)


def _plain(value: Any, ordered: bool) -> Any:
    """Return a value in the form in which it is compared."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        return ("text", repr(float(value)))
    if isinstance(value, str):
        text = value.strip().casefold()
        try:
            return _plain(float(text), ordered)
        except ValueError:
            return ("bool", text == "true") if text in ("true", "false") else ("text", text)
    if isinstance(value, list):
        parts = [_plain(part, ordered) for part in value]
        return ("list", parts if ordered else sorted(parts, key=repr))
    if isinstance(value, dict):
        return ("table", sorted((key, _plain(part, ordered)) for key, part in value.items()))
    return ("nothing", None)
