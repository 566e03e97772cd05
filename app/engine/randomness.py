"""The module-level generators of `random` and `numpy.random`, as part of one environment's state.

Environments may draw from them; two peers then agree only if each match has its own state of them. Swapping them in
and out around every step costs more than it must where one interpreter holds one match (the browser), so they are
swapped only when another owner comes.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

_owner: list[ModuleRandomness | None] = [None]


class ModuleRandomness:
    """One environment's share of the module-level generators; call `enter` before the environment runs."""

    def __init__(self) -> None:
        self._state: tuple[Any, Any] | None = None
        self._last_seen: tuple[Any, Any] | None = None

    def enter(self) -> None:
        """Make this environment's states the current ones."""
        owner = _owner[0]
        if owner is self:
            return
        if owner is not None:
            owner._state = owner._read()
        _owner[0] = self
        if self._state is not None:
            self._write(self._state)

    def seed(self, seed: int) -> None:
        """Start both generators from an episode's seed."""
        self.enter()
        random.seed(seed)
        np.random.seed(np.random.SeedSequence(seed).generate_state(8))

    def save(self) -> tuple[Any, Any]:
        """Return both states; the same object again as long as nothing was drawn, so that keeping it is free."""
        self.enter()
        state = self._read()
        seen = self._last_seen
        if seen is not None and _same(seen, state):
            return seen
        self._last_seen = state
        return state

    def load(self, state: tuple[Any, Any]) -> None:
        """Return to saved states."""
        self.enter()
        if self._last_seen is not state or not _same(self._read(), state):
            self._write(state)
            self._last_seen = state

    @staticmethod
    def _read() -> tuple[Any, Any]:
        return random.getstate(), np.random.get_state(legacy=True)

    @staticmethod
    def _write(state: tuple[Any, Any]) -> None:
        random.setstate(state[0])
        np.random.set_state(state[1])


def _same(a: tuple[Any, Any], b: tuple[Any, Any]) -> bool:
    return a[0] == b[0] and a[1][2:] == b[1][2:] and np.array_equal(a[1][1], b[1][1])
