from __future__ import annotations

from app.engine.timesync import SKIP_AT_MOST, SLOWEST, TimeSync, trimmed_mean


def synced(ours: int, theirs: int, steps: int = 60) -> TimeSync:
    sync = TimeSync(2, 0)
    for frame in range(steps):
        sync.stepped(frame, {1: frame - ours})
        sync.told(1, theirs)
    return sync


def test_equal_lags_mean_that_nobody_slows() -> None:
    assert synced(4, 4).ahead() == 0
    assert synced(4, 4).rate() == 1.0


def test_only_the_peer_that_is_ahead_slows_and_never_by_more_than_five_percent() -> None:
    assert synced(8, 2).ahead() == 3
    assert 1 - SLOWEST <= synced(8, 2).rate() < 1
    assert synced(40, 0).rate() == 1 - SLOWEST
    assert synced(2, 8).rate() == 1.0


def test_a_peer_far_ahead_skips_a_bounded_number_of_frames_and_then_not_for_a_while() -> None:
    sync = synced(30, 2)
    assert sync.frames_to_skip() == SKIP_AT_MOST
    assert sync.frames_to_skip() == 0
    assert synced(8, 2).frames_to_skip() == 0
    assert synced(30, 2, steps=12).frames_to_skip() == 0


def test_outliers_do_not_move_the_mean() -> None:
    from collections import deque

    assert trimmed_mean(deque([2, 2, 2, 2, 90, -40])) == 2
