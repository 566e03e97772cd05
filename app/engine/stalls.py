"""Standing still: for how long, and for whom."""

from __future__ import annotations

from typing import Any

from .metrics import Counters

STALL_REPORT_MS = 100
"""A stall shorter than this is not felt, and not counted."""


class StallWatch:
    """The stalls of one episode.

    Args:
        counters: Count them.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._began: float | None = None
        self._counted = 0.0
        self._felt = self._told = False
        self._waited_for: tuple[int, ...] = ()

    def standing(self, now: float, frame: int, waiting_for: tuple[int, ...]) -> list[dict[str, Any]]:
        """Note that a frame cannot be stepped now; return what should be told."""
        if self._began is None:
            self._began = self._counted = now
            self._felt = self._told = False
            self._waited_for = waiting_for
            return []
        lasted = self._count(now, self._began)
        if not self._told and lasted >= STALL_REPORT_MS:
            self._told = True
            return [{"name": "stalled", "frame": frame, "waiting_for": list(waiting_for)}]
        return []

    def moving(self, now: float, frame: int) -> list[dict[str, Any]]:
        """Note that a frame can be stepped; return what should be told."""
        if self._began is None:
            return []
        lasted, self._began = self._count(now, self._began), None
        return [{"name": "unstalled", "frame": frame, "ms": round(lasted, 1)}] if self._told else []

    def _count(self, now: float, began: float) -> float:
        """Count what has passed of the stall at once: one in which the episode ends is never followed by a step."""
        lasted = now - began
        felt = lasted >= STALL_REPORT_MS
        self._counters.stalled(now - self._counted, self._waited_for, felt and not self._felt)
        self._counted, self._felt = now, felt
        return lasted
