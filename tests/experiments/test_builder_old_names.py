"""Interactive Gym's names: accepted with a note that says the present one, and meant as they were meant there."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import pytest

from app.experiments.builder import (
    CompletionCodeScene,
    EndScene,
    Experiment,
    GymScene,
    InputError,
    OldName,
    Stager,
    StartScene,
)


class Action(enum.IntEnum):
    NOOP = 6


def document(game: GymScene, end: EndScene | None = None) -> dict[str, Any]:
    game.scene("game").policies({0: "human"}).gameplay(default_action=Action.NOOP)
    study = Experiment("study", "The study", master_seed=7)
    return study.scenes(StartScene("welcome", body="page.md"), game, end or EndScene("end")).document("away")


@pytest.mark.parametrize(("old", "now"), [("default_action", "default"), ("previous_submitted_action", "repeat_last")])
def test_an_action_population_method_is_a_predictor(old: str, now: str) -> None:
    game = GymScene().gameplay(action_mapping={"w": 1})
    with pytest.warns(
        OldName, match=rf'gameplay\(action_population_method="{old}"\) is multiplayer\(predictor="{now}"'
    ):
        game.gameplay(action_population_method=old)
    with pytest.warns(OldName, match=f'multiplayer\\(predictor="{old}"\\) is called "{now}" here'):
        other = GymScene().multiplayer(predictor=old)
    assert game.table["multiplayer"] == {"predictor": now}
    assert document(other.gameplay(action_mapping={"w": 1}))["scenes"][1]["multiplayer"] == {"predictor": now}


def test_a_note_names_the_line_that_called() -> None:
    with pytest.warns(OldName) as notes:
        GymScene().gameplay(action_population_method="default_action")
    assert notes[0].filename == __file__


def test_a_stager_is_a_list_of_scenes() -> None:
    parts = [StartScene("welcome", body="page.md"), EndScene("end")]
    with pytest.warns(OldName, match="Stager is not needed here"):
        stager = Stager(scenes=parts)
    assert Experiment("study", "The study", master_seed=7).scenes(stager).parts == parts
    assert Experiment("study", "The study", master_seed=7).scenes(parts).parts == parts


def test_a_completion_code_scene_is_an_end_with_a_code() -> None:
    with pytest.warns(OldName, match="CompletionCodeScene is now EndScene"):
        end = CompletionCodeScene("C1ABCDEF", "end", title="Thanks").redirect(
            "https://h.org/?p=", append_subject_id=True
        )
    assert document(GymScene().gameplay(action_mapping={"w": 1}), end)["scenes"][2] == {
        "id": "end", "type": "end", "title": "Thanks", "codes": {"COMPLETED": "C1ABCDEF"},
        "redirect": "https://h.org/?p={participant_id}",
    }  # fmt: skip


def test_a_key_is_named_by_what_it_types_and_a_capital_is_the_same_key() -> None:
    mapping = {"ArrowLeft": 0, "w": 1, "W": 1, " ": 2, "3": Action.NOOP, "KeyQ": np.int64(5)}
    keys = document(GymScene().gameplay(action_mapping=mapping))["scenes"][1]["keys"]
    assert keys == {"ArrowLeft": 0, "KeyW": 1, "Space": 2, "Digit3": 6, "KeyQ": 5}
    assert {type(action) for action in keys.values()} == {int}


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (
            {("ArrowUp", "ArrowLeft"): 3},
            "action_mapping: ArrowUp and ArrowLeft are named together; give the environment",
        ),
        ({"w": 1, "W": 2}, "action_mapping: 'W' is the key KeyW, which does something else already"),
    ],
)
def test_keys_that_mean_nothing_here_are_refused(mapping: dict[Any, int], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        GymScene().gameplay(action_mapping=mapping)
