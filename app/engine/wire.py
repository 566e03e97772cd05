"""Packets to bytes and back: one cumulative datagram of inputs, and a checksum report.

Every packet, of either kind, carries what its sender holds of every seat's inputs (`acks`), how far it has come and
the membership view, so that a peer that has nothing to send still lets the others go on. Inputs are absolute words,
run-length coded; nothing refers to a packet that may have been lost.

Layout: `version and kind, match_tag, sender, seq, sent_at, echo_of` little endian in 12 bytes, then numbers as in
`varint.py`: epoch, view, sim_frame + 1, lag_to_you, echo_hold + 1 (0: nothing to echo), a seat's acknowledgement as its
distance from sim_frame each, then the body. A datagram of two seats takes about 25 bytes. Decoding never raises and
allocates nothing that the length has not been checked for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from .varint import MAX_BYTES, Reader, from_run_lengths, run_lengths, write, write_signed

VERSION = 2
KIND_INPUT = 1
KIND_CHECKSUM = 2

MAX_PACKET_BYTES = 1100
"""Below every path's MTU with the transport's own headers, so that a packet is never fragmented."""
MAX_WORDS = 128
"""More unacknowledged inputs than this cannot arise at a member, for the simulation stalls long before."""
MAX_SEATS = 16
MAX_WORD_BYTES = 64
MAX_FRAME = 2**31 - 1
STAMP_MODULUS = 0x10000
"""Stamps are milliseconds modulo this: a round trip of a minute is not one that matters."""

_HEAD = struct.Struct("<BIBHHH")
_HASHES = struct.Struct("<QQ")


@dataclass(slots=True)
class Packet:
    """What every packet carries.

    Attributes:
        match_tag: Tells this match from any other; a packet of another is dropped.
        epoch: The episode.
        view: The membership view of the sender.
        sender: Seat index.
        seq: Counts the sender's packets to one peer, modulo 65536.
        sim_frame: The newest frame the sender has stepped, -1 before the first.
        lag_to_you: How many frames the sender is ahead of what it knows of the receiver.
        sent_at: The sender's clock, ms modulo 65536, opaque to the receiver.
        echo_of: `sent_at` of the newest packet the sender got from the receiver.
        echo_hold: ms between its arrival and this packet; None where there is nothing to echo.
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
    echo_hold: int | None
    acks: tuple[int, ...]


Header = tuple[int, int, int, int, int, int, int, int, int, int | None, tuple[int, ...]]
"""The values of a `Packet`, in their order."""


@dataclass(slots=True)
class InputPacket(Packet):
    """The sender's own inputs from `start_frame` on, or none (a keepalive)."""

    start_frame: int = 0
    words: Sequence[bytes] = ()


@dataclass(slots=True)
class ChecksumPacket(Packet):
    """The sender's hashes of the state before `frame`, and of all inputs before it."""

    frame: int = 0
    state_hash: int = 0
    inputs_hash: int = 0


def encode(packet: InputPacket | ChecksumPacket) -> bytes:
    """Return the bytes of a packet."""
    is_input = isinstance(packet, InputPacket)
    kind = VERSION << 4 | (KIND_INPUT if is_input else KIND_CHECKSUM)
    out = bytearray(_HEAD.pack(kind, packet.match_tag, packet.sender, packet.seq, packet.sent_at, packet.echo_of))
    here = packet.sim_frame
    write(packet.epoch, out)
    write(packet.view, out)
    write(here + 1, out)
    write_signed(packet.lag_to_you, out)
    write(0 if packet.echo_hold is None else packet.echo_hold + 1, out)
    for ack in packet.acks:
        write_signed(here - ack, out)
    if isinstance(packet, ChecksumPacket):
        write(packet.frame, out)
        out += _HASHES.pack(packet.state_hash, packet.inputs_hash)
    else:
        write_signed(packet.start_frame - here, out)
        run_lengths(packet.words, out)
    return bytes(out)


def words_that_fit(words: Sequence[bytes], seats: int) -> int:
    """Return how many of the words, from the first on, fit into one packet."""
    room = MAX_PACKET_BYTES - _HEAD.size - MAX_BYTES * (seats + 6)
    if not words or (len(words) <= MAX_WORDS and len(words) * (len(words[0]) + 2) <= room):
        return len(words)
    taken, last = 0, None
    for word in words[:MAX_WORDS]:
        if word != last:
            room -= len(word) + 2  # a run of up to 128 takes two bytes at most
            last = word
            if room < 0:
                break
        taken += 1
    return taken


def decode(data: bytes, *, seats: int, word_widths: Sequence[int]) -> InputPacket | ChecksumPacket | str:
    """Return the packet that the bytes mean, or in a word why they mean none.

    Args:
        data: Anything, of any length.
        seats: Seats of the match.
        word_widths: Bytes of an input word, by seat index.
    """
    if not _HEAD.size < len(data) <= MAX_PACKET_BYTES:
        return "length"
    kind, tag, sender, seq, sent_at, echo_of = _HEAD.unpack_from(data)
    if kind >> 4 != VERSION:
        return "version"
    if sender >= seats:
        return "sender"
    reader = Reader(data, _HEAD.size)
    epoch, view, here = reader.read(), reader.read(), reader.read() - 1
    lag, hold = reader.read_signed(), reader.read() - 1
    acks = tuple([here - reader.read_signed() for _ in range(seats)])
    if reader.bad or here > MAX_FRAME or any(not -1 <= ack <= MAX_FRAME for ack in acks):
        return "header"
    common = (tag, epoch, view, sender, seq, here, lag, sent_at, echo_of, None if hold < 0 else hold, acks)
    if kind & 15 == KIND_INPUT:
        start = here + reader.read_signed()
        words = from_run_lengths(reader, word_widths[sender], MAX_WORDS)
        if reader.bad or words is None or not 0 <= start <= MAX_FRAME:
            return "inputs"
        return InputPacket(*common, start, words)
    if kind & 15 == KIND_CHECKSUM:
        frame, hashes = reader.read(), reader.take(_HASHES.size)
        if reader.bad or not reader.ended or frame > MAX_FRAME:
            return "checksum"
        return ChecksumPacket(*common, frame, *_HASHES.unpack(hashes))
    return "kind"


def words_to_hex(words: Sequence[bytes]) -> str:
    """Return words as text for messages to and from the server."""
    out = bytearray()
    run_lengths(words, out)
    return out.hex()


def words_from_hex(text: str, width: int, limit: int) -> list[bytes] | None:
    """Return the words of such a text, or None if it is malformed or has more than `limit` words."""
    try:
        return from_run_lengths(Reader(bytes.fromhex(text)), width, limit)
    except ValueError:
        return None
