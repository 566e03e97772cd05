from __future__ import annotations

from app.engine.metrics import Counters
from app.engine.stalls import STALL_REPORT_MS, StallWatch


def test_a_stall_is_told_once_when_it_is_felt_and_once_when_it_is_over() -> None:
    counters = Counters()
    watch = StallWatch(counters)
    assert watch.standing(1000.0, 7, (1, 2)) == []
    assert watch.standing(999.0 + STALL_REPORT_MS, 7, (1, 2)) == []
    assert watch.standing(1000.0 + STALL_REPORT_MS, 7, (2,)) == [{"name": "stalled", "frame": 7, "waiting_for": [2]}]
    assert watch.standing(1500.0, 7, (2,)) == []
    assert watch.moving(1600.26, 7) == [{"name": "unstalled", "frame": 7, "ms": 600.3}]
    assert watch.moving(1700.0, 8) == []
    assert (counters.stalls, round(counters.stalled_ms, 2)) == (1, 600.26)
    assert {seat: round(ms, 2) for seat, ms in counters.stalled_ms_by_seat.items()} == {1: 600.26, 2: 600.26}


def test_a_stall_too_short_to_be_felt_is_time_but_no_stall() -> None:
    counters = Counters()
    watch = StallWatch(counters)
    watch.standing(0.0, 7, (1,))
    assert watch.moving(40.0, 7) == []
    assert (counters.stalls, counters.stalled_ms) == (0, 40.0)
    watch.standing(100.0, 8, (1,))
    assert watch.moving(100.0 + STALL_REPORT_MS, 8) == []  # nobody looked while it was long enough
    assert (counters.stalls, counters.stalled_ms_by_seat) == (1, {1: 140.0})


def test_each_stall_is_told_anew() -> None:
    watch = StallWatch(Counters())
    for began in (0.0, 1000.0):
        watch.standing(began, 7, ())
        assert len(watch.standing(began + 200.0, 7, ())) == 1
        assert len(watch.moving(began + 300.0, 7)) == 1
