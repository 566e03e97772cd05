"""What the builder tells somebody who writes a study with the names of Interactive Gym."""

from __future__ import annotations

import warnings


class OldName(FutureWarning):
    """A name of Interactive Gym was accepted; the text says what it is called here."""


def note(text: str) -> None:
    """Tell whoever called the builder, with the line of their call."""
    warnings.warn(text, OldName, stacklevel=3)
