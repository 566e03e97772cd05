"""What an input that has not arrived yet will probably be.

A predictor changes how often play is rolled back, never what is recorded: a wrong guess is replaced as soon as the
input arrives. One is made for every seat by `predictor_for`; the session calls it for every frame and seat that it
steps without knowing the input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .actions import FLAG_FILLED, ActionCodec
from .policies import named_object
from .randomness import ModuleRandomness

Predictor = Callable[[bytes, bytes], bytes]
"""`(last known word, default word) -> predicted word`."""


def repeat_last(last_word: bytes, default_word: bytes) -> bytes:
    """Predict that what is held stays held: right for held keys, axes and pointers."""
    return last_word[:-1] + _flags(last_word)


def default(last_word: bytes, default_word: bytes) -> bytes:
    """Predict that nothing is done: right for single strokes, where repeating one would be a second stroke."""
    return default_word[:-1] + _flags(last_word)


PREDICTORS: dict[str, Predictor] = {"repeat_last": repeat_last, "default": default}


class OwnPredictor:
    """A researcher's own predictor, called as `predict(last_action, default_action)` and answering with an action.

    What it raises, and an answer that is not in the action space, are counted in `failures` and replaced by
    `repeat_last`. It has module-level generators of its own: what it draws never reaches the environment.

    Args:
        predict: The researcher's function, or an object that can be called.
        codec: Of the seat's action space.
    """

    def __init__(self, predict: Callable[[Any, Any], Any], codec: ActionCodec) -> None:
        self._predict, self._codec = predict, codec
        self._randomness = ModuleRandomness()
        self.failures = 0

    def __call__(self, last_word: bytes, default_word: bytes) -> bytes:
        """Return the word of the action that the researcher's predictor expects."""
        last, nobody = self._codec.decode(last_word)[0], self._codec.decode(default_word)[0]
        try:
            with self._randomness:
                guess = self._predict(last, nobody)
            return self._codec.encode(guess, _flags(last_word)[0])
        except Exception:  # noqa: BLE001 -- a guess is never worth a match
            self.failures += 1
            return repeat_last(last_word, default_word)


def predictor_for(name: str, codec: ActionCodec) -> Predictor:
    """Return a seat's predictor.

    Args:
        name: `repeat_last`, `default`, or the `module:object` of a researcher's own: a function, or a class that is
            made without arguments and whose objects can be called.
        codec: Of the seat's action space.

    Raises:
        ValueError: There is none of this name.
    """
    if ":" in name:
        found = named_object(name)
        return OwnPredictor(found() if isinstance(found, type) else found, codec)
    if name not in PREDICTORS:
        raise ValueError(f"predictor {name!r} is unknown; use {', '.join(sorted(PREDICTORS))} or module:object")
    return PREDICTORS[name]


def _flags(last_word: bytes) -> bytes:
    """Return the flags to expect: focus is a state that stays, but the next input is somebody's choice."""
    return bytes((last_word[-1] & ~FLAG_FILLED,))
