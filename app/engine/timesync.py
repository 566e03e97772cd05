"""Who slows down, and by how much, so that both sides predict equally far.

`ahead > 0` means that we are ahead. Only the peer that is ahead slows, at most 5 %; nobody is ever made faster than
the nominal rate. The round trip needs no term of its own: it cancels in the difference of the two lags.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

SAMPLES = 30
"""Lags kept of each side: a second at 30 fps, so that jitter does not steer."""
MIN_SAMPLES = 10
"""Fewer say nothing yet."""
SLOWEST = 0.05
"""The most by which a peer slows; beyond it a participant would notice."""
SKIP_AHEAD = 6
"""Frames ahead from which waiting is better than slowing."""
SKIP_AFTER_STEPS = 20
SKIP_AT_MOST = 9
SKIP_PAUSE_STEPS = 60
STEPS_BETWEEN_LOOKS = 5
"""Means over 30 samples hardly move in fewer steps, and sorting them costs time in every one."""


def trimmed_mean(samples: deque[int]) -> float:
    """Return the mean of the middle third: what outliers cannot move."""
    ordered = sorted(samples)
    cut = len(ordered) // 3
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


class TimeSync:
    """The lags between this peer and the others.

    Args:
        seats: Seats of the match.
    """

    def __init__(self, seats: int) -> None:
        self._ours = [deque[int](maxlen=SAMPLES) for _ in range(seats)]
        self._theirs = [deque[int](maxlen=SAMPLES) for _ in range(seats)]
        self._watched: set[int] = set()
        self._steps = 0
        self._no_skip_before = SKIP_AFTER_STEPS
        self._means: list[tuple[float, float]] | None = None

    def stepped(self, frame: int, newest_frames: Mapping[int, int]) -> None:
        """Note one executed step, and the newest frame known of each other seat."""
        self._steps += 1
        if self._steps % STEPS_BETWEEN_LOOKS == 0:
            self._means = None
        if newest_frames.keys() != self._watched:
            for seat in newest_frames.keys() - self._watched:
                self._ours[seat].clear()  # it is back, or new: how far it was while it caught up says nothing
                self._theirs[seat].clear()
            self._watched = set(newest_frames)
        for seat, newest in newest_frames.items():
            self._ours[seat].append(frame - newest)

    def told(self, seat: int, lag_to_you: int) -> None:
        """Note how far that seat says it is ahead of us."""
        self._theirs[seat].append(lag_to_you)

    def lag(self, seat: int) -> int:
        """Return our newest lag sample of a seat: how far we are ahead of what we know of it."""
        return self._ours[seat][-1] if self._ours[seat] else 0

    def furthest(self, seats: Iterable[int]) -> float:
        """Return how far we are of late ahead of what we know of the seat that is heard latest (0 if unknown)."""
        means = self._looked()
        return max([means[seat][0] for seat in seats if self._says(seat)], default=0.0)

    def ahead(self, seats: Iterable[int]) -> float:
        """Return by how many frames we are ahead of the slowest of these seats (0 if unknown)."""
        means = self._looked()
        return max([(means[seat][0] - means[seat][1]) / 2 for seat in seats if self._says(seat)], default=0.0)

    def rate(self, seats: Iterable[int]) -> float:
        """Return the speed to run at, as a share of the nominal frame rate: 0.95 to 1."""
        ahead = self.ahead(seats)
        return 1.0 if ahead <= 0.5 else 1.0 - min(SLOWEST, 0.02 * (ahead - 0.5))

    def frames_to_skip(self, seats: Iterable[int]) -> int:
        """Return how many frames to wait at once; asking for a wait starts the pause until the next one."""
        if self._steps < self._no_skip_before:
            return 0
        ahead = self.ahead(seats)
        if ahead < SKIP_AHEAD:
            return 0
        self._no_skip_before = self._steps + SKIP_PAUSE_STEPS
        return min(SKIP_AT_MOST, int(ahead))

    def _says(self, seat: int) -> bool:
        return len(self._ours[seat]) >= MIN_SAMPLES and len(self._theirs[seat]) >= MIN_SAMPLES

    def _looked(self) -> list[tuple[float, float]]:
        """Return both means by seat, as they were at the last look."""
        if self._means is None:
            pairs = zip(self._ours, self._theirs, strict=True)
            self._means = [(trimmed_mean(a), trimmed_mean(b)) if a and b else (0.0, 0.0) for a, b in pairs]
        return self._means
