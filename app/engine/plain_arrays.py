"""What a plain state (`plain_state.py`) holds of NumPy: arrays, scalars and random generators, taken apart and remade.

Taken apart they are plain data. Making one again trusts nothing: some of NumPy's own setters believe a position that
lies outside a generator's memory.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

BIT_GENERATORS: dict[str, Any] = {
    "PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM, "MT19937": np.random.MT19937,
    "Philox": np.random.Philox, "SFC64": np.random.SFC64,
}  # fmt: skip
KINDS = "biufcSU"
"""Kinds of items whose bytes are all there is to them."""
MOST_DIMENSIONS = 32
PLACES = {"pos": 624, "buffer_pos": 4, "has_uint32": 1, "has_gauss": 1}
"""The greatest value of what NumPy uses as an index or a flag without a look at it."""
_DTYPE = re.compile(rf"[<>|][{KINDS}][0-9]{{1,7}}")
_POOL_SIZES = range(4, 65)

Parts = tuple[Any, ...] | str
"""What something consists of, or why it is not plain."""


def array_parts(array: np.ndarray) -> Parts:
    """Return type, order in memory, shape and bytes."""
    name = _dtype_name(array.dtype)
    if name is None:
        return f"an array of {array.dtype}"
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        return "an array in neither C nor Fortran order"
    body, order = array.tobytes("A"), "C" if array.flags.c_contiguous else "F"
    return _wrong_items(array.dtype, body) or (name, order, tuple(array.shape), body)


def array_from(name: str, order: str, shape: tuple[int, ...], body: bytes) -> np.ndarray:
    """Return the array.

    Raises:
        ValueError: The parts are not of one.
    """
    dtype = _dtype(name)
    sizes_are_right = type(shape) is tuple and len(shape) <= MOST_DIMENSIONS
    if not sizes_are_right or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
        raise ValueError("an array of no shape")
    if order not in ("C", "F") or type(body) is not bytes or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("an array whose bytes are not those of its shape")
    wrong = _wrong_items(dtype, body)
    if wrong:
        raise ValueError(wrong)
    layout: Any = order
    return np.ndarray(shape, dtype, buffer=bytearray(body), order=layout).copy(order="K")


def scalar_parts(value: np.generic) -> Parts:
    """Return type and bytes."""
    array = np.asarray(value)
    name = _dtype_name(array.dtype)
    if name is None or type(array[()]) is not type(value) or (array.dtype.kind in "SU" and array[()] != value):
        return f"a NumPy scalar of {array.dtype}"
    return _wrong_items(array.dtype, array.tobytes()) or (name, array.tobytes())


def scalar_from(name: str, body: bytes) -> Any:
    """Return the scalar.

    Raises:
        ValueError: The parts are not of one.
    """
    return array_from(name, "C", (), body)[()]


def generator_parts(generator: np.random.Generator) -> Parts:
    """Return name, seeds (from which children may be spawned) and state of a generator."""
    bits: Any = generator.bit_generator
    name, seeds = type(bits).__name__, bits.seed_seq
    if BIT_GENERATORS.get(name) is not type(bits):
        return f"a generator on {name}"
    if type(seeds) is not np.random.SeedSequence:
        return "a generator without a SeedSequence"
    entropy = list(seeds.entropy) if isinstance(seeds.entropy, (list, tuple)) else seeds.entropy
    kept = (entropy, tuple(seeds.spawn_key), seeds.pool_size, seeds.n_children_spawned)
    return name, kept, bits.state


def generator_from(name: str, kept: tuple[Any, ...], state: dict[str, Any]) -> np.random.Generator:
    """Return the generator.

    Raises:
        ValueError: The parts are not of one.
    """
    entropy, spawn_key, pool_size, spawned = kept
    sources = entropy if type(entropy) is list else [] if entropy is None else [entropy]
    numbers = [*sources, *spawn_key, spawned]
    if pool_size not in _POOL_SIZES or not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("a generator without its seeds")
    seeds = np.random.SeedSequence(entropy, spawn_key=spawn_key, pool_size=pool_size, n_children_spawned=spawned)
    bits = BIT_GENERATORS[name](seeds)
    if not alike(bits.state, state):
        raise ValueError(f"not the state of a {name}")
    bits.state = state
    return np.random.Generator(bits)


def legacy_generator_parts(generator: np.random.RandomState) -> Parts:
    """Return the state of a `RandomState`."""
    state: Any = generator.get_state(legacy=False)
    return (state,) if state["bit_generator"] == "MT19937" else f"a RandomState on {state['bit_generator']}"


def legacy_generator_from(state: dict[str, Any]) -> np.random.RandomState:
    """Return the `RandomState`.

    Raises:
        ValueError: This is not the state of one.
    """
    generator = np.random.RandomState(0)
    if not alike(generator.get_state(legacy=False), state):
        raise ValueError("not the state of a RandomState")
    generator.set_state(state)
    return generator


def alike(known: Any, given: Any, name: str = "") -> bool:
    """Say whether given data has the form of known data, and no number in it that could not be there.

    Args:
        known: A state that NumPy gave.
        given: Anything.
        name: Under which both stand in a larger one.
    """
    if type(known) is not type(given):
        return False
    if isinstance(known, dict):
        return known.keys() == given.keys() and all(alike(known[key], given[key], key) for key in known)
    if isinstance(known, (list, tuple)):
        return len(known) == len(given) and all(map(alike, known, given))
    if isinstance(known, np.ndarray):
        return known.dtype == given.dtype and known.shape == given.shape
    if isinstance(known, int):
        return 0 <= given <= PLACES.get(name, 2**128 - 1)
    return bool(known == given) if isinstance(known, str) else True


def _dtype_name(dtype: np.dtype) -> str | None:
    """Return the name of a type whose items are plain; long floats differ from machine to machine."""
    return dtype.str if dtype.kind in KINDS and dtype.char not in "gG" and dtype.names is None else None


def _dtype(name: str) -> np.dtype:
    if type(name) is not str or not _DTYPE.fullmatch(name):
        raise ValueError("an array of no plain type")
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise ValueError("an array of no plain type") from None
    if _dtype_name(dtype) != name:
        raise ValueError("an array of no plain type")
    return dtype


def _wrong_items(dtype: np.dtype, body: bytes) -> str:
    """Return what is wrong with an array's items: truths that are neither true nor false, characters there are not."""
    if dtype.kind == "b" and body.translate(None, b"\x00\x01"):
        return "an array with a truth that is neither true nor false"
    if dtype.kind == "U" and body and np.frombuffer(body, dtype.str[0] + "u4").max() > 0x10FFFF:
        return "an array with a character that there is not"
    return ""
