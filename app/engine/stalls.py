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
        self._told = False
        self._waited_for: tuple[int, ...] = ()

    def standing(self, now: float, frame: int, waiting_for: tuple[int, ...]) -> list[dict[str, Any]]:
        """Note that a frame cannot be stepped now; return what should be told."""
        if self._began is None:
            self._began, self._told, self._waited_for = now, False, waiting_for
        elif not self._told and now - self._began >= STALL_REPORT_MS:
            self._told = True
            return [{"name": "stalled", "frame": frame, "waiting_for": list(waiting_for)}]
        return []

    def moving(self, now: float, frame: int) -> list[dict[str, Any]]:
        """Note that a frame can be stepped; return what should be told."""
        if self._began is None:
            return []
        lasted, self._began = now - self._began, None
        self._counters.stalled(lasted, self._waited_for, lasted >= STALL_REPORT_MS)
        return [{"name": "unstalled", "frame": frame, "ms": round(lasted, 1)}] if self._told else []
