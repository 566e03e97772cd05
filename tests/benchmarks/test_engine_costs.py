"""The benchmark's own program runs under CPython too, on the example, and refuses to compare unequal states."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.engine.match import MatchSetup
from app.experiments.config import load_experiment
from benchmarks import engine_costs

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"


def timer_ms() -> float:
    return time.perf_counter() * 1000


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The example's match setup, with measurements short enough for a test."""
    monkeypatch.setattr(sys, "path", [str(EXAMPLE), *sys.path])
    for name, value in (("BLOCKS", 1), ("TRIALS_PER_BLOCK", 2), ("REPEATS", 2), ("WARM_UP_STEPS", 32)):
        monkeypatch.setattr(engine_costs, name, value)
    experiment = load_experiment(EXAMPLE)
    return experiment.match_setup(experiment.game_scenes[0])


def test_every_cost_is_measured_and_every_depth_has_its_ratio(setup: dict[str, Any]) -> None:
    costs = json.loads(engine_costs.measure(json.dumps(setup), timer_ms))
    assert set(costs["rollback_ratio"]) == {"1", "5", "10"}
    for name in ("step_ms", "tick_ms", "arrival_ms", "save_ms", "load_ms", "hash_ms", "draw_ms"):
        assert costs[name] > 0, name
    assert costs["frame_ms"] == pytest.approx(1000 / 30)


def test_kitchens_that_went_different_ways_are_noticed(setup: dict[str, Any]) -> None:
    bench = engine_costs.Bench(MatchSetup.from_dict(setup), timer_ms)
    bench.trial(5)
    bench.assert_same_state()
    bench.plain.step(5, (bench.word(0), bench.word(1)))
    with pytest.raises(AssertionError, match="went different ways"):
        bench.assert_same_state()
