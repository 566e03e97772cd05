"""The mutants are mistakes that people make, one each, and a mutated module behaves as mutated wherever it is known."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .operators import mutants
from .runner import apply

SOURCE = '''
def within(value, limits):
    """Say whether a value is within limits."""
    assert limits, f"no limits for {value}"
    if not value:
        return False
    return min(limits) <= value < 10


class Box:
    def __init__(self):
        self.kept = []

    @property
    def size(self):
        return len(self.kept) + 1

    def put(self, value: int = 3) -> None:
        for each in range(value):
            self.kept.append(each)
'''


@pytest.fixture
def module(tmp_path: Path) -> Iterator[types.ModuleType]:
    made = types.ModuleType("mutated_module")
    made.__file__ = str(tmp_path / "mutated_module.py")
    exec(compile(SOURCE, made.__file__, "exec"), vars(made))
    sys.modules["mutated_module"] = made
    yield made
    del sys.modules["mutated_module"]


def test_every_kind_of_mistake_is_made_once() -> None:
    names = [mutant.name for mutant in mutants(SOURCE, "x.py")]
    assert len(names) == len(set(names))
    assert set(names) >= {
        "within: min -> max",
        "within: min(limits) <= value < 10 -> min(limits) < value < 10",
        "within: 10 -> 11",
        "within: not value -> not not value",
        "within: False -> True",
        "within: return min(limits) <= value < 10 -> return None",
        "Box.size: len(self.kept) + 1 -> len(self.kept) - 1",
        "Box.put: self.kept.append(each) -> pass",
    }
    assert not any("no limits" in name.partition("->")[2] and "assert not" not in name for name in names)
    assert not any("3 -> 4" in name or "Say whether" in name for name in names)


def test_a_mutant_reaches_whoever_has_taken_the_function_before(module: types.ModuleType) -> None:
    within: Callable[[int, list[int]], bool] = module.within
    box = module.Box()
    assert within(3, [3, 5]) and box.size == 1
    for mutant in mutants(SOURCE, str(module.__file__)):
        if mutant.what in ("min -> max", "len(self.kept) + 1 -> len(self.kept) - 1"):
            apply(mutant.code, module)
            assert not (within(3, [3, 5]) and box.size == 1)


def test_mutants_do_not_add_up() -> None:
    first, *_ = mutants(SOURCE, "x.py")
    assert [mutant.name for mutant in mutants(SOURCE, "x.py")][0] == first.name
    assert len({mutant.code for mutant in mutants(SOURCE, "x.py")}) == len(list(mutants(SOURCE, "x.py")))
