"""With which words a frame is stepped, and from which frame on the words turned out to be others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .inputs import InputTrack
from .prediction import Predictor
from .timeline import Timeline


class Stepping:
    """Steps one episode with what is known of its inputs, and with guesses for the rest.

    Args:
        timeline: The stepped frames.
        tracks: The inputs, by seat.
        predictors: By seat.
        others: The seats whose inputs come from outside.
    """

    def __init__(
        self,
        timeline: Timeline,
        tracks: Sequence[InputTrack],
        predictors: Sequence[Predictor],
        others: Iterable[int],
    ) -> None:
        self._timeline, self._tracks, self._predictors, self._others = timeline, tracks, predictors, tuple(others)

    def step(self, rollback_depth: int = 0) -> None:
        """Step the current frame; the depth is that of the rollback that steps it again."""
        frame = self._timeline.frame
        words, predicted = [], []
        for seat, track in enumerate(self._tracks):
            if track.known(frame):
                words.append(track[frame])
            else:
                words.append(self._predictors[seat](track.newest(), track.standing.default))
                predicted.append(seat)
        self._timeline.step(tuple(words), predicted, rollback_depth)

    def first_mismatch(self, first: int, end: int) -> int | None:
        """Return the first stepped frame whose words are now known to be others than those it was stepped with.

        Args:
            first: The first frame that was stepped with guesses.
            end: The frame before which to look.
        """
        for frame in range(first, end):
            used = self._timeline.used(frame)
            for seat in self._others:
                track = self._tracks[seat]
                if track.known(frame) and track[frame] != used[seat]:
                    return frame
        return None

    def again(self, target: int, until: int) -> int:
        """Go back to a frame and step to another one again, or to the end that turns out to come before.

        Returns:
            The depth: how many frames were stepped with what is now known to be wrong, or after it.
        """
        timeline = self._timeline
        stepped, depth = timeline.frame, timeline.frame - target
        timeline.go_back(target)
        timeline.first_open = min(track.last for track in self._tracks) + 1
        while timeline.frame < until:
            self.step(depth if timeline.frame >= target else 0)
            if timeline.ends(timeline.frame - 1):
                break
        timeline.cut(stepped)
        return depth
