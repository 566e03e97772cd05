"""What a declared key, button, position or stick sets: some of the components of an action.

The declarations are those of a game scene in `experiment.toml`: a whole action, one component
(`{ component = 0, value = 1.0 }`), or a list of such. The devices read them when a match is made; the trial of an
environment reads them before anybody plays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .actions import ActionCodec, Component

Parts = Mapping[int, Any]
"""Component to value. Those not named are left as they are."""


class NotInSpace(ValueError):
    """What was declared does not fit the action space.

    Attributes:
        found: What is wrong, to be followed by the space's name.
        remedy: What to write instead.
    """

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found} the action space; {remedy}")
        self.found, self.remedy = found, remedy


def parts_of(declared: Any, codec: ActionCodec) -> Parts:
    """Return what a key or button sets.

    Args:
        declared: A whole action, `{"component": i, "value": v}`, or a list of such.
        codec: Of the action space that it has to fit.

    Raises:
        NotInSpace: It does not.
    """
    if isinstance(declared, Mapping):
        return _component_part(declared, codec)
    if isinstance(declared, list) and declared and all(isinstance(part, Mapping) for part in declared):
        return {index: value for part in declared for index, value in _component_part(part, codec).items()}
    try:
        return dict(enumerate(codec.numbers(declared)))
    except ValueError:
        raise NotInSpace("is not in", "use one of its actions") from None


def component_of(index: int, codec: ActionCodec) -> Component:
    """Return the component that a position or a stick moves.

    Raises:
        NotInSpace: There is no such component.
    """
    if not 0 <= index < len(codec.components):
        last = len(codec.components) - 1
        raise NotInSpace(f"names component {index}, which is not in", f"use 0 to {last}" if last else "use 0")
    return codec.components[index]


def _component_part(declared: Mapping[str, Any], codec: ActionCodec) -> Parts:
    index, value = declared["component"], declared["value"]
    component = component_of(index, codec)
    low, high = component.low, component.high
    if not low <= value <= high or (component.whole and int(value) != value):
        whole = "whole numbers from " if component.whole else ""
        raise NotInSpace(f"gives component {index} a value that is not in", f"use {whole}{low} to {high}")
    return {index: int(value) if component.whole else float(value)}
