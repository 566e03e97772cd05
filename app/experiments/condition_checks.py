"""Whether what a condition changes can still be changed when the condition is known. Called by load_checks.py.

A participant's condition is known from the start; that of a group once its first match is made; that of a Latin square
while its repeat is gone through. An override that comes too late would silently do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.experiments.config import Experiment
from app.experiments.order import Order
from app.experiments.overrides import keys_of
from app.experiments.scenes import GameScene

if TYPE_CHECKING:
    from app.experiments.rule_checks import Questions

_BEFORE_A_MATCH = ("waitroom", "matchmaking")


def check_conditions(experiment: Experiment, _questions: Questions) -> None:
    """Check every override.

    Raises:
        ValueError: one would do nothing, or people could not be matched; with the remedy.
    """
    conditions = experiment.conditions
    if conditions is None:
        return
    order = Order(experiment.scenes)
    for number, override in enumerate(conditions.overrides, 1):
        for path in override.set:
            keys = keys_of(path)
            if keys[0] == "scenes":
                _check_scene(experiment, order, keys, f'conditions.overrides.{number}.set names "{path}"')
    if conditions.unit == "group":
        _check_size_of_groups(experiment)


def _check_scene(experiment: Experiment, order: Order, keys: list[str], where: str) -> None:
    conditions, scene_id = experiment.conditions, keys[1]
    assert conditions is not None
    if conditions.within is not None and not order.is_within(scene_id, conditions.within):
        raise ValueError(f'{where}, but there is a condition inside "{conditions.within}" only; move the scene into it')
    if conditions.unit == "participant":
        return
    late = keys[2] in _BEFORE_A_MATCH
    games = [scene.id for scene in experiment.game_scenes]
    known = any(order.may_precede(game, scene_id) for game in games) if late else order.may_follow_a_game(scene_id)
    if not known:
        what = f"the {keys[2]} of the first match" if late else "a scene before it"
        raise ValueError(
            f"{where}, but a group has its condition from its first match on, too late for {what}; "
            'use conditions.unit = "participant", or leave it out'
        )


def _check_size_of_groups(experiment: Experiment) -> None:
    conditions = experiment.conditions
    assert conditions is not None
    if not any(isinstance(scene, GameScene) for scene in experiment.all_scenes):
        raise ValueError('conditions.unit = "group", but no game is played; use unit = "participant"')
    for cell in conditions.cells():
        people = len(experiment.under(cell).people)
        if people != len(experiment.people):
            level = " and ".join(f"{factor} = {level}" for factor, level in cell.items())
            raise ValueError(
                f"conditions: under {level} a match has {people} people instead of {len(experiment.people)}, but a "
                'group has its condition once it is complete; use unit = "participant"'
            )
