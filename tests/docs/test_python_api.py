"""The page on the Python builder and its docstrings name every parameter there is, and no other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from app.experiments import builder

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python-api.md"


def public() -> list[tuple[str, Any]]:
    """Every class of the builder and every method that a researcher calls."""
    found: list[tuple[str, Any]] = []
    for name in builder.__all__:
        thing = getattr(builder, name)
        if not inspect.isclass(thing) or issubclass(thing, Exception):
            continue
        found.append((name, thing))
        for method, function in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_") and method != "in_file":
                found.append((f"{name}.{method}", function))
    return found


PUBLIC = public()


def parameters(thing: Any) -> list[str]:
    return [name for name in inspect.signature(thing).parameters if name != "self"]


@pytest.mark.parametrize(("name", "thing"), PUBLIC, ids=[name for name, _ in PUBLIC])
def test_every_parameter_is_explained_where_it_is_declared(name: str, thing: Any) -> None:
    arguments = (inspect.getdoc(thing) or "").partition("Args:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^    (\w+): \S", arguments, re.MULTILINE) == parameters(thing)


@pytest.mark.parametrize(
    ("name", "thing"),
    [(name, thing) for name, thing in PUBLIC if name.startswith(("GymScene.", "Experiment"))],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_page_names_every_parameter_of_a_game_and_of_a_study(name: str, thing: Any) -> None:
    title = re.escape(name.removeprefix("GymScene.").removeprefix("Experiment."))
    owner = "A game" if name.startswith("GymScene.") else "A study"
    chapter = PAGE.read_text(encoding="utf-8").partition(f"\n## {owner}\n")[2].partition("\n## ")[0]
    match = re.search(rf"^### `{title}`\n(.*?)(?=^### |\Z)", chapter, re.MULTILINE | re.DOTALL)
    assert match is not None, f"the page has no {name}"
    assert re.findall(r"^\| `(\w+)`", match[1], re.MULTILINE) == parameters(thing)


def test_the_page_names_every_scene_and_block() -> None:
    text = PAGE.read_text(encoding="utf-8")
    scenes = [name for name, thing in PUBLIC if inspect.isclass(thing)]
    assert [name for name in scenes if f"`{name}" not in text] == []


def test_every_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "two_cooks").mkdir()
    (tmp_path / "two_cooks" / "environment.py").write_text("def make_env():\n    raise NotImplementedError\n")
    monkeypatch.chdir(tmp_path)
    pieces = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    for piece in pieces:
        exec(compile(piece, PAGE.name, "exec"), names)
    written = (tmp_path / "two_cooks" / "experiment.toml").read_text(encoding="utf-8")
    assert len(pieces) >= 2 and "fps = 20" in written
