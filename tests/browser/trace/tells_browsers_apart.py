"""The negative control: an environment whose state depends on the browser it runs in, which no study's may."""

from __future__ import annotations

import zlib
from typing import Any

from gymnasium.spaces import Discrete

# Far enough into the game that only a comparison of every frame finds it.
LEAKS_AT = 40


class TellsBrowsersApart:
    """Counts; from one frame on the browser's name counts too."""

    action_space = Discrete(2)

    def reset(self, seed: int) -> tuple[int, dict[str, Any]]:
        self.frame = 0
        self.total = seed
        return self.total, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.total += int(action)
        if self.frame == LEAKS_AT:
            from js import navigator

            self.total += zlib.crc32(navigator.userAgent.encode())
        self.frame += 1
        return self.total, 0.0, False, False, {}

    def get_state(self) -> dict[str, int]:
        return {"frame": self.frame, "total": self.total}

    def set_state(self, state: dict[str, int]) -> None:
        self.frame, self.total = state["frame"], state["total"]
