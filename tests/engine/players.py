"""AI players and an environment for the tests of policies; a rollback that forgets anything spoils them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from gymnasium import spaces


class Chaser:
    """Has memory and no state methods, keeps the generator it was given first, and draws from every other one too."""

    def __init__(self, bold: float = 0.3) -> None:
        self.bold = bold
        self.path: list[int] = []
        self.rng: np.random.Generator | None = None
        self.seed = 0

    def reset(self, seed: int) -> None:
        self.seed = seed

    def act(self, observation: dict[str, Any], rng: np.random.Generator) -> int:
        self.rng = self.rng or rng
        self.path.append(int(observation["total"]))
        observation["total"] = -1  # what a policy does with its observation is its own affair
        observation["board"][:] = 0
        if self.rng.random() < self.bold:
            return int(rng.integers(5))
        return (sum(self.path) + self.seed + random.randrange(3) + int(np.random.randint(3))) % 5


class Careful:
    """Says itself what its state is."""

    def __init__(self) -> None:
        self.seen = 0

    def get_state(self) -> int:
        return self.seen

    def set_state(self, state: int) -> None:
        self.seen = state

    def act(self, observation: dict[str, Any], rng: np.random.Generator) -> int:
        self.seen = (self.seen * 31 + int(observation["total"]) + int(observation["board"].sum())) % 1_000_003
        return (self.seen + int(rng.integers(3))) % 5


def wander(observation: dict[str, Any], rng: np.random.Generator, *, step: int = 1) -> int:
    """A plain function is a player, too."""
    return int(rng.integers(5)) * step % 5


def make_wanderer(step: int) -> Any:
    """A factory may give a function."""
    return lambda observation, rng: wander(observation, rng, step=step)


class Meadow:
    """A PettingZoo parallel environment whose totals depend on every action of every frame.

    It hands out its own array as an observation, and wants to know who plays.
    """

    possible_agents = ("a", "b", "c")

    def __init__(self, players: int = 3) -> None:
        self.possible_agents = tuple("abc"[:players])
        self.agents = list(self.possible_agents)
        self.total = 0
        self.board = np.zeros(3, dtype=np.int64)
        self.told: list[dict[str, str]] = []

    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(5)

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict, dict]:
        self.agents = list(self.possible_agents)
        self.total = random.randrange(1000)
        self.told = []
        return self._seen(), {agent: {} for agent in self.agents}

    def set_seat_status(self, statuses: dict[str, str]) -> None:
        self.told.append(statuses)

    def step(self, actions: dict[str, int]) -> tuple[dict, ...]:
        for agent, action in actions.items():
            self.total = (self.total * 31 + action * (ord(agent) - 96) + random.randrange(3)) % 1_000_003
        self.board[:] = self.total % 7
        each = dict.fromkeys(actions, False)
        rewards = {agent: float(self.total % 10) for agent in actions}
        return self._seen(), rewards, each, dict(each), {agent: {} for agent in actions}

    def _seen(self) -> dict[str, Any]:
        return {agent: {"total": self.total, "board": self.board} for agent in self.agents}


class Field(Meadow):
    """A meadow that says itself what its state is: plain data, but for what a test plants in it."""

    planted: Any = None
    padding = 0

    def get_state(self) -> dict[str, Any]:
        state = {"total": self.total, "board": self.board.copy(), "told": [dict(each) for each in self.told]}
        return {**state, "planted": self.planted, "padding": bytes(self.padding)}

    def set_state(self, state: dict[str, Any]) -> None:
        self.total, self.told = state["total"], [dict(each) for each in state["told"]]
        self.board = state["board"].copy()
