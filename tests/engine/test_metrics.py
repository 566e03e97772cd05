from __future__ import annotations

from app.engine.metrics import DEPTHS, LAGS, Counters, mean, quantile


def test_packets_are_counted_by_kind_and_by_reason() -> None:
    counters = Counters()
    counters.sent("input", 20)
    counters.sent("input", 22)
    counters.sent("keepalive", 19)
    counters.received("checksum", 30)
    counters.received("checksum", 31)
    counters.rejected("epoch")
    counters.rejected("epoch")
    counters.rejected("length")
    assert counters.packets_sent == {"input": 2, "keepalive": 1}
    assert counters.bytes_sent == {"input": 42, "keepalive": 19}
    assert counters.packets_received == {"checksum": 2} and counters.bytes_received == {"checksum": 61}
    assert counters.packets_rejected == {"epoch": 2, "length": 1}


def test_rollbacks_are_counted_by_depth_and_the_deepest_is_kept() -> None:
    counters = Counters()
    for depth in (3, 5, 3, 99):
        counters.rolled_back(depth)
    assert counters.rollbacks == 4 and counters.rolled_back_frames == 110 and counters.max_rollback_depth == 99
    assert (counters.rollback_depths[3], counters.rollback_depths[5], counters.rollback_depths[DEPTHS - 1]) == (2, 1, 1)
    assert sum(counters.rollback_depths) == 4 and len(counters.rollback_depths) == DEPTHS


def test_steps_are_counted_by_how_far_ahead_they_were() -> None:
    counters = Counters()
    counters.stepped(2, 4)
    counters.stepped(-1, 200)
    counters.stepped(LAGS, -1)
    assert counters.stepped_frames == 3
    assert {at: count for at, count in enumerate(counters.confirmation_lags) if count} == {0: 1, 2: 1, LAGS - 1: 1}
    assert {at: count for at, count in enumerate(counters.stable_lags) if count} == {0: 1, 4: 1, LAGS - 1: 1}


def test_a_stall_counts_for_everybody_who_was_waited_for() -> None:
    counters = Counters()
    counters.stalled(120.0, (1, 2), True)
    counters.stalled(30.0, (2,), False)
    assert counters.stalls == 1 and counters.stalled_ms == 150.0 and counters.stalled_ms_by_seat == {1: 120.0, 2: 150.0}


def test_two_counts_are_added_field_by_field() -> None:
    one, other = Counters(), Counters()
    one.sent("input", 5)
    one.rolled_back(4)
    one.stalled(10.0, (1,), True)
    other.sent("input", 6)
    other.sent("keepalive", 2)
    other.rolled_back(3)
    other.stepped(1, 1)
    total = one.plus(other)
    assert total.packets_sent == {"input": 2, "keepalive": 1} and total.bytes_sent == {"input": 11, "keepalive": 2}
    assert (total.rollbacks, total.rolled_back_frames, total.max_rollback_depth) == (2, 7, 4)
    assert total.rollback_depths[3:5] == [1, 1] and total.stalled_ms_by_seat == {1: 10.0} and total.stepped_frames == 1
    assert one.packets_sent == {"input": 1} and other.rollbacks == 1, "neither is changed"
    assert Counters().plus(Counters()) == Counters()


def test_means_and_quantiles_are_those_of_a_histogram() -> None:
    assert mean([0, 0]) is None and quantile([0, 0], 0.5) is None
    assert mean([1, 0, 2]) == 1.33 and mean([0, 0, 0, 4]) == 3
    assert (
        quantile([1, 1, 1, 1], 0.5) == 1 and quantile([99, 0, 0, 1], 0.99) == 0 and quantile([98, 0, 0, 2], 0.99) == 3
    )
    assert quantile([0, 3], 0.0) == 1


def test_a_report_is_plain_and_has_the_figures_of_a_methods_section() -> None:
    counters = Counters()
    counters.stalled(120.04, (2, 1), True)
    counters.rolled_back(3)
    counters.stepped(2, 5)
    report = counters.report()
    assert report["stalled_ms"] == 120.0 and list(report["stalled_ms_by_seat"].items()) == [("1", 120.0), ("2", 120.0)]
    assert report["confirmation_lag_frames"] == {"mean": 2, "p95": 2, "p99": 2}
    assert report["stable_lag_frames"]["mean"] == 5 and report["rollback_depth_p99"] == 3
    assert "confirmation_lags" not in report and "stable_lags" not in report
    assert report["rollback_depths"] == counters.rollback_depths
