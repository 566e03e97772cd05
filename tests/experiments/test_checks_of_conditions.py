"""A game is tried under every condition in which it is another one; each trial is a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.experiments import checks
from app.experiments.config import InputError, load_experiment
from tests.experiments.test_checks import GOOD, TOML

CONDITIONS = """
[conditions]
unit = "group"
factors = { keys = [3, 2], light = ["day", "night"] }
[[conditions.overrides]]
when = { keys = 2 }
set = { "environment.config.size" = 2 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "experiment.toml").write_text(TOML + CONDITIONS, encoding="utf-8")
    (folder / "environment.py").write_text(GOOD, encoding="utf-8")
    (folder / "welcome.md").write_text("Hello", encoding="utf-8")
    return folder


@pytest.fixture
def check(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Check the folder as it is; return what was tried."""
    monkeypatch.setattr(checks, "_package_folders", lambda *_: [])

    def run() -> list[str]:
        tried: list[str] = []
        checks.check_environment(
            load_experiment(folder), cache_dir=tmp_path / "cache", vendor_dir=tmp_path,
            progress=lambda _fraction, label: tried.append(label),
        )  # fmt: skip
        return [label.removeprefix("trying the environment under ") for label in tried]

    return run


def change(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after), encoding="utf-8")


def test_a_condition_that_changes_nothing_for_the_environment_is_not_tried_again(
    check: Callable[[], list[str]], folder: Path
) -> None:
    assert check() == ['keys = 3, light = "day"', 'keys = 2, light = "day"']
    assert check() == [], "what has passed is remembered"
    change(folder, "environment.py", "make_env(size)", "make_env(size, roles, answers)")
    assert check() == ['keys = 3, light = "day"', 'keys = 2, light = "day"'], "roles are the same in all conditions"


def test_an_environment_that_is_told_its_condition_is_tried_under_each(
    check: Callable[[], list[str]], folder: Path
) -> None:
    change(folder, "environment.py", "make_env(size)", "make_env(size, condition)")
    assert check() == [f'keys = {keys}, light = "{light}"' for keys in (3, 2) for light in ("day", "night")]


def test_what_fails_under_one_condition_is_said_with_the_condition(
    check: Callable[[], list[str]], folder: Path
) -> None:
    change(folder, "experiment.toml", '"environment.config.size" = 2', '"environment.config.size" = 1')
    with pytest.raises(InputError) as refused:
        check()
    assert "scenes.game.keys.KeyQ = 1 is not in the action space of seat 0, Discrete(1)" in str(refused.value)
    assert str(refused.value).endswith('(Under keys = 2, light = "day".)')
    change(folder, "experiment.toml", '"environment.config.size" = 1', '"seats.0.role" = "x"')
    change(folder, "environment.py", "    return Env(size)", "    return Env(size + {'day': 0}[condition['light']])")
    change(folder, "environment.py", "make_env(size)", "make_env(size, condition)")
    with pytest.raises(InputError) as refused:
        check()
    told = "environment.py: make_env(size=3, condition={'keys': 3, 'light': 'night'}) failed (KeyError: 'night'"
    assert str(refused.value).startswith(told) and str(refused.value).endswith('(Under keys = 3, light = "night".)')


def test_a_study_without_a_game_has_nothing_to_try(check: Callable[[], list[str]], folder: Path) -> None:
    toml = TOML[: TOML.index('[[scenes]]\nid = "game"')].replace("[environment]\nconfig = { size = 3 }\n", "")
    page = '[[scenes]]\nid = "page"\ntype = "static"\nbody = "welcome.md"\n[[scenes]]\nid = "end"\ntype = "end"\n'
    (folder / "experiment.toml").write_text(toml + page, encoding="utf-8")
    (folder / "environment.py").unlink()
    assert check() == []
