"""Canonical bytes of whatever Hypothesis thinks of: equal exactly for states that are alike."""

from __future__ import annotations

import copy
import math
import pickle
from collections import deque
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.canonical import canonical_bytes
from tests.engine.states import Colour, Holder, Point, Pot, Slotted

DTYPES = st.sampled_from("? i1 u8 <f2 >f4 f8 <c8 >c16 g M8[us] m8[D] S3 U2 O".split() + [[("a", ">f4"), ("b", "i2")]])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    """Arrays of every type and of up to three axes, now and then not contiguous, many with NaN or -0.0 in them."""
    shape = draw(st.lists(st.integers(0, 2), max_size=3).map(tuple))
    dtype = np.dtype(draw(DTYPES))
    if dtype.hasobject:
        array = np.empty(shape, dtype)
        array.ravel()[:] = draw(st.lists(PLAIN, min_size=array.size, max_size=array.size))
        return array
    size = math.prod(shape) * dtype.itemsize
    array = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), np.uint8).copy()
    array = array.view(dtype).reshape(shape) if size else np.zeros(shape, dtype)
    if dtype.char == "g":  # most bytes are no float of this type
        array = np.resize(draw(st.floats(width=32)), shape).astype(dtype)
    elif dtype.kind in "f?U":  # likewise no letter and no truth value
        array = (np.frombuffer(array.tobytes(), np.uint8)[: math.prod(shape)] % 3).reshape(shape).astype(dtype)
        if dtype.kind == "f" and array.size and draw(st.booleans()):
            array[...] = draw(st.sampled_from([math.nan, -0.0, math.inf]))
    return array.T if draw(st.booleans()) else array


PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**140), 2**140),
    st.sampled_from([0.0, -0.0, math.nan, 1.0, math.inf]), st.floats(), st.complex_numbers(),
    st.text("asilnt1:é\ud800", max_size=3),
    st.lists(st.sampled_from(b"ab1:"), max_size=3).map(bytes), st.fractions(), st.decimals(), st.sampled_from(Colour),
)  # fmt: skip
HASHABLE = st.one_of(
    st.booleans(), st.integers(-3, 3), st.text("ab", max_size=2), st.tuples(st.integers(0, 1), st.text("a", max_size=1))
)
VALUES = st.recursive(
    st.one_of(PLAIN, arrays()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(deque),
        st.dictionaries(HASHABLE, inner, max_size=3),
        st.frozensets(HASHABLE, max_size=3),
        st.builds(Slotted, inner, st.just([])),
        st.builds(Pot, inner, inner),
        st.builds(Point, inner, inner),
        st.builds(Holder, inner),
    ),
    max_leaves=8,
)


def alike(a: Any, b: Any) -> bool:
    """Whether two values are the same state: written the other way round than canonical bytes, to be compared with."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, complex):
        return alike(a.real, b.real) and alike(a.imag, b.imag)
    if isinstance(a, np.ndarray):
        if a.shape != b.shape or a.dtype.newbyteorder("<") != b.dtype.newbyteorder("<"):
            return False
        if a.dtype.names:
            return all(alike(a[name], b[name]) for name in a.dtype.names)
        if a.dtype.kind in "fc":
            return all(map(alike, a.astype(complex).ravel().tolist(), b.astype(complex).ravel().tolist()))
        return all(map(alike, a.ravel().tolist(), b.ravel().tolist()))
    if isinstance(a, dict):
        # A key that is 1 and one that is True are the same key, but not the same state.
        keys = {(type(key), key): item for key, item in a.items()}
        theirs = {(type(key), key): item for key, item in b.items()}
        nested = any(isinstance(key, tuple) for key in a)
        return (keys.keys() == theirs.keys() or nested and {*a} == {*b}) and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple, deque, frozenset)):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, (Pot, Slotted, Holder)):
        names = ("held",) if isinstance(a, Holder) else ("onions", "heat")
        return all(alike(getattr(a, name), getattr(b, name)) for name in names)
    return bool(a == b)


@settings(max_examples=400, deadline=None)
@given(VALUES, VALUES)
def test_bytes_are_equal_exactly_for_states_that_are_alike(a: Any, b: Any) -> None:
    one, other = canonical_bytes(a), canonical_bytes(b)
    assert (one == other) == alike(a, b)
    assert one == other or not (one.startswith(other) or other.startswith(one))


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3))
def test_where_one_value_ends_and_the_next_begins_is_never_in_doubt(a: list[Any], b: list[Any]) -> None:
    one, other = b"".join(map(canonical_bytes, a)), b"".join(map(canonical_bytes, b))
    assert (one == other) == (len(a) == len(b) and all(map(alike, a, b)))


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_a_copy_has_the_bytes_of_its_original(value: Any) -> None:
    before = canonical_bytes(value)
    for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        if list_of_sets(again) == list_of_sets(value):  # copying may change the order of a set, and that is state
            assert canonical_bytes(again) == before
    assert canonical_bytes(value) == before


def list_of_sets(value: Any) -> list[Any]:
    """The iteration orders of the sets in a value."""
    found: list[Any] = []
    if isinstance(value, frozenset):
        found.append(list(value))
    elif isinstance(value, np.ndarray):
        found += (
            [order for item in value.ravel().tolist() for order in list_of_sets(item)] if value.dtype == "O" else []
        )
    elif isinstance(value, dict):
        found += [order for item in value.values() for order in list_of_sets(item)]
    elif isinstance(value, (list, tuple, deque)):
        found += [order for item in value for order in list_of_sets(item)]
    elif isinstance(value, (Pot, Slotted, Holder)):
        names = ("held",) if isinstance(value, Holder) else ("onions", "heat")
        found += [order for name in names for order in list_of_sets(getattr(value, name))]
    return found
