"""Every environment has its own share of the module-level generators, and leaves the program's alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.engine import randomness
from app.engine.environment import MatchEnvironment
from app.engine.randomness import ModuleRandomness
from app.engine.snapshot import state_hash


class Dice:
    """Draws from both modules, in ways that leave something behind: half a pair of Gaussian numbers."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def draw(self) -> float:
        return random.random() + random.gauss(0, 1) + float(np.random.normal()) + int(np.random.randint(9))


class Table:
    """An environment that throws them in reset and in step."""

    def __init__(self) -> None:
        self.dice, self.total = Dice(), 0.0
        self.action_space: Any = None

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[float, dict]:
        self.total = self.dice.draw()
        return self.total, {}

    def step(self, action: int) -> tuple[float, float, bool, bool, dict]:
        self.total += self.dice.draw()
        return self.total, self.total, False, False, {}


@pytest.fixture(params=[False, True], ids=["beside a program", "alone, as in a browser"])
def alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(randomness, "ALONE", request.param)
    monkeypatch.setattr(randomness, "_owner", [None])
    monkeypatch.setattr(randomness, "_program", [None])
    return request.param


def played_alone(seed: int, frames: int) -> list[float]:
    table = MatchEnvironment(Table(), ["0"])
    table.reset(seed)
    return [table.step([0]).rewards[0] for _ in range(frames)]


def test_two_environments_in_one_interpreter_draw_what_each_would_draw_alone(alone: bool) -> None:
    expected = [played_alone(7, 12), played_alone(8, 12)]
    one, two = MatchEnvironment(Table(), ["0"]), MatchEnvironment(Table(), ["0"])
    one.reset(7)
    two.reset(8)
    seen: list[list[float]] = [[], []]
    for frame in range(12):
        seen[0].append(one.step([0]).rewards[0])
        if frame % 3 == 0:
            saved = two.save()
            two.step([0])
            two.load(saved)
        seen[1].append(two.step([0]).rewards[0])
    assert seen == expected


def test_what_the_program_draws_in_between_changes_nothing_and_is_not_changed() -> None:
    random.seed(3)
    np.random.seed(3)
    expected = [(random.random(), np.random.random()) for _ in range(6)]
    alone = played_alone(7, 6)
    random.seed(3)
    np.random.seed(3)
    table = MatchEnvironment(Table(), ["0"])
    table.reset(7)
    program, table_seen = [], []
    for _ in range(6):
        table_seen.append(table.step([0]).rewards[0])
        program.append((random.random(), np.random.random()))
        table.load(table.save())
    assert program == expected
    assert table_seen == alone


def test_an_environment_that_raises_gives_the_generators_back() -> None:
    random.seed(4)
    before = random.getstate()
    share = ModuleRandomness()
    share.seed(1)
    with pytest.raises(KeyError), share:
        random.random()
        raise KeyError("pot")
    assert random.getstate() == before


def test_half_a_pair_of_gaussian_numbers_is_part_of_what_is_saved(alone: bool) -> None:
    share = ModuleRandomness()
    share.seed(5)
    with share:
        random.gauss(0, 1)
        np.random.normal()
    saved = share.save()
    runs = []
    for _ in range(2):
        share.load(saved)
        with share:
            runs.append((random.gauss(0, 1), np.random.normal(), random.random(), np.random.random()))
    assert runs[0] == runs[1]


DRAWS = {
    "a number": (random.random, random.random),
    "bits": (random.random, lambda: random.getrandbits(1)),
    "the second of two normal numbers": (lambda: random.gauss(0, 1), lambda: random.gauss(0, 1)),
    "a new seed": (random.random, lambda: random.seed(2)),
    "a NumPy number": (np.random.random, np.random.random),
    "the second of two NumPy normal numbers": (np.random.normal, np.random.normal),
    "a new NumPy seed": (np.random.random, lambda: np.random.seed(2)),
}


@pytest.mark.parametrize(("first", "then"), DRAWS.values(), ids=DRAWS)
def test_every_way_of_drawing_is_noticed(alone: bool, first: Callable[[], object], then: Callable[[], object]) -> None:
    share = ModuleRandomness()
    share.seed(1)
    with share:
        first()
    states = [share.save()]
    with share:
        states.append(share.save())
        then()
        states.append(share.save())
    states.append(share.save())
    assert states[0] is states[1] and states[2] is states[3]
    assert state_hash(states[1]) != state_hash(states[2])


def test_saving_what_nobody_drew_from_again_costs_no_copy(alone: bool) -> None:
    share = ModuleRandomness()
    share.seed(1)
    first = share.save()
    with share:
        pass
    assert share.save() is first
