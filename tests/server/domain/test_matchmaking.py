"""Who plays with whom, and what is drawn."""

from __future__ import annotations

from collections import Counter

from app.server.domain.matchmaking import draw, find_match
from app.server.domain.waiting_room import WaitingRoom


def drawn(number: int, seed: int = 7, roles: str = "random", episodes: int = 2):
    return draw(seed, number, seats=2, episodes=episodes, roles=roles)


def test_the_longest_waiting_are_matched_first() -> None:
    room = WaitingRoom("game", needed=2, timeout_ms=1000)
    for who in "abc":
        room.enter(who, 0.0)
    assert find_match(room.row(), 2) == ["a", "b"]
    room.leave("a")
    room.leave("b")
    assert find_match(room.row(), 2) is None


def test_the_same_match_of_the_same_study_is_drawn_alike() -> None:
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(3, seed=8)
    assert len({tuple(drawn(number).episode_seeds) for number in range(50)}) == 50
    assert len({drawn(number).match_tag for number in range(50)}) == 50


def test_more_episodes_change_neither_the_seats_nor_the_earlier_seeds() -> None:
    few, many = drawn(5, episodes=1), drawn(5, episodes=9)
    assert many.episode_seeds[:1] == few.episode_seeds
    assert (many.order, many.match_tag) == (few.order, few.match_tag)


def test_a_seat_says_nothing_about_who_came_first() -> None:
    first_to_come = Counter(drawn(number).order.index(0) for number in range(1000))
    assert 440 < first_to_come[0] < 560


def test_fixed_roles_follow_the_waiting_room() -> None:
    assert [drawn(number, roles="fixed").order for number in range(20)] == [[0, 1]] * 20


def test_every_number_fits_where_it_goes() -> None:
    values = drawn(0)
    for number in [*values.episode_seeds, values.match_tag]:
        assert type(number) is int and 0 <= number < 2**32
