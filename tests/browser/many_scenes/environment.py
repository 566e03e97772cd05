"""A basket that catches falling fruit: one agent, three actions, a picture."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from app.engine.drawing import Surface

WIDTH, HEIGHT = 600, 400
STEP = 12


class Orchard(gymnasium.Env):
    """`skill` of the participant's earlier answers makes the fruit fall faster."""

    observation_space = gymnasium.spaces.Box(0, WIDTH, (3,), np.float64)
    action_space = gymnasium.spaces.Discrete(3)

    def __init__(self, skill: int) -> None:
        self.speed = 6 + skill
        self.basket = self.fruit = WIDTH // 2
        self.height = 0
        self.caught = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.basket, self.caught = WIDTH // 2, 0
        self._drop()
        return self._seen(), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.basket = min(WIDTH - 50, max(50, self.basket + STEP * (int(action) - 1)))
        self.height += self.speed
        reward = 0.0
        if self.height >= HEIGHT - 40:
            reward = float(abs(self.basket - self.fruit) < 50)
            self.caught += int(reward)
            self._drop()
        return self._seen(), reward, False, False, {}

    def render(self) -> Surface:
        surface = Surface("#eef6ea")
        surface.circle(self.fruit, self.height, 16, fill="#b3261e")
        surface.rect(self.basket - 50, HEIGHT - 40, 100, 26, fill="#7a4b00", radius=8)
        surface.text(WIDTH / 2, 24, f"Caught {self.caught}", size=22, align="center", weight="bold")
        return surface

    def _drop(self) -> None:
        self.fruit, self.height = int(self.np_random.integers(60, WIDTH - 60)), 0

    def _seen(self) -> Any:
        return np.array([self.basket, self.fruit, self.height], np.float64)


def make_env(answers: dict[str, dict[str, Any]] | None = None) -> Orchard:
    """Make the orchard for who plays."""
    skill = (answers or {}).get("0", {}).get("before.skill")
    return Orchard(skill if isinstance(skill, int) else 3)
