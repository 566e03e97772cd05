"""A case is played in another process of Python, and whatever becomes of that process is a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.episodes import Episodes, random_words
from app.engine.fresh_case import export_case
from app.experiments.fresh_interpreter import play_elsewhere
from app.experiments.sync_trial import seed_of

ROOT = Path(__file__).resolve().parents[2]


def played(name: str) -> tuple[bytes, dict[str, Any]]:
    """A case of an environment of the catalogue, and the job that it belongs to."""
    setup = {
        "factory": name, "config": {}, "seats": ["0", "1"], "fps": 30, "max_steps": 40, "default_action": 0,
        "record": {"observations": True, "info": []},
    }  # fmt: skip
    episodes = Episodes(setup, seed_of)
    episodes.begin(0)
    script = random_words(episodes.setup, episodes.codecs, 40, np.random.default_rng(2))
    job = {"folder": str(ROOT), "paths": [], "setup": setup, "scene": "game"}
    return export_case(lambda: Episodes(setup, seed_of).begin, script, episodes.columns), job


def test_an_environment_that_depends_on_nothing_else_goes_the_same_way_there() -> None:
    case, job = played("tests.environments.odd:GlobalRandom")
    assert play_elsewhere(case, job, 60) == []


def test_what_a_module_keeps_is_another_there_and_named_with_frame_and_column() -> None:
    case, job = played("tests.environments.nasty:ModuleCache")
    (sentence,) = play_elsewhere(case, job, 60)
    assert sentence.startswith("column reward.0 at frame ") and "another Python process" in sentence


@pytest.mark.parametrize("name", ["IdOrdered", "HashOrdered", "ModuleCounter", "ProcessNumber"])
def test_an_order_by_address_and_a_count_in_a_module_are_seen_there_alone(name: str) -> None:
    """The sync test within one process mostly finds these first; here nothing else has looked."""
    case, job = played(f"tests.environments.nasty:{name}")
    (sentence,) = play_elsewhere(case, job, 60)
    assert "another Python process" in sentence and "frame" in sentence


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("raise KeyError('pot')", "ended with exit code 1 (KeyError: 'pot')"),
        ("while True: pass", "took longer than 2 seconds"),
    ],
)
def test_what_goes_wrong_there_is_a_sentence(tmp_path: Path, code: str, says: str) -> None:
    case, job = played("tests.environments.odd:StringSet")
    (tmp_path / "kitchen_that_fails.py").write_text(code, encoding="utf-8")
    job = {**job, "folder": str(tmp_path), "setup": {**job["setup"], "factory": "kitchen_that_fails:make"}}
    (sentence,) = play_elsewhere(case, job, 2 if "while" in code else 60)
    assert says in sentence and "\n" not in sentence
