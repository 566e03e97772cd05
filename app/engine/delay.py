"""How many frames of input delay the measured lag asks for, where a study lets the delay adapt.

A delay makes own keys later and rollbacks rarer. What is not felt as a jump may be rolled back; only the lag beyond it
is turned into delay, a frame at a time, and not before it has lasted.
"""

from __future__ import annotations

ROLLED_BACK_UNSEEN = 3
"""Frames that may be predicted without anybody seeing the corrections: a tenth of a second at 30 fps."""
STEPS_BETWEEN_CHANGES = 60
"""Two seconds at 30 fps: a burst of jitter must not make the keys feel different every moment."""


class AdaptiveDelay:
    """Chooses the input delay from how many frames are predicted.

    Args:
        delay: Frames to begin with.
        most: The most frames of delay.
    """

    def __init__(self, delay: int, most: int) -> None:
        self.delay = delay
        self._most = most
        self._towards = 0
        self._steps = 0

    def stepped(self, predicted: float) -> int:
        """Take a step's trimmed mean of predicted frames; return the delay that is right now.

        Args:
            predicted: Frames between the frame stepped and the newest one known of the slowest other seat.
        """
        wanted = max(0, min(self._most, round(predicted) - ROLLED_BACK_UNSEEN))
        towards = (wanted > self.delay) - (wanted < self.delay)
        if towards != self._towards:
            self._towards, self._steps = towards, 0
        self._steps += 1
        if towards and self._steps >= STEPS_BETWEEN_CHANGES:
            self.delay += towards
            self._steps = 0
        return self.delay
