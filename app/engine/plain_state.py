"""A state as bytes that cannot execute anything, for a page that comes back to take it over from another seat.

Unlike a pickle, these bytes say what is there and never what to do: numbers, texts, lists, dictionaries, arrays,
generators. A state that holds anything else is not plain, and then the page that comes back steps every frame. What is
decoded is equal in content, types and iteration order to what was encoded; an object that occurs twice would come out
as two, hence a state with one is not plain either.

Every value begins with a letter; lengths are numbers as in `varint.py`. `donor.py` encodes, `recipient.py` decodes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .plain_arrays import (
    array_from,
    array_parts,
    generator_from,
    generator_parts,
    legacy_generator_from,
    legacy_generator_parts,
    scalar_from,
    scalar_parts,
)  # fmt: skip
from .varint import Reader, write

MOST_BYTES = 4 * 1024 * 1024
"""Of an encoded state: a larger one takes longer to send than most episodes take to step."""
MOST_VALUES = 1_000_000
"""Of a state: an empty list takes two bytes here and sixty in memory."""
DEEPEST = 64
VALUES_AT_ONCE = 128
"""Values written between two looks at the clock."""

_DOUBLE = struct.Struct("<d")
_CONTAINERS: dict[type, bytes] = {list: b"l", tuple: b"t", dict: b"d", set: b"S", frozenset: b"Z"}
_MUTABLE = (list, dict, set, np.ndarray, np.random.Generator, np.random.RandomState)


class NotPlain(Exception):
    """A state holds something that is not plain data.

    Attributes:
        path: Where in it, as keys and indexes.
        kind: What it is.
    """

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(f"{path or 'the state'} is {kind}")
        self.path, self.kind = path, kind


class TooLarge(Exception):
    """A state has more bytes or values than are sent."""


class PlainEncoder:
    """Encodes one state, a little at a time, so that whoever plays meanwhile does not notice.

    Args:
        value: The state; nobody may change it meanwhile.
        most_bytes: It may have.
    """

    def __init__(self, value: Any, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._values = most_bytes, 0
        self._out = bytearray()
        self._open: list[Iterator[tuple[Any, Any]]] = [iter([("", value)])]
        self._path: list[Any] = [""]
        self._met: dict[int, Any] = {}  # kept alive for their `id()`

    def run(self, goes_on: Callable[[], bool] | None = None) -> bytes | None:
        """Encode until it is done, or as long as there is time.

        Args:
            goes_on: Says, now and then, whether there is still time; None goes on to the end.

        Returns:
            The bytes, or None if there is more to do.

        Raises:
            NotPlain: The state holds something else than plain data.
            TooLarge: It has too many bytes.
        """
        while self._open:
            for _ in range(VALUES_AT_ONCE):
                entry = next(self._open[-1], None)
                if entry is not None:
                    self._path[-1] = entry[0]
                    self._write(entry[1])
                    continue
                del self._open[-1], self._path[-1]
                if not self._open:
                    break
            if len(self._out) > self._most or self._values > MOST_VALUES:
                raise TooLarge(f"a state of more than {self._most} bytes or {MOST_VALUES} values")
            if self._open and goes_on is not None and not goes_on():
                return None
        return bytes(self._out)

    def _write(self, value: Any) -> None:
        out, kind = self._out, type(value)
        self._values += 1
        if value is None:
            out += b"n"
        elif kind is bool:
            out += b"T" if value else b"F"
        elif kind is int:
            self._sized(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))
        elif kind is float:
            out += b"f" + _DOUBLE.pack(value)
        elif kind is str:
            self._sized(b"s", value.encode("utf-8", "surrogatepass"))
        elif kind is bytes:
            self._sized(b"b", value)
        else:
            self._write_larger(value, kind)

    def _write_larger(self, value: Any, kind: type) -> None:
        self._once(value, value)
        if kind in _CONTAINERS:
            self._out += _CONTAINERS[kind]
            write(len(value), self._out)
            if kind in (set, frozenset) and not _keeps_order(value, kind):
                raise self._not_plain(f"a {kind.__name__} whose order would change")
            self._enter(self._entries(value) if kind is dict else enumerate(value))
        elif kind is np.ndarray:
            owner = value
            while isinstance(owner.base, np.ndarray):
                owner = owner.base
            if owner is not value:
                self._once(owner, value)
            self._parts(b"a", array_parts(value))
        elif isinstance(value, np.generic):
            self._parts(b"g", scalar_parts(value))
        elif kind is np.random.Generator:
            self._once(value.bit_generator, value)
            self._parts(b"G", generator_parts(value))
        elif kind is np.random.RandomState:
            self._once(value._bit_generator, value)
            self._parts(b"R", legacy_generator_parts(value))
        else:
            raise self._not_plain(f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."))

    def _parts(self, letter: bytes, parts: tuple[Any, ...] | str) -> None:
        """Write what NumPy's object consists of, itself plain."""
        if isinstance(parts, str):
            raise self._not_plain(parts)
        self._out += letter
        self._enter(enumerate(parts))

    def _entries(self, value: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
        for key, item in value.items():
            yield key, key
            yield key, item

    def _enter(self, entries: Iterator[tuple[Any, Any]]) -> None:
        if len(self._open) >= DEEPEST:
            raise self._not_plain(f"nested more than {DEEPEST} levels deep")
        self._open.append(entries)
        self._path.append("")

    def _once(self, thing: Any, value: Any) -> None:
        """Refuse what is met a second time and can change: changing the one would no longer change the other."""
        if not isinstance(value, _MUTABLE):
            return
        if id(thing) in self._met:
            raise self._not_plain(f"the same {type(value).__name__} as elsewhere in the state")
        self._met[id(thing)] = thing

    def _sized(self, letter: bytes, body: bytes) -> None:
        self._out += letter
        write(len(body), self._out)
        self._out += body

    def _not_plain(self, kind: str) -> NotPlain:
        return NotPlain(".".join(str(step)[:40] for step in self._path[1:] if step != ""), kind)


def encode(value: Any, most_bytes: int = MOST_BYTES) -> bytes:
    """Return a plain state's bytes.

    Raises:
        NotPlain: It holds something else than plain data.
        TooLarge: It has too many bytes.
    """
    data = PlainEncoder(value, most_bytes).run()
    assert data is not None
    return data


def decode(data: bytes) -> Any:
    """Return the state that bytes from outside mean.

    Raises:
        ValueError: They mean none; nothing is allocated that the length was not checked for.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"a state of {len(data)} bytes; {MOST_BYTES} are the most")
    decoder = _Decoder(data)
    try:
        value = decoder.value(0)
    except ValueError:
        raise
    except (TypeError, KeyError, IndexError, OverflowError, struct.error) as error:
        raise ValueError(f"malformed at byte {decoder.reader.at} ({type(error).__name__})") from None
    if decoder.reader.bad or not decoder.reader.ended:
        raise ValueError("malformed at its end")
    return value


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self.reader = Reader(data)
        self._left = MOST_VALUES

    def value(self, depth: int) -> Any:
        reader, letter = self.reader, self.reader.take(1)
        self._left -= 1
        if depth > DEEPEST or self._left < 0 or reader.bad:
            raise ValueError(f"nested too deeply, too many values, or cut off at byte {reader.at}")
        if letter in _CONSTANTS:
            return _CONSTANTS[letter]
        if letter == b"i":
            return int.from_bytes(self._sized(), "little", signed=True)
        if letter == b"f":
            return _DOUBLE.unpack(reader.take(8))[0]
        if letter == b"s":
            return self._sized().decode("utf-8", "surrogatepass")
        if letter == b"b":
            return self._sized()
        if letter in b"agGR":
            return self._numpy(letter, depth)
        return self._container(letter, depth)

    def _numpy(self, letter: bytes, depth: int) -> Any:
        maker, count = _NUMPY[letter]
        return maker(*[self.value(depth + 1) for _ in range(count)])

    def _container(self, letter: bytes, depth: int) -> Any:
        count = self._count()
        if letter == b"d":
            found: dict[Any, Any] = {}
            for _ in range(count):
                key = self.value(depth + 1)
                if key in found:
                    raise ValueError(f"a key twice before byte {self.reader.at}")
                found[key] = self.value(depth + 1)
            return found
        items = [self.value(depth + 1) for _ in range(count)]
        if letter == b"l":
            return items
        if letter == b"t":
            return tuple(items)
        made = set(items) if letter == b"S" else frozenset(items) if letter == b"Z" else None
        if made is None or len(made) != len(items) or any(a is not b for a, b in zip(made, items, strict=True)):
            raise ValueError(f"no kind of value, or a set in another order, before byte {self.reader.at}")
        return made

    def _count(self) -> int:
        """Read how many values follow; each takes a byte at least."""
        count = self.reader.read()
        if self.reader.bad or count > min(self._left, len(self.reader.data) - self.reader.at):
            raise ValueError(f"more is announced than there is at byte {self.reader.at}")
        return count

    def _sized(self) -> bytes:
        body = self.reader.take(self.reader.read())
        if self.reader.bad:
            raise ValueError(f"cut off at byte {self.reader.at}")
        return body


def _keeps_order(value: Any, kind: type) -> bool:
    """Say whether a set made of the same items iterates over them in the same order: its order is part of the state."""
    return all(a is b for a, b in zip(kind(list(value)), value, strict=True))


_CONSTANTS: dict[bytes, Any] = {b"n": None, b"T": True, b"F": False}
_NUMPY: dict[bytes, tuple[Callable[..., Any], int]] = {
    b"a": (array_from, 4), b"g": (scalar_from, 2), b"G": (generator_from, 3), b"R": (legacy_generator_from, 1),
}  # fmt: skip
