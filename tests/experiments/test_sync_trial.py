"""The sync test at preflight: how much of it is done, and what is said when that was not all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.experiments import sync_trial
from app.experiments.sync_trial import FEWEST_FRAMES, MOST_FRAMES, SyncTrial

CHEAP = {"step_ms": 0.01, "save_ms": 0.01}


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A job whose case is not played elsewhere: `fresh_interpreter.py` has tests of its own."""
    monkeypatch.setattr(sync_trial, "play_elsewhere", lambda *_: [])
    setup = {
        "factory": "tests.environments.odd:LiveState", "config": {}, "seats": ["0", "1"], "fps": 30, "max_steps": 40,
        "default_action": 0, "prediction_window": 8, "record": {"observations": True, "info": []},
    }  # fmt: skip
    return {"folder": str(Path(__file__).parent), "paths": [], "setup": setup, "scene": "game"}


def test_an_expensive_environment_is_tested_for_fewer_frames(job: dict[str, Any]) -> None:
    for cost, frames in ((CHEAP, MOST_FRAMES), ({"step_ms": 40.0, "save_ms": 40.0}, FEWEST_FRAMES)):
        trial = SyncTrial(job, cost)
        assert trial.problem() is None
        assert trial.tested_frames == frames and trial.notes("scenes.game") == []


def test_what_could_not_be_tested_in_time_is_said_and_not_passed_over(
    job: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_trial, "LIMIT_S", 0.0)
    trial = SyncTrial(job, CHEAP)
    assert trial.problem() is None
    (note,) = trial.notes("scenes.game")
    assert note.startswith(f"environment: only 0 of {MOST_FRAMES} frames could be tested for going back")


@pytest.mark.parametrize(
    "change",
    [
        {"prediction_window": 0},
        {"policies": {"1": {"policy": "tests.environments.odd:stand_still"}}},
    ],
    ids=["lockstep", "one person"],
)
def test_where_nothing_is_ever_rolled_back_a_state_need_not_bear_it(
    job: dict[str, Any], change: dict[str, Any]
) -> None:
    job["setup"]["factory"] = "tests.environments.nasty:Forgetful"
    assert "after going back" in (SyncTrial(job, CHEAP).problem() or "")
    job["setup"] |= change
    trial = SyncTrial(job, CHEAP)
    assert trial.problem() is None
    assert trial.notes("scenes.game") == []
