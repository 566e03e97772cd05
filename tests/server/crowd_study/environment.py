"""As many people as one likes count together; for tests and measurements of what the server does between them."""

from __future__ import annotations

from typing import Any

from gymnasium.spaces import Dict, Discrete


class Counting:
    """A number that everybody's keys add to.

    Args:
        people: Seats.
    """

    def __init__(self, people: int) -> None:
        self.seats = [str(seat) for seat in range(people)]
        self.action_space = Dict({seat: Discrete(4) for seat in self.seats})
        self.total = 0

    def reset(self, seed: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        self.total = (seed or 0) % 1000
        return self._each(self.total), {}

    def step(self, actions: dict[str, int]) -> tuple[Any, ...]:
        for seat in self.seats:
            self.total = (self.total * 31 + actions[seat] + 1) % 1_000_003
        return self._each(self.total), self._each(0.0), False, False, {}

    def _each(self, value: Any) -> dict[str, Any]:
        return dict.fromkeys(self.seats, value)
