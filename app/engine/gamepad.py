"""A gamepad's sticks and triggers, as components of an action.

Names and numbers are those of the browsers' standard gamepad: https://www.w3.org/TR/gamepad/#remapping
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .actions import ActionCodec, Component
from .controls import Parts, component_of

AXES = ("left_x", "left_y", "right_x", "right_y", "left_trigger", "right_trigger")
"""The axes in the order in which the page tells them: sticks from -1 to 1 (right, down), triggers from 0 to 1."""

BUTTONS = (
    "a", "b", "x", "y", "left_bumper", "right_bumper", "left_trigger", "right_trigger", "back", "start", "left_stick",
    "right_stick", "up", "down", "left", "right",
)  # fmt: skip
"""The buttons by their number."""

DEAD_ZONE = 0.15
"""How far a stick may rest from its middle, where the experiment does not say."""


class GamepadAxes:
    """Where the sticks and triggers are.

    At rest an axis sets nothing. From the edge of its dead zone on, it moves its component from the default action's
    value to the lowest or the highest one.

    Args:
        declared: `axes`, the component of each named one; `dead_zone`; `y_high_at`, where the component of an upright
            axis is at its highest: `top` or `bottom`.
        codec: Of the action space.

    Raises:
        NotInSpace: A component is not in the action space.
    """

    def __init__(self, declared: Mapping[str, Any], codec: ActionCodec) -> None:
        upwards = declared.get("y_high_at", "top") == "top"
        self._dead_zone = declared.get("dead_zone", DEAD_ZONE)
        self._axes = [
            (AXES.index(name), -1.0 if upwards and name.endswith("_y") else 1.0, index, component_of(index, codec))
            for name, index in declared.get("axes", {}).items()
        ]
        self._rest = codec.default_values
        self.parts: Parts = {}
        self.changed_at: float | None = None

    def move(self, places: Sequence[float], at: float) -> None:
        """Take the places of the axes, in the order of `AXES`; those that a gamepad lacks are at rest."""
        moved = []
        for number, sign, index, component in self._axes:
            place = self._outside_dead_zone(places[number] * sign if number < len(places) else 0.0)
            if place:
                moved.append((abs(place), index, _value(component, self._rest[index], place)))
        # Where two sticks move one component, the one that is pushed further does.
        parts = {index: value for _, index, value in sorted(moved)}
        if parts != self.parts:
            self.parts, self.changed_at = parts, at

    def _outside_dead_zone(self, place: float) -> float:
        beyond = (min(abs(place), 1.0) - self._dead_zone) / (1.0 - self._dead_zone)
        return math.copysign(beyond, place) if beyond > 0 else 0.0


def _value(component: Component, rest: float, place: float) -> float:
    value = rest + place * (component.high - rest if place > 0 else rest - component.low)
    return math.floor(value + 0.5) if component.whole else value
