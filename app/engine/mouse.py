"""The mouse's position within the game's picture, as components of an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .actions import ActionCodec, Component
from .controls import Parts, component_of

BUTTONS = ("left", "middle", "right")
"""What the page calls the buttons."""


class MousePosition:
    """Where in the picture the mouse is, or was last.

    Args:
        declared: `x` and `y`, the components that follow the position, or None; `y_high_at`, the edge at which the
            component of `y` is at its highest: `top` or `bottom`.
        codec: Of the action space.

    Raises:
        NotInSpace: A component is not in the action space.
    """

    def __init__(self, declared: Mapping[str, Any], codec: ActionCodec) -> None:
        self._x, self._y = declared.get("x"), declared.get("y")
        self._components = {index: component_of(index, codec) for index in (self._x, self._y) if index is not None}
        self._upwards = declared.get("y_high_at", "top") == "top"
        self.parts: Parts = {}
        self.changed_at: float | None = None

    def move(self, x: float, y: float, at: float) -> None:
        """Take a position.

        Args:
            x: 0 at the picture's left edge, 1 at its right.
            y: 0 at the picture's top edge, 1 at its bottom.
            at: When it was there, milliseconds on the caller's clock.
        """
        places = {self._x: x, self._y: 1.0 - y if self._upwards else y}
        parts = {index: _value(component, places[index]) for index, component in self._components.items()}
        if parts != self.parts:
            self.parts, self.changed_at = parts, at


def _value(component: Component, place: float) -> float:
    """Return the value at a place between 0 and 1; the values of a whole component share the way in equal parts."""
    place = min(max(place, 0.0), 1.0)
    if component.whole:
        return int(component.low) + min(int(place * component.values), component.values - 1)
    return component.low + (component.high - component.low) * place
