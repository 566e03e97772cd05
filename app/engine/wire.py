"""Packets to bytes and back: one cumulative datagram of inputs, and a checksum report.

Every packet, of either kind, carries what its sender holds of every seat's inputs (`acks`) and the membership view, so
that a peer that has nothing to send still lets the others go on. Inputs are absolute words, run-length coded; nothing
refers to a packet that may have been lost.

Layout, little endian: header (`version kind match_tag epoch view sender seq sim_frame lag_to_you sent_at echo_of
echo_hold seats`), one `int32` acknowledgement a seat, then the body. Decoding never raises and allocates nothing that
the length has not been checked for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = 1
KIND_INPUT = 1
KIND_CHECKSUM = 2

MAX_PACKET_BYTES = 1100
"""Below every path's MTU with the transport's own headers, so that a packet is never fragmented."""
MAX_WORDS = 128
"""More unacknowledged inputs than this cannot arise, for the simulation stalls long before."""
MAX_SEATS = 16
MAX_WORD_BYTES = 64

_HEADER = struct.Struct("<BBIHHBHihIIHB")
_INPUT = struct.Struct("<iHB")
_CHECKSUM = struct.Struct("<iQQ")


@dataclass(frozen=True)
class Packet:
    """What every packet carries.

    Attributes:
        match_tag: Tells this match from any other; a packet of another is dropped.
        epoch: The episode.
        view: The membership view of the sender.
        sender: Seat index.
        seq: Counts the sender's packets to one peer, modulo 65536.
        sim_frame: The newest frame the sender has stepped.
        lag_to_you: How many frames the sender is ahead of what it knows of the receiver.
        sent_at: The sender's clock, ms, opaque to the receiver.
        echo_of: `sent_at` of the newest packet the sender got from the receiver; 0 for none.
        echo_hold: ms between its arrival and this packet.
        acks: For every seat, the newest frame up to which the sender holds all inputs.
    """

    match_tag: int
    epoch: int
    view: int
    sender: int
    seq: int
    sim_frame: int
    lag_to_you: int
    sent_at: int
    echo_of: int
    echo_hold: int
    acks: tuple[int, ...]


@dataclass(frozen=True)
class InputPacket(Packet):
    """The sender's own inputs from `start_frame` on, or none (a keepalive)."""

    start_frame: int = 0
    words: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class ChecksumPacket(Packet):
    """The sender's hashes of the state before `frame`, and of all inputs before it."""

    frame: int = 0
    state_hash: int = 0
    inputs_hash: int = 0


def encode(packet: InputPacket | ChecksumPacket) -> bytes:
    """Return the bytes of a packet."""
    kind = KIND_INPUT if isinstance(packet, InputPacket) else KIND_CHECKSUM
    head = _HEADER.pack(
        VERSION, kind, packet.match_tag, packet.epoch, packet.view, packet.sender, packet.seq, packet.sim_frame,
        max(-32768, min(32767, packet.lag_to_you)), packet.sent_at, packet.echo_of, min(65535, packet.echo_hold),
        len(packet.acks),
    )  # fmt: skip
    acks = struct.pack(f"<{len(packet.acks)}i", *packet.acks)
    if isinstance(packet, ChecksumPacket):
        return head + acks + _CHECKSUM.pack(packet.frame, packet.state_hash, packet.inputs_hash)
    width = len(packet.words[0]) if packet.words else 0
    return head + acks + _INPUT.pack(packet.start_frame, len(packet.words), width) + _run_lengths(packet.words)


def words_that_fit(words: Sequence[bytes], seats: int) -> int:
    """Return how many of the words, from the first on, fit into one packet."""
    room = MAX_PACKET_BYTES - _HEADER.size - 4 * seats - _INPUT.size
    taken, last, run = 0, None, 0
    for word in words[:MAX_WORDS]:
        if word == last and run < 255:
            run += 1
        else:
            room -= len(word) + 1
            last, run = word, 1
            if room < 0:
                break
        taken += 1
    return taken


def decode(data: bytes, *, seats: int, word_widths: Sequence[int]) -> InputPacket | ChecksumPacket | None:
    """Return the packet that the bytes mean, or None if they mean none.

    Args:
        data: Anything, of any length.
        seats: Seats of the match.
        word_widths: Bytes of an input word, by seat index.
    """
    if not _HEADER.size <= len(data) <= MAX_PACKET_BYTES:
        return None
    version, kind, tag, epoch, view, sender, seq, sim_frame, lag, sent_at, echo_of, echo_hold, count = (
        _HEADER.unpack_from(data)
    )
    at = _HEADER.size + 4 * seats
    if version != VERSION or count != seats or sender >= seats or len(data) < at:
        return None
    acks = struct.unpack_from(f"<{seats}i", data, _HEADER.size)
    common = (tag, epoch, view, sender, seq, sim_frame, lag, sent_at, echo_of, echo_hold, acks)
    if kind == KIND_CHECKSUM:
        if len(data) != at + _CHECKSUM.size:
            return None
        return ChecksumPacket(*common, *_CHECKSUM.unpack_from(data, at))
    if kind != KIND_INPUT or len(data) < at + _INPUT.size:
        return None
    start, length, width = _INPUT.unpack_from(data, at)
    if start < 0 or length > MAX_WORDS or width != (word_widths[sender] if length else 0):
        return None
    words = _from_run_lengths(data[at + _INPUT.size :], length, width)
    return None if words is None else InputPacket(*common, start, words)


def _run_lengths(words: Sequence[bytes]) -> bytes:
    out, index = bytearray(), 0
    while index < len(words):
        run = 1
        while run < 255 and index + run < len(words) and words[index + run] == words[index]:
            run += 1
        out.append(run)
        out += words[index]
        index += run
    return bytes(out)


def _from_run_lengths(body: bytes, length: int, width: int) -> tuple[bytes, ...] | None:
    words: list[bytes] = []
    at = 0
    while len(words) < length:
        if at + 1 + width > len(body):
            return None
        run = body[at]
        if not run or len(words) + run > length:
            return None
        words.extend([body[at + 1 : at + 1 + width]] * run)
        at += 1 + width
    return tuple(words) if at == len(body) else None
