"""Environments that two participants would see differ: each must be refused, with its reason."""

from __future__ import annotations

import copy
import os
import random
import time
import weakref
from typing import Any

import numpy as np

from tests.environments.pair import Pair

counted = [0]
numbers: dict[int, int] = {}
NUMBER_OF_THIS_PROCESS = os.getpid()


class Thing:
    """Something with no more to it than where it is."""

    def __init__(self, value: int) -> None:
        self.value = value


class ModuleCounter(Pair):
    """Counts in its module."""

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        counted[0] += 1
        self.total += counted[0]


class ModuleCache(Pair):
    """Gives out numbers in the order of first use, for as long as the process lives."""

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        number = numbers.setdefault(self.total % 50, len(numbers))
        self.total += number


class ProcessNumber(Pair):
    """Has something in its module that is another in every process."""

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.total += NUMBER_OF_THIS_PROCESS % 997


class Clock(Pair):
    """Lets the time pass."""

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.total += time.perf_counter_ns() % 1000


class Unseeded(Pair):
    """Has a generator that reset does not seed."""

    def start(self, seed: int) -> None:
        self.rng = random.Random()

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.total += self.rng.randrange(100)


class GrowingSet(Pair):
    """Goes through a set that has grown and shrunk: its order is not that of its copy."""

    def start(self, seed: int) -> None:
        self.seen = {seed % 5}

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.seen.add(self.total % 64)
        self.seen.discard((self.total // 64) % 64)
        for index, item in enumerate(self.seen):
            self.total += index * item


class IdOrdered(Pair):
    """Goes by the addresses of its things."""

    def start(self, seed: int) -> None:
        self.things = [Thing(index) for index in range(8)]

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        for index, thing in enumerate(sorted(self.things, key=id)):
            self.total += index * thing.value


class HashOrdered(Pair):
    """Goes through a set of things, whose hashes are addresses."""

    def start(self, seed: int) -> None:
        self.things = {Thing(index) for index in range(8)}

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        for index, thing in enumerate(self.things):
            self.total += index * thing.value


class Raises(Pair):
    """Cannot do what its action space has."""

    def play(self, left: int, right: int) -> None:
        if left == right == 3:
            raise KeyError("no pot")
        super().play(left, right)


class LeakyReset(Pair):
    """Keeps something from one episode to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.soups = 0

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.soups += left
        self.total += self.soups


class Forgetful(Pair):
    """Leaves out of its state what decides the next step."""

    def start(self, seed: int) -> None:
        self.pace = 0

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.pace = (self.pace + left) % 11
        self.total += self.pace

    def get_state(self) -> dict[str, Any]:
        return {"total": self.total, "agents": list(self.agents)}

    def set_state(self, state: dict[str, Any]) -> None:
        self.total, self.agents = state["total"], list(state["agents"])


class HalfRestored(Forgetful):
    """Saves it, and does not put it back."""

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "cook": {"pace": self.pace}}


class SavingDraws(Pair):
    """Uses up a random number whenever it is saved."""

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.total += random.randrange(100)

    def get_state(self) -> dict[str, Any]:
        random.random()
        return {"total": self.total, "agents": list(self.agents)}

    def set_state(self, state: dict[str, Any]) -> None:
        self.total, self.agents = state["total"], list(state["agents"])


class DrawingChanges(Pair):
    """Counts its pictures."""

    def start(self, seed: int) -> None:
        self.pictures = 0

    def render(self) -> dict[str, Any]:
        self.pictures += 1
        return {"width": 10, "height": 10, "items": []}


class ShallowCopy(Pair):
    """Believes that a copy of its outside will do."""

    def start(self, seed: int) -> None:
        self.pots = [0, 0]

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.pots[left % 2] += right
        self.total += self.pots[0]

    def __deepcopy__(self, memo: dict[int, Any]) -> ShallowCopy:
        return copy.copy(self)


class LostView(Pair):
    """Writes into an array through a view of it; a copy of the one is not a view of the other's copy."""

    def start(self, seed: int) -> None:
        self.field = np.zeros(10)
        self.corner = self.field[:2]

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.corner[0] += left + 1
        self.total += int(self.field[0])


class OnlyArguments(Pair):
    """Is pickled as what it was made with, as Gymnasium's EzPickle does."""

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]
        self.agents = list(self.possible_agents)


class RunningGenerator(Pair):
    """Walks by a generator, which cannot be copied."""

    def start(self, seed: int) -> None:
        self.cooks = [{"walk": iter([1])}, {"walk": (step for step in range(100))}]


class WeakReference(Pair):
    """Refers to its pot weakly."""

    def start(self, seed: int) -> None:
        self.pot = Thing(3)
        self.near = {"pot": weakref.ref(self.pot)}
