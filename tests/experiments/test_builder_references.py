"""What the builder is given as an object is written as `module:object`, if browsers can import it from the folder."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import gymnasium
import pytest

from app.experiments.builder import EndScene, Experiment, GymScene, InputError, StartScene, read
from tests.experiments.studies import Folder

KITCHEN = """
import functools

class Helper:
    class Inner: pass
    def act(self, observation, rng): return 0

def make_env(layout="room"):
    def inner(): pass
    make_env.inner = inner
    return None

def guess(last, default): return last

def doubled(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args) * 2
    return wrapper

plain = doubled(guess).__wrapped__
twice = doubled(lambda n: n)

def hidden(): pass
kept, hidden = hidden, None
"""

Load = Callable[[str, str], ModuleType]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Folder(tmp_path).path


@pytest.fixture
def load(folder: Path) -> Iterator[Load]:
    """Puts a module into the folder and imports it under another name, as a script of a researcher's may."""
    loaded = []

    def put_and_import(file: str, name: str) -> ModuleType:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(KITCHEN, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    yield put_and_import
    for name in loaded:
        del sys.modules[name]


def study(game: GymScene) -> Experiment:
    game.scene("game").gameplay(action_mapping={"Space": 1}, default_action=0)
    return Experiment("study", "The study", master_seed=7).scenes(
        StartScene("welcome", body="page.md"), game, EndScene("end")
    )


def test_functions_and_classes_are_named_as_seen_from_the_folder(folder: Path, load: Load) -> None:
    kitchen, players = load("kitchen.py", "studies.kitchen"), load("more/__init__.py", "studies.more")
    game = (
        GymScene()
        .environment(env_creator=kitchen.make_env, env_config={"layout": "ring"})
        .policies({"a": "human", "b": players.Helper})
        .multiplayer(predictor=kitchen.guess, after_departure="policy", departure_policy=players.Helper)
    )
    written = study(game).write(folder)
    assert written.environment.factory == "kitchen:make_env" and written.seats["b"].policy == "more:Helper"
    after = written.game_scenes[0].multiplayer
    assert (after.predictor, after.departure_policy) == ("kitchen:guess", "more:Helper")
    again = read(folder)
    again.environment(env_creator=kitchen.make_env)
    assert again.document(folder) == read(folder).document(folder)


def test_two_objects_of_one_name_are_the_same_to_the_study(folder: Path, load: Load) -> None:
    kitchen = load("kitchen.py", "studies.kitchen")
    game = GymScene().environment(env_creator=kitchen.make_env).policies({0: "human"})
    built = study(game).environment(env_creator="kitchen:make_env")
    assert built.document(folder)["environment"] == {"factory": "kitchen:make_env"}


@pytest.mark.parametrize(
    ("pick", "sentence"),
    [
        (
            lambda kitchen: lambda: None,
            "environment.factory: a lambda has no name to import it by; put it into a module",
        ),
        (lambda kitchen: kitchen.Helper(), "environment.factory: an object of type Helper has no name to import it by"),
        (
            lambda kitchen: kitchen.Helper.Inner,
            "environment.factory: Inner is defined inside Helper, where nothing can",
        ),
        (lambda kitchen: (kitchen.make_env(), kitchen.make_env.inner)[1], "inner is defined inside make_env, where"),
        (lambda kitchen: kitchen.kept, "environment.factory: hidden of kitchen.py is another object"),
        (lambda kitchen: kitchen.twice, "environment.factory: a lambda has no name"),
        (lambda kitchen: gymnasium.make, "make of module gymnasium.envs.registration lies outside"),
        (lambda kitchen: print, "print of module builtins lies outside"),
        (lambda kitchen: 3, "an object of type int has no name"),
    ],
)
def test_what_browsers_could_not_import_is_refused_with_the_remedy(
    folder: Path, load: Load, pick: Callable[[Any], Any], sentence: str
) -> None:
    game = GymScene().environment(env_creator=pick(load("kitchen.py", "studies.kitchen"))).policies({0: "human"})
    with pytest.raises(InputError) as refused:
        study(game).write(folder)
    assert sentence in str(refused.value) and str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_what_the_building_script_defines_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_env() -> None:
        return None

    make_env.__module__, make_env.__qualname__ = "__main__", "make_env"
    monkeypatch.setattr(sys.modules["__main__"], "make_env", make_env, raising=False)
    with pytest.raises(InputError, match="make_env is defined in the script that builds the study, which browsers do"):
        study(GymScene().environment(env_creator=make_env).policies({0: "human"})).write(folder)


def test_a_module_that_is_missing_is_told_before_the_file_is_written(folder: Path) -> None:
    with pytest.raises(InputError, match='environment.factory = "room:make_env"; room.py is missing in'):
        study(GymScene().environment(env_creator="room:make_env").policies({0: "human"})).write(folder)
    assert not (folder / "experiment.toml").exists()
