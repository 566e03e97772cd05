"""States of many kinds, for the tests of canonical bytes."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


@dataclass
class Pot:
    onions: int
    heat: float


@dataclass(frozen=True)
class Cell:
    row: int
    column: int


@dataclass(slots=True)
class Slotted:
    onions: int
    heat: list[float] = field(default_factory=list)


class Private:
    __slots__ = ("__kept", "shown")

    def __init__(self, kept: int) -> None:
        self.__kept = kept


class Point(NamedTuple):
    x: int
    y: int


class Other(NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Keys(enum.Flag):
    UP = 1
    DOWN = 2


class Named(list):
    name = ""


class Cyclic:
    def __init__(self, value: int = 0) -> None:
        self.me, self.other, self.value = self, [self, {"again": self}], value


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held

    def act(self) -> None: ...

    def rest(self) -> None: ...


def looped(value: int) -> list[Any]:
    """A list and a dictionary that hold each other."""
    inner: dict[str, Any] = {"value": value}
    inner["outer"] = [inner, 1]
    return inner["outer"]


def adder(amount: Any, *, by: int = 1) -> Callable[[int], int]:
    return lambda number: number + amount + by


def ring(count: int, value: int) -> dict[str, Any]:
    """Rooms of a building as dictionaries that lead to all others: no walk through it comes to an end by itself."""
    rooms: list[dict[str, Any]] = [{"number": number} for number in range(count)]
    for room in rooms:
        room["doors"] = list(rooms)
    rooms[-1]["number"] = value
    return rooms[0]


def spawning(children: int) -> np.random.Generator:
    rng = np.random.default_rng(5)
    rng.spawn(children)
    return rng


def padded(gap: int) -> np.ndarray:
    """A structure of 9 bytes and 7 that mean nothing, which are all `gap`."""
    array = np.full(32, gap, np.uint8).view(np.dtype([("x", "<f8"), ("on", "?")], align=True))
    array["x"], array["on"] = 1.5, True
    return array
