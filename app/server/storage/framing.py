"""Messages over a pipe: four bytes of length (big endian), then msgpack. Spoken between the store and its client."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import msgpack

#: A whole match is read in one answer (`read_chunks`); a longer frame than this means that the pipe is out of step.
MAX_FRAME_BYTES = 256 * 1024 * 1024

_LENGTH = struct.Struct(">I")


def encode(message: dict[str, Any]) -> bytes:
    """Return the frame of one message.

    Raises:
        ValueError: when the message is longer than `MAX_FRAME_BYTES` or holds a number of more than 64 bits.
        TypeError: when it holds something msgpack has no form for.
    """
    try:
        body = msgpack.packb(message, use_bin_type=True)
    except OverflowError as error:
        raise ValueError(f"a number in this message does not fit into 64 bits ({error})") from error
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is longer than the {MAX_FRAME_BYTES} bytes a frame may have")
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Turns what arrives from a pipe, in pieces of any size, back into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """Take one piece and yield the messages it completes.

        Raises:
            ValueError: when the length announced is impossible or the body is not msgpack.
        """
        self._buffer += piece
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {length} bytes was announced; {MAX_FRAME_BYTES} is the most")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[start + _LENGTH.size : end])
            start = end
            yield msgpack.unpackb(body, raw=False, strict_map_key=False)
        del self._buffer[:start]

    @property
    def pending_bytes(self) -> int:
        """Bytes of a message that has not arrived whole yet."""
        return len(self._buffer)
