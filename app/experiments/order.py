"""Which scene may come before which: the study unfolded once with every scene kept, without drawing any order.

Used by the checks at load; `plan.py` draws the order that a participant goes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.experiments.scenes import GameScene, RandomOrder, Repeat


@dataclass(frozen=True)
class Place:
    """Where one instance of a scene stands.

    Attributes:
        id: the instance, such as `game-2`.
        scene_id: its scene.
        runs: run of every repeat around it.
        choices: by each block in random order around it, which of the block's parts it belongs to.
        is_game: whether a match is played there.
    """

    id: str
    scene_id: str
    runs: Mapping[str, int]
    choices: Mapping[str, int]
    is_game: bool


class Order:
    """The places of a study, in the order of the file.

    Args:
        parts: the scenes and blocks of the file.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self.places = list(_places(parts, {}, {}))

    def of(self, name: str) -> list[int]:
        """Return the positions of the instance of a name, or else of all instances of the scene of this name."""
        exact = [index for index, place in enumerate(self.places) if place.id == name]
        return exact or [index for index, place in enumerate(self.places) if place.scene_id == name]

    def may_precede(self, earlier: str, later: str) -> bool:
        """Say whether some instance of one scene can come before some instance of the other."""
        return any(self._precedes(a, b) for a in self.of(earlier) for b in self.of(later))

    def may_follow_a_game(self, scene_id: str) -> bool:
        """Say whether a scene is a game, or can come after one."""
        games = [index for index, place in enumerate(self.places) if place.is_game]
        return any(
            self.places[later].is_game or any(self._precedes(game, later) for game in games)
            for later in self.of(scene_id)
        )

    def is_within(self, scene_id: str, repeat_id: str) -> bool:
        """Say whether a scene stands in a repeat."""
        return any(repeat_id in self.places[index].runs for index in self.of(scene_id))

    def _precedes(self, a: int, b: int) -> bool:
        first, second = self.places[a], self.places[b]
        apart = any(second.choices.get(block, part) != part for block, part in first.choices.items())
        return a != b and (a < b or apart)


def count_steps(parts: Sequence[Any]) -> int:
    """Return how many steps scenes and blocks unfold into, with every scene kept."""
    return sum(
        part.n * count_steps(part.scenes) if isinstance(part, Repeat)
        else count_steps(part.scenes) if isinstance(part, RandomOrder)
        else 1
        for part in parts
    )  # fmt: skip


def _places(parts: Sequence[Any], runs: dict[str, int], choices: dict[str, int]) -> Iterator[Place]:
    for part in parts:
        if isinstance(part, Repeat):
            for run in range(1, part.n + 1):
                yield from _places(part.scenes, {**runs, part.id: run}, choices)
        elif isinstance(part, RandomOrder):
            block = "-".join([part.id, *map(str, runs.values())])
            for index, inner in enumerate(part.scenes):
                yield from _places([inner], runs, {**choices, block: index})
        else:
            name = "-".join([part.id, *map(str, runs.values())])
            yield Place(name, part.id, runs, choices, isinstance(part, GameScene))
