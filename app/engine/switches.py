"""Keys and buttons that are held, whatever device they belong to, as parts of an action.

The page tells every change of a device's held keys or buttons; `take` is called once for every executed frame. A tap
that begins and ends between two frames still acts for one frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from .controls import Parts

MAX_QUEUED_STROKES = 4
"""Strokes kept in `single_keystroke` mode. More than this typed within one frame is a cat on the keyboard."""


class Switches:
    """What the keys and buttons that are held now set, for one seat.

    Args:
        parts: By device, what each of its keys or buttons sets.
        input_mode: `pressed_keys`: whatever is held acts on every frame. `single_keystroke`: each press acts on
            exactly one frame.
    """

    def __init__(self, parts: Mapping[str, Mapping[str, Parts]], input_mode: str) -> None:
        self._parts = {(device, name): part for device, named in parts.items() for name, part in named.items()}
        self._single = input_mode == "single_keystroke"
        self._held: list[tuple[str, str]] = []
        self._strokes: deque[tuple[tuple[str, str], float]] = deque(maxlen=MAX_QUEUED_STROKES)
        self._changed_at: float | None = None

    def press(self, device: str, names: Sequence[str], at: float) -> None:
        """Take what of a device is held now.

        Args:
            device: Which one.
            names: Its held keys or buttons, in the order of pressing.
            at: When the change happened, milliseconds on the caller's clock.
        """
        now = [(device, name) for name in names if (device, name) in self._parts]
        held = [switch for switch in self._held if switch[0] != device or switch in now]
        for switch in now:
            if switch not in held:
                held.append(switch)
                self._strokes.append((switch, at))
        if held != self._held:
            self._changed_at = at
        self._held = held

    def settle(self) -> None:
        """Forget what was pressed until now, but for what is still held: before an episode nothing acts."""
        self._strokes.clear()
        self._changed_at = None

    def release_all(self, at: float) -> None:
        """Let go of everything: the page lost the focus, so nothing will be heard of letting go."""
        if self._held:
            self._changed_at = at
        self._held = []
        self._strokes.clear()

    def take(self) -> tuple[list[Parts], float | None]:
        """Return what acts in this frame, the newest last, and when the change behind it happened (None: nothing)."""
        if self._single:
            if not self._strokes:
                return [], None
            switch, at = self._strokes.popleft()
            return [self._parts[switch]], at
        tapped = [stroke for stroke in self._strokes if stroke[0] not in self._held]
        self._strokes.clear()
        acting = [self._parts[switch] for switch in self._held]
        if tapped:  # over what is still held, for this one frame
            return acting + [self._parts[switch] for switch, _ in tapped], tapped[-1][1]
        changed_at, self._changed_at = self._changed_at, None
        return acting, changed_at
