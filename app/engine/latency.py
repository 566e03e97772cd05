"""How long a participant's own key took to be executed, and to be seen.

A key is stamped when the browser saw it. `stepped` notes when the frame that carries its action had been executed,
`painted` when that frame, or a later one, was on the screen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

SAMPLES = 8192
"""Key changes kept for a match's statistics: hours of typing."""


def quantiles(samples: Iterable[float]) -> dict[str, float | None]:
    """Return the median and the 95th percentile in ms, rounded to 0.1, or None each where there are no samples."""
    ordered = sorted(samples)
    if not ordered:
        return {"median": None, "p95": None}
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
    }


class LatencyBook:
    """Key to step and key to paint of one seat's match; frames are counted by episode."""

    def __init__(self) -> None:
        self.to_step: deque[float] = deque(maxlen=SAMPLES)
        self.to_paint: deque[float] = deque(maxlen=SAMPLES)
        self.new_episode()

    def new_episode(self) -> None:
        """Begin to count frames from 0 again."""
        self._sampled: dict[int, float] = {}
        self._unpainted: dict[int, float] = {}
        self._of_frame: dict[int, list[float | None]] = {}

    def sampled(self, executes_at: int, key_at: float) -> None:
        """Note that a key change at `key_at` acts in frame `executes_at`."""
        self._sampled[executes_at] = key_at

    def stepped(self, frame: int, now: float) -> None:
        """Note that a frame has been stepped for the first time."""
        key_at = self._sampled.pop(frame, None)
        if key_at is None:
            return
        self._unpainted[frame] = key_at
        self._of_frame[frame] = [now - key_at, None]
        self.to_step.append(now - key_at)

    def painted(self, frame: int, at: float) -> None:
        """Note that the picture after a frame was on the screen."""
        for earlier in [seen for seen in self._unpainted if seen <= frame]:
            latency = at - self._unpainted.pop(earlier)
            self.to_paint.append(latency)
            if earlier in self._of_frame:
                self._of_frame[earlier][1] = latency

    def take(self, frame: int) -> tuple[float | None, float | None]:
        """Return a frame's two latencies, ms, and forget them."""
        to_step, to_paint = self._of_frame.pop(frame, (None, None))
        return (None if to_step is None else round(to_step, 1)), (None if to_paint is None else round(to_paint, 1))
