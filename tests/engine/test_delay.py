from __future__ import annotations

from app.engine.delay import ROLLED_BACK_UNSEEN, STEPS_BETWEEN_CHANGES, AdaptiveDelay


def after(delay: AdaptiveDelay, steps: int, predicted: float) -> int:
    chosen = delay.delay
    for _ in range(steps):
        chosen = delay.stepped(predicted)
    return chosen


def test_a_lag_that_nobody_sees_asks_for_no_delay() -> None:
    assert after(AdaptiveDelay(0, 8), 500, ROLLED_BACK_UNSEEN) == 0


def test_what_lies_beyond_becomes_delay_a_frame_at_a_time_and_only_when_it_lasts() -> None:
    delay = AdaptiveDelay(0, 8)
    assert after(delay, STEPS_BETWEEN_CHANGES - 1, 5.0) == 0
    assert after(delay, 1, 5.0) == 1
    assert after(delay, STEPS_BETWEEN_CHANGES - 1, 5.0) == 1
    assert after(delay, 1, 5.0) == 2 == delay.delay
    assert after(delay, 500, 5.0) == 2


def test_a_burst_changes_nothing() -> None:
    delay = AdaptiveDelay(1, 8)
    for _ in range(20):
        assert after(delay, STEPS_BETWEEN_CHANGES // 2, 7.0) == 1
        assert after(delay, STEPS_BETWEEN_CHANGES // 2, 0.0) == 1
        assert after(delay, 1, 4.0) == 1


def test_delay_goes_back_when_the_line_is_better_and_stays_between_its_bounds() -> None:
    delay = AdaptiveDelay(2, 3)
    assert after(delay, 1000, 40.0) == 3
    assert after(delay, STEPS_BETWEEN_CHANGES, 0.0) == 2
    assert after(delay, 1000, 0.0) == 0
