"""Who is given which condition: balanced, random, and the same for ever from one seed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.allocation import Allocator, latin_square
from app.experiments.conditions import Conditions


def conditions(**more: Any) -> Conditions:
    factors = {"layout": ["room", "ring"], "delay": [0, 2, 4]}
    return Conditions.model_validate({"unit": "group", "factors": factors} | more)


def square_of(cells: int) -> Conditions:
    return conditions(method="latin_square", within="rounds", factors={"level": list(range(cells))})


def _name(cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(cell.items())


def test_cells_are_every_combination_in_the_order_of_the_file() -> None:
    cells = Allocator(conditions(), 1).cells
    assert cells[:2] == [{"layout": "room", "delay": 0}, {"layout": "room", "delay": 2}] and len(cells) == 6


@pytest.mark.parametrize("blocks", [1, 3])
def test_every_block_holds_every_cell_equally_often_in_an_order_of_its_own(blocks: int) -> None:
    given_out = Allocator(conditions(blocks=blocks), 5)
    size = 6 * blocks
    drawn = [[_name(order[0]) for order in given_out.preview(size, start=block * size)] for block in range(40)]
    assert all(set(Counter(block).values()) == {blocks} for block in drawn)
    assert len({tuple(block) for block in drawn}) > 30
    first = Counter(block[0] for block in drawn)
    assert len(first) == 6, "every cell comes first now and then"


def test_the_order_follows_from_the_seed_and_the_number_alone() -> None:
    one, same, other = (Allocator(conditions(), seed) for seed in (1, 1, 2))
    assert one.preview(60) == same.preview(60) != other.preview(60)
    assert [same.order(number) for number in (59, 3)] == [one.preview(60)[59], one.preview(60)[3]]
    one.order(4)[0]["delay"] = "spoilt"
    assert one.order(4) == same.order(4) and one.cells == same.cells


def test_a_list_is_given_out_in_order_and_then_again() -> None:
    rows = [{"delay": 0}, {"delay": 2}, {"delay": 0}]
    given_out = Allocator(conditions(method="list", factors={}, list=rows), 1)
    assert [order[0]["delay"] for order in given_out.preview(7)] == [0, 2, 0, 0, 2, 0, 0]
    assert given_out.cells == [{"delay": 0}, {"delay": 2}]


@given(st.integers(1, 24))
def test_a_latin_square_has_every_letter_once_a_row_and_column_and_every_neighbour_equally_often(size: int) -> None:
    square = latin_square(size)
    repeats = 1 if size % 2 == 0 or size == 1 else 2
    assert len(square) == size * repeats
    assert all(sorted(row) == list(range(size)) for row in square)
    for column in zip(*square, strict=True):
        assert set(Counter(column).values()) == {repeats}
    followers = Counter(pair for row in square for pair in zip(row, row[1:], strict=False))
    assert len(followers) == size * (size - 1) and set(followers.values()) <= {repeats}


@pytest.mark.parametrize("cells", [2, 3, 4, 5, 6])
def test_every_turn_of_units_is_balanced_for_place_and_for_carry_over(cells: int) -> None:
    given_out = Allocator(square_of(cells), 11)
    turn = len(latin_square(cells))
    for start in (0, turn, 7 * turn):
        orders = [[cell["level"] for cell in order] for order in given_out.preview(turn, start=start)]
        for place in zip(*orders, strict=True):
            assert set(Counter(place).values()) == {turn // cells}
        followers = Counter(pair for order in orders for pair in zip(order, order[1:], strict=False))
        assert len(followers) == cells * (cells - 1) and len(set(followers.values())) == 1


def test_rows_and_letters_of_a_latin_square_are_drawn() -> None:
    firsts = {Allocator(square_of(4), seed).order(0)[0]["level"] for seed in range(40)}
    assert firsts == {0, 1, 2, 3}
    given_out = Allocator(square_of(4), 1)
    turns = {tuple(order[0]["level"] for order in given_out.preview(4, start=4 * turn)) for turn in range(40)}
    assert len(turns) > 12
