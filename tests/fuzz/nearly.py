"""Data that is almost right: whole examples, changed a little, and then a little more."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.sampled_from([-(2**31), -2, -1, 0, 1, 7, 127, 128, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**34])


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Draw bytes and damage them: flip, set, cut, splice, repeat, extend; now and then anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=1300))
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["flip", "set", "cut", "tail", "splice", "repeat", "extend", "endless"]))
        if kind == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "set" and data:
            data[at] = draw(st.sampled_from([0, 1, 127, 128, 255]))
        elif kind == "cut":
            del data[at:]
        elif kind == "tail":
            del data[:at]
        elif kind == "splice":
            other = draw(whole)
            data[at:] = other[min(at, len(other)) :]
        elif kind == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 40))] * draw(st.integers(1, 30))
        elif kind == "extend":
            data += draw(st.binary(min_size=1, max_size=40))
        elif kind == "endless":
            data[at:at] = b"\xff" * draw(st.integers(1, 6))
    return bytes(data[:4000])


@st.composite
def bent(draw: st.DrawFn, whole: Any) -> Any:
    """Draw a JSON value that differs from a whole one in some places: dropped, replaced, renamed, added."""
    value = whole
    for _ in range(draw(st.integers(1, 3))):
        value = _bend(draw, value)
    return value


def _bend(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(value)))
        how = draw(st.sampled_from(["into", "into", "into", "drop", "rename", "add"]))
        if how == "into":
            return value | {name: _bend(draw, value[name])}
        rest = {key: each for key, each in value.items() if key != name}
        if how == "drop":
            return rest
        return (rest if how == "rename" else value) | {draw(st.text(max_size=6)): value[name]}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        at = draw(st.integers(0, len(value) - 1))
        return draw(st.sampled_from([
            [*value[:at], _bend(draw, value[at]), *value[at + 1 :]], value[:at] + value[at + 1 :], value + value,
        ]))  # fmt: skip
    if isinstance(value, str):
        return draw(st.sampled_from([value + value, value[1:], value.upper(), "", "ff" * 40]) | JSON)
    if isinstance(value, bytes):
        return draw(damaged(st.just(value)) | JSON)
    return draw(NUMBERS | JSON)


def peak_of(called: Callable[[], Any]) -> int:
    """Return the most bytes that a call held at once."""
    tracemalloc.start()
    called()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
