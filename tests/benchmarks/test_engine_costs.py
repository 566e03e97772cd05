"""The benchmark's own program runs under CPython too, on the example, and refuses to compare unequal states."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.engine.match_setup import MatchSetup
from app.experiments.config import load_experiment
from benchmarks import engine, engine_costs

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


CART = {**engine.CART, "factory": "pushed_cart:PushedCart"}


@pytest.fixture
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the browser the benchmark's modules lie in one folder on the path."""
    monkeypatch.setattr(sys, "path", [str(Path(engine.__file__).parent), *sys.path])


@pytest.mark.usefixtures("own_modules")
def test_every_cost_is_measured_and_every_depth_has_its_ratio(setup: dict[str, Any]) -> None:
    setups = {"overcooked": setup, "cart": CART, "cart_with_state": {**CART, "factory": f"{CART['factory']}WithState"}}
    every = json.loads(engine_costs.measure(json.dumps(setups), timer_ms))
    assert list(every) == list(setups)
    for costs in every.values():
        assert set(costs["rollback_ratio"]) == set(costs["rollback_ms"]) == {"1", "5", "10"}
        for name in ("step_ms", "plain_ms", "tick_ms", "arrival_ms", "save_ms", "load_ms", "hash_ms", "draw_ms"):
            assert costs[name] > 0, name
        assert costs["frame_ms"] == pytest.approx(1000 / 30)
    overcooked, cart = engine.of_overcooked(every["overcooked"]), engine.of_cart(every["cart"], "CartPole")
    assert [line.aim for line in overcooked[:5]] == [1.1, 1.1, 1.1, 0.1, 0.5]
    assert [line.aim for line in cart[:4]] == pytest.approx([0.6, 1.0, 1.5, 0.5])


@pytest.mark.usefixtures("own_modules")
def test_a_cart_goes_the_same_way_with_and_without_its_own_state_methods(setup: dict[str, Any]) -> None:
    del setup
    states = []
    for factory in ("pushed_cart:PushedCart", "pushed_cart:PushedCartWithState"):
        bench = engine_costs.Bench(MatchSetup.from_dict({**CART, "factory": factory}), timer_ms)
        for depth in (10, 1, 5, 10, 10, 10, 10, 10):
            bench.trial(depth)
        bench.assert_same_state()
        states.append([float(value) for value in bench.environment.env.cart.state])
    assert states[0] == states[1]


def test_environments_that_went_different_ways_are_noticed(setup: dict[str, Any]) -> None:
    bench = engine_costs.Bench(MatchSetup.from_dict(setup), timer_ms)
    bench.trial(5)
    bench.assert_same_state()
    bench.plain.step([6, 6])
    with pytest.raises(AssertionError, match="went different ways"):
        bench.assert_same_state()
