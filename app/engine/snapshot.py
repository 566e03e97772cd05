"""Canonical bytes of a state, their hash, and how an environment's state is saved and loaded.

Two peers hold the same state exactly if their canonical bytes are equal. Python's own `hash()` and `pickle` are no
good for that: the one differs between processes, the other between equal objects.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import pickle
import random
import struct
from typing import Any

import numpy as np

CANONICAL_NAN = struct.pack("<d", float("nan"))
"""One bit pattern for every NaN: its sign and payload differ between processors and mean nothing."""


def canonical_bytes(value: Any) -> bytes:
    """Return bytes that are equal for equal states and different for different ones.

    Dictionaries go by sorted key, sets in iteration order (the order is state: it decides what an iteration over them
    does next), floats by bit pattern with -0.0 kept and NaN made one, integers of any size, arrays with type and shape.

    Raises:
        TypeError: The state holds an object whose value cannot be told, named by its type.
    """
    out = _Output()
    _write(value, out)
    return bytes(out)


def state_hash(value: Any) -> int:
    """Return the 64-bit hash of a state's canonical bytes."""
    return int.from_bytes(hashlib.blake2b(canonical_bytes(value), digest_size=8).digest(), "big")


class _Output(bytearray):
    """The bytes so far, and the objects already written: environments refer to themselves in cycles."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[int, int] = {}


def _write(value: Any, out: _Output) -> None:
    kind = type(value)
    if value is None:
        out += b"n"
    elif kind is bool:
        out += b"T" if value else b"F"
    elif kind is int:
        body = b"%d" % value
        out += b"i%d:" % len(body) + body
    elif kind is float:
        out += b"f" + (CANONICAL_NAN if value != value else struct.pack("<d", value))
    elif kind is str:
        body = value.encode("utf-8", "surrogatepass")
        out += b"s%d:" % len(body) + body
    elif kind is list or kind is tuple:
        out += (b"l%d:" if kind is list else b"t%d:") % len(value)
        for item in value:
            _write(item, out)
    elif kind is dict:
        _write_mapping(value, out)
    else:
        _write_other(value, out)


def _write_mapping(value: dict[Any, Any], out: _Output) -> None:
    out += b"d%d:" % len(value)
    try:
        keys = sorted(value)
        if any(type(key) is not str for key in keys):
            raise TypeError
        for key in keys:
            _write(key, out)
            _write(value[key], out)
    except TypeError:  # keys of several types, or that have no order: by their own canonical bytes
        for key_bytes, item in sorted((canonical_bytes(key), item) for key, item in value.items()):
            out += key_bytes
            _write(item, out)


def _write_array(value: np.ndarray, out: _Output) -> None:
    out += b"a" + value.dtype.str.encode() + b"%d:" % value.ndim
    for size in value.shape:
        out += b"%d," % size
    if value.dtype.hasobject:
        for item in value.ravel().tolist():
            _write(item, out)
        return
    flat = np.ascontiguousarray(value)
    if value.dtype.kind in "fc" and np.isnan(flat).any():
        flat = flat.copy()
        if value.dtype.kind == "c":
            flat.real[np.isnan(flat.real)] = np.nan
            flat.imag[np.isnan(flat.imag)] = np.nan
        else:
            flat[np.isnan(flat)] = np.nan
    out += flat.tobytes()


def _write_other(value: Any, out: _Output) -> None:
    if isinstance(value, np.ndarray):
        _write_array(value, out)
    elif isinstance(value, np.generic):
        _write_array(np.asarray(value), out)
    elif isinstance(value, (bytes, bytearray)):
        out += b"b%d:" % len(value) + value
    elif isinstance(value, (set, frozenset)):
        out += b"S%d:" % len(value)
        for item in value:
            _write(item, out)
    elif isinstance(value, np.random.Generator):
        out += b"G"
        _write(value.bit_generator.state, out)
    elif isinstance(value, np.random.RandomState):
        out += b"R"
        _write(value.get_state(legacy=False), out)
    elif isinstance(value, random.Random):
        out += b"r"
        _write(value.getstate(), out)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        out += b"D"
        _write(type(value).__qualname__, out)
        for field in dataclasses.fields(value):
            _write(getattr(value, field.name), out)
    elif isinstance(value, (bool, int, float, str, list, tuple, dict)):  # subclasses: enums, named tuples, OrderedDict
        out += b"c"
        _write(type(value).__qualname__, out)
        base: Any = next(kind for kind in (bool, int, float, str, list, tuple, dict) if isinstance(value, kind))
        _write(base(value), out)
    elif isinstance(value, complex):
        _write((value.real, value.imag), out)
    elif hasattr(value, "__dict__"):
        known = out.objects.get(id(value))
        out += b"O%d:" % (len(out.objects) if known is None else known)
        if known is None:
            out.objects[id(value)] = len(out.objects)
            _write(type(value).__qualname__, out)
            _write(vars(value), out)
    else:
        raise TypeError(
            f"a state holds {type(value).__qualname__}, whose value cannot be read; give the environment get_state() "
            "and set_state() that use numbers, strings, lists, dictionaries and arrays"
        )


class EnvironmentState:
    """Saves and loads one environment, by its own `get_state`/`set_state` where it has them, else by deepcopy.

    A saved state is a private copy: nothing that happens to the environment afterwards may change it, even where
    `get_state` hands out live lists. What `get_state` returns is kept pickled where it can be, which copies an ordinary
    state in a fraction of the time that deepcopy takes. These bytes never leave the process.
    """

    def __init__(self, env: Any) -> None:
        self.env = env
        self.by_methods = callable(getattr(env, "get_state", None)) and callable(getattr(env, "set_state", None))
        self._pickles: bool | None = None

    def save(self) -> Any:
        """Return a private copy of the state now."""
        if not self.by_methods:
            return copy.deepcopy(self.env)
        state = self.env.get_state()
        if self._pickles is None:
            self._pickles = _can_be_pickled(state)
        return pickle.dumps(state, pickle.HIGHEST_PROTOCOL) if self._pickles else copy.deepcopy(state)

    def load(self, state: Any) -> None:
        """Return the environment to a saved state, which stays usable."""
        if self.by_methods:
            self.env.set_state(self._copied(state))
        else:
            self.env = copy.deepcopy(state)

    def content(self, state: Any) -> Any:
        """Return what of a saved state is hashed."""
        return self._copied(state) if self.by_methods else vars(state)

    def _copied(self, state: Any) -> Any:
        return pickle.loads(state) if self._pickles else copy.deepcopy(state)


def _can_be_pickled(state: Any) -> bool:
    try:
        return canonical_bytes(pickle.loads(pickle.dumps(state, pickle.HIGHEST_PROTOCOL))) == canonical_bytes(state)
    except Exception:  # noqa: BLE001 -- whatever an object's own methods raise, deepcopy is the other way
        return False
