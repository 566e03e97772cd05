"""What the small environments share: two agents, four actions, and a number that everything ends up in."""

from __future__ import annotations

from typing import Any

from gymnasium.spaces import Discrete


class Pair:
    """A PettingZoo-parallel environment; what follows from two actions is its subclasses' business."""

    possible_agents = ["0", "1"]

    def __init__(self) -> None:
        self.agents: list[str] = []
        self.total = 0

    def action_space(self, agent: str) -> Any:
        return Discrete(4)

    def start(self, seed: int) -> None:
        """Reset what a subclass has."""

    def play(self, left: int, right: int) -> None:
        """Change `total`."""
        self.total = (self.total * 31 + 5 * left + right + 1) % 1_000_003

    def info(self, agent: str) -> dict[str, Any]:
        return {}

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict, dict]:
        self.agents = list(self.possible_agents)
        self.total = (seed or 0) % 1000
        self.start(seed or 0)
        return self._each(float(self.total)), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        left, right = (int(actions.get(agent, 0)) for agent in self.possible_agents)
        self.play(left, right)
        infos = {agent: self.info(agent) for agent in self.agents}
        total = float(self.total)
        return self._each(total), self._each(total), self._each(False), self._each(False), infos

    def _each(self, value: Any) -> dict[str, Any]:
        return dict.fromkeys(self.agents, value)
