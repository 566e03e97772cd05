"""Canonical bytes of a state, and their hash.

Two peers hold the same state exactly if their canonical bytes are equal. Python's own `hash()` and `pickle` are no
good for that: the one differs between processes, the other between equal objects.

Every kind of value begins with a letter of its own and says where it ends, so that no value's bytes begin another's.
What is written of a value:

* plain data (numbers, strings, lists, dictionaries, arrays, and classes derived from them): its content; whether two
  lists are one and the same is no part of it;
* an object that is equal to others of the same content (it has `__eq__` and `__hash__`): its class and attributes;
* any other object: likewise, once; where it is met again, its number, for then a change of the one is a change of both;
* a function, class or module: its name; of a function made inside another one, also what it closes over.

Plain data that contains itself cannot be written by content; then all of it is numbered as objects are.
"""

from __future__ import annotations

import enum
import hashlib
import struct
import types
import weakref
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any

import numpy as np

from .anatomy import BASES, attributes, function_parts, is_found_by_name, is_value, plain_content, reduced, type_name
from .canonical_arrays import CANONICAL_NAN, write_array, write_generator

_WEAK = (weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType)
_NATIVE = (types.BuiltinFunctionType, types.MethodWrapperType)


def canonical_bytes(value: Any) -> bytes:
    """Return bytes that are equal for equal states and different for different ones.

    Dictionaries go by sorted key, sets in iteration order (the order is state: it decides what an iteration over them
    does next), floats by bit pattern with -0.0 kept and NaN made one, integers of any size, arrays with type and shape.

    Raises:
        TypeError: The state holds an object whose value cannot be told, named by its type.
    """
    try:
        try:
            out = _Output()
            _write(value, out)
        except _Cycle:
            out = _Output(b"C")
            out.numbers_all = True
            _write(value, out)
    except RecursionError:
        raise TypeError("a state is nested too deeply to be read (hundreds of levels); keep it flatter") from None
    return bytes(out)


def state_hash(value: Any) -> int:
    """Return the 64-bit hash of a state's canonical bytes."""
    return int.from_bytes(hashlib.blake2b(canonical_bytes(value), digest_size=8).digest(), "big")


class _Cycle(Exception):
    """Plain data contains itself."""


class _Output(bytearray):
    """The bytes so far, what is being written, and the objects already written, kept alive for their `id()`."""

    def __init__(self, start: bytes = b"") -> None:
        super().__init__(start)
        self.open: set[int] = set()
        self.objects: dict[int, tuple[int, Any]] = {}
        self.numbers_all = False

    def met(self, value: Any) -> bool:
        """Say whether an object was met before, and write its number if it was."""
        known = self.objects.get(id(value))
        if known is None:
            self.objects[id(value)] = (len(self.objects), value)
            return False
        self.extend(b"@%d:" % known[0])
        return True

    def enter(self, value: Any) -> bool:
        """Begin a container; say whether its content is to be written."""
        if self.numbers_all:
            return not self.met(value)
        if id(value) in self.open:
            raise _Cycle
        self.open.add(id(value))
        return True

    def leave(self, value: Any) -> None:
        self.open.discard(id(value))


def _write(value: Any, out: _Output) -> None:
    kind = type(value)
    if kind is int:
        out += b"i%x:" % value
    elif kind is float:
        out += b"f" + (CANONICAL_NAN if value != value else struct.pack("<d", value))
    elif kind is str:
        body = value.encode("utf-8", "surrogatepass")
        out += b"s%d:" % len(body) + body
    elif kind is list:
        if out.enter(value):
            out += b"l%d:" % len(value)
            for item in value:
                _write(item, out)
            out.leave(value)
    elif kind is tuple:
        out += b"t%d:" % len(value)
        if len(value) > 64 and set(map(type, value)) == {int}:  # the state of `random` is 625 numbers
            out += b"i%x:" * len(value) % value
            return
        for item in value:
            _write(item, out)
    elif kind is dict:
        if out.enter(value):
            _write_mapping(value, out)
            out.leave(value)
    elif kind is bool:
        out += b"T" if value else b"F"
    elif value is None:
        out += b"n"
    else:
        _write_other(value, out)


def _write_mapping(value: dict[Any, Any], out: _Output) -> None:
    out += b"d%d:" % len(value)
    if set(map(type, value)) <= {str}:
        for key in sorted(value):
            _write(key, out)
            _write(value[key], out)
    else:  # keys of several types, or that have no order: by their own canonical bytes
        by_bytes = [(canonical_bytes(key), item) for key, item in value.items()]
        for key_bytes, item in sorted(by_bytes, key=lambda pair: pair[0]):
            out += key_bytes
            _write(item, out)


def _write_items(tag: bytes, value: Any, items: Iterable[Any], out: _Output) -> None:
    if out.enter(value):
        out += tag + b"%d:" % len(value)
        for item in items:
            _write(item, out)
        out.leave(value)


def _write_other(value: Any, out: _Output) -> None:
    kind = type(value)
    if isinstance(value, np.ndarray):
        if out.enter(value):
            if kind is not np.ndarray:
                _write_head(b"A", value, out)
            write_array(value, out, _write)
            out.leave(value)
    elif isinstance(value, np.generic):
        out += b"g"
        write_array(np.asarray(value), out, _write)
    elif isinstance(value, (np.random.Generator, np.random.RandomState, np.random.BitGenerator)):
        write_generator(value, out, _write)
    elif kind is complex:
        out += b"z"
        _write(value.real, out)
        _write(value.imag, out)
    elif kind is bytes or kind is bytearray:
        out += (b"b%d:" if kind is bytes else b"B%d:") % len(value) + value
    elif kind is set or kind is frozenset:
        _write_items(b"S" if kind is set else b"Z", value, value, out)
    elif kind is deque:
        out += b"q"
        _write(value.maxlen, out)
        _write_items(b"q", value, value, out)
    elif isinstance(value, enum.Enum):
        out += b"e"
        _write((type_name(kind), value._value_ if isinstance(value, enum.Flag) else value._name_), out)
    elif isinstance(value, _WEAK):
        raise TypeError(
            f"a state holds {type_name(kind)}, a weak reference, and what it refers to is not part of a copy; "
            "hold the object itself or its key"
        )
    elif isinstance(value, type):
        out += b"mc"
        _write(type_name(value), out)
    elif isinstance(value, types.ModuleType):
        out += b"mm"
        _write(value.__name__, out)
    elif isinstance(value, (types.FunctionType, types.MethodType, *_NATIVE)):
        _write_function(value, out)
    elif isinstance(value, BASES):
        _write_derived(value, out)
    else:
        _write_object(value, out)


def _write_head(tag: bytes, value: Any, out: _Output) -> None:
    out += tag
    _write(type_name(type(value)), out)
    _write_mapping(attributes(value), out)


def _write_derived(value: Any, out: _Output) -> None:
    """Write a value whose class is derived from a plain one: named tuples, ordered dictionaries, own kinds of list."""
    if out.enter(value):
        _write_head(b"c", value, out)
        if isinstance(value, defaultdict):
            _write(value.default_factory, out)
        _write(plain_content(value), out)
        out.leave(value)


def _write_function(value: Any, out: _Output) -> None:
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):  # a method together with its object
        out += b"M"
        _write(value.__func__ if isinstance(value, types.MethodType) else value.__name__, out)
        _write(owner, out)
        return
    if out.met(value):
        return
    by_name = is_found_by_name(value)
    out += b"mf" if by_name else b"k"
    _write(type_name(value), out)
    own = getattr(value, "__dict__", {})
    _write_mapping({name: item for name, item in own.items() if name != "__wrapped__"}, out)
    if not by_name:
        _write(function_parts(value) if isinstance(value, types.FunctionType) else None, out)


def _write_object(value: Any, out: _Output) -> None:
    counts_alone = is_value(value)
    if not (out.enter(value) if counts_alone else not out.met(value)):
        return
    kept = reduced(value)
    if kept is None:
        _write_head(b"O", value, out)
    elif isinstance(kept, str):
        out += b"mr"
        _write(f"{getattr(value, '__module__', None) or ''}.{kept}", out)
    else:
        out += b"r"
        maker, args, state, items, pairs = (*kept, None, None, None, None)[:5]
        _write((maker, args, state, items and list(items), pairs and list(pairs)), out)
    if counts_alone:
        out.leave(value)
