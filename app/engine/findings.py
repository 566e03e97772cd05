"""What the sync test found wrong with an environment, in words for the researcher who has to put it right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .canonical import canonical_bytes
from .differences import differing_parts

OUTSIDE = (
    "keep what it depends on in the environment and in what get_state() returns, not in a module, a class, a cache, a "
    "view of an array, or an order by id() or hash()"
)

TEXTS: dict[str, tuple[str, str]] = {
    "repeat": (
        "the same seed and the same actions give something else the second time",
        "let reset's seed and the actions alone decide: no clock, no generator that reset does not seed, nothing kept "
        "in a module or a class",
    ),
    "reset": (
        "after another episode, reset() with the same seed leads to another game",
        "set everything anew in reset(), and draw only from a generator that it seeds",
    ),
    "save": ("saving the state changes what follows", "let get_state() only read"),
    "render": (
        "drawing changes the state, and not every browser draws every frame",
        "let render() only read the state, or give the environment get_state() that leaves out what render() keeps",
    ),
    "alias": (
        "a state that was saved changes when the game goes on",
        "let get_state() return copies, and let copy.deepcopy() copy everything",
    ),
    "reload": (
        "going back to a saved state does not bring it all back",
        "let get_state() return everything that decides the next steps, and set_state() put all of it back",
    ),
    "copy": (
        "a copy of the state is not what the state is",
        "let copy.deepcopy() copy everything, or give the environment get_state() and set_state()",
    ),
    "set": (
        "a set is gone through in another order after it was copied",
        "use a dictionary or a sorted list there, or leave it out of get_state()",
    ),
    "rollback": (
        "after going back to a saved state the same actions give something else, though the state was the same",
        OUTSIDE,
    ),
    "fresh": (
        "another Python process gets something else from the same state and the same actions, as another participant's "
        "browser would",
        OUTSIDE,
    ),
    "start": (
        "another Python process gets something else from the same seed and the same actions, as another participant's "
        "browser would",
        OUTSIDE,
    ),
    "error": (
        "step() fails with actions that are in the action spaces",
        "correct it, or make the action space smaller",
    ),
}
"""By kind of finding: the cause and the remedy."""


@dataclass(frozen=True)
class Finding:
    """One thing that would make two participants' games differ.

    Attributes:
        kind: One of `TEXTS`, or `unreadable`.
        frame: The frame of the test's script at which it was seen.
        path: The part of the state that differs, or the column of the record; empty where none is known.
        cause: One sentence.
        remedy: One sentence.
        detail: What is only so in this case, such as an error's text.
    """

    kind: str
    frame: int
    path: str
    cause: str
    remedy: str
    detail: str = ""

    def sentence(self) -> str:
        """Return all of it as one sentence."""
        where = f"{self.path} at frame {self.frame}" if self.path else f"at frame {self.frame}"
        detail = f" ({self.detail})" if self.detail else ""
        return f"{where}: {self.cause}{detail}; {self.remedy}."


def finding(kind: str, frame: int, path: str = "", detail: str = "") -> Finding:
    """Return a finding with the texts of its kind."""
    cause, remedy = TEXTS[kind]
    return Finding(kind, frame, path, cause, remedy, detail)


def state_finding(kind: str, frame: int, expected: Any, found: Any) -> Finding:
    """Return a finding that names the part in which two states differ; `set` if it is but the order of a set."""
    parts = differing_parts(expected, found)
    if parts is None:
        return finding(kind, frame)
    path, one, other = parts
    if isinstance(one, (set, frozenset)) and sorted(map(canonical_bytes, one)) == sorted(map(canonical_bytes, other)):
        kind = "set"
    return finding(kind, frame, path)


def differing_column(expected: str, found: str, columns: Sequence[str]) -> str:
    """Return the first column in which two rows differ, as it is told; empty where it has no name."""
    one, other = (json.loads(row + "]") if row else [] for row in (expected, found))
    at = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(columns))
    return f"column {columns[at]}" if at < len(columns) else ""
