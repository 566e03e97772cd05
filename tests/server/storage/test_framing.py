"""Messages over a pipe survive being cut anywhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.storage import framing

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary()
messages = st.lists(st.dictionaries(st.text(), st.recursive(scalars, st.lists, max_leaves=5), max_size=4), max_size=5)


@given(sent=messages, cuts=st.lists(st.integers(1, 40), min_size=1))
def test_messages_come_out_as_they_went_in_however_the_pipe_cuts_them(sent: list[Any], cuts: list[int]) -> None:
    stream = b"".join(framing.encode(message) for message in sent)
    reader = framing.FrameReader()
    received: list[Any] = []
    position = number = 0
    while position < len(stream):
        length = cuts[number % len(cuts)]
        received += reader.feed(stream[position : position + length])
        position, number = position + length, number + 1
    assert received == sent
    assert reader.pending_bytes == 0


def test_an_impossible_length_is_refused() -> None:
    with pytest.raises(ValueError, match="4294967295 bytes was announced"):
        list(framing.FrameReader().feed(b"\xff\xff\xff\xff"))


def test_a_number_beyond_64_bits_is_refused_by_the_sender() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        framing.encode({"n": 2**70})
