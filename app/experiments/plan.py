"""A participant's way through the study, step by step: blocks unfolded, orders drawn.

Pure; the domain draws a plan once when a participant takes a place and stores it, so that a reload finds the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.experiments.scenes import RandomOrder, Repeat

if TYPE_CHECKING:
    import numpy as np

    from app.experiments.config import Experiment


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Attributes:
        id: the instance: the scene's id, and `-<run>` for every repeat around it, outermost first.
        scene_id: the scene.
        runs: by the id of each repeat around it, outermost first, which run this is, from 1.
    """

    id: str
    scene_id: str
    runs: dict[str, int] = field(default_factory=dict)


def unfold(experiment: Experiment, rng: np.random.Generator) -> list[Step]:
    """Draw a way through the study.

    A block in random order is drawn anew in every run of a repeat around it.

    Args:
        experiment: the study.
        rng: decides the orders; the same state gives the same plan.
    """
    return list(_steps(experiment.scenes, {}, rng))


def _steps(parts: Sequence[Any], runs: dict[str, int], rng: np.random.Generator) -> Iterator[Step]:
    for part in parts:
        if isinstance(part, Repeat):
            for run in range(1, part.n + 1):
                yield from _steps(part.scenes, {**runs, part.id: run}, rng)
        elif isinstance(part, RandomOrder):
            order = rng.permutation(len(part.scenes))[: part.keep_n]
            yield from _steps([part.scenes[index] for index in order], runs, rng)
        else:
            yield Step(instance_id(part.id, runs), part.id, dict(runs))


def instance_id(scene_id: str, runs: dict[str, int]) -> str:
    """Return the name of a scene in these runs of the repeats around it."""
    return "-".join([scene_id, *map(str, runs.values())])
