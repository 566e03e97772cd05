"""Where the members of a match can all still stop: a frame that nobody has reached when a ballot is over."""

from __future__ import annotations

from app.server.domain.ballots import NULL_FRAME, is_frame

#: A fence lies a second ahead, twice as far after every refusal, at most so many seconds.
MAX_MARGIN_S = 8
#: Frames that may have been stepped since a member was last heard of are counted in for so long.
MAX_UNHEARD_MS = 2000


class Fences:
    """What is known of how far the members have come, and how often a fence came too late.

    Args:
        lead: frames a member's own inputs may be ahead of what it knows of others.
        fps: steps a second.
    """

    def __init__(self, lead: int, fps: float) -> None:
        self._lead, self._fps = lead, fps
        self._heard: dict[int, tuple[int, float]] = {}
        self._frames = 0
        self._refusals = 0
        self._not_before_ms = 0.0

    def episode(self, frames: int) -> None:
        """Another episode of so many frames begins."""
        self._frames = frames
        self._heard.clear()
        self.begin()

    @property
    def last_frame(self) -> int:
        """The last frame that the episode can have."""
        return self._frames - 1

    def begin(self) -> None:
        """Look for a fence for something else."""
        self._refusals, self._not_before_ms = 0, 0.0

    def heard(self, seat: int, frame: int, now_ms: float) -> None:
        """A seat had come so far, at least."""
        if is_frame(frame) and frame > self._heard.get(seat, (NULL_FRAME, 0.0))[0]:
            self._heard[seat] = (frame, now_ms)

    def refused(self, now_ms: float, wait_ms: float | None = None) -> None:
        """The last fence came too late, or nobody answered: the next one lies further, and comes later."""
        self._refusals += 1
        self._not_before_ms = now_ms + (min(1000, 250 * (self._refusals - 1)) if wait_ms is None else wait_ms)

    def due(self, now_ms: float) -> bool:
        """Whether the next fence may be tried."""
        return now_ms >= self._not_before_ms

    def frame(self, members: set[int], now_ms: float) -> int | None:
        """Return the next fence; None when the episode is too short for one."""
        known = [
            frame + int(min(now_ms - at_ms, MAX_UNHEARD_MS) * self._fps / 1000)
            for seat, (frame, at_ms) in self._heard.items()
            if seat in members
        ]
        margin = int(min(2**self._refusals, MAX_MARGIN_S) * self._fps)
        fence = max(known, default=NULL_FRAME) + self._lead + 1 + margin
        return fence if fence < self._frames else None
