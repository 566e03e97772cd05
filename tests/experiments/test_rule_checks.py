"""A name in a rule or in `environment.answers` stands for something by the time it is asked for, or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.experiments.studies import Folder, Part, game, random_order, repeat, static, survey

DELAY = {"unit": "participant", "factors": {"delay": [0, 2]}}
QUIZ: Part = {"id": "check", "type": "quiz", "survey": "quiz.json"}
CONSENT: Part = {"id": "consent", "type": "consent", "body": "page.md"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def shown_if(rule: str) -> Part:
    return static("shown", show_if=rule)


@pytest.mark.parametrize(
    "rule",
    [
        "welcome.finished",
        "consent.agreed and not consent.skipped",
        "check.score > 0.5 and check.passed and check.goal == 'soup'",
        "ask.skill > 3 and ask.why != none",
        "feedback.rating >= 4 and feedback.remarks == none",
        "play.score > 3 and play.role == 'cook' and play.partner_left and play.episodes == 1",
        "round.finished and round-1.finished and round-2.finished",
        "condition.delay == 2",
        "attribute.age_group == '2' or attribute.station == 'PC07'",
    ],
)
def test_everything_that_is_known_of_what_came_before_may_be_asked_for(folder: Folder, rule: str) -> None:
    scenes = (CONSENT, QUIZ, survey("ask"), {"id": "feedback", "type": "feedback"}, game("play"))
    folder.load(
        *scenes, repeat("rounds", 2, static("round")), shown_if(rule),
        conditions=DELAY, entry={"attributes": ["age_group"]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scenes", "says"),
    [
        ((shown_if("plya.finished"), game("play")), "asks for plya.finished, but plya is no scene; did you mean play?"),
        ((shown_if("zzz.finished"), game("play")), "zzz is no scene; use one of welcome, shown, play, end."),
        ((shown_if("play.finished"), game("play")), "asks for play.finished, but that comes later; ask for something"),
        ((shown_if("shown.finished"),), "asks for shown.finished, but that comes later"),
        ((shown_if("end.finished"),), "asks for end.finished, but that comes later"),
        ((game("play"), shown_if("play.scroe > 1")), "but scroe is no fact of play; did you mean score?"),
        ((static("a"), shown_if("a.score > 1")), "but score is no fact of a; use one of finished, skipped."),
        ((survey("ask"), shown_if("ask.skil > 1")), "but skil is no question of ask; did you mean skill?"),
        (
            (survey("ask"), shown_if("ask.passed")),
            "but passed is no question of ask; use one of finished,",
        ),
        ((repeat("r", 2, static("a")), shown_if("r.finished")), "but r is a block; ask for a scene in it."),
        ((repeat("r", 2, static("a")), shown_if("a-3.finished")), "but a-3 is no scene; did you mean a-2?"),
        ((repeat("r", 2, shown_if("a-2.finished"), static("a")),), "asks for a-2.finished, but that comes later"),
        ((shown_if("condition.delay == 1"),), "but there are no [conditions]; add them, or ask for something else."),
        ((shown_if("attribute.age == 1"),), "but age is no attribute; use one of station."),
    ],
)
def test_a_name_that_stands_for_nothing_yet_is_refused(folder: Folder, scenes: tuple[Part, ...], says: str) -> None:
    refusal = folder.refusal(*scenes)
    assert refusal.startswith("experiment.toml: scenes.shown.show_if asks for ") and says in refusal


def test_inside_a_repeat_a_rule_may_ask_for_the_run_before(folder: Folder) -> None:
    folder.load(repeat("r", 2, shown_if("play.score > 1 or shown.finished"), game("play")))


def test_inside_a_random_order_a_rule_may_ask_for_what_may_have_come_before(folder: Folder) -> None:
    folder.load(random_order("any", shown_if("a.finished"), static("a")))


def test_an_unknown_factor_is_refused(folder: Folder) -> None:
    assert "but dely is no factor; did you mean delay?" in folder.refusal(
        shown_if("condition.dely == 1"), conditions=DELAY
    )


def test_a_group_has_no_condition_before_its_first_match(folder: Folder) -> None:
    group, rule = DELAY | {"unit": "group"}, shown_if("condition.delay == 2")
    folder.load(game("play"), rule, conditions=group)
    refusal = folder.refusal(rule, game("play"), conditions=group)
    assert "but a group has its condition from its first match on; ask later, or use conditions.unit" in refusal


def test_with_a_latin_square_there_is_a_condition_inside_its_repeat_only(folder: Folder) -> None:
    square = DELAY | {"method": "latin_square", "within": "rounds"}
    rule = shown_if("condition.delay == 2")
    folder.load(repeat("rounds", 2, rule, game("play")), conditions=square)
    refusal = folder.refusal(repeat("rounds", 2, game("play")), rule, conditions=square)
    assert 'but there is a condition inside "rounds" only; ask there, or for something else.' in refusal


@pytest.mark.parametrize(
    ("scenes", "answer", "says"),
    [
        ((survey("ask"), game("play")), "ask.skill", None),
        ((repeat("r", 2, game("play"), survey("ask")),), "ask.skill", None),
        ((repeat("r", 2, survey("ask")), game("play")), "ask-2.skill", None),
        ((survey("ask"), game("play")), "ask.skil", "but skil is no question; did you mean skill?"),
        ((survey("ask"), game("play")), "aks.skill", "but aks is no scene with questions; did you mean ask?"),
        ((survey("ask"), game("play")), "play.score", "but play is no scene with questions; use one of ask."),
        ((game("play"), survey("ask")), "ask.skill", "but no game comes after it; leave it out, or ask earlier."),
        ((game("play"),), "ask.skill", "but ask is no scene with questions; there is none; leave it out."),
    ],
)
def test_the_environment_is_told_answers_that_were_given_before(
    folder: Folder, scenes: tuple[Part, ...], answer: str, says: str | None
) -> None:
    tables: dict[str, Any] = {"environment": {"answers": [answer]}}
    if says is None:
        folder.load(*scenes, **tables)
    else:
        assert f'environment.answers holds "{answer}", {says}' in folder.refusal(*scenes, **tables)


def test_a_question_of_only_one_condition_may_be_asked_for(folder: Folder) -> None:
    folder.put("other.json", '{"elements": [{"type": "text", "name": "other"}]}')
    overrides = [{"when": {"delay": 2}, "set": {"scenes.ask.survey": "other.json"}}]
    folder.load(
        survey("ask"), shown_if("ask.other == 'x' or ask.skill == 1"), conditions=DELAY | {"overrides": overrides}
    )
