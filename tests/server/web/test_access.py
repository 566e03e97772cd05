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
        assert allowance.relay(200, now_ms) and allowance.relay(60, now_ms)
        if tick % 10 == 0:
            allowance.message(now_ms)
            assert allowance.relay(5000, now_ms)


def test_messages_beyond_the_burst_are_refused() -> None:
    allowance = Allowance()
    for _ in range(300):
        allowance.message(0.0)
    with pytest.raises(Refused, match="too many messages"):
        allowance.message(0.0)
