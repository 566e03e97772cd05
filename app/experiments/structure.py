"""Whether the tables of an experiment fit together: seats, order of scenes, names. Used by config.py on reading.

Each check raises a ValueError with what is said after the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.experiments.errors import did_you_mean
from app.experiments.order import Order, count_steps
from app.experiments.page_scenes import EndScene, InstructionScene, StartScene
from app.experiments.scenes import Block, GameScene, Repeat, leaves
from app.experiments.seats import MOST_SEATS

if TYPE_CHECKING:
    from app.experiments.config import Experiment

MOST_STEPS = 1000


def check_structure(experiment: Experiment) -> None:
    """Check all of it.

    Raises:
        ValueError: with what does not fit and the remedy.
    """
    _check_scenes(experiment.scenes)
    _check_seats(experiment)
    _check_instances(experiment.scenes)
    for scene in experiment.all_scenes:
        if isinstance(scene, InstructionScene):
            _check_instructions(experiment, scene)
    _check_latin_square(experiment)


def blocks_of(parts: Sequence[Any]) -> list[Block]:
    """Return every block of a list of scenes and blocks, those inside others included."""
    found: list[Block] = []
    for part in parts:
        if isinstance(part, Block):
            found += [part, *blocks_of(part.scenes)]
    return found


def _check_seats(experiment: Experiment) -> None:
    seats = experiment.seats
    if not seats and not experiment.game_scenes and "seats" not in experiment.model_fields_set:
        return
    if not 1 <= len(seats) <= MOST_SEATS:
        raise ValueError(f"seats has {len(seats)} of them; declare 1 to {MOST_SEATS}, such as [seats.0]")
    if not experiment.people:
        raise ValueError("seats: every one has a policy; leave one of them to a person")
    for seat in seats:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", seat):
            raise ValueError(f'seats."{seat}" is not a usable agent id; use letters, digits, hyphens, underscores')


def _check_scenes(parts: Sequence[Any]) -> None:
    scenes = list(leaves(parts))
    ids = [part.id for part in (*scenes, *blocks_of(parts))]
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f'scenes: id "{name}" is used twice; give every scene its own id')
        if name in ("condition", "attribute"):
            raise ValueError(f'scenes: id "{name}" means something else in a show_if rule; give the scene another id')
    first, last = parts[0], parts[-1]
    if first.type != "start":
        raise ValueError(f'scenes.{first.id}.type = "{first.type}" comes first; begin with a scene of type "start"')
    for scene in scenes:
        if isinstance(scene, StartScene) and scene is not first:
            raise ValueError(
                f'scenes.{scene.id}.type = "start" comes later; only the first scene has it, use "static" here'
            )
    if last.type != "end" or sum(isinstance(scene, EndScene) for scene in scenes) != 1:
        raise ValueError('scenes: the last scene, and only the last, must be of type "end"; move or add it')
    if len(scenes) == 2:
        raise ValueError(f'scenes: nothing is between "{first.id}" and "{last.id}"; add a game, a survey or a page')


def _check_instances(parts: Sequence[Any]) -> None:
    steps = count_steps(parts)
    if steps > MOST_STEPS:
        raise ValueError(f"scenes: with all runs of repeats there are {steps} steps; use {MOST_STEPS} at most")
    seen: dict[str, str] = {}
    for place in Order(parts).places:
        if place.id in seen:
            raise ValueError(
                f'scenes: "{place.id}" would name a run of both "{seen[place.id]}" and "{place.scene_id}"; '
                "give one of them another id"
            )
        seen[place.id] = place.scene_id


def _check_instructions(experiment: Experiment, scene: InstructionScene) -> None:
    games = [game.id for game in experiment.game_scenes]
    if scene.game is not None and scene.game not in games:
        near = did_you_mean(scene.game, games)
        hint = f"did you mean {near}?" if near else f"use {' or '.join(games)}" if games else "leave it out"
        raise ValueError(f'scenes.{scene.id}.game = "{scene.game}" is no game scene; {hint}')
    if scene.try_keys != "none" and "try_keys" in scene.model_fields_set and experiment.game_of(scene) is None:
        raise ValueError(
            f'scenes.{scene.id}.try_keys = "{scene.try_keys}", but no game follows; name one with game, or leave it out'
        )


def _check_latin_square(experiment: Experiment) -> None:
    conditions = experiment.conditions
    if conditions is None or conditions.within is None:
        return
    repeats = {block.id: block for block in blocks_of(experiment.scenes) if isinstance(block, Repeat)}
    repeat = repeats.get(conditions.within)
    if repeat is None:
        near = did_you_mean(conditions.within, repeats)
        hint = f"did you mean {near}?" if near else "use the id of one"
        raise ValueError(f'conditions.within = "{conditions.within}" is no repeat; {hint}')
    cells = len(conditions.cells())
    if repeat.n != cells:
        raise ValueError(
            f"scenes.{repeat.id}.n = {repeat.n}, but conditions has {cells} cells; use n = {cells}, a run for each"
        )
    if conditions.unit == "group" and not any(isinstance(scene, GameScene) for scene in leaves(repeat.scenes)):
        raise ValueError(
            f'conditions.unit = "group", but no game is played in "{repeat.id}"; use "participant", or add a game'
        )
