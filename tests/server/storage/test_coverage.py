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
