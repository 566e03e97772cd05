"""What the committed changes of a match's membership say, in their order: who takes part, what ends, what is paused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Views:
    """The state that commits make; a server that was started again has it from the stored ones.

    Args:
        people: seats that a person takes.
        substitute: what plays for somebody who has left, "default_action" or "policy".

    Attributes:
        commits: all of them; `commits[v - 1]` made view v.
        members: the seats that take part.
        epoch: the episode that was last begun; None before the first.
        final: the last frame of this episode, if it was ended early.
        finishing: whether the match is being ended early.
        paused: whether it is paused.
    """

    def __init__(self, people: Iterable[int], substitute: str) -> None:
        self.commits: list[dict[str, Any]] = []
        self.members = set(people)
        self.epoch: int | None = None
        self.final: int | None = None
        self.finishing = self.paused = False
        self._substitute = substitute

    @property
    def view(self) -> int:
        """How many changes were committed."""
        return len(self.commits)

    def next_commit(self, change: dict[str, Any]) -> dict[str, Any]:
        """Return the commit that makes a change; nothing has happened yet."""
        return {
            "kind": "commit", "view": self.view + 1, "epoch": self.epoch, "drop": {}, "inputs": {},
            "substitute": self._substitute, "activate": {}, "final": None, "pause": None, "resume": False, **change,
        }  # fmt: skip

    def apply(self, commit: dict[str, Any]) -> None:
        """Take a commit for true: one just made, or a stored one."""
        assert commit["view"] == self.view + 1, f"view {commit['view']} after {self.view}"
        self.commits.append(commit)
        if commit["epoch"] != self.epoch:
            self.epoch, self.final = commit["epoch"], None
        self.members -= {int(seat) for seat in commit["drop"]}
        self.members |= {int(seat) for seat in commit["activate"]}
        if commit["final"] is not None:
            self.final, self.finishing = commit["final"], True
        if commit["pause"] is not None or commit["resume"]:
            self.paused = not commit["resume"]
