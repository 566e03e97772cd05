"""The inputs that we make: sampled once a frame, executed some frames later."""

from __future__ import annotations

from collections.abc import Callable

from .inputs import NULL_FRAME, InputTrack
from .metrics import Counters
from .turn import check_delay


class OwnInputs:
    """Our own seat's inputs of one episode.

    Attributes:
        delay: Frames between sampling and executing.
        made: The newest frame for which we have made an input, -1 before the first.

    Args:
        track: Where they are kept.
        delay: The delay that the episode begins with.
        counters: Count what is filled.
    """

    def __init__(self, track: InputTrack, delay: int, counters: Counters) -> None:
        self._track, self._counters = track, counters
        self.delay = delay
        self.made = NULL_FRAME

    @property
    def next_frame(self) -> int:
        """The frame that the next sampled input acts in."""
        return self._track.last + 1

    def set_delay(self, frames: int) -> None:
        """Execute keys so many frames after they are sampled from now on."""
        check_delay(frames)
        self.delay = frames

    def make(self, frame: int, sample: Callable[[], bytes]) -> None:
        """Make the input that is due when a frame is stepped.

        None if it exists: the delay has shrunk, or a rollback came to an earlier end than was true. Where the delay has
        grown, the last input is repeated over the gap, and sent like any other.
        """
        due = frame + self.delay
        while self._track.last < due - 1:
            newest, standing = self._track.newest(), self._track.standing
            stood_in = newest in (standing.absent, standing.bot)
            if not self._track.append(standing.default if stood_in else newest):
                return
            self.made = self._track.last
            self._counters.filled_frames += 1
        if self._track.last < due and self._track.append(sample()):
            self.made = self._track.last
