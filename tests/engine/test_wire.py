from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.wire import (
    MAX_FRAME,
    MAX_PACKET_BYTES,
    MAX_WORDS,
    ChecksumPacket,
    InputPacket,
    decode,
    encode,
    words_from_hex,
    words_that_fit,
    words_to_hex,
)

HEAD: dict[str, Any] = {
    "match_tag": 0xDEADBEEF, "epoch": 3, "view": 2, "sender": 1, "seq": 65535, "sim_frame": 899, "lag_to_you": -7,
    "sent_at": 65000, "echo_of": 12, "echo_hold": 34, "acks": (5, -1, 1007),
}  # fmt: skip
WIDTHS = (2, 3, 2)
words = st.lists(st.sampled_from([b"abc", b"xyz", b"\x00\x00\x01"]), max_size=MAX_WORDS)


def inputs(start: int = 4, sent: tuple[bytes, ...] = (b"abc",), **changed: Any) -> InputPacket:
    return InputPacket(**(HEAD | changed), start_frame=start, words=list(sent))


def read(data: bytes) -> InputPacket | ChecksumPacket | str:
    return decode(data, seats=3, word_widths=WIDTHS)


@given(
    words,
    st.integers(0, 100_000),
    st.integers(-1, 100_000),
    st.integers(-500, 500),
    st.none() | st.integers(0, 60_000),
    st.tuples(*[st.integers(-1, 100_000)] * 3),
    st.integers(0, 70_000),
)
def test_an_input_packet_survives_its_bytes(
    sent: list[bytes], start: int, frame: int, lag: int, hold: int | None, acks: tuple[int, ...], epoch: int
) -> None:
    packet = inputs(
        start, tuple(sent), sim_frame=frame, lag_to_you=lag, echo_hold=hold, acks=acks, epoch=epoch, view=epoch % 99
    )
    data = encode(packet)
    if len(data) <= MAX_PACKET_BYTES:
        assert read(data) == packet


@pytest.mark.parametrize("lag", [-70_000, -129, -128, 127, 128, 255, 70_000])
def test_a_lag_may_be_any_number(lag: int) -> None:
    assert read(encode(inputs(lag_to_you=lag))) == inputs(lag_to_you=lag)


def test_a_checksum_packet_survives_its_bytes() -> None:
    greatest = ChecksumPacket(**HEAD, frame=MAX_FRAME, state_hash=1, inputs_hash=2)
    assert read(encode(greatest)) == greatest
    assert read(encode(replace(greatest, frame=MAX_FRAME + 1))) == "checksum"
    packet = ChecksumPacket(**HEAD, frame=60, state_hash=2**64 - 1, inputs_hash=1)
    assert read(encode(packet)) == packet
    assert read(encode(packet) + b"\x00") == "checksum"
    assert read(encode(packet)[:-1]) == "checksum"


@given(st.lists(st.binary(min_size=3, max_size=3), max_size=700))
def test_no_packet_is_larger_than_the_limit_and_something_always_fits(pending: list[bytes]) -> None:
    count = words_that_fit(pending, 3)
    assert count > 0 or not pending
    assert count == min(len(pending), MAX_WORDS) or len(set(pending)) > 1
    packet = inputs(MAX_FRAME, tuple(pending[:count]), sim_frame=0, acks=(MAX_FRAME,) * 3)
    assert len(encode(packet)) <= MAX_PACKET_BYTES


def test_as_many_words_as_fit_go_into_one_packet() -> None:
    assert words_that_fit([b"ab"] * 500, 2) == MAX_WORDS
    wide = [bytes((n, 0) * 32) for n in range(40)]
    count = words_that_fit(wide, 2)
    size = len(encode(inputs(4, tuple(wide[:count]))))
    assert MAX_PACKET_BYTES - 2 * 65 - 45 < size <= MAX_PACKET_BYTES
    assert words_that_fit([], 2) == 0
    different = [bytes((n, 1)) for n in range(120)]
    assert words_that_fit(different, 2) == 120 and words_that_fit(different * 2, 2) == MAX_WORDS
    room = MAX_PACKET_BYTES - 12 - 5 * (2 + 6)
    for width in (17, 22, 39):
        wide = [bytes((n,)) * width for n in range(100)]
        assert words_that_fit(wide, 2) == room // (width + 2)
    assert words_that_fit([bytes((n,)) * 25 for n in range(100)], 1) == 39, "27 bytes a word fill it to the last byte"
    rest = [bytes((n,)) * 25 for n in range(39)] + [b"!" * 25] * 5
    assert words_that_fit(rest, 1) == 39, "what does not fit once does not fit again"
    assert words_that_fit([*wide[:25], *[wide[24]] * 9, wide[25]], 2) == 25 + 9, "a run costs once"


@given(st.binary(max_size=1300))
def test_any_bytes_decode_to_a_packet_or_to_a_reason(data: bytes) -> None:
    assert not isinstance(read(data), str) or read(data)


@given(st.integers(0, 60), st.integers(0, 255))
def test_a_packet_with_one_byte_altered_never_raises(at: int, value: int) -> None:
    data = bytearray(encode(inputs(4, (b"abc",) * 5)))
    data[at % len(data)] = value
    read(bytes(data))


def test_what_is_wrong_with_a_packet_is_named() -> None:
    data = encode(inputs())
    assert read(data[:12]) == "length" and read(b"") == "length"
    assert read(data + bytes(MAX_PACKET_BYTES)) == "length"
    assert read(b"\x31" + data[1:]) == "version"
    assert read(encode(inputs(sender=3))) == "sender"
    assert read(b"\x23" + data[1:]) == "kind" and read(b"\x20" + data[1:]) == "kind"
    assert read(data[:15]) == "header"
    assert read(encode(inputs(acks=(5, -2, 7)))) == "header"
    assert read(encode(inputs(acks=(5, MAX_FRAME + 1, 7)))) == "header"
    assert read(encode(inputs(sim_frame=MAX_FRAME + 1, acks=(MAX_FRAME,) * 3, start=MAX_FRAME))) == "header"
    assert read(data + b"\x00") == "inputs"
    assert read(data[:-1]) == "inputs"
    assert read(encode(inputs(-1))) == "inputs"
    assert read(encode(inputs(MAX_FRAME + 1))) == "inputs"
    assert read(encode(inputs(4, (b"abc",) * (MAX_WORDS + 1)))) == "inputs"
    assert decode(data, seats=3, word_widths=(2, 2, 2)) == "inputs"


def test_the_longest_packet_is_read() -> None:
    width = MAX_PACKET_BYTES - len(encode(inputs(4, ()))) - 1
    data = encode(inputs(4, (b"w" * width,)))
    assert len(data) == MAX_PACKET_BYTES
    assert not isinstance(decode(data, seats=3, word_widths=(2, width, 2)), str)


def test_the_greatest_values_are_still_values() -> None:
    for packet in (
        inputs(MAX_FRAME, acks=(MAX_FRAME, -1, 0), sim_frame=MAX_FRAME),
        inputs(0, (b"abc",) * MAX_WORDS, sim_frame=-1, acks=(-1, -1, -1), sender=2 - 1),
        replace(inputs(4, ()), echo_hold=0),
    ):
        assert read(encode(packet)) == packet


def test_a_number_that_never_ends_is_malformed() -> None:
    head = struct.pack("<BIBHHH", 0x21, 1, 1, 1, 1, 1)
    assert read(head + b"\xff" * 20) == "header"


def test_a_datagram_of_two_seats_is_small() -> None:
    packet = inputs(896, (b"\x04\x01",) * 4, epoch=0, view=0, acks=(895, 899))
    assert len(encode(packet)) == 24
    assert len(encode(replace(packet, words=[b"\x04\x01"] * 30))) == 24


def test_words_travel_as_text_too() -> None:
    sent = [b"\x01\x01"] * 3 + [b"\x02\x01"]
    assert words_to_hex(sent) == "030101" + "010201"
    assert words_from_hex("030101010201", 2, 4) == sent
    assert words_from_hex("", 2, 4) == []
    for bad in ("03010101020", "xx0101", "000101", "030101010201"):
        assert words_from_hex(bad, 2, 3) is None


@pytest.mark.parametrize("sent", [[], [b"ab"] * 300, [b"ab", b"cd"] * 5])
def test_any_number_of_words_survives_as_text(sent: list[bytes]) -> None:
    assert words_from_hex(words_to_hex(sent), 2, 300) == sent
