"""Keys held on a keyboard, as actions.

The worker tells every change of the set of held keys; `sample` is called once for every executed frame. A tap that
begins and ends between two frames still acts for one frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

MAX_QUEUED_STROKES = 4
"""Strokes kept in `single_keystroke` mode. More than this typed within one frame is a cat on the keyboard."""


class Keyboard:
    """What the keys that are held now mean for one seat.

    Args:
        keys: `event.code` to action.
        input_mode: `pressed_keys`: the newest held key acts on every frame. `single_keystroke`: each press acts on
            exactly one frame.
        default_action: The action when no mapped key is held.
    """

    def __init__(self, keys: Mapping[str, Any], input_mode: str, default_action: Any) -> None:
        self._keys = dict(keys)
        self._single = input_mode == "single_keystroke"
        self._default = default_action
        self._held: list[str] = []
        self._strokes: deque[tuple[str, float]] = deque(maxlen=MAX_QUEUED_STROKES)
        self._changed_at: float | None = None
        self.focused = True

    def press(self, pressed: Sequence[str], at: float) -> None:
        """Take the set of keys that are held now.

        Args:
            pressed: `event.code` of each, in the order of pressing.
            at: When the change happened, milliseconds on the caller's clock.
        """
        held = [code for code in pressed if code in self._keys]
        for code in held:
            if code not in self._held:
                self._strokes.append((code, at))
        if held != self._held:
            self._changed_at = at
        self._held = held

    def settle(self) -> None:
        """Forget what was typed until now, but for the keys that are still held: before an episode nothing acts."""
        self._strokes.clear()
        self._changed_at = None

    def release_all(self, at: float) -> None:
        """Let go of every key: the page lost the focus, so no key-up will come."""
        self.press((), at)
        self._strokes.clear()

    def sample(self) -> tuple[Any, float | None]:
        """Return this frame's action, and when the key change behind it happened (None: nothing changed)."""
        if self._single:
            if not self._strokes:
                return self._default, None
            code, at = self._strokes.popleft()
            return self._keys[code], at
        tapped = [stroke for stroke in self._strokes if stroke[0] not in self._held]
        self._strokes.clear()
        if tapped:  # what is still held acts from the next frame on, and what was let go ends there
            tapped_code, tapped_at = tapped[-1]
            return self._keys[tapped_code], tapped_at
        changed_at, self._changed_at = self._changed_at, None
        return (self._keys[self._held[-1]] if self._held else self._default), changed_at
