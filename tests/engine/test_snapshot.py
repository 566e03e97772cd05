from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.engine.snapshot import EnvironmentState, canonical_bytes, state_hash


@dataclass
class Pot:
    onions: int
    heat: float


class Cyclic:
    def __init__(self) -> None:
        self.me, self.other = self, [self, {"again": self}]


EQUAL = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: "x", "1": "y"}, {"1": "y", 1: "x"}),
    (float("nan"), -float("nan")),
    (np.array([np.nan, 1.0]), np.array([-np.nan, 1.0])),
    (Pot(2, 0.5), Pot(2, 0.5)),
    (np.random.default_rng(5), np.random.default_rng(5)),
    (random.Random(5), random.Random(5)),
    (Cyclic(), Cyclic()),
    (np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3)),
]
DIFFERENT = [
    (1, 1.0),
    (1, True),
    (0.0, -0.0),
    ("1", 1),
    ([1, 2], (1, 2)),
    ([[1], 2], [[1, 2]]),
    (2**127 + 1, 2**127),
    (np.int32(3), np.int64(3)),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (np.array([0.0]), np.array([-0.0])),
    (b"a", "a"),
    (Pot(2, 0.5), Pot(3, 0.5)),
    (np.random.default_rng(5), np.random.default_rng(6)),
    ({"a": None}, {}),
    ({3, 11}, {3, 12}),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal_states_have_equal_bytes(a: Any, b: Any) -> None:
    assert canonical_bytes(a) == canonical_bytes(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_states_have_different_bytes(a: Any, b: Any) -> None:
    assert canonical_bytes(a) != canonical_bytes(b)
    assert state_hash(a) != state_hash(b)


def test_the_order_in_which_a_set_is_iterated_is_part_of_the_state() -> None:
    grown, made = set(), {8, 0}
    for number in (0, 8):
        grown.add(number)
    assert grown == made
    assert (canonical_bytes(grown) == canonical_bytes(made)) == (list(grown) == list(made))


def test_a_state_that_cannot_be_read_is_refused_with_its_type() -> None:
    with pytest.raises(TypeError, match="generator"):
        canonical_bytes({"walk": (n for n in range(3))})


class Leaky:
    """`get_state` returns its live list."""

    def __init__(self) -> None:
        self.items = [0]

    def get_state(self) -> list[int]:
        return self.items

    def set_state(self, state: list[int]) -> None:
        self.items = state

    def step(self) -> None:
        self.items.append(len(self.items))


def test_a_saved_state_is_private_though_get_state_returns_live_data() -> None:
    state = EnvironmentState(Leaky())
    saved = state.save()
    before = canonical_bytes(state.content(saved))
    state.env.step()
    assert canonical_bytes(state.content(saved)) == before
    state.load(saved)
    state.env.step()
    assert canonical_bytes(state.content(saved)) == before  # loading, too, must not hand out the saved copy


def test_a_state_that_cannot_be_pickled_is_saved_all_the_same() -> None:
    class Unpicklable(Leaky):
        def __reduce__(self) -> str:
            raise TypeError("no")

        def __deepcopy__(self, memo: Any) -> Unpicklable:
            return self

        def get_state(self) -> list[Any]:  # type: ignore[override]
            return [list(self.items), self]

        def set_state(self, state: list[Any]) -> None:
            self.items = list(state[0])

    state = EnvironmentState(Unpicklable())
    saved = state.save()
    state.env.items.append(7)
    state.load(saved)
    assert state.env.items == [0]


class Plain:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)
        self.seen: list[int] = []

    def step(self) -> None:
        self.seen.append(int(self.rng.integers(1000)))


def test_an_environment_without_get_state_is_saved_whole_and_goes_on_exactly_from_there() -> None:
    state = EnvironmentState(Plain())
    state.env.step()
    saved = state.save()
    runs = []
    for _ in range(2):
        state.load(saved)
        for _ in range(5):
            state.env.step()
        runs.append(list(state.env.seen))
    assert runs[0] == runs[1]
    assert state_hash(state.content(saved)) == state_hash(state.content(saved))
