"""The study as it is under a condition: overrides laid over the document that `experiment.toml` was read into.

Pure; called by config.py, which reads the changed document as it reads the file.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from app.experiments.conditions import Conditions, Override
from app.experiments.errors import PartError

_SAME_IN_ALL = {
    ("format",): "it is of the file",
    ("conditions",): "conditions do not change themselves",
    ("entry",): "a participant enters before there is a condition",
    ("environment", "packages"): "browsers load them before there is a condition; name all of them in [environment]",
    ("experiment", "id"): "it is of the whole study",
    ("experiment", "version"): "it is of the whole study",
    ("experiment", "master_seed"): "it is of the whole study",
}
_OF_THE_PLAN = ("id", "type", "scenes", "n", "keep_n", "show_if")


def matching(conditions: Conditions, condition: Mapping[str, Any]) -> tuple[int, ...]:
    """Return which overrides apply under a condition, by position."""
    return tuple(
        index
        for index, override in enumerate(conditions.overrides)
        if all(factor in condition and condition[factor] == level for factor, level in override.when.items())
    )


def applied(document: Mapping[str, Any], overrides: Iterable[tuple[int, Override]]) -> dict[str, Any]:
    """Return a copy of a document with overrides laid over it, each given with its position.

    Raises:
        PartError: an override names a setting that is not there or may not differ.
    """
    changed = copy.deepcopy(dict(document))
    for index, override in overrides:
        for path, value in override.set.items():
            try:
                _put(changed, path, copy.deepcopy(value))
            except ValueError as error:
                raise PartError(f"conditions.overrides.{index + 1}.set", f'names "{path}"; {error}') from None
    return changed


def keys_of(path: str) -> list[str]:
    """Return the parts of a dotted path, written as in TOML (`seats."a b".role`).

    Raises:
        ValueError: it is no such path.
    """
    try:
        node: Any = tomllib.loads(f"{path} = 0") if "\n" not in path else None
    except tomllib.TOMLDecodeError:
        node = None
    keys: list[str] = []
    while isinstance(node, dict) and len(node) == 1:
        ((key, node),) = node.items()
        keys.append(key)
    if node != 0 or not keys:
        raise ValueError("write the way to a setting with dots, such as scenes.game.rendering.fps")
    return keys


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    keys = keys_of(path)
    for part, reason in _SAME_IN_ALL.items():
        if tuple(keys[: len(part)]) == part or tuple(keys) == part[: len(keys)]:
            raise ValueError(f"{'.'.join(part)} is the same in every condition, because {reason}")
    here: Any = document
    if keys[0] == "scenes":
        here = _scene(document, keys)
        keys = keys[2:]
    for position, key in enumerate(keys[:-1], 1):
        here = here.setdefault(key, {})
        if not isinstance(here, dict):
            raise ValueError(f"{'.'.join(keys[:position])} is no table; name it with its whole value instead")
    here[keys[-1]] = value


def _scene(document: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    if len(keys) < 3:
        raise ValueError("name a setting of one scene, such as scenes.game.rendering.fps")
    scene = _find(document.get("scenes"), keys[1])
    if scene is None:
        raise ValueError(f'there is no scene "{keys[1]}"; use the id of one')
    if keys[2] in _OF_THE_PLAN:
        raise ValueError(
            f"{keys[2]} is the same in every condition, because it decides which scenes there are; "
            'give scenes a show_if such as "condition.delay == 2" instead'
        )
    return scene


def _find(parts: Any, scene_id: str) -> dict[str, Any] | None:
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            continue
        found = part if part.get("id") == scene_id else _find(part.get("scenes"), scene_id)
        if found is not None:
            return found
    return None
