"""Whole numbers in as few bytes as they need, as in Protocol Buffers' base 128 encoding."""

from __future__ import annotations

from collections.abc import Iterable

MAX_BYTES = 5
"""Enough for 32 bits with a sign; a longer one is malformed."""


def write(number: int, out: bytearray) -> None:
    """Append a number that is not negative."""
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def write_signed(number: int, out: bytearray) -> None:
    """Append any number: small ones of either sign are short."""
    number = number << 1 if number >= 0 else (-number << 1) - 1
    if number <= 127:  # the usual case, without another call
        out.append(number)
    else:
        write(number, out)


class Reader:
    """Reads numbers one after another; past the end, or from a number without end, it reads 0 and is `bad`.

    Args:
        data: The bytes.
        at: Where to begin.
    """

    __slots__ = ("at", "bad", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at, self.bad = data, at, False

    def read(self) -> int:
        """Return the next number that is not negative."""
        result = shift = 0
        for byte in self.data[self.at : self.at + MAX_BYTES]:
            self.at += 1
            result |= (byte & 127) << shift
            if byte < 128:
                return result
            shift += 7
        self.bad = True
        return 0

    def read_signed(self) -> int:
        """Return the next number of either sign."""
        number = self.read()
        return number >> 1 if not number & 1 else -(number + 1 >> 1)

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        body = self.data[self.at : self.at + count]
        if len(body) < count:
            self.bad = True
        self.at += count
        return body

    @property
    def ended(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.data)


def run_lengths(words: Iterable[bytes], out: bytearray) -> None:
    """Append words of equal width as runs: how often, which word."""
    last, run = b"", 0
    for word in words:
        if run and word == last:
            run += 1
            continue
        if run:
            write(run, out)
            out += last
        last, run = word, 1
    if run:
        write(run, out)
        out += last


def from_run_lengths(reader: Reader, width: int, limit: int) -> list[bytes] | None:
    """Return the words that stand until the end of the reader's bytes, or None if they are malformed.

    Args:
        reader: Stands before the first run.
        width: Bytes of a word.
        limit: The most words that are taken; nothing is allocated for more.
    """
    words: list[bytes] = []
    while not reader.ended:
        run, word = reader.read(), reader.take(width)
        if reader.bad or not 0 < run <= limit - len(words):
            return None
        words.extend([word] * run)
    return words
