"""What can be wrong with what a researcher gives us, and how it is said.

One tree: every error a researcher can correct derives from `InputError`, and its text is the whole sentence,
so the command line prints it and ends with exit code 2, and a page can show it as it stands. Standard library only:
every process imports this first.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something the researcher gave cannot be used; `str(error)` names the thing, the value and the remedy."""


class PartError(ValueError):
    """Raised by a validator that looks into a table: names the part that is wrong and says the rest."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(text)
        self.part = part


def ended(text: str) -> str:
    """Return a sentence with its full stop, unless it ends as a question."""
    return text if text.endswith((".", "?")) else f"{text}."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the known word nearest to `word`, or an empty string when none is near."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else ""
