"""What belongs to the study but may be said at a game, as in Interactive Gym: environment, packages and seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.experiments.builder.values import UNSET, EnvironmentCode, put, reference
from app.experiments.errors import InputError, did_you_mean

HUMAN = "human"


def environment_table(env_creator: Any, env_config: Any) -> dict[str, Any]:
    """Return the part of `[environment]` that says what is played."""
    return {"factory": reference(env_creator), "config": env_config}


def runtime_table(code: str | None, path: str | Path | None, packages: Sequence[str] | None) -> dict[str, Any]:
    """Return the part of `[environment]` that says what browsers load.

    Raises:
        InputError: code and file were both given.
    """
    has_code, has_path = code not in (None, UNSET), path not in (None, UNSET)
    if has_code and has_path:
        raise InputError(
            "environment_initialization_code and environment_initialization_code_filepath were both given; give one."
        )
    factory: Any = UNSET
    if has_code:
        factory = EnvironmentCode(text=code)
    elif has_path:
        factory = EnvironmentCode(path=path)
    elif code is None or path is None:
        factory = None
    return {"factory": factory, "packages": packages}


def policy_seats(mapping: Mapping[Any, Any], frame_skip: Any, configs: Any, roles: Any) -> dict[str, dict[str, Any]]:
    """Return `[seats]` for a policy mapping; seats without a role have none yet.

    Raises:
        InputError: another argument names a seat that the mapping does not have.
    """
    seats: dict[str, dict[str, Any]] = {}
    for name, player in (mapping if isinstance(mapping, Mapping) else {}).items():
        seats[str(name)] = {} if isinstance(player, str) and player == HUMAN else {"policy": reference(player)}
    by_seat = frame_skip if isinstance(frame_skip, Mapping) else dict.fromkeys(_played_by_ai(seats), frame_skip)
    for key, parameter, values in (
        ("role", "roles", roles), ("frame_skip", "frame_skip", by_seat), ("policy_config", "policy_configs", configs),
    ):  # fmt: skip
        for name, value in (values if isinstance(values, Mapping) else {}).items():
            if str(name) not in seats:
                near = did_you_mean(str(name), seats)
                hint = f"did you mean {near}?" if near else f"it has {', '.join(seats) or 'none'}."
                raise InputError(f"policies: {parameter} names seat {name}, which policy_mapping does not; {hint}")
            put(seats[str(name)], **{key: value})
    return seats


def merge(document: dict[str, Any], of_study: Mapping[str, Mapping[str, Any]], scene_id: str) -> None:
    """Add what a game says of the study to the study's own tables.

    Args:
        document: the tables as in the file, which are changed.
        of_study: what the game says, as in the file.
        scene_id: the game, for what is said.

    Raises:
        InputError: it says something else than the study or an earlier game.
    """
    for name, given in of_study.items():
        table = document.setdefault(name, {})
        for key, value in given.items():
            if key == "packages" and name == "environment":
                # Browsers load them once, for all games.
                table[key] = list(dict.fromkeys([*table.get(key, []), *value]))
            elif name == "seats" and key in table:
                # The role may be said on either side, who plays must be the same on both.
                both = table[key] | value
                _check_same(
                    table[key] | {"role": both.get("role")},
                    value | {"role": both.get("role")},
                    f"seats.{key}",
                    scene_id,
                )
                _check_same(table[key].get("role", both.get("role")), both.get("role"), f"seats.{key}.role", scene_id)
                table[key] = both
            else:
                _check_same(table.setdefault(key, value), value, f"{name}.{key}", scene_id)


def _check_same(there: Any, given: Any, what: str, scene_id: str) -> None:
    if there != given:
        raise InputError(
            f"scenes.{scene_id}: {what} is another one than the study has already; all games of a study share its "
            "environment and seats, so say it once, and what differs under a condition by override()."
        )


def _played_by_ai(seats: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [name for name, seat in seats.items() if "policy" in seat]
