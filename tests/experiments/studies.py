"""Small studies for the tests of what a study is: as a document, and as a folder that can be loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.experiments.config import Experiment, InputError, load_experiment

GAME = {"type": "game", "gameplay": {"default_action": 0}, "keys": {"Space": 1}}
SKILL = {"elements": [{"type": "rating", "name": "skill"}, {"type": "comment", "name": "why"}]}
QUIZ = {"elements": [{"type": "radiogroup", "name": "goal", "choices": ["soup", "cake"], "correctAnswer": "soup"}]}

Part = dict[str, Any]


def static(name: str, **more: Any) -> Part:
    return {"id": name, "type": "static", "body": "page.md", **more}


def survey(name: str, **more: Any) -> Part:
    return {"id": name, "type": "survey", "survey": "skill.json", **more}


def game(name: str, **more: Any) -> Part:
    return {"id": name, **GAME, **more}


def repeat(name: str, n: int, *scenes: Part) -> Part:
    return {"id": name, "type": "repeat", "n": n, "scenes": list(scenes)}


def random_order(name: str, *scenes: Part, **more: Any) -> Part:
    return {"id": name, "type": "random_order", "scenes": list(scenes), **more}


def document(*scenes: Part, end: Part | None = None, **tables: Any) -> dict[str, Any]:
    """A study of a start page, these scenes and an end; with two seats if a game is among them.

    `end` adds to the last scene.
    """
    start = {"id": "welcome", "type": "start", "body": "page.md"}
    found: dict[str, Any] = {
        "experiment": {"id": "study", "title": "The study", "master_seed": 7},
        "scenes": [start, *scenes, {"id": "end", "type": "end", **(end or {})}],
    }
    if '"game"' in json.dumps(scenes):
        found["seats"] = {"0": {"role": "cook"}, "1": {"role": "helper"}}
    return found | tables


def study(*scenes: Part, **tables: Any) -> Experiment:
    return Experiment.model_validate(document(*scenes, **tables))


def toml(document: dict[str, Any]) -> str:
    """Write a document as TOML, every value inline."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in document.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


class Folder:
    """An experiment's folder with the files that these studies name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.put("page.md", "Hello")
        self.put("environment.py", "")
        self.put("skill.json", json.dumps(SKILL))
        self.put("quiz.json", json.dumps(QUIZ))

    def put(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def load(self, *scenes: Part, **tables: Any) -> Experiment:
        self.put("experiment.toml", toml(document(*scenes, **tables)))
        return load_experiment(self.path)

    def refusal(self, *scenes: Part, **tables: Any) -> str:
        """The one sentence with which a study is refused."""
        with pytest.raises(InputError) as refused:
            self.load(*scenes, **tables)
        sentence = str(refused.value)
        assert "\n" not in sentence and sentence.startswith("experiment.toml: ") and sentence[-1] in ".?)"
        return sentence
