"""What people act with in a game: keys, mouse and gamepad. Part of `experiment.toml`; see `scenes.py`.

What a key or button sets is read here only for its form. Whether it fits the environment's action space is found when
the environment is tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.experiments.errors import PartError, did_you_mean
from app.experiments.section import Section, use

_NAMED_KEYS = (
    [f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    + [f"Digit{n}" for n in range(10)]
    + [f"Numpad{n}" for n in range(10)]
    + [f"F{n}" for n in range(1, 13)]
    + [f"Arrow{side}" for side in ("Up", "Down", "Left", "Right")]
    + [f"{name}{side}" for name in ("Shift", "Control", "Alt", "Bracket") for side in ("Left", "Right")]
    + ["Space", "Enter", "Tab", "Escape", "Backspace", "Comma", "Period", "Slash", "Semicolon", "Quote", "Backslash"]
    + ["Minus", "Equal", "Backquote", "IntlBackslash", "Insert", "Delete", "Home", "End", "PageUp", "PageDown"]
    + ["NumpadAdd", "NumpadSubtract", "NumpadMultiply", "NumpadDivide", "NumpadEnter", "NumpadDecimal"]
)

# The engine has the same names; its modules are not imported here, because they bring NumPy.
MOUSE_BUTTONS = ("left", "middle", "right")
GAMEPAD_AXES = ("left_x", "left_y", "right_x", "right_y", "left_trigger", "right_trigger")
GAMEPAD_BUTTONS = (
    "a", "b", "x", "y", "left_bumper", "right_bumper", "left_trigger", "right_trigger", "back", "start", "left_stick",
    "right_stick", "up", "down", "left", "right",
)  # fmt: skip


def _whole_action(value: Any) -> Any:
    numbers = value if isinstance(value, list) else [value]
    integer = not isinstance(value, list)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int if integer else int | float):
            raise ValueError("use a whole number for a Discrete space, a list of numbers for MultiDiscrete or Box")
    return value


def _meaning(value: Any) -> Any:
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, dict) for part in parts):
        try:
            return _whole_action(value)
        except ValueError as error:
            raise ValueError(f"{error}, or {{ component = 0, value = 1 }}") from None
    for part in parts:
        for key in part:
            if key not in ("component", "value"):
                near = did_you_mean(key, ("component", "value"))
                raise PartError(key, f"is not known here; {near or 'component and value'} is meant, perhaps")
        for key, kinds, remedy in (("component", int, "0 or more"), ("value", int | float, "a number")):
            found = part.get(key)
            if isinstance(found, bool) or not isinstance(found, kinds) or (key == "component" and found < 0):
                raise PartError(key, f"is {'missing' if key not in part else repr(found)}; use {remedy}")
    if len({part["component"] for part in parts}) < len(parts):
        raise ValueError("names a component twice; give each one value")
    return value


def _known(value: Iterable[str], names: Iterable[str], what: str, remedy: str) -> None:
    for name in value:
        if name not in names:
            near = did_you_mean(name, names)
            raise PartError(name, f"is not {what}; {f'perhaps {near} is meant' if near else f'use {remedy}'}")


def _key_codes(value: dict[str, Any]) -> dict[str, Any]:
    _known(value, _NAMED_KEYS, "a key of the keyboard", "the browser's codes, such as ArrowUp, KeyW or Space")
    return value


def _mouse_buttons(value: dict[str, Any]) -> dict[str, Any]:
    _known(value, MOUSE_BUTTONS, "a mouse button", ", ".join(MOUSE_BUTTONS))
    return value


def _gamepad_buttons(value: dict[str, Any]) -> dict[str, Any]:
    _known(value, GAMEPAD_BUTTONS, "a button of a gamepad", ", ".join(GAMEPAD_BUTTONS))
    return value


def _gamepad_axes(value: dict[str, int]) -> dict[str, int]:
    _known(value, GAMEPAD_AXES, "an axis of a gamepad", ", ".join(GAMEPAD_AXES))
    return value


def _labelled(labels: Iterable[str], declared: Iterable[str]) -> None:
    declared = list(declared)
    for name in labels:
        if name not in declared:
            raise PartError(f"labels.{name}", f"labels what is not declared; use {', '.join(declared)}")


Action = Annotated[Any, BeforeValidator(_whole_action)]
Meaning = Annotated[Any, BeforeValidator(_meaning)]
ComponentIndex = Annotated[int, Field(ge=0)]
Keys = Annotated[dict[str, Meaning], AfterValidator(_key_codes)]
EDGE_REMEDY = use('"top" or "bottom"')


class Mouse(Section):
    """`mouse` of a game scene."""

    x: ComponentIndex | None = Field(
        default=None,
        description="component of the action that follows the mouse from the picture's left edge (its lowest value) "
        "to the right edge (its highest); unset: none",
        json_schema_extra=use("the number of a component, from 0"),
    )
    y: ComponentIndex | None = Field(
        default=None,
        description="component that follows the mouse upwards or downwards; unset: none",
        json_schema_extra=use("the number of a component, from 0"),
    )
    y_high_at: Literal["top", "bottom"] = Field(
        default="top", description="edge of the picture at which y's component is at its highest",
        json_schema_extra=EDGE_REMEDY,
    )  # fmt: skip
    buttons: Annotated[dict[str, Meaning], AfterValidator(_mouse_buttons)] = Field(
        default_factory=dict, description="what left, middle and right do while they are held, written as for a key"
    )
    labels: dict[str, str] = Field(
        default_factory=dict, description="words shown under the game for move and for each button"
    )

    @model_validator(mode="after")
    def _does_something(self) -> Mouse:
        if self.x is None and self.y is None and not self.buttons:
            raise ValueError("the mouse does nothing; give it x, y or buttons, or leave it out")
        if self.x is not None and self.x == self.y:
            raise PartError("y", f"= {self.y} is x's component; use another one")
        moves = ["move"] if self.x is not None or self.y is not None else []
        _labelled(self.labels, [*moves, *self.buttons])
        return self


class Gamepad(Section):
    """`gamepad` of a game scene."""

    axes: Annotated[dict[str, ComponentIndex], AfterValidator(_gamepad_axes)] = Field(
        default_factory=dict,
        description="component that each stick or trigger moves, from the default action's value to the bounds: "
        "left_x, left_y, right_x, right_y, left_trigger, right_trigger",
        json_schema_extra=use("the number of a component, from 0"),
    )
    y_high_at: Literal["top", "bottom"] = Field(
        default="top", description="where the component of left_y or right_y is at its highest",
        json_schema_extra=EDGE_REMEDY,
    )  # fmt: skip
    dead_zone: float = Field(
        default=0.15, ge=0, le=0.9, description="how far from its middle a stick may rest without moving anything",
        json_schema_extra={"unit": "of its way"},
    )  # fmt: skip
    buttons: Annotated[dict[str, Meaning], AfterValidator(_gamepad_buttons)] = Field(
        default_factory=dict, description="what each button does while it is held, written as for a key"
    )
    labels: dict[str, str] = Field(
        default_factory=dict, description="words shown under the game for each axis and button"
    )

    @model_validator(mode="after")
    def _does_something(self) -> Gamepad:
        if not self.axes and not self.buttons:
            raise ValueError("the gamepad does nothing; give it axes or buttons, or leave it out")
        _labelled(self.labels, [*self.axes, *self.buttons])
        return self
