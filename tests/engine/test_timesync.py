from __future__ import annotations

from collections import deque

import pytest

from app.engine.timesync import SKIP_AFTER_STEPS, SKIP_AT_MOST, SKIP_PAUSE_STEPS, SLOWEST, TimeSync, trimmed_mean


def synced(ours: int, theirs: int, steps: int = 60, seats: int = 2) -> TimeSync:
    sync = TimeSync(seats)
    step(sync, ours, theirs, steps)
    return sync


def step(sync: TimeSync, ours: int, theirs: int, steps: int) -> None:
    for frame in range(steps):
        sync.stepped(frame, {1: frame - ours})
        sync.told(1, theirs)


def test_equal_lags_mean_that_nobody_slows() -> None:
    assert synced(4, 4).ahead([1]) == 0
    assert synced(4, 4).rate([1]) == 1.0


def test_only_the_peer_that_is_ahead_slows_and_never_by_more_than_five_percent() -> None:
    assert synced(8, 2).ahead([1]) == 3
    assert synced(8, 2).rate([1]) == pytest.approx(1 - 0.02 * 2.5)
    assert synced(4, 2).rate([1]) == pytest.approx(0.99)
    assert synced(40, 0).rate([1]) == 1 - SLOWEST
    assert synced(2, 8).rate([1]) == 1.0
    assert synced(3, 2).rate([1]) == 1.0


def test_the_slowest_member_counts_and_who_is_no_member_does_not() -> None:
    sync = TimeSync(3)
    for frame in range(30):
        sync.stepped(frame, {1: frame - 6, 2: frame - 2})
        sync.told(1, 0)
        sync.told(2, 2)
    assert sync.ahead([1, 2]) == 3
    assert sync.ahead([2]) == 0
    assert sync.ahead([]) == 0
    assert sync.furthest([1, 2]) == 6 and sync.furthest([2]) == 2 and sync.furthest([]) == 0


def test_a_few_samples_say_nothing_yet() -> None:
    assert synced(8, 2, steps=9).ahead([1]) == 0 and synced(8, 2, steps=9).furthest([1]) == 0
    assert synced(8, 2, steps=10).ahead([1]) == 3


def test_a_peer_far_ahead_skips_a_bounded_number_of_frames_and_then_not_for_a_while() -> None:
    sync = synced(30, 2)
    assert sync.frames_to_skip([1]) == SKIP_AT_MOST
    assert sync.frames_to_skip([1]) == 0
    step(sync, 30, 2, SKIP_PAUSE_STEPS - 1)
    assert sync.frames_to_skip([1]) == 0
    step(sync, 30, 2, 1)
    assert sync.frames_to_skip([1]) == SKIP_AT_MOST
    assert synced(14, 2).frames_to_skip([1]) == 6
    assert synced(13, 2).frames_to_skip([1]) == 0
    assert synced(30, 2, steps=SKIP_AFTER_STEPS - 1).frames_to_skip([1]) == 0
    assert synced(30, 2, steps=SKIP_AFTER_STEPS).frames_to_skip([1]) == SKIP_AT_MOST


def test_the_means_are_looked_at_every_fifth_step() -> None:
    sync = synced(8, 2)
    assert sync.ahead([1]) == 3
    sync._ours[1].extend([20] * 30)
    step(sync, 20, 2, 4)
    assert sync.ahead([1]) == 3
    step(sync, 20, 2, 1)
    assert sync.ahead([1]) == 9


def test_a_seat_that_has_hardly_said_anything_says_nothing_yet() -> None:
    sync = TimeSync(2)
    for frame in range(12):
        sync.stepped(frame, {1: frame - 8})
    assert sync.ahead([1]) == 0
    for _ in range(9):
        sync.told(1, 2)
    assert sync.ahead([1]) == 0 == sync.furthest([1])
    sync.told(1, 2)
    assert sync.ahead([1]) == 0 == sync.furthest([1]), "the means are from before it spoke"
    step(sync, 8, 2, 5)
    assert sync.ahead([1]) == 3


def test_some_words_of_a_seat_are_not_enough() -> None:
    sync = synced(8, 2, steps=9)
    for frame in range(9, 12):
        sync.stepped(frame, {1: frame - 8})
    assert sync.ahead([1]) == 0 == sync.furthest([1])


def test_a_lag_is_the_newest_one() -> None:
    sync = synced(4, 4)
    assert sync.lag(1) == 4 and sync.lag(0) == 0


def test_outliers_do_not_move_the_mean() -> None:
    assert trimmed_mean(deque([2, 2, 2, 2, 90, -40])) == 2
    assert trimmed_mean(deque([1, 2, 3, 5])) == 2.5
    assert trimmed_mean(deque([0, 0, 3, 3, 9, 9])) == 3
