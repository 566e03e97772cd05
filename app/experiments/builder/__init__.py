"""Studies written in Python: the chained builder that writes `experiment.toml` and reads it back.

    from app.experiments.builder import EndScene, Experiment, GymScene, StartScene

    Experiment("two-cooks", "Two cooks", master_seed=7).scenes(
        StartScene("welcome").content(scene_body="Welcome to the kitchen."),
        GymScene("game")
        .policies(policy_mapping={0: "human", 1: "human"})
        .rendering(fps=30)
        .gameplay(action_mapping={"ArrowUp": 0, "ArrowDown": 1}, default_action=6),
        EndScene("end", codes={"COMPLETED": "C1ABCDEF"}),
    ).write("two_cooks")

Whatever can be said in the file can be said here, and the other way round. Used by researchers; no process of the
program needs it.
"""

from app.experiments.builder.blocks import RandomizeOrder, RepeatScene
from app.experiments.builder.game import GymScene
from app.experiments.builder.notes import OldName
from app.experiments.builder.pages import (
    CompletionCodeScene,
    ConsentScene,
    DebriefScene,
    EndScene,
    HoldScene,
    InstructionScene,
    StartScene,
    StaticScene,
)
from app.experiments.builder.questions import FeedbackScene, QuizScene, SurveyScene
from app.experiments.builder.reading import read
from app.experiments.builder.study import Experiment, Stager
from app.experiments.errors import InputError

__all__ = [
    "CompletionCodeScene", "ConsentScene", "DebriefScene", "EndScene", "Experiment", "FeedbackScene", "GymScene",
    "HoldScene", "InputError", "InstructionScene", "OldName", "QuizScene", "RandomizeOrder", "RepeatScene", "Stager",
    "StartScene", "StaticScene", "SurveyScene", "read",
]  # fmt: skip
