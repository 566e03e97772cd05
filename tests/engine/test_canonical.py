"""Canonical bytes: equal for equal states, different for different ones, in every process."""

from __future__ import annotations

import datetime
import functools
import io
import math
import operator
import random
import subprocess
import sys
import types
import weakref
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.canonical import canonical_bytes, state_hash
from tests.engine.states import (
    Cell,
    Colour,
    Cyclic,
    Holder,
    Keys,
    Named,
    Other,
    Point,
    Pot,
    Private,
    Slotted,
    adder,
    looped,
    padded,
    ring,
    spawning,
)

ROOT = Path(__file__).resolve().parents[2]


BITS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]

EQUAL = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: "x", "1": "y"}, {"1": "y", 1: "x"}),
    ({(1, 2): 0, None: 1, 2.5: 2}, {2.5: 2, None: 1, (1, 2): 0}),
    (float("nan"), -float("nan")),
    (complex(math.nan, -0.0), complex(-math.nan, -0.0)),
    (np.array([np.nan, 1.0]), np.array([-np.nan, 1.0])),
    (np.array([np.nan], "f2"), -np.array([np.nan], "f2")),
    (np.array([complex(1, np.nan)]), np.array([complex(1, -np.nan)])),
    (np.array([(np.nan, 1)], "f4,i2"), np.array([(-np.nan, 1)], "f4,i2")),
    (np.array([np.longdouble("nan"), 1]), np.array([-np.longdouble("nan"), 1])),
    (np.float64("nan"), -np.float64("nan")),
    (np.array([3, 4], ">i4"), np.array([3, 4], "<i4")),
    (np.array([(1.5, 2)], ">f8,>i2"), np.array([(1.5, 2)], "<f8,<i2")),
    (padded(0), padded(255)),
    (np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3)),
    (np.arange(12).reshape(3, 4)[:, ::2], np.arange(12).reshape(3, 4)[:, ::2].copy()),
    (Pot(2, 0.5), Pot(2, 0.5)),
    (Slotted(2, [0.5]), Slotted(2, [0.5])),
    (Private(3), Private(3)),
    (Point(1, 2), Point(1, 2)),
    (Cyclic(), Cyclic()),
    (looped(1), looped(1)),
    (ring(14, 3), ring(14, 3)),
    (random.Random(5), random.Random(5)),
    (np.random.RandomState(5), np.random.RandomState(5)),
    (spawning(2), spawning(2)),
    *((np.random.Generator(bits(5)), np.random.Generator(bits(5))) for bits in BITS),
    (adder(3), adder(3)),
    (functools.partial(operator.add, 3), functools.partial(operator.add, 3)),
    (Holder(1).act, Holder(1).act),
    ([same := [1], same], [[1], [1]]),
    ([cell := Cell(1, 2), cell], [Cell(1, 2), Cell(1, 2)]),
    (deque([1, 2], maxlen=3), deque([1, 2], maxlen=3)),
]
DIFFERENT = [
    (1, 1.0),
    (1, True),
    (0, None),
    (0.0, -0.0),
    (0j, complex(0, -0.0)),
    (1 + 0j, 1.0),
    ("1", 1),
    ([1, 2], (1, 2)),
    ([[1], 2], [[1, 2]]),
    ([1, [2, []]], [1, [2], []]),
    (["as", "b"], ["a", "sb"]),
    ("a", "aa"),
    ([b"ab", b"b"], [b"a", b"bb"]),
    (b"a", b"aa"),
    ([1], [1, 1]),
    ((1,), (1, 1)),
    ([{1}, 2], [{1, 2}]),
    ([deque([1]), 2], [deque([1, 2])]),
    ([{"a": 1}, "b", 1], [{"a": 1, "b": 1}]),
    ([0x1, 0x11], [0x11, 0x1]),
    (2**127 + 1, 2**127),
    (2**20_000, 2**20_000 + 1),
    (-(2**130), 2**130),
    (np.int32(3), np.int64(3)),
    (np.int64(3), 3),
    (np.int64(3), np.array(3)),
    (np.float64(3), 3.0),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (np.zeros((0, 3)), np.zeros((3, 0))),
    (np.zeros(0), np.zeros(0, "f4")),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([True]), np.array([1], "u1")),
    (np.array([1], "M8[s]"), np.array([1], "M8[ms]")),
    (np.array([1], "m8[s]"), np.array([1], "M8[s]")),
    (np.array([(1, 2)], [("a", "i4"), ("b", "i4")]), np.array([(1, 2)], [("b", "i4"), ("a", "i4")])),
    (np.array([1.0, None], object), np.array([1, None], object)),
    (np.array(["a"]), np.array([b"a"])),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    (np.longdouble(1) + np.finfo(np.longdouble).eps, np.longdouble(1)),
    (b"a", "a"),
    (b"a", bytearray(b"a")),
    (Pot(2, 0.5), Pot(3, 0.5)),
    (Slotted(2, [0.5]), Slotted(2, [-0.5])),
    (Private(3), Private(4)),
    (Point(1, 2), Other(1, 2)),
    (Point(1, 2), (1, 2)),
    (Colour.RED, Colour.BLUE),
    (Colour.RED, 1),
    (Keys.UP | Keys.DOWN, Keys.DOWN),
    (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    (defaultdict(list), defaultdict(set)),
    (Counter("ab"), {"a": 1, "b": 1}),
    (deque([1]), deque([1], maxlen=1)),
    (deque([1]), [1]),
    ({3, 11}, {3, 12}),
    ({3}, frozenset({3})),
    ({"a": None}, {}),
    (np.random.default_rng(5), np.random.default_rng(6)),
    (spawning(1), spawning(2)),
    (random.Random(5), random.Random(6)),
    (Fraction(1, 3), Fraction(2, 3)),
    (Decimal("1.0"), Decimal("1.00")),
    (range(1, 3), range(1, 4)),
    (datetime.date(2026, 1, 2), datetime.date(2026, 2, 1)),
    (math.sin, math.cos),
    (np.sin, np.cos),
    (math, operator),
    (Point, Other),
    (adder(3), adder(4)),
    (adder(3), adder(3, by=2)),
    (functools.partial(operator.add, 3), functools.partial(operator.add, 4)),
    (Holder(1).act, Holder(1).rest),
    (Holder(1).act, Holder(2).act),
    ([one := Holder(1), one], [Holder(1), Holder(1)]),
    (Cyclic(1), Cyclic(2)),
    (looped(1), looped(2)),
    (ring(14, 3), ring(14, 4)),
    (..., NotImplemented),
]


@pytest.mark.parametrize(("a", "b"), EQUAL, ids=count())
def test_equal_states_have_equal_bytes(a: Any, b: Any) -> None:
    assert canonical_bytes(a) == canonical_bytes(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=count())
def test_different_states_have_different_bytes_and_neither_begins_the_other(a: Any, b: Any) -> None:
    one, other = canonical_bytes(a), canonical_bytes(b)
    assert not one.startswith(other) and not other.startswith(one)
    assert state_hash(a) != state_hash(b)


def test_a_long_tuple_of_whole_numbers_is_written_as_any_other() -> None:
    numbers = tuple(range(-70, 30))
    assert canonical_bytes(numbers) == b"t100:" + b"".join(map(canonical_bytes, numbers))
    assert canonical_bytes((*numbers, True)) != canonical_bytes((*numbers, 1))


def test_an_attribute_of_a_list_is_state_too() -> None:
    one, other = Named([1]), Named([1])
    one.name = "pot"
    assert canonical_bytes(one) != canonical_bytes(other)


def test_the_order_in_which_a_set_is_iterated_is_part_of_the_state() -> None:
    grown, made = set(), {8, 0}
    for number in (0, 8):
        grown.add(number)
    assert grown == made
    assert (canonical_bytes(grown) == canonical_bytes(made)) == (list(grown) == list(made))


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ((n for n in range(3)), "generator"),
        (weakref.ref(Cyclic()), "weak reference"),
        (memoryview(b"a"), "memoryview"),
        (random.SystemRandom(), "SystemRandom"),
        (io.FileIO(sys.executable), "FileIO"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused_with_its_type(held: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        canonical_bytes({"walk": [held]})


def test_a_state_that_is_nested_without_end_is_refused() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(TypeError, match="nested too deeply"):
        canonical_bytes(nested)


OF_ANY_PROCESS = """
import sys
sys.path.insert(0, "")
heap = [object() for _ in range(int(sys.argv[1]))]
from tests.engine import test_canonical as mine
for a, b in mine.EQUAL + mine.DIFFERENT:
    if not isinstance(a, (set, frozenset)):
        print(mine.state_hash(a), mine.state_hash(b))
"""


def test_the_bytes_are_the_same_in_every_process() -> None:
    """Neither addresses nor the seed of string hashes may show in them."""
    told = []
    for seed in ("0", "1"):
        program = [sys.executable, "-c", OF_ANY_PROCESS, str(1000 * int(seed))]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        told.append(subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True))
    assert told[0].stdout == told[1].stdout
    assert len(told[0].stdout.splitlines()) > 90


def test_an_attribute_of_a_module_is_no_part_of_a_state_that_names_the_module() -> None:
    module = types.ModuleType("kitchen")
    before = canonical_bytes(module)
    module.heat = 3  # type: ignore[attr-defined]
    assert canonical_bytes(module) == before
