"""`experiment.toml`: what it may say, and the one sentence for everything it may not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.engine.policies import people_of
from app.experiments.conditions import Override
from app.experiments.config import Experiment, GameScene, InputError, load_experiment
from app.experiments.scenes import EndScene, RandomOrder, StartScene

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
TYPES = (
    '"start", "static", "consent", "instructions", "quiz", "survey", "feedback", "game", "hold", "debrief", "end", '
    '"random_order" or "repeat"'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example that a test may spoil."""
    copy = tmp_path / "study"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "experiment.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(before) >= 1, f"{before!r} is not in the example"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as refused:
        load_experiment(folder)
    sentence = str(refused.value)
    assert "\n" not in sentence and sentence.endswith((".", "?", ")"))
    return sentence


def test_the_example_is_read_as_it_stands() -> None:
    experiment = load_experiment(EXAMPLE)
    assert experiment.experiment.id == "overcooked-pair" and experiment.folder == EXAMPLE
    (game,) = experiment.game_scenes
    assert list(experiment.seats) == ["0", "1"]
    assert (game.rendering.fps, game.gameplay.num_episodes, game.gameplay.max_steps) == (30, 2, 900)
    assert [scene.type for scene in experiment.scenes] == ["start", "game", "end"]
    assert len(experiment.source_hash()) == 64


def test_the_setup_of_a_match_is_plain_json_with_everything_resolved() -> None:
    experiment = load_experiment(EXAMPLE)
    setup = experiment.match_setup(experiment.game_scenes[0])
    assert json.loads(json.dumps(setup)) == setup
    assert setup["predictor"] == "repeat_last" and setup["input_delay"] == 0 and setup["seats"] == ["0", "1"]
    assert (setup["reconnection_timeout_ms"], setup["longest_stepping_ms"]) == (30000, 5000)


@pytest.mark.parametrize(
    ("fps", "mode", "delay", "predictor"),
    [(30, "pressed_keys", 0, "repeat_last"), (31, "single_keystroke", 1, "default")],
)
def test_unset_delay_and_predictor_follow_speed_and_keys(
    folder: Path, fps: int, mode: str, delay: int, predictor: str
) -> None:
    change(folder, "input_delay = 0, ", "")
    change(folder, "fps = 30", f"fps = {fps}")
    change(folder, '"pressed_keys"', f'"{mode}"')
    game = load_experiment(folder).game_scenes[0]
    assert (game.input_delay, game.predictor) == (delay, predictor)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("fps = 30", "fps = 0", "experiment.toml: scenes.game.rendering.fps = 0; use 1 to 60 frames per second."),
        ("fps = 30", 'fps = "30"', 'scenes.game.rendering.fps = "30"; use 1 to 60 frames per second.'),
        ("fps = 30", "fps = 29.5", "scenes.game.rendering.fps = 29.5; use 1 to 60 frames per second."),
        ("fps = 30", "fsp = 30", "scenes.game.rendering.fsp is not a known key; did you mean fps?"),
        ("master_seed", "masterseed", "experiment.masterseed is not a known key; did you mean master_seed?"),
        ("[experiment]", "[experiments]", "experiments is not a known key; did you mean experiment?"),
        ('title = "Thank you"', 'titel = "Thank you"', "scenes.end.titel is not a known key; did you mean title?"),
        ("default_action = 6, ", "", "scenes.game.gameplay.default_action is missing; add it (the action of a seat"),
        ('body = "welcome.md"\n', "", "scenes.welcome.body is missing; add it (Markdown or HTML file"),
        ("KeyQ = 5", "KeyQ = true", "scenes.game.keys.KeyQ = true; use a whole number for a Discrete space"),
        ('KeyQ = "use"', 'KeyE = "use"', "scenes.game.key_labels.KeyE labels a key that is not in keys; use ArrowUp"),
        ("KeyQ = 5", "keyq = 5", "scenes.game.keys.keyq is not a key of the keyboard; perhaps KeyQ is meant."),
        ("COMPLETED =", "COMPLETE =", "scenes.end.codes.COMPLETE is not a reason to end; perhaps COMPLETED is meant."),
        ('type = "end"', 'type = "ende"', f'scenes.end.type = "ende"; use {TYPES}.'),
        ('type = "end"\n', "", f"scenes.end.type is missing; use {TYPES}."),
        ("format = 1", "format = 2", "format = 2; this program reads format 1, so update the program."),
        ("format = 1", 'format = "1"', 'format = "1"; this program reads format 1, so use 1.'),
        ('"fifo"', '"lifo"', 'scenes.game.matchmaking.matchmaker = "lifo"; use "fifo".'),
        ("input_delay = 0", "input_delay = 9", "scenes.game.multiplayer.input_delay = 9; use 0 to 8 frames."),
        ("timeout_ms = 120000", "timeout_ms = 1", "waitroom.timeout_ms = 1; use 1000 to 86400000 milliseconds."),
        ('"leave:LOBBY_TIMEOUT"', '"stay"', 'waitroom.then = "stay"; use "leave:" and a reason'),
        ("cogrid==0.3.2", "cogrid", 'environment.packages.1 = "cogrid"; use name==version, such as "cogrid==0.3.2".'),
        ("overcooked-pair", "Overcooked pair", 'experiment.id = "Overcooked pair"; use lower-case letters, digits'),
        ('id = "end"', 'id = "game"', 'scenes: id "game" is used twice; give every scene its own id.'),
        ('[seats.0]\nrole = "cook_a"\n[seats.1]\nrole = "cook_b"', "[seats]", "seats has 0 of them; declare 1 to 8"),
        ("input_delay = 0", "prediction_window = 1", "prediction_window = 1; use 0 for lockstep, or 2 to 12 frames."),
        (
            "input_delay = 0",
            'predictor = "guess"',
            'predictor = "guess"; use "repeat_last", "default" or module:object',
        ),
        ("input_delay = 0", 'predictor = "guessing:f"', "guessing.py is missing in"),
        ("input_delay = 0", 'after_departure = "policy"', "multiplayer.departure_policy is missing; add it"),
        ("input_delay = 0", 'departure_policy = "bots:B"', 'departure_policy is used after_departure = "policy" only;'),
        ('body = "end.md"', 'body = "../end.md"', 'scenes.end.body = "../end.md"; use the name of a file inside'),
        ('body = "end.md"', 'body = "ende.md"', 'scenes.end.body = "ende.md"; there is no such file in'),
        ('body = "end.md"', 'body = "end.txt"', 'scenes.end.body = "end.txt"; use a file whose name ends in .md'),
        ("environment:make_env", "kitchen:make_env", "kitchen.py is missing in"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_value_and_the_remedy(
    folder: Path, before: str, after: str, sentence: str
) -> None:
    change(folder, before, after)
    assert sentence in refusal(folder)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ('policy = "bots"', 'seats.1.policy = "bots"; use module:object, such as "players:Chaser".'),
        ('policy = "bots:B"', 'seats.1.policy = "bots:B"; bots.py is missing in'),
        ('policy = "environment:B"\nframe_skip = 0', "seats.1.frame_skip = 0; use 1 to 600 frames."),
        ('policy = "environment:B"\nfilled_by = "human"', 'seats.1.filled_by = "human", but policy names an AI player'),
        ("frame_skip = 2", "seats.1.frame_skip is for an AI player; add policy"),
        ('filled_by = "policy"', "seats.1.policy is missing; add it"),
    ],
)
def test_who_sits_on_a_seat_is_said_once(folder: Path, second: str, sentence: str) -> None:
    change(folder, 'role = "cook_b"', f'role = "cook_b"\n{second}')
    assert sentence in refusal(folder)


def test_a_match_needs_a_person(folder: Path) -> None:
    for role in ("cook_a", "cook_b"):
        change(folder, f'role = "{role}"', f'role = "{role}"\npolicy = "environment:B"')
    assert "seats: every one has a policy; leave one of them to a person." in refusal(folder)


def test_ai_players_and_those_who_stand_in_are_part_of_the_setup(folder: Path) -> None:
    change(folder, 'role = "cook_b"', 'role = "cook_b"\npolicy = "cooks:B"\npolicy_config = { pace = 2 }')
    change(
        folder, "input_delay = 0",
        'after_departure = "policy", departure_policy = "cooks:C", departure_frame_skip = 1, predictor = "cooks:guess"',
    )  # fmt: skip
    experiment = load_experiment(folder)
    assert experiment.people == [0]
    setup = experiment.match_setup(experiment.game_scenes[0])
    assert setup["policies"] == {
        "0": {"policy": "cooks:C", "config": {}, "frame_skip": 1, "departure": True},
        "1": {"policy": "cooks:B", "config": {"pace": 2}, "frame_skip": 4},
    }
    assert setup["predictor"] == "cooks:guess" and people_of(setup["policies"], setup["seats"]) == [0]


def test_one_to_eight_seats_may_be_declared(folder: Path) -> None:
    change(folder, '[seats.1]\nrole = "cook_b"', "")
    assert load_experiment(folder).people == [0]
    eight = "".join(f'[seats.{seat}]\nrole = "r{seat}"\n' for seat in range(1, 8))
    change(folder, '[seats.0]\nrole = "cook_a"', f'[seats.0]\nrole = "cook_a"\n{eight}')
    assert load_experiment(folder).people == list(range(8))
    change(folder, "[seats.7]", '[seats.8]\nrole = "r8"\n[seats.7]')
    assert "seats has 9 of them; declare 1 to 8, such as [seats.0]." in refusal(folder)


def test_malformed_toml_is_named_with_line_and_column(folder: Path) -> None:
    change(folder, 'title = "The kitchen"', 'title "The kitchen"')
    lines = (folder / "experiment.toml").read_text(encoding="utf-8").splitlines()
    line = lines.index('title "The kitchen"') + 1
    assert refusal(folder).startswith(f"experiment.toml: line {line}, column 7: expected '='")


def test_scenes_come_in_an_order_that_can_be_played(folder: Path) -> None:
    change(folder, 'id = "welcome"\ntype = "start"', 'id = "welcome"\ntype = "end"')
    assert 'scenes.welcome.type = "end" comes first; begin with a scene of type "start"' in refusal(folder)


def test_a_missing_environment_is_said_so(folder: Path) -> None:
    (folder / "environment.py").unlink()
    assert 'environment.factory = "environment:make_env"; environment.py is missing in' in refusal(folder)


def test_a_folder_that_is_no_experiment_is_said_so(tmp_path: Path) -> None:
    assert "experiment.toml is missing" in refusal(tmp_path)
    assert "there is no such folder" in refusal(tmp_path / "nowhere")


def test_a_file_that_is_not_utf8_is_said_so(folder: Path) -> None:
    (folder / "experiment.toml").write_bytes(b'title = "K\xfcche"')
    assert "byte 11 is not UTF-8; save the file as UTF-8" in refusal(folder)
    (folder / "experiment.toml").write_bytes((EXAMPLE / "experiment.toml").read_bytes())
    (folder / "end.md").write_bytes(b"K\xfcche")
    assert "cannot be read as UTF-8 text" in refusal(folder)


def test_an_edit_changes_the_hash(folder: Path) -> None:
    before = load_experiment(folder).source_hash()
    change(folder, "fps = 30", "fps = 31")
    assert load_experiment(folder).source_hash() != before


def test_every_key_says_what_it_means() -> None:
    models: list[type[BaseModel]] = [Experiment]
    seen: set[type[BaseModel]] = set()
    while models:
        model = models.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            assert field.description or name == "type", f"{model.__name__}.{name} has no description"
            models += [kind for kind in _models_in(field.annotation) if kind not in seen]
    assert seen > {StartScene, GameScene, EndScene, RandomOrder, Override} and len(seen) > 25


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
