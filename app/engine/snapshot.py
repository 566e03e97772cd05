"""How an environment's state is saved and loaded. Its bytes and their hash are made in `canonical.py`."""

from __future__ import annotations

import copy
import copyreg
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from .canonical import canonical_bytes, state_hash
from .plain_state import NotPlain

__all__ = ["EnvironmentState", "canonical_bytes", "state_hash"]


class EnvironmentState:
    """Saves and loads one environment, by its own `get_state`/`set_state` where it has them, else whole.

    A saved state is a private copy: nothing that happens to the environment afterwards may change it, even where
    `get_state` hands out live lists. It is kept pickled where it can be, which copies an ordinary state in a fraction
    of the time that deepcopy takes (a CartPole in a third). These bytes never leave the process.
    """

    def __init__(self, env: Any) -> None:
        self.env = env
        self.by_methods = callable(getattr(env, "get_state", None)) and callable(getattr(env, "set_state", None))
        self._pickles: bool | None = None

    def save(self) -> Any:
        """Return a private copy of the state now."""
        state = self.live()
        if self._pickles is None:
            # One that says how it is to be copied is taken at its word.
            self._pickles = not hasattr(state, "__deepcopy__") and self._survives_pickling(state)
        if self._pickles:
            try:
                return _Pickled(self._pickled(state))
            except Exception:  # noqa: BLE001 -- something new in the state, and deepcopy is the other way
                self._pickles = False
        return copy.deepcopy(state)

    def load(self, state: Any) -> None:
        """Return the environment to a saved state, which stays usable."""
        copied = self._copied(state)
        if self.by_methods:
            self.env.set_state(copied)
        else:
            self.env = copied

    def live(self) -> Any:
        """Return the state now itself, no copy: to be looked at only."""
        return self.env.get_state() if self.by_methods else self.env

    def content(self, state: Any) -> Any:
        """Return what of a saved state is hashed; it must not be changed."""
        return pickle.loads(state) if isinstance(state, _Pickled) else state

    def portable(self, state: Any) -> Any:
        """Return a saved state as another page may take it over: what `get_state` gave.

        Raises:
            NotPlain: There is no `get_state`; a copy of the whole object is code as well as data.
        """
        if not self.by_methods:
            raise NotPlain("", f"all of a {type(self.env).__name__}, which has no get_state and set_state")
        return self.content(state)

    def _pickled(self, state: Any) -> bytes:
        if self.by_methods:
            return pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
        file = io.BytesIO()
        pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = {**copyreg.dispatch_table, **_BIT_GENERATORS}
        pickler.dump(state)
        return file.getvalue()

    def _survives_pickling(self, state: Any) -> bool:
        try:
            return canonical_bytes(pickle.loads(self._pickled(state))) == canonical_bytes(state)
        except Exception:  # noqa: BLE001 -- whatever an object's own methods raise, deepcopy is the other way
            return False

    @staticmethod
    def _copied(state: Any) -> Any:
        return pickle.loads(state) if isinstance(state, _Pickled) else copy.deepcopy(state)


class _Pickled(bytes):
    """A pickled state, not to be mistaken for one that is bytes itself."""


def _reduced(bits: Any) -> Any:
    """Reduce a bit generator so that it is made anew from its own seeds.

    NumPy makes one from the operating system's entropy first: a quarter of the time that loading a CartPole took.
    """
    seeds = getattr(bits, "seed_seq", None)
    return (_made, (type(bits), seeds, bits.state)) if type(seeds) is np.random.SeedSequence else bits.__reduce__()


def _made(kind: Any, seeds: np.random.SeedSequence, state: Any) -> Any:
    bits = kind(seeds)
    bits.state = state
    return bits


_BIT_GENERATORS: dict[type, Callable[[Any], Any]] = dict.fromkeys(
    (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64), _reduced
)
