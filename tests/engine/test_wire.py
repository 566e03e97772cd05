from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.engine.wire import (
    MAX_PACKET_BYTES,
    MAX_WORDS,
    ChecksumPacket,
    InputPacket,
    decode,
    encode,
    words_that_fit,
)

HEAD = (0xDEADBEEF, 3, 0, 1, 65535, 899, -7, 4_000_000_000, 12, 34, (5, -1, 7))
WIDTHS = (2, 3, 2)
words = st.lists(st.sampled_from([b"abc", b"xyz", b"\x00\x00\x01"]), max_size=MAX_WORDS)


@given(words, st.integers(0, 10_000))
def test_an_input_packet_survives_its_bytes(sent: list[bytes], start: int) -> None:
    packet = InputPacket(*HEAD, start, tuple(sent))
    data = encode(packet)
    if len(data) <= MAX_PACKET_BYTES:
        assert decode(data, seats=3, word_widths=WIDTHS) == packet


def test_a_checksum_packet_survives_its_bytes() -> None:
    packet = ChecksumPacket(*HEAD, 60, 2**64 - 1, 1)
    assert decode(encode(packet), seats=3, word_widths=WIDTHS) == packet


@given(st.lists(st.binary(min_size=3, max_size=3), max_size=400))
def test_no_packet_is_larger_than_the_limit_and_something_always_fits(pending: list[bytes]) -> None:
    count = words_that_fit(pending, 3)
    assert count > 0 or not pending
    assert len(encode(InputPacket(*HEAD, 0, tuple(pending[:count])))) <= MAX_PACKET_BYTES


@given(st.binary(max_size=1300))
def test_any_bytes_decode_to_a_packet_or_to_nothing(data: bytes) -> None:
    decode(data, seats=3, word_widths=WIDTHS)


@given(st.integers(0, 60), st.integers(0, 255))
def test_a_packet_with_one_byte_altered_never_raises(at: int, value: int) -> None:
    data = bytearray(encode(InputPacket(*HEAD, 4, (b"abc",) * 5)))
    data[at % len(data)] = value
    decode(bytes(data), seats=3, word_widths=WIDTHS)


def test_a_packet_of_other_seats_or_widths_is_nothing() -> None:
    data = encode(InputPacket(*HEAD, 4, (b"abc",)))
    assert decode(data, seats=2, word_widths=(2, 3)) is None
    assert decode(data, seats=3, word_widths=(2, 2, 2)) is None
    assert decode(data + b"\x00", seats=3, word_widths=WIDTHS) is None
    assert decode(encode(replace(InputPacket(*HEAD, 4, (b"abc",)), sender=9)), seats=3, word_widths=WIDTHS) is None


def test_a_second_of_unacknowledged_held_keys_is_a_small_packet() -> None:
    assert len(encode(InputPacket(*HEAD[:-1], (0, 0), 0, (b"\x04\x01",) * 30))) <= 60
