"""What an input that has not arrived yet will probably be.

A predictor changes how often play is rolled back, never what is recorded: a wrong guess is replaced as soon as the
input arrives.
"""

from __future__ import annotations

from collections.abc import Callable

Predictor = Callable[[bytes, bytes], bytes]
"""`(last known word, default word) -> predicted word`."""


def repeat_last(last_word: bytes, default_word: bytes) -> bytes:
    """Predict that what is held stays held: right for held keys, axes and pointers."""
    return last_word


def default(last_word: bytes, default_word: bytes) -> bytes:
    """Predict that nothing is done: right for single strokes, where repeating one would be a second stroke."""
    return default_word[:-1] + last_word[-1:]  # the flags (focus) are a state, not a stroke


PREDICTORS: dict[str, Predictor] = {"repeat_last": repeat_last, "default": default}


def predictor_for(name: str) -> Predictor:
    """Return the predictor of that name.

    Raises:
        ValueError: There is none.
    """
    if name not in PREDICTORS:
        raise ValueError(f"predictor {name!r} is unknown; use one of {', '.join(sorted(PREDICTORS))}")
    return PREDICTORS[name]
