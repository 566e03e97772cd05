"""Everything a person acts with, as one action a frame: keyboard, mouse and gamepad.

The worker tells every change; `Match` calls `sample` once for every executed frame. The action is built up from the
default one: the mouse's position sets its components, then the gamepad's sticks, then what is held of keys and buttons
in the order of pressing. So the newest held key wins a component, and what nobody moves or holds stays at its default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import gamepad as pads
from .actions import ActionCodec
from .controls import parts_of
from .gamepad import GamepadAxes
from .mouse import MousePosition
from .switches import Switches


class Devices:
    """One seat's input devices.

    Args:
        codec: Of the seat's action space.
        keys: `event.code` to what the key sets; see `controls.parts_of`.
        input_mode: `pressed_keys` or `single_keystroke`; it holds for the buttons of mouse and gamepad, too.
        mouse: The scene's table `mouse`, or None.
        gamepad: The scene's table `gamepad`, or None.

    Attributes:
        focused: Whether the page has the focus. Without it the default action is sampled.

    Raises:
        NotInSpace: A key, button, position or stick does not fit the action space.
    """

    def __init__(
        self,
        codec: ActionCodec,
        keys: Mapping[str, Any],
        input_mode: str,
        mouse: Mapping[str, Any] | None = None,
        gamepad: Mapping[str, Any] | None = None,
    ) -> None:
        declared = {
            "keyboard": keys,
            "mouse": (mouse or {}).get("buttons", {}),
            "gamepad": (gamepad or {}).get("buttons", {}),
        }
        parts = {
            device: {name: parts_of(meaning, codec) for name, meaning in named.items()}
            for device, named in declared.items()
        }
        self._switches = Switches(parts, input_mode)
        self._mouse = MousePosition(mouse or {}, codec)
        self._gamepad = GamepadAxes(gamepad or {}, codec)
        self._default = codec.default_values
        self._is_array = codec.is_array
        self.focused = True

    def press(self, codes: Sequence[str], at: float) -> None:
        """Take the keys that are held now: `event.code` of each, in the order of pressing."""
        self._switches.press("keyboard", codes, at)

    def point(self, x: float, y: float, at: float) -> None:
        """Take the mouse's position in the picture: 0 to 1 from left to right, and from top to bottom."""
        self._mouse.move(x, y, at)

    def buttons(self, names: Sequence[str], at: float) -> None:
        """Take the mouse buttons that are held now, in the order of pressing: `left`, `middle`, `right`."""
        self._switches.press("mouse", names, at)

    def pad(self, axes: Sequence[float], buttons: Sequence[int], at: float) -> None:
        """Take the gamepad's axes, in the order of `gamepad.AXES`, and the numbers of its held buttons."""
        self._gamepad.move(axes, at)
        names = [pads.BUTTONS[number] for number in buttons if 0 <= number < len(pads.BUTTONS)]
        self._switches.press("gamepad", names, at)

    def settle(self) -> None:
        """Forget what was done until now, but for what is still held or pointed at: before an episode nothing acts."""
        self._switches.settle()
        self._mouse.changed_at = self._gamepad.changed_at = None

    def release_all(self, at: float) -> None:
        """Let go of every key and button: the page lost the focus, so nothing will be heard of letting go."""
        self._switches.release_all(at)

    def sample(self) -> tuple[Any, float | None]:
        """Return this frame's action, and when the newest change behind it happened (None: nothing changed).

        The action is a number for `Discrete`, else the list of its components, for the codec to encode.
        """
        held, changed_at = self._switches.take()
        moves = [move.changed_at for move in (self._mouse, self._gamepad) if move.changed_at is not None]
        self._mouse.changed_at = self._gamepad.changed_at = None
        values = list(self._default)
        if self.focused:
            if changed_at is None:
                changed_at = max(moves, default=None)
            for parts in (self._mouse.parts, self._gamepad.parts, *held):
                for index, value in parts.items():
                    values[index] = value
        return (values if self._is_array else values[0]), changed_at
