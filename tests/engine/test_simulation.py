"""How a frame becomes a row."""

from __future__ import annotations

import enum
import json
import math
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from app.engine.actions import FLAG_ABSENT, FLAG_BOT, FLAG_FILLED, FLAG_FOCUSED, codec_for
from app.engine.environment import MatchEnvironment
from app.engine.simulation import EpisodeSimulation, json_text, plain


class Colour(enum.IntEnum):
    RED = 3


class Wide(float):
    def __repr__(self) -> str:
        return "wide"


VALUES = [
    0, -7, 10**30, True, False, None, 0.0, -0.0, 0.1, 1e300, -1e-320, math.nan, math.inf, -math.inf, "", 'say "ü"\n',
    Colour.RED, Wide(2.5), np.float32(0.1), np.float64(0.1), np.float64("nan"), np.int64(5), np.bool_(True),
    np.array([1.5, np.inf]), np.array(True), [], [1, [2.5, None]], (3, "x"), {"b": 1, 2: np.int8(3)}, b"raw", 1j,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_stands_in_a_row_as_json_writes_it(value: Any) -> None:
    assert json_text(value) == json.dumps(plain(value), separators=(",", ":"))


class Pair:
    """Two agents; hands out one dictionary of infos, again and again, and observations that are no dictionary."""

    possible_agents = ("a", "b")

    def __init__(self) -> None:
        self.infos: dict[str, dict[str, Any]] = {"a": {"hit": 1.0}, "b": {}}

    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(3) if agent == "a" else spaces.MultiDiscrete([2, 3])

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, Any]:
        return dict.fromkeys(self.possible_agents, np.zeros(2, np.float32)), self.infos

    def step(self, actions: dict[str, Any]) -> tuple[Any, ...]:
        actions["b"][0] = 0  # what a row says of an action was read before
        return np.ones(2, np.float32), {"a": math.inf, "b": -0.0}, False, {"a": np.bool_(True)}, self.infos


def test_a_row_says_of_every_frame_what_was_done_and_by_whom() -> None:
    environment = MatchEnvironment(Pair(), ["a", "b"])
    environment.reset(1)
    codecs = [codec_for(environment.action_space(seat)) for seat in range(2)]
    simulation = EpisodeSimulation(environment, codecs, episode=4, info=["hit"], observations=True, max_steps=3)
    flags = [(FLAG_FOCUSED, 0), (FLAG_FOCUSED, 0), (FLAG_BOT, FLAG_FILLED | FLAG_ABSENT)]
    who = [["present", "present"], ["present", "present"], ["bot", "disconnected"]]
    for frame in range(3):
        words = [codecs[0].encode(frame, flags[frame][0]), codecs[1].encode([1, 2], flags[frame][1])]
        expected = [
            4, frame, frame, "inf", False, True, [1, 2], -0.0, False, frame == 2, 1.0, None, 1.0, 1.0, 1.0, 1.0,
            frame < 2, False, *who[frame],
        ]  # fmt: skip
        assert simulation.step(frame, words).row + "]" == json.dumps(expected, separators=(",", ":"))
