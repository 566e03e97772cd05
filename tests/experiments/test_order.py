"""Which scene may come before which, as the checks at load see it."""

from __future__ import annotations

import pytest

from app.experiments.order import Order, count_steps
from tests.experiments.studies import game, random_order, repeat, static, study

STUDY = study(
    static("a"),
    random_order("any", static("b"), repeat("some", 2, static("c"), game("play"))),
    static("d"),
)


@pytest.mark.parametrize(
    ("earlier", "later", "may"),
    [
        ("a", "b", True),
        ("b", "a", False),
        ("b", "c", True),
        ("c", "b", True),
        ("c", "play", True),
        ("play", "c", True),
        ("play-1", "c-2", True),
        ("play-2", "c", False),
        ("c", "c", True),
        ("c-1", "c-1", False),
        ("a", "a", False),
        ("d", "play", False),
        ("play-3", "d", False),
    ],
)
def test_what_may_come_before_what(earlier: str, later: str, may: bool) -> None:
    assert Order(STUDY.scenes).may_precede(earlier, later) is may


def test_who_can_have_played_before() -> None:
    order = Order(STUDY.scenes)
    names = ["welcome", "a", "b", "c", "play", "d", "end"]
    assert [name for name in names if order.may_follow_a_game(name)] == ["b", "c", "play", "d", "end"]
    assert [name for name in names if order.is_within(name, "some")] == ["c", "play"]


def test_steps_are_counted_without_unfolding_them() -> None:
    assert count_steps(STUDY.scenes) == len(Order(STUDY.scenes).places) == 9
