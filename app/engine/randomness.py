"""The module-level generators of `random` and `numpy.random`, as part of one environment's state.

Environments may draw from them; two peers then agree only if each match has its own state of them, from the episode's
seed on, and nobody else draws from it. So an environment's states are put in place before it runs (`with randomness:`)
and taken out again afterwards, together with what the rest of the program has.

That costs 0.2 ms a step under CPython, and more in a browser, where a rollback steps eight frames at once. But there an
interpreter holds one match, and nothing besides its environment draws: the states stay where they are until another
owner comes.
"""

from __future__ import annotations

import _random
import ctypes
import random
import sys
from typing import Any

import numpy as np

from .plain_arrays import alike

ALONE = sys.platform == "emscripten"
"""Whether nothing else in this interpreter draws from these generators."""

_MT19937_PLACES = 624
_MT19937_BYTES = (_MT19937_PLACES + 1) * 4
"""Of NumPy's generator in memory: its 624 words and the place among them."""
_HEADER_BYTES = object.__basicsize__
"""Of any object of CPython; what follows in the generator of `random` is that generator's own."""

State = tuple[Any, Any]
Memory = tuple[bytes, bytes, Any]

_owner: list[ModuleRandomness | None] = [None]
"""Whose states are in place; None: the program's own."""
_program: list[State | None] = [None]
"""The program's own states while an environment's are in place."""


class ModuleRandomness:
    """One environment's share of the module-level generators; its states are in place inside a `with` block."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._last_seen: State | None = None
        self._seen_memory: Memory | None = None
        self._depth = 0

    def __enter__(self) -> None:
        if _owner[0] is not self:
            self.enter()
        self._depth += 1

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1
        if not ALONE and self._depth == 0:
            self.leave()

    def enter(self) -> None:
        """Put this environment's states in place."""
        owner = _owner[0]
        if owner is self:
            return
        if owner is None:
            _program[0] = _read()
        else:
            owner._state = _read()
        _owner[0] = self
        if self._state is not None:
            _write(self._state)

    def leave(self) -> None:
        """Take them out again, and put back what the rest of the program had."""
        if _owner[0] is not self:
            return
        self._state = _read()
        _owner[0] = None
        if _program[0] is not None:
            _write(_program[0])

    def seed(self, seed: int) -> None:
        """Start both generators from an episode's seed."""
        with self:
            random.seed(seed)
            np.random.seed(np.random.SeedSequence(seed).generate_state(8))

    def save(self) -> State:
        """Return both states; the same object again as long as nothing was drawn, so that keeping it is free."""
        seen = self._last_seen
        if seen is not None and _owner[0] is self and self._unchanged(seen):
            return seen
        state = self._current()
        if seen is not None and _same(seen, state):
            return seen
        self._see(state)
        return state

    def load(self, state: State) -> None:
        """Return to saved states."""
        if _owner[0] is not self:
            self._state = state
        elif self._last_seen is not state or not self._unchanged(state):
            _write(state)
        self._see(state)

    def _see(self, state: State) -> None:
        self._last_seen = state
        self._seen_memory = _memory() if _owner[0] is self else None

    def _unchanged(self, seen: State) -> bool:
        """Say whether nothing was drawn since a state was seen; a no may be wrong.

        Asking for the states takes 0.1 ms in a browser, at every snapshot; comparing the memory takes a tenth of it. A
        normal number that NumPy keeps for the next call is not in that memory, but can only come there by drawing.
        """
        return self._seen_memory is not None and not seen[1][3] and self._seen_memory == _memory()

    def _current(self) -> State:
        if _owner[0] is not self and self._state is not None:
            return self._state
        with self:
            return _read()


def check_portable(state: Any) -> State:
    """Return states that came from another page, if they are of these two generators.

    Raises:
        ValueError: They are not; NumPy would believe a place that lies outside its memory.
    """
    known = random.Random(0).getstate(), np.random.RandomState(0).get_state(legacy=True)
    if not alike(known[0][:2], state[0][:2]) or len(state[0]) != 3 or not isinstance(state[0][2], float | None):
        raise ValueError("not the state of random")
    if not alike(known[1], state[1]) or state[1][2] > _MT19937_PLACES or state[1][3] > 1:
        raise ValueError("not the state of numpy.random")
    return state[0], state[1]


def _read() -> State:
    return random.getstate(), np.random.get_state(legacy=True)


def _write(state: State) -> None:
    random.setstate(state[0])
    np.random.set_state(state[1])


def _same(a: State, b: State) -> bool:
    return a[0] == b[0] and a[1][2:] == b[1][2:] and np.array_equal(a[1][1], b[1][1])


_of_random = random.random.__self__  # type: ignore[attr-defined]  # the generator behind the functions of `random`
_views: dict[Any, memoryview] = {}
"""Views of the generators' memory; as a key here a generator lives on, so that the memory stays its own."""


def _memory() -> Memory | None:
    """Return what both generators hold in memory, None where it cannot be had."""
    of_numpy = np.random.get_bit_generator()  # type: ignore[attr-defined]  # public, though not in the stubs
    if of_numpy not in _views:
        if not isinstance(of_numpy, np.random.MT19937) or sys.implementation.name != "cpython":
            return None
        _views[of_numpy] = _view(of_numpy.ctypes.state_address, _MT19937_BYTES)
        _views[_of_random] = _view(id(_of_random) + _HEADER_BYTES, _random.Random.__basicsize__ - _HEADER_BYTES)
    return _views[of_numpy].tobytes(), _views[_of_random].tobytes(), _of_random.gauss_next


def _view(address: int, size: int) -> memoryview:
    return memoryview((ctypes.c_ubyte * size).from_address(address))
