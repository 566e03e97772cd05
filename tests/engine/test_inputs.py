from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.inputs import NULL_FRAME, InputTrack, SeatWords

STANDING = SeatWords(b"d", b"a", b"b")
WORDS = [bytes((n,)) for n in range(60)]


def known(count: int, limit: int = 20) -> InputTrack:
    """Return a track whose first words are 0, 1, 2, ..."""
    track = InputTrack(STANDING, 0, limit)
    track.merge(0, WORDS[:count])
    return track


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40), st.integers(0, 8))
def test_whatever_the_order_of_packets_the_run_stays_contiguous_and_true(
    packets: list[tuple[int, int]], delay: int
) -> None:
    track = InputTrack(STANDING, delay, 55)
    truth = [b"d"] * delay + WORDS[delay:]
    for start, count in packets:
        before = track.last
        new, conflict = track.merge(start, truth[start : start + count])
        assert conflict is None
        assert track.last == before + new == max(before, min(start + count, 55) - 1 if start <= before + 1 else -1)
        assert track.words(0, 99) == truth[: track.last + 1]
        assert [track.known(frame) for frame in (-1, 0, track.last, track.last + 1)] == [
            False, track.last >= 0, track.last >= 0, False,
        ]  # fmt: skip


def test_frames_before_the_delay_has_passed_are_the_default_word() -> None:
    track = InputTrack(STANDING, 3, 20)
    assert track.last == 2 and track.words(0, 9) == [b"d"] * 3 and track.newest() == b"d"
    assert InputTrack(STANDING, 3, 2).last == 1


def test_before_any_word_the_newest_is_the_default_one() -> None:
    track = InputTrack(STANDING, 0, 20)
    assert track.last == NULL_FRAME and track.newest() == b"d"
    assert known(3).newest() == WORDS[2]


def test_what_is_known_is_never_replaced() -> None:
    track = known(2, 10)
    assert track.merge(1, [b"x", b"c"]) == (0, 1)
    assert track.merge(0, [WORDS[0], b"x"]) == (0, 1)
    assert track.words(0, 9) == WORDS[:2]


def test_what_would_leave_a_gap_is_not_taken() -> None:
    track = known(2)
    assert track.merge(3, WORDS[3:5]) == (0, None)
    assert track.last == 1
    assert track.merge(2, WORDS[2:4]) == (2, None)


def test_words_past_the_episodes_last_frame_are_not_kept() -> None:
    track = InputTrack(STANDING, 0, 2)
    assert track.append(b"a") and track.append(b"b") and track.append(b"c") is False
    assert track.merge(0, [b"a", b"b", b"c"]) == (0, None)
    assert track.merge(5, []) == (0, None)
    assert known(0, 2).merge(0, WORDS[:4]) == (2, None)
    assert known(3, 5).merge(2, WORDS[2:9]) == (2, None)
    full = known(2, 2)
    assert full.merge(2, WORDS[2:4]) == (0, None) and full.last == 1


def test_words_are_those_from_a_frame_to_before_another() -> None:
    assert known(5).words(1, 3) == WORDS[1:3]
    assert known(5).words(3, 9) == WORDS[3:5]


def test_a_closed_seat_carries_its_fill_in_every_frame_after_the_cut() -> None:
    track = known(5)
    track.close(2, b"a")
    assert track.closed and track.last == 19
    assert [track[frame] for frame in range(5)] == [*WORDS[:3], b"a", b"a"]
    assert track.words(1, 5) == [WORDS[1], WORDS[2], b"a", b"a"]
    assert track.words(18, 40) == [b"a", b"a"]
    assert track.known(19) and not track.known(20)
    assert track.newest() == WORDS[2]


def test_a_seat_may_be_closed_from_its_first_frame_on() -> None:
    track = InputTrack(STANDING, 2, 20)
    track.close(NULL_FRAME, b"b")
    assert track[0] == b"b" and track.last == 19


def test_a_cut_beyond_what_is_known_is_a_violation() -> None:
    with pytest.raises(AssertionError, match="frame 5 must be known, 5 are"):
        known(5).close(5, b"a")
    known(5).close(4, b"a")


def test_while_a_return_is_open_nothing_counts_as_known_from_that_frame_on() -> None:
    track = known(5)
    track.close(4, b"a")
    track.hold(9)
    assert track.last == 8 and not track.known(9) and track[8] == b"a"
    assert track.words(4, 12) == [WORDS[4], b"a", b"a", b"a", b"a"]
    track.hold(None)
    assert track.last == 19


def test_a_seat_that_opens_again_needs_real_words_from_that_frame_on() -> None:
    track = known(5)
    track.close(2, b"a")
    track.hold(6)
    track.reopen(6)
    assert not track.closed and track.last == 5 and track.newest() == b"a"
    assert track.merge(6, [b"x"]) == (1, None)
    assert track.words(0, 9) == [*WORDS[:3], b"a", b"a", b"a", b"x"]


def test_a_seat_may_open_right_after_its_cut() -> None:
    track = known(5)
    track.close(2, b"a")
    track.reopen(3)
    assert track.last == 2 and track.words(0, 9) == WORDS[:3]


def test_only_a_closed_seat_opens_and_not_within_what_was_decided() -> None:
    with pytest.raises(AssertionError):
        known(5).reopen(7)
    track = known(5)
    track.close(4, b"a")
    with pytest.raises(AssertionError, match="before frame 4"):
        track.reopen(4)


def test_words_from_the_servers_log_replace_what_was_there_up_to_the_limit() -> None:
    track = InputTrack(STANDING, 3, 4)
    track.close(1, b"a")
    track.hold(3)
    track.replace(WORDS[:9])
    assert not track.closed and track.words(0, 9) == WORDS[:4]
    track.close(3, b"a")
    assert track.last == 3
