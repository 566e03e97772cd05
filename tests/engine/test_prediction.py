"""Guesses of inputs that have not arrived: by name, or by a researcher's own function, which can do no harm."""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from app.engine import randomness
from app.engine.actions import FLAG_FILLED, FLAG_FOCUSED, codec_for
from app.engine.prediction import OwnPredictor, default, predictor_for, repeat_last
from app.engine.randomness import ModuleRandomness

CODEC = codec_for(spaces.Discrete(7), 6)
HELD = CODEC.encode(3, FLAG_FOCUSED)


@pytest.fixture
def guessing() -> Iterator[Callable[[Any], None]]:
    """Make a module `guessing` whose `predict` is what the test says."""
    module = types.ModuleType("guessing")
    sys.modules["guessing"] = module
    yield lambda predict: setattr(module, "predict", predict)
    del sys.modules["guessing"]


def test_held_keys_stay_held_and_single_strokes_are_not_repeated() -> None:
    assert CODEC.decode(predictor_for("repeat_last", CODEC)(HELD, CODEC.default_word)) == (3, FLAG_FOCUSED)
    assert CODEC.decode(predictor_for("default", CODEC)(HELD, CODEC.default_word)) == (6, FLAG_FOCUSED)


def test_who_has_lost_the_focus_is_expected_not_to_have_it_yet() -> None:
    unfocused = CODEC.encode(3, 0)
    for predict in (repeat_last, default):
        assert CODEC.decode(predict(unfocused, CODEC.default_word))[1] == 0


def test_a_partner_who_presses_nothing_at_the_start_is_predicted_exactly() -> None:
    assert CODEC.default_word[-1] & FLAG_FILLED
    for predict in (repeat_last, default):
        assert predict(CODEC.default_word, CODEC.default_word) == CODEC.encode(6, FLAG_FOCUSED)


def test_an_own_predictor_is_told_actions_and_answers_with_one(guessing: Callable[[Any], None]) -> None:
    guessing(lambda last, nobody: nobody - last)
    predict = predictor_for("guessing:predict", CODEC)
    assert CODEC.decode(predict(HELD, CODEC.default_word)) == (3, FLAG_FOCUSED)
    assert predict(CODEC.encode(1), CODEC.default_word) == CODEC.encode(5)


def test_an_own_predictor_may_be_a_class(guessing: Callable[[Any], None]) -> None:
    class Guess:
        def __call__(self, last: int, nobody: int) -> int:
            return 2

    guessing(Guess)
    assert CODEC.decode(predictor_for("guessing:predict", CODEC)(HELD, CODEC.default_word))[0] == 2


@pytest.mark.parametrize("wrong", [lambda last, nobody: 99, lambda last, nobody: None, lambda: 1, lambda a, b: a / 0])
def test_what_an_own_predictor_does_wrong_is_counted_and_becomes_repeat_last(wrong: Any) -> None:
    predict = OwnPredictor(wrong, CODEC)
    assert [predict(HELD, CODEC.default_word) for _ in range(3)] == [HELD] * 3
    assert predict.failures == 3


@pytest.mark.parametrize("alone", [False, True], ids=["on the server", "in a browser"])
def test_what_an_own_predictor_draws_never_reaches_the_environment(
    alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomness, "ALONE", alone)
    environment = ModuleRandomness()
    environment.seed(5)
    with environment:
        expected = random.random(), float(np.random.random())
    environment.seed(5)
    predict = OwnPredictor(lambda last, nobody: random.randrange(7) * int(np.random.random() >= 0), CODEC)
    for _ in range(3):
        predict(HELD, CODEC.default_word)
    with environment:
        assert (random.random(), float(np.random.random())) == expected


def test_an_own_predictor_cannot_change_the_array_it_is_given() -> None:
    codec = codec_for(spaces.MultiDiscrete([3, 3]))

    def spoil(last: np.ndarray, nobody: np.ndarray) -> np.ndarray:
        last[:] = 2
        return last

    word = codec.encode([1, 0])
    assert codec.decode(OwnPredictor(spoil, codec)(word, codec.default_word))[0].tolist() == [2, 2]
    assert codec.decode(word)[0].tolist() == [1, 0]


@pytest.mark.parametrize("name", ["guess", "math:nothing_here", "math:pi"])
def test_a_predictor_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="unknown|has no class or function"):
        predictor_for(name, CODEC)
