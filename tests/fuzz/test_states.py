"""A state that another page sends: decoded whole, or refused in words, whatever its bytes are."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.plain_state import NotPlain, decode, encode

from ..engine.test_plain_state import VALUES
from .nearly import damaged

WHOLE = encode(
    {
        "env": {"cells": np.arange(12).reshape(3, 4), "names": ["a", b"b", {1, 2}], "score": -0.0},
        "rng": np.random.default_rng(3), "old": np.random.RandomState(3), "random": random.Random(3).getstate()[1][:9],
    }
)  # fmt: skip


def _plain(value: Any) -> bytes:
    try:
        return encode(value)
    except NotPlain:
        return WHOLE


@settings(max_examples=400, deadline=None)
@given(damaged(st.just(WHOLE) | VALUES.map(_plain)))
def test_damaged_bytes_mean_a_state_or_are_refused_in_words(data: bytes) -> None:
    try:
        state = decode(data)
    except ValueError as refused:
        assert str(refused)
    else:
        _use(state)


def _use(state: Any) -> None:
    """Do with a decoded state what an environment does: nothing in it may lead outside its memory."""
    if isinstance(state, dict):
        for key, item in state.items():
            _use(key), _use(item)
    elif isinstance(state, list | tuple | set | frozenset):
        for item in state:
            _use(item)
    elif isinstance(state, np.random.Generator | np.random.RandomState):
        state.standard_normal(700)
    elif isinstance(state, np.ndarray):
        state.copy().tolist()


@pytest.mark.parametrize("letter", [b"l", b"t", b"d", b"S", b"Z", b"s", b"b", b"i"])
@pytest.mark.parametrize("count", [b"\x7f", b"\xff\x7f", b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff\x0f", b"\xff" * 9])
def test_a_length_beyond_the_bytes_allocates_nothing(letter: bytes, count: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="announced" if letter in b"ltdSZ" else "cut off"):
            decode(letter + count + b"n")
        assert tracemalloc.get_traced_memory()[1] < 20_000
    finally:
        tracemalloc.stop()
