"""How fast a cook may act: from a key held for many frames to one tile after another.

The kitchen's rules move a cook by one tile on every step. At 30 steps a second a held arrow key would cross the room in
a tenth of a second, and a held action key would pick an onion up and put it down fifteen times a second. The pace sits
between the keys and the rules: it hands on each press once, lets a held arrow key repeat at walking speed, and keeps a
press that came too early until its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

UP, DOWN, LEFT, RIGHT, PICK_UP_OR_DROP, TOGGLE, NOOP = range(7)
"""The action numbers of cogrid's cardinal action set."""

MAX_WAITING = 2
"""Presses kept for later, for each cook. Two, so that "turn to the pot, drop" typed during a step is not lost; more
would let a cook walk on long after the hands have left the keys."""


class Pace:
    """The pace of every cook. All of it is small integers, and all of it belongs to the game's state.

    Args:
        cooks: How many cooks there are.
        frames_per_move: Frames that one tile takes, 1 or more; at 30 frames a second 5 means 6 tiles a second.
    """

    def __init__(self, cooks: int, frames_per_move: int) -> None:
        self.frames_per_move = frames_per_move
        self._cooks = cooks
        self.reset()

    def reset(self) -> None:
        """Begin an episode: nobody walks, nothing is pressed."""
        self.frames_to_rest = [0] * self._cooks
        self._last_action = [NOOP] * self._cooks
        self._waiting: list[list[int]] = [[] for _ in range(self._cooks)]

    def next_action(self, cook: int, action: int, only_turns: Callable[[int, int], bool]) -> int:
        """Return what the rules are to do for a cook on this frame.

        A press is a frame whose action differs from the frame before. Picking up and dropping happen on the press
        only. So does turning to a counter, at once and even while walking. Walking waits for the end of the last
        step and goes on for as long as the action stays.

        Args:
            cook: Index of the cook.
            action: What the participant's keys say on this frame.
            only_turns: Called with a cook and an arrow action: whether something that cannot be walked on is there.
        """
        if self.frames_to_rest[cook] > 0:
            self.frames_to_rest[cook] -= 1
        waiting = self._waiting[cook]
        if action not in (NOOP, self._last_action[cook]) and len(waiting) < MAX_WAITING:
            waiting.append(action)
        self._last_action[cook] = action
        wanted = waiting[0] if waiting else action if action <= RIGHT else NOOP
        if wanted <= RIGHT and self.frames_to_rest[cook] > 0 and not only_turns(cook, wanted):
            return NOOP
        if waiting:
            del waiting[0]
        return wanted

    def walked(self, cook: int) -> None:
        """Note that a cook left its tile on this frame."""
        self.frames_to_rest[cook] = self.frames_per_move

    def progress(self, cook: int) -> float:
        """Return how much of the last step is walked, 1.0 when the cook stands."""
        frames = self.frames_to_rest[cook]
        return 1.0 if frames == 0 else (self.frames_per_move - frames + 1) / self.frames_per_move

    def get_state(self) -> dict[str, Any]:
        """Return a copy of the whole pace as plain lists."""
        return {
            "frames_to_rest": list(self.frames_to_rest),
            "last_action": list(self._last_action),
            "waiting": [list(actions) for actions in self._waiting],
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned; the argument stays the caller's."""
        self.frames_to_rest = list(state["frames_to_rest"])
        self._last_action = list(state["last_action"])
        self._waiting = [list(actions) for actions in state["waiting"]]
