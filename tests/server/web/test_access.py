"""How much one page may say."""

from __future__ import annotations

import pytest

from app.server.domain.errors import Refused
from app.server.web.access import Allowance, Bucket


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(per_second=10, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(99.0)
    assert bucket.take(200.0)
    assert [bucket.take(10_000.0) for _ in range(4)] == [True, True, True, False], "it never holds more than the burst"


def test_a_clock_that_stands_still_gives_nothing() -> None:
    bucket = Bucket(per_second=10, burst=1)
    assert bucket.take(100.0) and not bucket.take(100.0) and not bucket.take(50.0)


def test_a_page_at_sixty_frames_a_second_is_never_slowed_down() -> None:
    allowance = Allowance()
    for tick in range(60 * 60):
        now_ms = tick * 1000 / 60
        assert allowance.relay(7 * 100, now_ms), "a turn for seven partners"
        if tick % 10 == 0:
            allowance.message(now_ms)
            assert allowance.relay(7 * 1100, now_ms), "hashes, and what was lost, again"


def test_a_page_whose_line_stood_still_for_seconds_may_send_all_of_it_at_once() -> None:
    allowance = Allowance()
    assert all(allowance.relay(7 * 100, 0.0) for _ in range(8 * 60))


def test_few_large_turns_are_too_many_as_well_as_many_small_ones() -> None:
    small, large = Allowance(), Allowance()
    assert [small.relay(1, 0.0) for _ in range(601)].count(True) == 600
    passed = [large.relay(7 * 1200, 0.0) for _ in range(200)].count(True)
    assert passed == 1024 * 1024 // (7 * 1200)
    assert [large.relay(7 * 1200, 1000.0) for _ in range(200)].count(True) == 32


def test_messages_beyond_the_burst_are_refused() -> None:
    allowance = Allowance()
    for _ in range(300):
        allowance.message(0.0)
    with pytest.raises(Refused, match="too many messages"):
        allowance.message(0.0)


def test_parts_of_a_state_have_a_limit_of_their_own() -> None:
    allowance = Allowance()
    for turn in range(600):
        for _ in range(2):
            allowance.part(turn * 1000 / 60)
    allowance.message(10_000.0)
    with pytest.raises(Refused) as found:
        for _ in range(400):
            allowance.part(10_000.0)
    assert found.value.code == "too_many"
