from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.varint import MAX_BYTES, Reader, from_run_lengths, run_lengths, write, write_signed

LARGEST = 2 ** (7 * MAX_BYTES) - 1


def written(*numbers: int, signed: bool = False) -> bytes:
    out = bytearray()
    for number in numbers:
        (write_signed if signed else write)(number, out)
    return bytes(out)


@pytest.mark.parametrize(
    ("number", "data"), [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (LARGEST, "ffffffff7f")]
)
def test_a_number_takes_as_few_bytes_as_it_needs(number: int, data: str) -> None:
    assert written(number).hex() == data


@pytest.mark.parametrize(
    ("number", "data"), [(0, "00"), (-1, "01"), (1, "02"), (-2, "03"), (63, "7e"), (-64, "7f"), (64, "8001")]
)
def test_small_numbers_of_either_sign_are_short(number: int, data: str) -> None:
    assert written(number, signed=True).hex() == data


@given(st.lists(st.integers(0, LARGEST)), st.lists(st.integers(-(2**31), 2**31)))
def test_numbers_survive_their_bytes(plain: list[int], signed: list[int]) -> None:
    reader = Reader(b"??" + written(*plain) + written(*signed, signed=True), 2)
    assert [reader.read() for _ in plain] == plain
    assert [reader.read_signed() for _ in signed] == signed
    assert reader.ended and not reader.bad


def test_reading_begins_at_the_first_byte_unless_told_otherwise() -> None:
    assert Reader(b"\x05").read() == 5
    assert not Reader(b"\x05").ended and Reader(b"").ended


def test_past_the_end_a_reader_reads_nothing_and_is_bad() -> None:
    reader = Reader(b"\x05")
    assert (reader.read(), reader.bad) == (5, False)
    assert (reader.read(), reader.bad, reader.ended) == (0, True, True)
    assert Reader(b"").read_signed() == 0


def test_a_number_without_end_is_bad() -> None:
    reader = Reader(b"\x80" * MAX_BYTES + b"\x01")
    assert reader.read() == 0 and reader.bad
    longest = Reader(b"\x80" * (MAX_BYTES - 1) + b"\x01")
    assert longest.read() == 1 << 7 * (MAX_BYTES - 1) and not longest.bad


def test_bytes_are_taken_whole_or_the_reader_is_bad() -> None:
    reader = Reader(b"abcd")
    assert (reader.take(3), reader.at, reader.bad, reader.ended) == (b"abc", 3, False, False)
    assert (reader.take(1), reader.bad, reader.ended) == (b"d", False, True)
    short = Reader(b"abcd", 2)
    assert short.take(3) == b"cd" and short.bad


@given(st.lists(st.sampled_from([b"ab", b"cd", b"\x00\xff"]), max_size=300))
def test_run_lengths_are_the_words_again(words: list[bytes]) -> None:
    out = bytearray()
    run_lengths(words, out)
    assert from_run_lengths(Reader(bytes(out)), 2, len(words)) == words
    if words:
        assert from_run_lengths(Reader(bytes(out)), 2, len(words) - 1) is None


def test_equal_words_side_by_side_are_one_run() -> None:
    out = bytearray(b"!")
    run_lengths([b"ab"] * 2 + [b"cd"] + [b"ab"], out)
    assert out == b"!\x02ab\x01cd\x01ab"
    run_lengths([], out)
    assert out == b"!\x02ab\x01cd\x01ab"


def test_words_without_any_width_are_runs_too() -> None:
    out = bytearray()
    run_lengths([b""] * 3, out)
    assert out == b"\x03"


@pytest.mark.parametrize("bad", ["\x00ab", "\x02", "\x02a", "\x01ab\x03cd", "\x80\x80\x80\x80\x80\x80", "\x05ab"])
def test_what_is_no_row_of_runs_is_no_words(bad: str) -> None:
    assert from_run_lengths(Reader(bad.encode("latin-1")), 2, 3) is None


def test_runs_begin_where_the_reader_stands() -> None:
    assert from_run_lengths(Reader(b"??\x02ab", 2), 2, 9) == [b"ab", b"ab"]
    assert from_run_lengths(Reader(b"??", 2), 2, 9) == []


def test_nothing_is_allocated_for_more_words_than_are_allowed() -> None:
    tracemalloc.start()
    assert from_run_lengths(Reader(written(2**34) + b"ab"), 2, 128) is None
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
