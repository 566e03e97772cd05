"""The rules of show_if: what they mean, what they refuse, and that nothing in them is ever run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.show_if import look_up, parse

FACTS: dict[str, dict[str, Any]] = {
    "intro": {"finished": True, "skipped": False},
    "game-1": {"score": 4, "role": "leader", "finished": True},
    "game-2": {"score": 12.5, "role": "helper", "finished": True, "partner_left": False},
    "quiz": {"score": 0.75, "passed": False, "goal": "soup"},
    "survey": {"tools": ["knife", "spoon"], "skill": 3, "note": "", "sure": True, "hyphen_ok": 1},
    "a_b-c": {"x": 1},
    "condition": {"delay": 2, "layout": "ring"},
    "attribute": {"age_group": "2"},
}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("intro.finished", True),
        ("intro.skipped", False),
        ("not intro.skipped", True),
        ("game.score >= 10", True),
        ("game-1.score >= 10", False),
        ("game-1.score>=4and game-2.score>game-1.score", True),
        ("game.role == 'helper' and game-1.role == \"leader\"", True),
        ("quiz.score < 0.5 or quiz.passed", False),
        ("0.5 < quiz.score < 1", True),
        ("condition.delay in [0, 2] and condition.layout != 'room'", True),
        ("condition.delay not in (0, 1)", True),
        ("'knife' in survey.tools", True),
        ("'fork' in survey.tools", False),
        ("'oo' in survey.tools", False),
        ("'oo' in 'spoon'", True),
        ("survey.sure == true and survey.sure == True", True),
        ("survey.skill == true", False),
        ("survey.sure == 1", False),
        ("survey.skill == 3.0", True),
        ("attribute.age_group == 2", False),
        ("attribute.age_group == '2'", True),
        ("survey.note", False),
        ("survey.missing", False),
        ("survey.missing == none", True),
        ("survey.skill != None", True),
        ("nowhere.finished == none", True),
        ("survey.missing < 3 or survey.missing >= 3", False),
        ("not survey.missing < 3", True),
        ("survey.note < 3", False),
        ("survey.tools > 1", False),
        ("3 in survey.skill", False),
        ("3 not in survey.missing", True),
        ("survey.skill > -1 and -2.5 < 0", True),
        ("a_b-c.x == 1", True),
        ("(intro.finished or quiz.passed) and not (quiz.passed)", True),
        ("intro.finished or quiz.passed and quiz.passed", True),
        ("survey.note == ''", True),
        ("'it''s' == 'its'", True),
        (r"'it\'s' == " + '"it\'s"', True),
        ("true", True),
        ("FALSE", False),
    ],
)
def test_what_a_rule_means(rule: str, holds: bool) -> None:
    assert parse(rule).holds(FACTS) is holds


def test_a_rule_names_what_it_asks_for() -> None:
    rule = parse("game-2.finished and (condition.delay == 2 or attribute.group == 'a.b') and game-2.finished")
    assert rule.names() == {("game-2", "finished"), ("condition", "delay"), ("attribute", "group")}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "the rule is empty; write one such as"),
        ("   ", "the rule is empty"),
        ("finished", "finished is not a name; write it as scene.key"),
        ("game.finished and", "this is no rule; join comparisons"),
        ("game.finished = true", '"=" has no meaning here'),
        ("game.finished && quiz.passed", '"&" has no meaning here'),
        ("game.score + 1 > 2", '"+" has no meaning here'),
        ("game.score.real > 2", '"." has no meaning here'),
        ("__import__('os')", "__import__ is not a name"),
        ("game.finished()", "this is no rule"),
        ("game.tools[0]", "this is no rule"),
        ("lambda: 1", "lambda is not a name"),
        ("[x for x in [1]]", "x is not a name"),
        ("game.score in [quiz.score]", "a list may hold numbers, texts, true and false only"),
        ("game.score in [[1]]", "a list may hold numbers, texts, true and false only"),
        ("game.score is none", "is is not a name"),
        ("f'{1}'", "f is not a name"),
        ("-game.score > 1", "this is no rule"),
        ("game.a - game.b", "this is no rule"),
        ("'unfinished", '"\'" has no meaning here'),
        ("game.größe == 1", '"ö" has no meaning here'),
        ("(" * 300 + ")" * 300, "this is no rule"),
        ("not " * 300, "the rule has 1200 characters; use 1000 at most"),
    ],
)
def test_what_is_no_rule_is_refused_with_one_sentence(rule: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(rule)
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_a_repeated_scene_means_its_latest_run_by_number() -> None:
    facts = {f"game-{run}": {"score": run} for run in (2, 10, 9)} | {"game-1-9": {"score": 19}, "game-x": {"score": 0}}
    assert look_up(facts, "game", "score") == 10
    assert look_up(facts, "gam", "score") is None and look_up(facts, "game-1", "score") == 19


def test_a_scene_that_is_named_like_a_run_is_none() -> None:
    facts = {"game-2": {"finished": True}}
    assert parse("game.finished").holds(facts)
    assert not parse("game.finished", scenes=["game", "game-2"]).holds(facts)
    assert parse("game-2.finished", scenes=["game", "game-2"]).holds(facts)


LITERALS = st.integers(-9, 9) | st.sampled_from([0.5, True, False, None, "a", "b", ""])
KEYS = ("a", "b", "c")


def _written(value: Any) -> str:
    return {True: "true", False: "false", None: "none"}.get(value) if isinstance(value, bool | None) else repr(value)


@st.composite
def comparisons(draw: Any) -> tuple[str, Any]:
    """A comparison as a rule writes it, and what Python makes of it."""
    key, sign, value = draw(st.sampled_from(KEYS)), draw(st.sampled_from(["==", "!=", "<", ">="])), draw(LITERALS)
    return f"s-1.{key} {sign} {_written(value)}", (key, sign, value)


@given(
    st.lists(comparisons(), min_size=1, max_size=4),
    st.lists(st.sampled_from(["and", "or"]), min_size=3, max_size=3),
    st.dictionaries(st.sampled_from(KEYS), LITERALS),
)
def test_rules_join_comparisons_as_python_does(
    found: list[tuple[str, Any]], joins: list[str], known: dict[str, Any]
) -> None:
    def truth(comparison: Any) -> bool:
        key, sign, value = comparison
        left = known.get(key)
        same = isinstance(left, bool) == isinstance(value, bool) and left == value
        if sign in ("==", "!="):
            return same if sign == "==" else not same
        alike = all(isinstance(each, str) for each in (left, value)) or all(
            isinstance(each, int | float) for each in (left, value)
        )
        return alike and (left < value if sign == "<" else left >= value)

    words = [text for pair in zip([rule for rule, _ in found], [*joins, ""], strict=False) for text in pair]
    expected = [str(each) for pair in zip([truth(c) for _, c in found], [*joins, ""], strict=False) for each in pair]
    # Of every join but the last, which has nothing on its right.
    rule, python = " ".join(words[:-1]), " ".join(expected[:-1])
    assert parse(rule).holds({"s-1": known}) is eval(python)  # noqa: S307 -- made above, of True, False, and, or
