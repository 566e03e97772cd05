"""What a page is told when the researcher's environment fails outside of a step, and what says that two pages agree."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.browser import BrowserMatch

from .test_environment import Parallel

SETUP: dict[str, Any] = {
    "factory": "failing_environment:make_env", "config": {}, "seats": ["0", "1"], "fps": 30, "max_steps": 75,
    "num_episodes": 2, "default_action": 0, "keys": {}, "record": {"observations": False, "info": []},
    "policies": {"1": {"policy": "failing_environment:Still"}},
}  # fmt: skip


class Failing(Parallel):
    goal = 5000
    unlucky_seed: int | None = None
    blind = False

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed == Failing.unlucky_seed:
            raise KeyError("no such layout")
        return super().reset(seed)

    def render(self) -> dict[str, Any]:
        if Failing.blind:
            raise ZeroDivisionError("division by zero")
        return {"background": "#ffffff", "items": []}


class Still:
    def act(self, observation: Any, rng: Any) -> int:
        return 0


@pytest.fixture(autouse=True)
def failing_environment() -> Iterator[None]:
    module = types.ModuleType("failing_environment")
    module.make_env, module.Still = Failing, Still  # type: ignore[attr-defined]
    sys.modules["failing_environment"] = module
    Failing.unlucky_seed, Failing.blind = None, False
    yield
    del sys.modules["failing_environment"]


def page(people: int = 2, seeds: tuple[int, int] = (11, 12), **changes: Any) -> BrowserMatch:
    """Return seat 0's engine with a match of that many persons started."""
    setup = {**SETUP, **changes}
    if people == 2:
        setup["policies"] = {}
    engine = BrowserMatch(lambda: 0.0)
    match = {"match_id": "m1", "match_tag": 9, "seat": 0, "episode_seeds": list(seeds), "setup": setup}
    engine.start(json.dumps(match), 0.0)
    return engine


def tick(engine: BrowserMatch, frame: int) -> dict[str, Any]:
    return dict(json.loads(engine.tick(frame * 1000 / 30)))


def test_pages_that_record_the_same_have_the_same_digest() -> None:
    digest = page().digest("e0")
    assert page().digest("e0") == digest == page(input_delay=2, prediction_window=4).digest("e0")
    others = [page().digest("e1"), page(seeds=(11, 13)).digest("e0"), page(max_steps=76).digest("e0")]
    others += [page(context={"condition": {"delay": delay}}).digest("e0") for delay in (0, 2)]
    assert len({digest, *others}) == 6


def test_a_reset_that_fails_is_told_instead_of_a_picture() -> None:
    Failing.unlucky_seed = 12
    engine = page()
    assert "failure" not in json.loads(engine.begin(0))
    failure = json.loads(engine.begin(1))["failure"]
    assert (failure["episode"], failure["frame"], failure["message"]) == (1, -1, "KeyError: 'no such layout'")
    assert 'raise KeyError("no such layout")' in failure["traceback"]


def test_a_picture_that_fails_is_told_once_when_its_frame_is_certain() -> None:
    engine = page(people=1)
    engine.begin(0)
    assert tick(engine, 0)["failure"] is None
    Failing.blind = True
    told = [tick(engine, frame)["failure"] for frame in range(1, 10)]
    failures = [failure for failure in told if failure is not None]
    assert [failure["message"] for failure in failures] == ["ZeroDivisionError: division by zero"]


def test_a_picture_of_a_guess_that_fails_is_not_told_and_the_last_one_stays() -> None:
    engine = page(people=2)
    engine.begin(0)
    before = engine.take_picture()
    assert before is not None
    Failing.blind = True
    results = [tick(engine, frame) for frame in range(5)]
    assert [result["frame"] for result in results] == [0, 1, 2, 3, 4], "the partner's inputs are guessed"
    assert {result["failure"] for result in results} == {None}
    assert engine.take_picture() == before
    Failing.blind = False
    tick(engine, 5)
    Failing.blind = True
    assert tick(engine, 6)["failure"] is None
