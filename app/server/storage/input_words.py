"""The input words in record chunks: the server's log of what everybody did, checked and compared like the rows.

A chunk carries, for every person's seat, the words of its frames, run-length coded by the engine
(`app/engine/varint.py`). How wide a word is the store does not know; the number of frames tells.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from app.engine.varint import Reader, from_run_lengths

MAX_WORD_BYTES = 64
#: A chunk holds a second of play; no page of ours sends more frames in one.
MAX_FRAMES = 4096

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def well_formed(inputs: Any, seats: int, frames: int, most_frames: int = MAX_FRAMES) -> bool:
    """Whether a chunk's `inputs` are words of that many frames, by seat index.

    More than `MAX_FRAMES` are counted only, for a few bytes can stand for any number of words.
    """
    if not isinstance(inputs, dict) or frames > most_frames:
        return False
    are_words = words if frames <= MAX_FRAMES else _counted
    indexes = {str(index) for index in range(seats)}
    return all(
        name in indexes and isinstance(text, str) and _HEX.fullmatch(text) is not None and bool(are_words(text, frames))
        for name, text in inputs.items()
    )


@lru_cache(maxsize=256)
def words(text: str, frames: int) -> dict[int, list[bytes]]:
    """Return, by every width that fits, the words of so many frames that a text means."""
    data = bytes.fromhex(text)
    found = {}
    for width in range(1, MAX_WORD_BYTES + 1):
        read = from_run_lengths(Reader(data), width, frames)
        if read is not None and len(read) == frames:
            found[width] = read
    return found


def _counted(text: str, frames: int) -> bool:
    """Whether a text means so many words of some width."""
    data = bytes.fromhex(text)
    return any(_count(Reader(data), width, frames) == frames for width in range(1, MAX_WORD_BYTES + 1))


def _count(reader: Reader, width: int, most: int) -> int | None:
    count = 0
    while not reader.ended:
        run = reader.read()
        reader.take(width)
        if reader.bad or not 0 < run <= most - count:
            return None
        count += run
    return count


def first_difference(
    inputs: tuple[dict[str, str], dict[str, str]], first_frames: tuple[int, int], frames: tuple[int, int]
) -> tuple[int, str, tuple[str, str]] | None:
    """Compare the frames that two chunks have in common; return frame, seat index and both words of the first."""
    found = []
    for index in sorted(inputs[0].keys() & inputs[1].keys(), key=int):
        texts = inputs[0][index], inputs[1][index]
        if texts[0] == texts[1] and first_frames[0] == first_frames[1]:
            continue
        one, two = words(texts[0], frames[0]), words(texts[1], frames[1])
        differences = [_first(one[width], two[width], first_frames) for width in sorted(one.keys() & two.keys())]
        # Where several widths fit, one is right; as long as they agree in one, nothing is wrong.
        certain = [difference for difference in differences if difference is not None]
        if len(certain) == len(differences) and certain:
            frame, pair = certain[0]
            found.append((frame, index, pair))
    return min(found, key=lambda difference: (difference[0], int(difference[1])), default=None)


def _first(one: list[bytes], two: list[bytes], first_frames: tuple[int, int]) -> tuple[int, tuple[str, str]] | None:
    start = max(first_frames)
    for frame in range(start, min(first_frames[0] + len(one), first_frames[1] + len(two))):
        pair = one[frame - first_frames[0]], two[frame - first_frames[1]]
        if pair[0] != pair[1]:
            return frame, (pair[0].hex(), pair[1].hex())
    return None
