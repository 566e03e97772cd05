"""Whether the names in `show_if` rules and in `environment.answers` stand for something by the time they are asked for.

Each check raises a ValueError with what is said after the name of the file.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.experiments.config import Experiment
from app.experiments.entry import GIVEN_ATTRIBUTES
from app.experiments.errors import did_you_mean
from app.experiments.order import Order
from app.experiments.show_if import ATTRIBUTE, CONDITION
from app.experiments.structure import blocks_of

#: Names of the questions by scene.
Questions = dict[str, set[str]]

#: What is known of every scene, and of some kinds.
_OF_ALL = ("finished", "skipped")
_OF_KIND = {
    "quiz": ("score", "passed"),
    "consent": ("agreed",),
    "game": ("score", "role", "partner_left", "episodes"),
}


def check_rules(experiment: Experiment, questions: Questions) -> None:
    """Check every rule.

    Raises:
        ValueError: a name stands for nothing, or for something that comes later.
    """
    order = Order(experiment.scenes)
    for scene in experiment.all_scenes:
        rule = experiment.rule(scene.id)
        for name in sorted(rule.names()) if rule is not None else ():
            where = f"scenes.{scene.id}.show_if asks for {'.'.join(name)}"
            if name[0] == CONDITION:
                _check_condition(experiment, order, scene.id, name[1], where)
            elif name[0] == ATTRIBUTE:
                _check_known(name[1], (*experiment.entry.attributes, *GIVEN_ATTRIBUTES), "attribute", where)
            else:
                _check_fact(experiment, order, questions, name, where)
                if not order.may_precede(name[0], scene.id):
                    raise ValueError(f"{where}, but that comes later; ask for something that comes before")


def check_answers(experiment: Experiment, questions: Questions) -> None:
    """Check what the environment is told of earlier answers.

    Raises:
        ValueError: a name is no question, or none that comes before a game.
    """
    order = Order(experiment.scenes)
    for name in experiment.environment.answers:
        scene, _, key = name.partition(".")
        where = f'environment.answers holds "{name}"'
        asked = sorted(questions.get(_scene_of(order, scene) or scene, ()))
        if not asked:
            _check_known(scene, list(questions), "scene with questions", where)
            raise ValueError(f"{where}, but {scene} asks nothing; name a question of a survey, quiz or feedback")
        _check_known(key, asked, "question", where)
        if not any(order.may_precede(scene, game.id) for game in experiment.game_scenes):
            raise ValueError(f"{where}, but no game comes after it; leave it out, or ask earlier")


def _check_condition(experiment: Experiment, order: Order, scene_id: str, factor: str, where: str) -> None:
    conditions = experiment.conditions
    if conditions is None:
        raise ValueError(f"{where}, but there are no [conditions]; add them, or ask for something else")
    _check_known(factor, list(conditions.levels()), "factor", where)
    if conditions.within is not None and not order.is_within(scene_id, conditions.within):
        raise ValueError(
            f'{where}, but there is a condition inside "{conditions.within}" only; ask there, or for something else'
        )
    if conditions.unit == "group" and not order.may_follow_a_game(scene_id):
        raise ValueError(
            f"{where}, but a group has its condition from its first match on; ask later, or use "
            'conditions.unit = "participant"'
        )


def _check_fact(experiment: Experiment, order: Order, questions: Questions, name: tuple[str, str], where: str) -> None:
    scene, key = name
    scene_id = _scene_of(order, scene)
    if scene_id is None:
        if scene in (block.id for block in blocks_of(experiment.scenes)):
            raise ValueError(f"{where}, but {scene} is a block; ask for a scene in it")
        ids = [each.id for each in experiment.all_scenes]
        _check_known(scene, [*ids, *(place.id for place in order.places)], "scene", where, ids)
        return
    kind = experiment.scene(scene_id).type
    known = (*_OF_ALL, *_OF_KIND.get(kind, ()), *sorted(questions.get(scene_id, ())))
    _check_known(key, known, f"{'question' if scene_id in questions else 'fact'} of {scene}", where)


def _scene_of(order: Order, name: str) -> str | None:
    """Return the scene of an instance, or of its own id."""
    places = order.of(name)
    return order.places[places[0]].scene_id if places else None


def _check_known(word: str, known: Collection[Any], kind: str, where: str, shown: Collection[str] = ()) -> None:
    if word in known:
        return
    near = did_you_mean(word, known)
    listed = ", ".join(shown or known)
    hint = f"did you mean {near}?" if near else f"use one of {listed}" if listed else "there is none; leave it out"
    raise ValueError(f"{where}, but {word} is no {kind}; {hint}")
