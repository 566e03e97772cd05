"""The builder's blocks: scenes in random order, and scenes that are repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel

from app.experiments import scenes
from app.experiments.builder.scene import Scene
from app.experiments.builder.values import UNSET, Target, put


class Block(Scene):
    """A block of scenes; blocks nest in any depth."""

    def __init__(self, parts: Scene | Iterable[Scene], scene_id: str = UNSET, **given: Any) -> None:
        super().__init__(scene_id, **given)
        self.parts = [parts] if isinstance(parts, Scene) else list(parts)

    def in_file(self, target: Target) -> dict[str, Any]:
        """Return the block's table with those of its scenes, as they stand in the file."""
        return super().in_file(target) | {"scenes": [part.in_file(target) for part in self.parts]}


class RandomizeOrder(Block):
    """Scenes in an order that is drawn anew for every participant. A block inside it stays together.

    Args:
        scenes: the scenes and blocks in it.
        keep_n: how many of them each participant gets, 1 or more; unset: all.
        scene_id: name of the block; unset: `order_1`, and so on, in the order of the study.
    """

    model: ClassVar[type[BaseModel]] = scenes.RandomOrder

    def __init__(self, scenes: Iterable[Scene], keep_n: int = UNSET, scene_id: str = UNSET) -> None:
        super().__init__(scenes, scene_id, keep_n=keep_n)


class RepeatScene(Block):
    """Scenes that are gone through several times. Run 2 of scene `game` is called `game-2` in the data.

    Args:
        scene: the scene, or the scenes and blocks, in it.
        n: how often, 1 to 100.
        scene_id: name of the block, which a Latin square names; unset: `repeat_1`, and so on, in the order of the
            study.
    """

    model: ClassVar[type[BaseModel]] = scenes.Repeat

    def __init__(self, scene: Scene | Iterable[Scene], n: int = UNSET, scene_id: str = UNSET) -> None:
        super().__init__(scene, scene_id, n=n)


def walk(parts: Iterable[Scene]) -> Iterator[Scene]:
    """Yield scenes and blocks, each block before what is in it."""
    for part in parts:
        yield part
        if isinstance(part, Block):
            yield from walk(part.parts)


def name_blocks(parts: Iterable[Scene]) -> None:
    """Give the blocks without a name one."""
    every = list(walk(parts))
    taken = {part.table.get("id") for part in every}
    for part in every:
        if isinstance(part, Block) and "id" not in part.table:
            word = "repeat" if isinstance(part, RepeatScene) else "order"
            number = next(n for n in range(1, len(every) + 2) if f"{word}_{n}" not in taken)
            put(part.table, id=f"{word}_{number}")
            taken.add(f"{word}_{number}")
