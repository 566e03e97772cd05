"""The keys of the keyboard as Interactive Gym's studies name them, by what they type, as codes of their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.experiments.errors import InputError

_TYPED = {" ": "Space"}


def key_codes(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """Return an action mapping by key code (`event.code`), such as `KeyW` for `"w"` and `"W"`.

    Args:
        mapping: what each key does, by code or by what the key types.

    Raises:
        InputError: keys are named together, or a letter and its capital do different things.
    """
    codes: dict[str, Any] = {}
    for key, action in mapping.items():
        if isinstance(key, tuple | list | frozenset):
            raise InputError(
                f"action_mapping: {' and '.join(map(str, key))} are named together; give the environment a "
                "MultiDiscrete, MultiBinary or Box action space, of which each key sets one component."
            )
        code = _code(key)
        if code in codes and codes[code] != action:
            raise InputError(
                f"action_mapping: {key!r} is the key {code}, which does something else already; give each key one "
                "action, capitals are the same key."
            )
        codes[code] = action
    return codes


def _code(key: Any) -> Any:
    if not isinstance(key, str) or len(key) != 1:
        return key
    if key.isascii() and key.isalpha():
        return f"Key{key.upper()}"
    if key.isascii() and key.isdigit():
        return f"Digit{key}"
    return _TYPED.get(key, key)
