"""The chained builder: it says what the file says, writes it, and reads it back without loss."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.experiments import scenes
from app.experiments.builder import (
    EndScene,
    Experiment,
    GymScene,
    HoldScene,
    InputError,
    RandomizeOrder,
    RepeatScene,
    StartScene,
    StaticScene,
    read,
)
from app.experiments.config import Experiment as FileExperiment
from app.experiments.config import load_experiment
from app.experiments.toml_edit import same
from app.server.web.texts import read_materials
from tests.experiments.studies import Folder, toml

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the studies here name, and no experiment.toml."""
    Folder(tmp_path)
    return tmp_path


def small(*more: Any) -> Experiment:
    """A study with one game for two."""
    game = (
        GymScene("game")
        .policies(policy_mapping={0: "human", 1: "human"})
        .gameplay(action_mapping={"Space": 1}, default_action=0)
    )
    return Experiment("study", "The study", master_seed=7).scenes(
        StartScene("welcome", body="page.md"), *more, game, EndScene("end")
    )


def the_example() -> Experiment:
    """Two cooks, one kitchen, as the example's file has it."""
    return (
        Experiment("overcooked-pair", "Two cooks, one kitchen", master_seed=20261121, version=1, language="en")
        .seat(0, role="cook_a")
        .seat(1, role="cook_b")
        .scenes(
            StartScene("welcome").content(scene_header="Two cooks, one kitchen", scene_body_filepath="welcome.md"),
            GymScene()
            .scene("game")
            .environment(env_creator="environment:make_env", env_config={"layout": "cramped_room"})
            .rendering(fps=30, game_width=640, game_height=480)
            .gameplay(
                action_mapping={"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3, "w": 4, "q": 5},
                key_labels={"w": "pick up or put down", "q": "use"},
                num_episodes=2,
                max_steps=900,
                default_action=6,
                input_mode="pressed_keys",
            )
            .content(scene_header="The kitchen", in_game_scene_body_filepath="kitchen.md")
            .waitroom(timeout=120000, then="leave:LOBBY_TIMEOUT")
            .matchmaking(matchmaker="fifo", roles="random")
            .runtime(packages_to_install=["cogrid==0.3.2"])
            .multiplayer(mode="p2p", input_delay=0, reconnection_timeout_ms=30000)
            .record(info=["delivered"]),
            EndScene(
                "end",
                codes={
                    "COMPLETED": "SOUP-7291",
                    "LOBBY_TIMEOUT": "WAIT-4408",
                    "PARTNER_LEFT": "PART-3516",
                    "TECH_PROBLEM": "TECH-9024",
                },
            ).content(scene_header="Thank you", scene_body_filepath="end.md"),
        )
    )


def test_the_example_built_in_python_equals_the_one_written_by_hand_model_for_model(tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(EXAMPLE, study, ignore=shutil.ignore_patterns("__pycache__", "experiment.toml"))
    built, by_hand = the_example().write(study), load_experiment(EXAMPLE)
    for name in FileExperiment.model_fields:
        assert getattr(built, name) == getattr(by_hand, name), name
    assert built.model_dump() == by_hand.model_dump()
    assert built.match_setup(built.game_scenes[0]) == by_hand.match_setup(by_hand.game_scenes[0])


def test_a_study_that_is_read_and_written_unchanged_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(EXAMPLE, study, ignore=shutil.ignore_patterns("__pycache__"))
    before = (study / "experiment.toml").read_bytes()
    read(study).write(study)
    assert (study / "experiment.toml").read_bytes() == before


def test_a_study_that_is_read_changed_and_written_keeps_its_remarks(tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(EXAMPLE, study, ignore=shutil.ignore_patterns("__pycache__"))
    before = (study / "experiment.toml").read_text(encoding="utf-8")
    changed = read(study)
    changed.scene("game").rendering(fps=20)
    assert changed.write(study).game_scenes[0].rendering.fps == 20
    assert (study / "experiment.toml").read_text(encoding="utf-8") == before.replace("fps = 30", "fps = 20")


def test_a_list_of_conditions_and_blocks_can_be_said(folder: Path) -> None:
    study = small().conditions(unit="group", method="list", list=[{"delay": 0}, {"delay": 2}])
    assert study.write(folder).conditions.list == [{"delay": 0}, {"delay": 2}]
    study = small().conditions(unit="group", factors={"delay": [0, 2]}, blocks=3)
    assert study.write(folder).conditions.blocks == 3


def test_any_document_comes_back_as_it_was(folder: Path) -> None:
    written = {
        "experiment": {"id": "study", "title": "The study", "master_seed": 7},
        "seats": {"0": {"role": "cook"}},
        "environment": {"config": {"depth": 1.0, "rows": [[1, 2], []], "on": True}},
        "scenes": [
            {"id": "welcome", "type": "start", "body": "page.md"},
            {"id": "game", "type": "game", "gameplay": {"default_action": 0}, "keys": {"Space": 1}},
            {"id": "end", "type": "end"},
        ],
    }
    (folder / "experiment.toml").write_text(toml(written), encoding="utf-8")
    assert same(read(folder).document(folder), written)


def test_what_is_not_said_is_not_written_so_that_defaults_stay_in_one_place(folder: Path) -> None:
    assert small().document(folder) == {
        "format": 1,
        "experiment": {"id": "study", "title": "The study", "master_seed": 7},
        "seats": {"0": {"role": "player_0"}, "1": {"role": "player_1"}},
        "scenes": [
            {"id": "welcome", "type": "start", "body": "page.md"},
            {"id": "game", "type": "game", "gameplay": {"default_action": 0}, "keys": {"Space": 1}},
            {"id": "end", "type": "end"},
        ],
    }


def test_a_later_call_changes_what_it_names_and_none_takes_a_setting_away() -> None:
    game = GymScene("game").rendering(fps=30, game_width=500).rendering(fps=20)
    assert game.table["rendering"] == {"fps": 20, "game_width": 500}
    assert "rendering" not in game.rendering(fps=None, game_width=None).table


def test_a_copy_of_a_scene_may_differ_from_it(folder: Path) -> None:
    study = small()
    first = study.scene("game")
    second = copy.deepcopy(first).scene("again").rendering(fps=20)
    study.parts.insert(2, second)
    games = study.write(folder).game_scenes
    assert [(game.id, game.rendering.fps) for game in games] == [("game", 10), ("again", 20)]


def test_blocks_without_a_name_are_named_by_their_order(folder: Path) -> None:
    inner = RepeatScene(StaticScene("a", body="page.md"), n=2)
    study = small(RandomizeOrder([inner, StaticScene("b", body="page.md")], keep_n=1), RepeatScene(HoldScene("w"), n=3))
    blocks = [part for part in study.write(folder).scenes if isinstance(part, scenes.Block)]
    assert [(block.id, block.type) for block in blocks] == [("order_1", "random_order"), ("repeat_2", "repeat")]
    assert blocks[0].scenes[0].id == "repeat_1" and blocks[0].keep_n == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s.scene("game").rendering(fps=0), "scenes.game.rendering.fps = 0; use 1 to 60 frames per second."),
        (
            lambda s: s.scene("game").gameplay(num_episodes=2, default_action=None),
            "gameplay.default_action is missing; add it",
        ),
        (lambda s: s.scene("game").environment(env_config={"a": object()}), "config.a: object cannot stand in"),
        (lambda s: s.scene("game").environment(env_config={1: 2}), "environment.config: the key 1 is no text"),
        (lambda s: s.scene("welcome").content(scene_body_filepath="away.md"), 'body = "away.md"; there is no such'),
        (lambda s: s.scene("welcome").content(scene_body_filepath="../a.md"), 'body = "../a.md"; it lies outside'),
        (lambda s: s.parts.insert(1, StaticScene()), 'a scene of type "static" has no id; give it one'),
        (lambda s: s.seat(0, role="cook", policy="players:Helper"), "seats.0 is another one than the study has"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_file_stays_as_it_was(folder: Path, change: Any, sentence: str) -> None:
    small().write(folder)
    before = (folder / "experiment.toml").read_bytes()
    study = small()
    change(study)
    with pytest.raises(InputError) as refused:
        study.write(folder)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)
    assert (folder / "experiment.toml").read_bytes() == before


def test_an_unknown_scene_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(InputError, match='there is no scene "gmae"; did you mean game?'):
        small().scene("gmae")


def test_two_games_that_want_different_environments_are_refused(folder: Path) -> None:
    study = small()
    other = copy.deepcopy(study.scene("game")).scene("other").environment(env_config={"layout": "ring"})
    study.scene("game").environment(env_config={"layout": "room"})
    study.parts.insert(2, other)
    with pytest.raises(InputError, match="scenes.other: environment.config is another one than the study has already"):
        study.document(folder)


def test_a_game_may_say_who_plays_and_the_study_what_the_seats_are_called(folder: Path) -> None:
    study = small().seat(0, role="cook")
    study.scene("game").policies({0: "human", 1: "environment:Helper"}, frame_skip=2, policy_configs={1: {"a": 1}})
    assert study.document(folder)["seats"] == {
        "0": {"role": "cook"},
        "1": {"role": "player_1", "policy": "environment:Helper", "frame_skip": 2, "policy_config": {"a": 1}},
    }
    with pytest.raises(InputError, match="policies: roles names seat 2, which policy_mapping does not"):
        GymScene("game").policies({0: "human"}, roles={2: "cook"})


def test_a_text_is_written_to_a_file_called_as_its_scene(folder: Path) -> None:
    study = small(StaticScene("more").content(scene_body="Read *this*."))
    study.scene("welcome").content(scene_body="  <h1>Hello</h1>")
    written = study.write(folder)
    assert (written.scene("more").body, written.start_scene.body) == ("more.md", "welcome.html")
    assert "Read *this*.\n" in (folder / "more.md").read_text(encoding="utf-8")
    study.scene("more").content(scene_body="Read that.")
    study.write(folder)
    assert "Read that.\n" in (folder / "more.md").read_text(encoding="utf-8")


def test_participants_do_not_see_that_the_builder_wrote_a_page(folder: Path) -> None:
    study = small(StaticScene("more").content(scene_body="Read *this*."))
    study.scene("welcome").content(scene_body="<h1>Hello</h1>")
    pages = read_materials(study.write(folder)).bodies
    assert {name: text.strip() for name, text in pages.items()} == {
        "welcome.html": "<h1>Hello</h1>",
        "more.md": "<p>Read <em>this</em>.</p>",
    }


def test_a_value_that_cannot_be_written_is_named_by_its_place_in_the_file(folder: Path) -> None:
    with pytest.raises(InputError) as refused:
        small().environment(env_config={"sizes": [1, object()]}).write(folder)
    assert str(refused.value).startswith(
        "environment.config.sizes.2: object cannot stand in experiment.toml; use texts,"
    )


def test_a_file_that_somebody_wrote_by_hand_is_never_written_over(folder: Path) -> None:
    (folder / "more.md").write_text("Mine", encoding="utf-8")
    study = small(StaticScene("more").content(scene_body="Read this."))
    with pytest.raises(InputError, match="more.md: is there already and was not written by the builder; rename it"):
        study.write(folder)
    assert (folder / "more.md").read_text(encoding="utf-8") == "Mine" and not (folder / "experiment.toml").exists()


def test_a_text_and_a_file_for_the_same_page_are_too_much() -> None:
    with pytest.raises(InputError, match="scene_body and scene_body_filepath were both given; give one of them."):
        StaticScene("more").content(scene_body="a", scene_body_filepath="b.md")


def test_what_the_builder_does_not_know_is_no_parameter() -> None:
    with pytest.raises(TypeError, match="hud_text_fn"):
        GymScene("game").rendering(hud_text_fn=print)  # type: ignore[call-arg]
