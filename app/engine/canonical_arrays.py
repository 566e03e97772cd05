"""Canonical bytes of what NumPy holds: arrays of any type, and random generators.

The bytes do not depend on byte order, on the layout in memory, or on what lies between the fields of a structure.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

CANONICAL_NAN = struct.pack("<d", float("nan"))
"""One bit pattern for every NaN: its sign and payload differ between processors and mean nothing."""

Write = Callable[[Any, Any], None]
"""Writes any other value: what an array of objects holds."""


def write_array(value: np.ndarray, out: bytearray, write: Write) -> None:
    """Write an array: its shape, then its type with its items."""
    array = value.view(np.ndarray)
    out += b"a%d:" % array.ndim
    for size in array.shape:
        out += b"%d," % size
    _write_items(array, out, write)


def write_generator(value: Any, out: Any, write: Write) -> None:
    """Write a `Generator`, a `RandomState` or a bit generator: what decides the next number.

    The seeds that children are spawned from count only once children have been: a state that was set from outside does
    not set them.
    """
    if isinstance(value, np.random.RandomState):
        out += b"R"
        write(value.get_state(legacy=False), out)
        return
    bits = value if isinstance(value, np.random.BitGenerator) else value.bit_generator
    out += b"P" if bits is value else b"G"
    write(bits.state, out)
    seeds: Any = getattr(bits, "seed_seq", None)
    write(seeds.state if getattr(seeds, "n_children_spawned", 0) else None, out)


def _write_items(array: np.ndarray, out: bytearray, write: Write) -> None:
    dtype = array.dtype
    if dtype.names is not None:
        out += b"V%d:" % len(dtype.names)
        for name in dtype.names:
            write(name, out)
            write_array(np.asarray(array[name]), out, write)
    elif dtype.hasobject:
        out += dtype.str.encode() + b":"
        for item in array.ravel().tolist():
            write(item, out)
    elif dtype.char in "gG":
        out += dtype.char.encode() + b":"
        for part in (array.real, array.imag) if dtype.char == "G" else (array,):
            _write_long(part, out)
    else:
        dtype = dtype.newbyteorder("<")
        out += dtype.str.encode() + b":"
        if dtype.kind == "f" and np.isnan(array).any():
            array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
        elif dtype.kind == "c" and np.isnan(array).any():
            array = array.copy()
            for part in (array.real, array.imag):
                part[np.isnan(part)] = np.nan
        out += array.astype(dtype, order="C", copy=False).tobytes()


def _write_long(array: np.ndarray, out: bytearray) -> None:
    """Write floats of a type that differs from machine to machine, as sums of doubles times a power of two."""
    rest, exponent = np.frexp(array)
    out += exponent.astype("<i4").tobytes()
    for _ in range(3):  # 113 bits at most
        part = np.where(np.isnan(rest), np.nan, rest).astype("<f8")
        out += part.tobytes()
        with np.errstate(invalid="ignore"):
            rest = np.where(np.isfinite(part), rest - part, 0)
