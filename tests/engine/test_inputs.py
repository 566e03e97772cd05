from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.engine.inputs import InputTrack

WORDS = [bytes((n,)) for n in range(60)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40), st.integers(0, 8))
def test_whatever_the_order_of_packets_the_run_stays_contiguous_and_true(
    packets: list[tuple[int, int]], delay: int
) -> None:
    track = InputTrack(b"d", delay, 55)
    truth = [b"d"] * delay + WORDS[delay:]
    for start, count in packets:
        before = track.last
        new, conflict = track.merge(start, truth[start : start + count])
        assert conflict is None
        assert track.last == before + new
        assert track.words(0, 99) == truth[: track.last + 1]
    assert track.last < 55


def test_what_is_known_is_never_replaced() -> None:
    track = InputTrack(b"d", 0, 10)
    track.merge(0, [b"a", b"b"])
    assert track.merge(1, [b"x", b"c"]) == (0, 1)
    assert track.words(0, 9) == [b"a", b"b"]


def test_words_past_the_episodes_last_frame_are_not_kept() -> None:
    track = InputTrack(b"d", 0, 2)
    assert track.append(b"a") and track.append(b"b") and not track.append(b"c")
    assert track.merge(0, [b"a", b"b", b"c"]) == (0, None)
