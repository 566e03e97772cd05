"""The stall test: whether the next frame may be stepped now, and for whom we stand still if not."""

from __future__ import annotations

from collections.abc import Sequence

from .inputs import InputTrack
from .membership import Membership, ViewChanges
from .metrics import Counters
from .stalls import StallWatch
from .timesync import TimeSync
from .turn import Turn


class StepGate:
    """The gate before every frame of one episode.

    Args:
        views: What is forbidden now, and who takes part.
        tracks: All seats' inputs.
        membership: Whether the researcher has paused the match.
        timesync: Whether we are too far ahead.
        counters: Count what is waited.
    """

    def __init__(
        self,
        views: ViewChanges,
        tracks: Sequence[InputTrack],
        membership: Membership,
        timesync: TimeSync,
        counters: Counters,
    ) -> None:
        self._views, self._tracks, self._membership = views, tracks, membership
        self._timesync, self._counters = timesync, counters
        self._stalls = StallWatch(counters)
        self._skips = 0

    def opens(self, now: float, turn: Turn, frame: int, confirmed: int, window: int, held: bool) -> bool:
        """Say whether a frame may be stepped; count and tell it if not.

        Args:
            now: ms.
            turn: Is told of a stall.
            frame: The frame.
            confirmed: The newest frame whose inputs are all held here.
            window: Frames that may be predicted.
            held: An end that may be a wrong guess is waited out.
        """
        fenced = frame >= self._views.limit
        turn.paused = fenced and self._membership.paused_at is not None
        if held or fenced or frame - confirmed >= max(1, window):
            turn.stalled = True
            newest = confirmed + 1
            turn.waiting_for = tuple(seat for seat in self._views.others() if not self._tracks[seat].known(newest))
            turn.events += self._stalls.standing(now, frame, turn.waiting_for)
            return False
        turn.events += self._stalls.moving(now, frame)
        if self._skips == 0:
            self._skips = self._timesync.frames_to_skip(self._views.others())
        if self._skips:
            self._skips -= 1
            self._counters.skipped_frames += 1
            return False
        return True
