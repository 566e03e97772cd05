"""The scenes of a study and the blocks that put them in random order or repeat them. Part of `experiment.toml`.

The kinds of scene stand in files of their own; whoever needs one takes it from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.experiments.errors import PartError
from app.experiments.game_scene import Gameplay, GameScene, Matchmaking, Multiplayer, Record, Rendering, Waitroom
from app.experiments.names import EXIT_REASONS, ID_REMEDY, Identifier
from app.experiments.page_scenes import (
    ConsentScene,
    DebriefScene,
    EndScene,
    HoldScene,
    InstructionScene,
    StartScene,
    StaticScene,
)
from app.experiments.question_scenes import FeedbackScene, QuizScene, SurveyScene
from app.experiments.section import Section, unit

__all__ = [
    "EXIT_REASONS", "Block", "ConsentScene", "DebriefScene", "EndScene", "FeedbackScene", "GameScene", "Gameplay",
    "HoldScene", "InstructionScene", "Matchmaking", "Multiplayer", "QuizScene", "RandomOrder", "Record", "Rendering",
    "Repeat", "Scene", "SceneOrBlock", "StartScene", "StaticScene", "SurveyScene", "Waitroom", "leaves",
]  # fmt: skip

#: One step of a way through the study.
Scene = (
    StartScene
    | StaticScene
    | ConsentScene
    | InstructionScene
    | QuizScene
    | SurveyScene
    | FeedbackScene
    | GameScene
    | HoldScene
    | DebriefScene
    | EndScene
)


class RandomOrder(Section):
    """A block of scenes in an order that is drawn anew for every participant; a block inside it stays together."""

    id: Identifier = Field(description="name of the block, unique in the study", json_schema_extra=ID_REMEDY)
    type: Literal["random_order"] = "random_order"
    scenes: list[SceneOrBlock] = Field(
        min_length=1, description="the scenes and blocks in it, written as [[scenes.scenes]]"
    )
    keep_n: int | None = Field(
        default=None, ge=1, description="how many of them each participant gets; unset: all",
        json_schema_extra=unit("scenes"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _keeps_what_there_is(self) -> RandomOrder:
        if self.keep_n is not None and self.keep_n > len(self.scenes):
            raise PartError("keep_n", f"= {self.keep_n}, but the block has {len(self.scenes)} scenes; use that or less")
        return self


class Repeat(Section):
    """A block of scenes that is gone through several times; run 2 of scene `game` is called `game-2`."""

    id: Identifier = Field(description="name of the block, unique in the study", json_schema_extra=ID_REMEDY)
    type: Literal["repeat"] = "repeat"
    scenes: list[SceneOrBlock] = Field(
        min_length=1, description="the scenes and blocks in it, written as [[scenes.scenes]]"
    )
    n: int = Field(ge=1, le=100, description="how often", json_schema_extra=unit("runs"))


Block = RandomOrder | Repeat
SceneOrBlock = Annotated[Scene | Block, Field(discriminator="type")]
RandomOrder.model_rebuild()
Repeat.model_rebuild()


def leaves(parts: Sequence[Any]) -> Iterator[Scene]:
    """Yield the scenes of a list of scenes and blocks, each once, in the order of the file."""
    for part in parts:
        if isinstance(part, Block):
            yield from leaves(part.scenes)
        else:
            yield part
