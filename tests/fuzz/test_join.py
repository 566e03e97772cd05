"""The server's input log, as a page that comes back takes it: whole, or refused."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine.browser import BrowserMatch
from app.engine.wire import words_to_hex

from ..engine.table import dropped
from ..engine.test_environment import Parallel
from .nearly import NUMBERS, damaged

SETUP = {
    "factory": "fuzzed_environment:make_env", "config": {}, "seats": ["0", "1"], "fps": 30, "max_steps": 75,
    "num_episodes": 1, "default_action": 0, "keys": {"ArrowUp": 1}, "game_width": 640,
}  # fmt: skip
WORD = bytes((1, 1))


class Long(Parallel):
    goal = 5000


@pytest.fixture(autouse=True, scope="module")
def fuzzed_environment() -> Iterator[None]:
    module = types.ModuleType("fuzzed_environment")
    module.make_env = Long  # type: ignore[attr-defined]
    sys.modules["fuzzed_environment"] = module
    yield
    del sys.modules["fuzzed_environment"]


def coming_back(cut: int) -> BrowserMatch:
    engine = BrowserMatch(lambda: 0.0)
    match: dict[str, Any] = {"match_id": "m1", "match_tag": 9, "seat": 1, "episode_seeds": [11], "setup": SETUP}
    match["rejoin"] = {"commits": [dropped(1, 1, cut)], "episode": 0, "recorded": None}
    engine.start(json.dumps(match), 0.0)
    engine.begin(0)
    return engine


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-1, 40), st.integers(-1, 40), st.data())
def test_a_log_is_taken_whole_or_refused_in_words(cut: int, through: int, data: st.DataObject) -> None:
    engine = coming_back(cut)
    whole = {str(seat): words_to_hex([WORD] * (through + 1)) for seat in range(2)}
    assert engine.join(json.dumps({"through": through, "inputs": whole})) is (cut <= through)
    engine = coming_back(cut)
    seat = data.draw(st.sampled_from(["0", "1", "2", ""]))
    text = data.draw(damaged(st.just(whole["0"].encode()))).decode("latin-1")
    told = data.draw(st.just(through) | NUMBERS.filter(lambda number: number < 200))
    try:
        joined = engine.join(json.dumps({"through": told, "inputs": whole | {seat: text}}))
    except ValueError as refused:
        assert "is not whole" in str(refused)
        assert json.loads(engine.tick(0.0))["needs_log"], "a log that was refused is asked for again"
    else:
        assert joined is (cut <= told)
        result = json.loads(engine.tick(100.0))
        assert result["catching_up"] and result["failure"] is None
