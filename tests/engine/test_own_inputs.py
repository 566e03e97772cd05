from __future__ import annotations

import pytest

from app.engine.inputs import InputTrack
from app.engine.metrics import Counters
from app.engine.own_inputs import OwnInputs

from .table import STANDING


class Hand:
    """What is played: 1, 2, 3, ..."""

    def __init__(self, delay: int = 0, frames: int = 50) -> None:
        self.sampled = 0
        self.counters = Counters()
        self.track = InputTrack(STANDING, delay, frames)
        self.own = OwnInputs(self.track, delay, self.counters)

    def __call__(self) -> bytes:
        self.sampled += 1
        return b"%d" % self.sampled

    def words(self) -> list[bytes]:
        return self.track.words(0, 99)


def test_a_frames_input_is_sampled_once_however_often_the_frame_is_stepped() -> None:
    hand = Hand()
    for frame in (0, 0, 1, 1, 0, 2):
        hand.own.make(frame, hand)
    assert hand.words() == [b"1", b"2", b"3"] and hand.sampled == 3


def test_an_input_acts_as_many_frames_later_as_the_delay_says() -> None:
    hand = Hand(delay=2)
    assert hand.own.delay == 2 and hand.own.next_frame == 2
    hand.own.make(0, hand)
    assert hand.words() == [b"d", b"d", b"1"] and hand.own.next_frame == 3
    assert hand.counters.filled_frames == 0


def test_a_longer_delay_repeats_the_last_input_over_the_gap_and_says_so() -> None:
    hand = Hand()
    hand.own.make(0, hand)
    hand.own.set_delay(3)
    hand.own.make(1, hand)
    assert hand.words() == [b"1", b"1", b"1", b"1", b"2"]
    assert hand.counters.filled_frames == 3 and hand.sampled == 2 and hand.own.next_frame == 5


def test_a_shorter_delay_samples_nothing_until_the_schedule_has_caught_up() -> None:
    hand = Hand(delay=2)
    hand.own.make(0, hand)
    hand.own.set_delay(0)
    for frame in (1, 2):
        hand.own.make(frame, hand)
    assert hand.sampled == 1
    hand.own.make(3, hand)
    assert hand.words() == [b"d", b"d", b"1", b"2"] and hand.counters.filled_frames == 0


@pytest.mark.parametrize("stood_in", [STANDING.absent, STANDING.bot])
def test_what_stood_in_for_somebody_is_nobodys_last_input(stood_in: bytes) -> None:
    hand = Hand()
    hand.track.close(-1, stood_in)
    hand.track.reopen(3)
    hand.own.set_delay(2)
    hand.own.make(3, hand)
    assert hand.words() == [stood_in] * 3 + [STANDING.default] * 2 + [b"1"]
    assert hand.counters.filled_frames == 2


def test_past_the_episodes_end_nothing_is_made() -> None:
    hand = Hand(frames=4)
    hand.own.set_delay(3)
    hand.own.make(0, hand)
    hand.own.make(1, hand)
    assert hand.words() == [b"d", b"d", b"d", b"1"] and hand.counters.filled_frames == 3
    hand.own.set_delay(8)
    hand.own.make(1, hand)
    assert hand.counters.filled_frames == 3


def test_the_newest_input_that_was_made_is_known_and_what_is_known_by_definition_was_not_made() -> None:
    hand = Hand(delay=2, frames=7)
    assert hand.own.made == -1
    hand.own.make(0, hand)
    assert hand.own.made == 2
    hand.own.set_delay(8)
    hand.own.make(1, hand)
    assert hand.own.made == 6 == hand.track.last, "the gap reaches beyond the end"
    hand.own.make(2, hand)
    assert hand.own.made == 6


@pytest.mark.parametrize("frames", [-1, 9])
def test_a_delay_that_is_not_allowed_is_refused(frames: int) -> None:
    hand = Hand()
    with pytest.raises(ValueError, match=f"input_delay = {frames}; use 0 to 8 frames"):
        hand.own.set_delay(frames)
    assert hand.own.delay == 0
