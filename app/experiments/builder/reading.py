"""From an experiment's folder back to the builder's objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.experiments import toml_file
from app.experiments.builder.blocks import Block, RandomizeOrder, RepeatScene
from app.experiments.builder.game import GymScene
from app.experiments.builder.pages import (
    ConsentScene,
    DebriefScene,
    EndScene,
    HoldScene,
    InstructionScene,
    StartScene,
    StaticScene,
)
from app.experiments.builder.questions import FeedbackScene, QuizScene, SurveyScene
from app.experiments.builder.scene import Scene
from app.experiments.builder.study import Experiment
from app.experiments.config import experiment_of

_KINDS: dict[str, type[Scene]] = {
    kind.kind(): kind
    for kind in (
        StartScene, StaticScene, ConsentScene, InstructionScene, QuizScene, SurveyScene, FeedbackScene, GymScene,
        HoldScene, DebriefScene, EndScene, RandomizeOrder, RepeatScene,
    )
}  # fmt: skip


def read(folder: Path | str) -> Experiment:
    """Return the study in a folder, to change it and write it again.

    Nothing is lost on the way: written to the same folder unchanged, the file stays as it is, with its comments.

    Args:
        folder: the folder that holds `experiment.toml`.

    Raises:
        InputError: the study cannot be read; the sentence names file, key, value and remedy.
    """
    document, source = toml_file.read(Path(folder))
    experiment_of(document, source, Path(folder))
    identity = document["experiment"]
    study = Experiment(identity["id"], identity["title"], identity["master_seed"])
    study.tables = {key: value for key, value in document.items() if key != "scenes"}
    study.parts = [_part(table) for table in document["scenes"]]
    return study


def _part(table: dict[str, Any]) -> Scene:
    kind = _KINDS[table["type"]]
    # Made without its parameters, because the table says everything already.
    part = kind.__new__(kind)
    part.table = {key: value for key, value in table.items() if key != "scenes"}
    if isinstance(part, Block):
        part.parts = [_part(inner) for inner in table["scenes"]]
    if isinstance(part, GymScene):
        part.of_study = {}
    return part
