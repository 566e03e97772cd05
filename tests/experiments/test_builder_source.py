"""Source text that binds a global `env` becomes `environment.py`; every match has an environment of its own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from app.experiments.builder import EndScene, Experiment, GymScene, InputError, StartScene
from tests.experiments.studies import Folder

CODE = '''from collections import *

STEP = 2

class Counter:
    """Counts.

  By steps."""
    def __init__(self): self.count, self.seen = 0, []
    def reset(self, seed=None): self.count = 0; self.seen.clear()
    def step(self, action, env=None): self.count += STEP; self.seen.append(env or action)

env = Counter()
sizes = [env.count for _ in range(2)]
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = Folder(tmp_path)
    (files.path / "environment.py").unlink()
    return files.path


def study(game: GymScene, *more: GymScene) -> Experiment:
    for each in (game, *more):
        each.gameplay(action_mapping={"Space": 1}, default_action=0)
    return Experiment("study", "The study", master_seed=7).scenes(
        StartScene("welcome", body="page.md"), game.policies({0: "human"}), *more, EndScene("end")
    )


def imported(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment_under_test", folder / "environment.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refusal(folder: Path, code: str) -> str:
    with pytest.raises(InputError) as refused:
        study(GymScene("game").runtime(environment_initialization_code=code)).write(folder)
    assert not (folder / "environment.py").exists()
    return str(refused.value)


def test_each_environment_begins_as_the_code_left_it(folder: Path) -> None:
    written = study(GymScene("game").runtime(environment_initialization_code=CODE)).write(folder)
    assert written.environment.factory == "environment:make_env"
    module = imported(folder)
    first, second = module.make_env(), module.make_env()
    first.step(1)
    assert (first.count, first.seen) == (2, [1]) and (second.count, second.seen) == (0, [])
    assert module.make_env().count == 0 and type(first) is module.Counter


def test_the_code_stays_as_it_was_given(folder: Path) -> None:
    study(GymScene("game").runtime(environment_initialization_code=CODE)).write(folder)
    assert CODE in (folder / "environment.py").read_text(encoding="utf-8")


def test_the_code_may_stand_in_a_file_of_the_folder(folder: Path) -> None:
    (folder / "kitchen.py").write_text(CODE, encoding="utf-8")
    study(GymScene("game").runtime(environment_initialization_code_filepath="kitchen.py")).write(folder)
    assert imported(folder).make_env().count == 0


def test_code_that_has_a_make_env_needs_no_env(folder: Path) -> None:
    code = "def make_env(size=1):\n    return [0] * size\n"
    study(GymScene("game").runtime(environment_initialization_code=code)).write(folder)
    assert imported(folder).make_env(2) == [0, 0]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("x = = 1", "scenes.game.environment.factory: line 1: invalid syntax; correct the Python there."),
        ("environment = 1", "the code binds no global env; end it with env = ..., or define make_env."),
        (
            "env = 1\ndef draw():\n    return env",
            "line 2: draw uses the global env, which is not the one that is played",
        ),
        ("env = 1\nenv.draw = lambda: env", "line 2: a lambda uses the global env"),
        ("class A:\n    def f(self):\n        global env\n        env = 2\nenv = A()", "line 2: f uses the global env"),
        ("def f():\n    return [env for _ in x]\nenv = f", "uses the global env"),
    ],
)
def test_code_that_could_not_be_played_is_refused_with_its_line(folder: Path, code: str, sentence: str) -> None:
    assert sentence in refusal(folder, code)


def test_an_environment_of_somebodys_own_is_not_written_over(folder: Path) -> None:
    (folder / "environment.py").write_text("mine = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="environment.py: is there already and was not written by the builder"):
        study(GymScene("game").runtime(environment_initialization_code=CODE)).write(folder)
    assert (folder / "environment.py").read_text(encoding="utf-8") == "mine = 1\n"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("away.py", "away.py cannot be read as UTF-8 text; correct its name."),
        ("../away.py", 'environment.factory = "../away.py"; it lies outside'),
        ("environment.py", "environment.py is where the code is written to; call your file otherwise."),
    ],
)
def test_a_file_that_cannot_be_the_code_is_refused(folder: Path, path: str, sentence: str) -> None:
    (folder / "environment.py").write_text(CODE, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        study(GymScene("game").runtime(environment_initialization_code_filepath=path)).write(folder)


def test_two_games_with_different_code_are_refused(folder: Path) -> None:
    games = [GymScene(name).runtime(environment_initialization_code=f"env = {name!r}") for name in ("first", "second")]
    with pytest.raises(InputError, match="scenes.second.environment.factory: environment.py is written with another"):
        study(*games).write(folder)
    same = [GymScene(name).runtime(environment_initialization_code="env = 1") for name in ("first", "second")]
    assert len(study(*same).write(folder).game_scenes) == 2
