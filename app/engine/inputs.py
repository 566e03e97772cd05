"""One seat's inputs of one episode: a contiguous run of words from frame 0."""

from __future__ import annotations

from collections.abc import Sequence

NULL_FRAME = -1
"""The frame before the first one: nothing is known yet."""


class InputTrack:
    """The words of one seat, known without a gap from frame 0 to `last`.

    Frames before the input delay has passed are the default word by definition; they are known from the start.

    Args:
        default_word: The word of frames that nobody chose.
        input_delay: Frames at the start that carry it.
        limit: Frames of the episode; words beyond them are not kept.
    """

    def __init__(self, default_word: bytes, input_delay: int, limit: int) -> None:
        self._words: list[bytes] = [default_word] * min(input_delay, limit)
        self._limit = limit
        self.default_word = default_word

    @property
    def last(self) -> int:
        """The newest frame whose word is known, or `NULL_FRAME`."""
        return len(self._words) - 1

    def __getitem__(self, frame: int) -> bytes:
        return self._words[frame]

    def known(self, frame: int) -> bool:
        """Say whether the word of a frame is known."""
        return 0 <= frame < len(self._words)

    def newest(self) -> bytes:
        """Return the newest known word, the default word before any."""
        return self._words[-1] if self._words else self.default_word

    def words(self, start: int, count: int) -> list[bytes]:
        """Return up to `count` known words from frame `start` on."""
        return self._words[start : start + count]

    def append(self, word: bytes) -> bool:
        """Add the word of the next frame; say whether it was taken (not past the episode's last frame)."""
        if len(self._words) >= self._limit:
            return False
        self._words.append(word)
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
        conflict = None
        for frame in range(start, min(known, start + len(words))):
            if self._words[frame] != words[frame - start]:
                conflict = frame
                break
        if conflict is None:
            self._words.extend(words[known - start : self._limit - start])
        return len(self._words) - known, conflict
