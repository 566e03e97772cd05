"""One seat's inputs of one episode: a contiguous run of words from frame 0, and what stands in for an empty seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NULL_FRAME = -1
"""The frame before the first one: nothing is known yet."""


@dataclass(frozen=True)
class SeatWords:
    """The words of a seat that are nobody's choice.

    Attributes:
        default: Of the frames before the input delay has passed.
        absent: Of a seat whose person has left, where the default action is to go on.
        bot: Of a seat that a policy plays.
    """

    default: bytes
    absent: bytes
    bot: bytes


class InputTrack:
    """The words of one seat, known without a gap from frame 0 to `last`.

    Frames before the input delay has passed are the default word by definition; they are known from the start. A track
    that is `closed` (a policy's seat, or one whose person has left) carries one word from some frame on, for ever or
    until the frame at which it opens again.

    Attributes:
        last: The newest frame whose word is known, or `NULL_FRAME`.

    Args:
        words: The seat's standing words.
        input_delay: Frames at the start that carry the default one.
        limit: Frames of the episode; words beyond them are not kept.
    """

    def __init__(self, words: SeatWords, input_delay: int, limit: int) -> None:
        self.standing = words
        self._words: list[bytes] = [words.default] * min(input_delay, limit)
        self._limit = limit
        self._fill: bytes | None = None
        self._opens_at: int | None = None
        self._move()

    @property
    def closed(self) -> bool:
        """Whether one word stands for all frames that follow."""
        return self._fill is not None

    def __getitem__(self, frame: int) -> bytes:
        if self._fill is not None and frame >= len(self._words):
            return self._fill
        return self._words[frame]

    def known(self, frame: int) -> bool:
        """Say whether the word of a frame is known."""
        return 0 <= frame <= self.last

    def newest(self) -> bytes:
        """Return the newest known word, the default word before any."""
        return self._words[-1] if self._words else self.standing.default

    def words(self, start: int, end: int) -> list[bytes]:
        """Return the known words of frames `start` to before `end`; none is known twice or missing between."""
        if self._fill is None:
            return self._words[start:end]
        return [self[frame] for frame in range(start, min(end, self.last + 1))]

    def append(self, word: bytes) -> bool:
        """Add the word of the next frame; say whether it was taken (not past the episode's last frame)."""
        if len(self._words) >= self._limit:
            return False
        self._words.append(word)
        self._move()
        return True

    def merge(self, start: int, words: Sequence[bytes]) -> tuple[int, int | None]:
        """Take words that arrived for frames `start` on.

        What is known stays as it is (INV-4); what would leave a gap is not taken, for the sender repeats everything
        that is not acknowledged.

        Returns:
            The number of frames that are newly known, and the first frame for which the sender now says something
            else than before (None: it is consistent).
        """
        known = len(self._words)
        if start > known:
            return 0, None
        for frame in range(start, min(known, start + len(words))):
            if self._words[frame] != words[frame - start]:
                return 0, frame
        self._words.extend(words[known - start : max(0, self._limit - start)])
        self._move()
        return len(self._words) - known, None

    def replace(self, words: Sequence[bytes]) -> None:
        """Take the words of frames 0 on from the server's log, before anything was stepped."""
        self._words = list(words[: self._limit])
        self._fill = self._opens_at = None
        self._move()

    def close(self, cut: int, fill: bytes) -> None:
        """Let `fill` stand for every frame after `cut`, the last one that the seat's person has decided."""
        assert cut < len(self._words), f"the words to frame {cut} must be known, {len(self._words)} are"
        del self._words[cut + 1 :]
        self._fill, self._opens_at = fill, None
        self._move()

    def hold(self, frame: int | None) -> None:
        """While it is open whether the seat's person is back at a frame, count nothing as known from there on."""
        self._opens_at = frame
        self._move()

    def reopen(self, frame: int) -> None:
        """Need real words again from a frame on: the seat's person is back."""
        assert self._fill is not None and frame >= len(self._words), f"the seat is not closed before frame {frame}"
        self._words += [self._fill] * (frame - len(self._words))
        self._fill, self._opens_at = None, None
        self._move()

    def _move(self) -> None:
        """Set `last` after a change; it is asked for a dozen times in every turn."""
        if self._fill is None:
            self.last = len(self._words) - 1
        else:
            self.last = (self._limit if self._opens_at is None else self._opens_at) - 1
