"""Which frames are there, and which are missing."""

import pytest

from app.server.storage.exports.coverage import Coverage, Span


def coverage(**spans: list[tuple[int, int, int]]) -> Coverage:
    return Coverage(spans, [(seat, Span(*span)) for seat, given in spans.items() for span in given])


def missing(found: Coverage, seat: str) -> str:
    return " ".join(map(str, found.missing(seat)))


def test_frames_in_any_order_without_a_gap_lack_nothing() -> None:
    found = coverage(a=[(0, 30, 59), (1, 0, 9), (0, 0, 29)], b=[(0, 0, 59), (1, 0, 9)])
    assert (missing(found, "a"), missing(found, "b")) == ("", "")
    assert found.recorded("a") == found.recorded("b") == 70
    assert found.complete(ended=True, completed=True, episodes=2)


@pytest.mark.parametrize(
    ("spans", "gaps"),
    [
        ([(0, 10, 59)], "0:0-9"),
        ([(0, 0, 9), (0, 11, 59)], "0:10-10"),
        ([(0, 0, 49)], "0:50-59"),
        ([], "0:0-59"),
        ([(0, 5, 9), (0, 20, 29)], "0:0-4 0:10-19 0:30-59"),
    ],
)
def test_a_gap_is_named(spans: list[tuple[int, int, int]], gaps: str) -> None:
    found = coverage(a=spans, b=[(0, 0, 59)])
    assert missing(found, "a") == gaps
    assert not found.complete(ended=True, completed=True, episodes=1)


def test_a_gap_that_every_seat_has_is_a_gap_of_each() -> None:
    found = coverage(a=[(0, 0, 9), (0, 20, 29)], b=[(0, 0, 9), (0, 20, 29)])
    assert missing(found, "a") == missing(found, "b") == "0:10-19"


def test_a_match_is_not_complete_while_it_is_played_or_without_frames_or_without_its_last_episode() -> None:
    whole = coverage(a=[(0, 0, 9)], b=[(0, 0, 9)])
    assert not whole.complete(ended=False, completed=False, episodes=1)
    assert not whole.complete(ended=True, completed=True, episodes=2)
    assert whole.complete(ended=True, completed=False, episodes=2)
    assert not coverage(a=[], b=[]).complete(ended=True, completed=False, episodes=1)


def with_skips(skipped: list[tuple[int, int, int]], **spans: list[tuple[int, int, int]]) -> Coverage:
    """Seat `a` has skipped frames."""
    stored = [(seat, Span(*span)) for seat, given in spans.items() for span in given]
    return Coverage(spans, stored, [("a", Span(*span)) for span in skipped])


def skipped(found: Coverage, seat: str) -> str:
    return " ".join(map(str, found.skipped(seat)))


def test_frames_that_were_skipped_are_accounted_for_where_another_seat_has_them() -> None:
    found = with_skips([(0, 10, 39)], a=[(0, 0, 9), (0, 40, 59)], b=[(0, 0, 29), (0, 30, 59)])
    assert (missing(found, "a"), skipped(found, "a"), skipped(found, "b")) == ("", "0:10-39", "")
    assert found.complete(ended=True, completed=True, episodes=1) and found.recorded("a") == 30


def test_a_skipped_frame_that_nobody_has_is_missing() -> None:
    found = with_skips([(0, 10, 39)], a=[(0, 0, 9), (0, 40, 59)], b=[(0, 0, 19), (0, 30, 59)])
    assert (missing(found, "a"), skipped(found, "a")) == ("0:20-29", "0:10-19 0:30-39")
    assert missing(found, "b") == "0:20-29" and not found.complete(ended=True, completed=True, episodes=1)


def test_a_gap_beyond_what_was_skipped_is_missing() -> None:
    found = with_skips([(0, 20, 39)], a=[(0, 0, 9), (0, 40, 49)], b=[(0, 0, 59)])
    assert (missing(found, "a"), skipped(found, "a")) == ("0:10-19 0:50-59", "0:20-39")


def test_what_one_seat_skipped_is_missing_at_another() -> None:
    found = with_skips([(0, 10, 19)], a=[(0, 0, 9), (0, 20, 29)], b=[(0, 0, 9), (0, 20, 29)], c=[(0, 0, 29)])
    assert (missing(found, "a"), missing(found, "b")) == ("", "0:10-19")


def test_a_gap_without_end_that_a_page_claims_costs_nothing() -> None:
    far = 2**31 - 2
    found = with_skips([(0, 10, far - 1)], a=[(0, 0, 9), (0, far, far)], b=[(0, 0, 59)])
    assert (missing(found, "a"), skipped(found, "a")) == (f"0:60-{far - 1}", "0:10-59")
    assert missing(found, "b") == f"0:60-{far}"
