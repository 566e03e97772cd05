from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.inputs import InputTrack
from app.engine.truth import Truth

from .table import STANDING

FRAMES = 30


def truth(known: Sequence[int], local: int = 0, by_definition: int = -1) -> Truth:
    """Return the truth of a seat that holds so many words of each seat."""
    tracks = [InputTrack(STANDING, 0, FRAMES) for _ in known]
    for track, count in zip(tracks, known, strict=True):
        track.merge(0, [b"w"] * count)
    return Truth(tracks, local, by_definition)


def moved(it: Truth, members: Sequence[int], frames: int = FRAMES) -> tuple[int, int]:
    it.advance(members, frames)
    return it.confirmed, it.stable


def test_nothing_is_true_before_the_first_look() -> None:
    it = truth([5, 5])
    assert (it.confirmed, it.stable) == (-1, -1)
    assert it.rows == [[-1, -1], [-1, -1]]


def test_confirmed_is_what_is_held_of_everybody_and_stable_what_everybody_holds() -> None:
    it = truth([7, 5, 6])
    assert moved(it, [0, 1, 2]) == (4, -1)
    assert it.own == [6, 4, 5]
    it.told(1, (4, 4, 4), 0, FRAMES)
    assert moved(it, [0, 1, 2]) == (4, -1)
    it.told(2, (3, 9, 2), 0, FRAMES)
    assert moved(it, [0, 1, 2]) == (4, 2)


def test_who_is_no_member_holds_nobody_up() -> None:
    it = truth([7, 5, 6])
    it.told(1, (4, 4, 4), 0, FRAMES)
    assert moved(it, [0, 1]) == (4, 4)


def test_both_truths_end_with_the_episode() -> None:
    it = truth([7, 7])
    it.told(1, (6, 6), 0, FRAMES)
    assert moved(it, [0, 1], frames=4) == (3, 3)


def test_alone_what_is_held_is_stable() -> None:
    assert moved(truth([4]), [0]) == (3, 3)


def test_what_is_known_by_definition_is_held_by_everybody() -> None:
    assert moved(truth([3, 3], by_definition=2), [0, 1]) == (2, 2)


def test_an_observer_confirms_only_what_is_stable() -> None:
    it = truth([9, 9, 9], local=2)
    it.told(0, (7, 7, 7), 0, FRAMES)
    it.told(1, (5, 5, 5), 0, FRAMES)
    assert moved(it, [0, 1]) == (5, 5)


def test_an_acknowledgement_never_goes_back_and_never_beyond_what_there_is() -> None:
    it = truth([5, 5])
    it.told(1, (3, 8), 0, FRAMES)
    it.told(1, (2, 7), 0, FRAMES)
    assert it.rows[1] == [3, 8]
    it.told(1, (29, 999), 0, FRAMES)
    assert it.rows[1] == [4, FRAMES - 1], "nobody holds more of our inputs than we have made"
    assert it.rows[0] == [-1, -1]


def test_who_is_back_counts_as_unheard_from_that_frame_on() -> None:
    it = truth([20, 20, 20])
    for seat in (1, 2):
        it.told(seat, (19, 19, FRAMES), 0, FRAMES)
    it.opened(2, 12, 3)
    assert it.rows[0][2] == -1 and it.rows[1] == [19, 19, 11] and it.rows[2] == [19, 19, 11]
    it.told(1, (19, 19, 29), 2, FRAMES)
    assert it.rows[1][2] == 11, "it did not know yet that the seat is back"
    it.told(1, (19, 19, 14), 3, FRAMES)
    assert it.rows[1][2] == 14
    it.told(1, (25, 19, 14), 2, FRAMES)
    assert it.rows[1] == [19, 19, 14]


def test_what_was_held_before_a_seat_was_back_stays_held() -> None:
    it = truth([20, 20])
    it.told(1, (5, 7), 0, FRAMES)
    it.opened(1, 12, 1)
    assert it.rows[1] == [5, 7]
    it.told(1, (6, 7), 0, FRAMES)
    assert it.rows[1] == [6, 7]


def test_who_came_back_holds_nobody_up_before_its_frame() -> None:
    it = truth([20, 20, 20])
    it.told(1, (19, 19, 19), 0, FRAMES)
    it.opened(2, 12, 1)
    it.told(1, (19, 19, 19), 1, FRAMES)
    assert moved(it, [0, 1, 2]) == (19, 11)
    it.told(2, (13, 14, 15), 1, FRAMES)
    assert moved(it, [0, 1, 2]) == (19, 13)


def test_who_came_back_does_not_hide_who_holds_less() -> None:
    it = truth([20, 20, 20])
    it.told(1, (3, 3, 3), 0, FRAMES)
    it.opened(2, 12, 1)
    assert moved(it, [0, 1, 2]) == (19, 3)


def test_who_was_away_holds_what_there_is_from_where_it_came_back() -> None:
    it = truth([20, 20, 20])
    assert it.holds_since_return(1, 0) and it.holds_since_return(2, 2)
    it.told(2, (10, 5, 5), 0, FRAMES)
    it.opened(2, 12, 1)
    assert not it.holds_since_return(2, 0) and it.holds_since_return(1, 0)
    it.told(2, (11, 5, 5), 1, FRAMES)
    assert it.holds_since_return(2, 0) and not it.holds_since_return(2, 1)


def test_a_peer_that_begins_anew_holds_nothing() -> None:
    it = truth([5, 5])
    it.told(1, (4, 4), 0, FRAMES)
    it.forget(1)
    assert it.rows[1] == [-1, -1]


def test_a_log_of_the_server_is_held_by_everybody() -> None:
    it = truth([9, 9])
    it.told(1, (7, 2), 0, FRAMES)
    it.all_hold(5)
    assert it.rows == [[5, 5], [7, 5]]


def test_a_truth_that_would_go_back_is_a_violation() -> None:
    it = truth([5, 5])
    it.told(1, (4, 4), 0, FRAMES)
    assert moved(it, [0, 1]) == (4, 4)
    with pytest.raises(AssertionError, match="INV-1: a truth went back, from 4, 4 to 2, 2"):
        it.advance([0, 1], 3)
    it.rows[1] = [2, 2]
    with pytest.raises(AssertionError, match="INV-1"):
        it.advance([0, 1], FRAMES)


def naive(known: list[int], said: dict[int, list[list[int]]], members: list[int], local: int) -> tuple[int, int]:
    """Recompute both truths from everything that was ever said."""
    own = [count - 1 for count in known]
    confirmed = min(own)
    stable = confirmed
    for member in members:
        if member != local:
            held = [max([-1, *(min(acks[seat], FRAMES - 1) for acks in said[member])]) for seat in range(len(known))]
            held[local] = max([-1, *(min(acks[local], own[local]) for acks in said[member])])
            stable = min(stable, *held)
    return (confirmed if local in members else stable), stable


@given(st.data())
def test_the_truths_are_what_a_naive_recomputation_says(data: st.DataObject) -> None:
    seats = data.draw(st.integers(2, 4))
    local = data.draw(st.integers(0, seats - 1))
    known = data.draw(st.lists(st.integers(1, FRAMES), min_size=seats, max_size=seats))
    members = sorted(data.draw(st.sets(st.integers(0, seats - 1), min_size=1)))
    it = truth(known, local)
    said: dict[int, list[list[int]]] = {seat: [] for seat in range(seats)}
    before = (-1, -1)
    for _ in range(data.draw(st.integers(0, 8))):
        sender = data.draw(st.sampled_from([seat for seat in range(seats) if seat != local]))
        acks = data.draw(st.lists(st.integers(-1, FRAMES + 5), min_size=seats, max_size=seats))
        said[sender].append(acks)
        rows = [list(row) for row in it.rows]
        it.told(sender, acks, 0, FRAMES)
        assert all(
            new >= old for row, was in zip(it.rows, rows, strict=True) for new, old in zip(row, was, strict=True)
        )
        now = moved(it, members)
        assert now == naive(known, said, members, local)
        assert now[0] >= before[0] and now[1] >= before[1] and now[1] <= now[0]
        before = now
