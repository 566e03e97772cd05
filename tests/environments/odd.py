"""Environments with habits that must do no harm."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
from gymnasium.spaces import Box

from tests.environments.pair import Pair


class GlobalRandom(Pair):
    """Draws from the module-level generators, in reset and in step."""

    def start(self, seed: int) -> None:
        self.total += random.randrange(100) + int(np.random.randint(100))

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.total += random.randrange(100) * (1 + left) + int(np.random.normal() * 100) + int(random.gauss(0, 9))


class StringSet(Pair):
    """Goes through a set of strings: every browser hashes strings alike, so it has one order."""

    def start(self, seed: int) -> None:
        self.pots = {"onion", "tomato", "plate"}

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        for index, pot in enumerate(self.pots):
            self.total += index * len(pot) * (left + 1)


class EarlyEnd(Pair):
    """The agent 1 terminates long before the agent 0 does."""

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        observations, rewards, ended, cut, infos = super().step(actions)
        self.frames += 1
        return observations, rewards, {"0": self.frames >= 18, "1": self.frames >= 8}, cut, infos

    def start(self, seed: int) -> None:
        self.frames = 0


class Leaving(EarlyEnd):
    """The same, and who has ended is no longer among the agents."""

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        result = super().step(actions)
        self.agents = [agent for agent in self.agents if not result[2][agent]]
        return tuple({agent: part[agent] for agent in part if agent in result[4]} for part in result)  # type: ignore


class Megabyte(Pair):
    """Has a large state."""

    def start(self, seed: int) -> None:
        self.field = np.random.default_rng(seed).random(131_072)

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.field[(self.total * 7) % 131_072] += left - right + 0.5
        self.total += int(self.field[: 1 + self.total % 99].sum())


class Boxes(Pair):
    """Is moved by pairs of floats, and writes into the array it is given."""

    def action_space(self, agent: str) -> Any:
        return Box(-1.0, 1.0, (2,), np.float32)

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        for agent in self.agents:
            actions[agent] *= 3
            self.total += int(actions[agent].sum() * 100)
        return super().step({"0": 1, "1": 2})


class ReusedInfo(Pair):
    """Hands out the same info dictionaries and the same observation array at every step."""

    def start(self, seed: int) -> None:
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.possible_agents}

    def info(self, agent: str) -> dict[str, Any]:
        self.infos[agent]["total"] = self.total
        self.infos[agent].setdefault("list", []).append(self.total % 7)
        return self.infos[agent]


class LiveState(Pair):
    """get_state returns its own lists, and set_state keeps what it is given."""

    def start(self, seed: int) -> None:
        self.held = [[seed % 3], {"pot": [0]}]

    def play(self, left: int, right: int) -> None:
        super().play(left, right)
        self.held[0].append(left)
        self.held[1]["pot"][0] += right
        self.total += sum(self.held[0]) + self.held[1]["pot"][0]

    def get_state(self) -> dict[str, Any]:
        return {"total": self.total, "held": self.held, "agents": self.agents}

    def set_state(self, state: dict[str, Any]) -> None:
        self.total, self.held, self.agents = state["total"], state["held"], state["agents"]


class WallClock(Pair):
    """Tells the time in its info: harmless as long as it is not recorded."""

    def info(self, agent: str) -> dict[str, Any]:
        return {"total": self.total, "t": time.perf_counter_ns()}


class Closures(Pair):
    """Keeps functions, which are never copied, and a method of its own."""

    def start(self, seed: int) -> None:
        factor = 3 + seed % 2
        self.grow = lambda number: number * factor
        self.then = self.settle

    def settle(self) -> None:
        self.total %= 10_007

    def play(self, left: int, right: int) -> None:
        self.total = self.grow(self.total) + left + right
        self.then()


def stand_still(observation: Any, rng: np.random.Generator) -> int:
    """An AI player for these environments."""
    return 0
