"""States as plain bytes: what comes out is what went in, to the last bit, and what is not plain is named."""

from __future__ import annotations

import enum
import random
import struct
from collections import OrderedDict, deque
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.canonical import canonical_bytes
from app.engine.plain_state import DEEPEST, MOST_BYTES, VALUES_AT_ONCE, NotPlain, PlainEncoder, TooLarge, decode, encode

from .test_canonical_properties import arrays

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**300), 2**300), st.floats(),
    st.text(st.characters(codec=None), max_size=5), st.binary(max_size=5),
    st.integers(0, 255).map(np.uint8), st.floats(width=32).map(np.float32), st.text("aé", max_size=3).map(np.str_),
)  # fmt: skip
KEYS = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=3), st.binary(max_size=2), st.none()),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
PLAIN_ARRAYS = arrays().filter(
    lambda array: (
        array.dtype.kind in "biufcSU"
        and array.dtype.char not in "gG"
        and (array.flags.c_contiguous or array.flags.f_contiguous)
    )
)
GENERATORS = st.builds(
    lambda kind, seed, drawn: _drawn(np.random.Generator(kind(seed)), drawn),
    st.sampled_from(
        [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM]  # type: ignore[list-item]
    ),
    st.integers(0, 2**70) | st.lists(st.integers(0, 2**40), min_size=1, max_size=3),
    st.integers(0, 9),
)
VALUES = st.recursive(
    LEAVES | PLAIN_ARRAYS.map(np.copy) | GENERATORS | st.integers(0, 99).map(np.random.RandomState),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=5)
    ),
    max_leaves=12,
)


def _drawn(generator: np.random.Generator, times: int) -> np.random.Generator:
    generator.integers(0, 100, times)
    return generator


def bits(value: Any) -> Any:
    """What of a value its canonical bytes leave open: order, layout, bit patterns of NaN."""
    if isinstance(value, dict):
        return [(bits(key), bits(item)) for key, item in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [type(value), *map(bits, value)]
    if isinstance(value, np.ndarray):
        flags = value.flags
        return value.dtype.str, value.shape, flags.c_contiguous, flags.f_contiguous, flags.writeable, value.tobytes("A")
    return (type(value), struct.pack("<d", value)) if isinstance(value, float) else type(value)


def not_plain(value: Any) -> str:
    with pytest.raises(NotPlain) as found:
        encode(value)
    return str(found.value)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_comes_out_is_what_went_in(value: Any) -> None:
    try:
        data = encode(value)
    except NotPlain as found:
        assert any(why in str(found) for why in ("order would change", "neither true")), f"{found} of {value!r}"
        return
    made = decode(data)
    assert canonical_bytes(made) == canonical_bytes(value) and bits(made) == bits(value)
    assert encode(made) == data


def test_what_decides_a_games_next_frames_is_plain() -> None:
    seeds = np.random.SeedSequence(9, spawn_key=(2,))
    generator = np.random.default_rng(seeds)
    generator.spawn(2)
    legacy = np.random.RandomState(4)
    legacy.normal()
    state = {"module": (random.Random(3).getstate(), legacy.get_state(legacy=True)), "own": generator, "old": legacy}
    made = decode(encode(state))
    assert canonical_bytes(made) == canonical_bytes(state)
    assert made["own"].spawn(1)[0].random() == generator.spawn(1)[0].random(), "children of the same seeds"
    assert made["own"].random() == generator.random() and made["old"].normal() == legacy.normal()


def test_a_nan_keeps_its_bits_and_a_zero_its_sign() -> None:
    odd = struct.unpack("<d", bytes.fromhex("0102030405060ff8")[::-1][::-1])[0]
    assert bits(decode(encode([odd, -0.0, 0.0]))) == bits([odd, -0.0, 0.0])


def test_keys_stay_in_the_order_in_which_they_came() -> None:
    state = {"b": 1, "a": 2, (1, "x"): 3, 0: 4, frozenset({1}): 5}
    assert list(decode(encode(state))) == list(state)


class Colour(enum.IntEnum):
    RED = 1


class Place(NamedTuple):
    row: int


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"env": {"pots": [1, object()]}}, "env.pots.1 is object"),
        ([Colour.RED], "0 is tests.engine.test_plain_state.Colour"),
        ({"at": Place(1)}, "at is tests.engine.test_plain_state.Place"),
        ([OrderedDict()], "0 is collections.OrderedDict"),
        ([deque([1])], "0 is collections.deque"),
        ([len], "0 is builtin_function_or_method"),
        (np.array([None]), "the state is an array of object"),
        ([np.zeros(2, [("a", "f4")])], "0 is an array of [('a', '<f4')]"),
        ([np.longdouble(1)], f"0 is a NumPy scalar of {np.dtype(np.longdouble)}"),
        ([np.arange(9)[::2]], "0 is an array in neither C nor Fortran order"),
        ([np.random.Generator(np.random.MT19937(1)).bit_generator], "0 is numpy.random._mt19937.MT19937"),
    ],
)
def test_what_is_not_plain_is_named_with_its_place(state: Any, said: str) -> None:
    assert not_plain(state) == said


def test_one_object_at_two_places_is_not_plain_for_it_would_come_out_as_two() -> None:
    inner = [1]
    array = np.arange(6)
    generator = np.random.default_rng(1)
    assert not_plain({"a": inner, "b": (inner,)}) == "b.0 is the same list as elsewhere in the state"
    assert "the same ndarray" in not_plain([array, array])
    assert "the same ndarray" in not_plain([array[:2], array[2:]]), "they share their memory"
    assert "the same Generator" in not_plain([generator, np.random.Generator(generator.bit_generator)])
    inner.append(inner)  # type: ignore[arg-type]
    assert "the same list" in not_plain(inner)
    same = (1, "x")
    assert decode(encode([same, same])) == [same, same], "nobody can change a tuple of numbers"


def test_a_set_whose_order_a_new_one_would_not_have_is_not_plain() -> None:
    grown = set(range(0, 8000, 8))
    for number in list(grown):
        if number not in (8, 16, 4000):
            grown.remove(number)
    assert list(grown) != list(set(grown)) or decode(encode(grown)) == grown
    crossed = {0, 8}
    other = {8, 0}
    assert list(crossed) != list(other)
    for each in (crossed, other):
        assert list(decode(encode(each))) == list(each)


def test_a_state_that_is_too_deep_or_too_large_is_refused() -> None:
    deep: Any = []
    for _ in range(DEEPEST):
        deep = [deep]
    assert "levels deep" in not_plain(deep)
    with pytest.raises(TooLarge):
        encode(bytes(MOST_BYTES + 1))
    with pytest.raises(TooLarge):
        encode([None] * 300, most_bytes=256)


def test_encoding_stops_when_the_time_is_used_up_and_goes_on_where_it_stopped() -> None:
    state = {"cells": [float(number) for number in range(1000)]}
    encoder, looks = PlainEncoder(state), 0
    while (data := encoder.run(lambda: False)) is None:
        looks += 1
    assert looks == 1000 // VALUES_AT_ONCE
    assert data == encode(state)


def test_bytes_that_ask_for_more_than_there_is_are_refused() -> None:
    for data in (b"", b"x", b"l\xff\xff\xff\xff\x0f", b"i\x7f", b"s\x01\xff", b"l\x01" * 500, b"nn", b"d\x01l\x00n"):
        with pytest.raises(ValueError, match=r"[a-z]"):
            decode(data)
    with pytest.raises(ValueError, match="twice"):
        decode(b"d\x02" + b"i\x01\x01n" * 2)
    with pytest.raises(ValueError, match="most"):
        decode(bytes(MOST_BYTES + 1))


def test_a_position_outside_a_generators_memory_is_refused() -> None:
    legacy = np.random.RandomState(1)
    good = encode(legacy)
    named = encode("pos")
    position = named + encode(624)
    assert good.count(position) == 1
    for place in (625, -1, 2**31):
        with pytest.raises(ValueError, match="RandomState"):
            decode(good.replace(position, named + encode(place)))
    assert decode(good.replace(position, named + encode(0))).randint(9) >= 0


def test_an_array_is_no_larger_than_its_bytes() -> None:
    whole = encode(np.zeros((2, 3)))
    shape = encode((2, 3))
    for wrong in ((2, 4), (2**31, 2**31), (-2, -3), (2, 3.0), [2, 3], (1,) * 40):
        with pytest.raises(ValueError, match="array"):
            decode(whole.replace(shape, encode(wrong)))
    for name in ("|O8", "<g16", "<M8", "V8", 7, "|b1,|b1"):
        with pytest.raises(ValueError, match="plain type"):
            decode(whole.replace(encode("<f8"), encode(name)))
    truth = encode(np.array([True, False]))
    with pytest.raises(ValueError, match="neither true nor false"):
        decode(truth.replace(b"\x01\x00", b"\x02\x00"))
    with pytest.raises(ValueError, match="character"):
        decode(encode(np.array(["a"])).replace(b"a\x00\x00\x00", b"a\x00\x00\x7f"))
