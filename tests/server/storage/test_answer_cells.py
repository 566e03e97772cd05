"""An answer becomes one row, or one a cell; nothing of it is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.storage.exports.answer_cells import cells_of


@pytest.mark.parametrize("answer", ["often", 4, 0, 2.5, False, True, None, ["a", "b"], [1, 2], "", "["])
def test_a_plain_answer_and_a_list_of_choices_are_one_row(answer: Any) -> None:
    assert cells_of(answer) == [(None, None, answer)]


@pytest.mark.parametrize("answer", [{}, []])
def test_an_empty_answer_is_one_row_without_an_answer(answer: Any) -> None:
    assert cells_of(answer) == [(None, None, None)]


@pytest.mark.parametrize(
    ("answer", "cells"),
    [
        ({"fair": "agree", "calm": 3}, [("fair", None, "agree"), ("calm", None, 3)]),
        (
            {"fair": {"now": 1, "then": [2]}, "calm": {}},
            [("fair", "now", 1), ("fair", "then", [2]), ("calm", None, None)],
        ),
        ([{"tool": "knife", "used": True}, {}], [("1", "tool", "knife"), ("1", "used", True), ("2", None, None)]),
        ({"deep": {"cell": {"a": 1}}}, [("deep", "cell", {"a": 1})]),
    ],
)  # fmt: skip
def test_a_matrix_is_one_row_a_cell(answer: Any, cells: list[Any]) -> None:
    assert cells_of(answer) == cells


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=3)


@given(st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), PLAIN, min_size=1), min_size=1))
def test_a_matrix_can_be_put_together_again_from_its_rows(answer: dict[str, dict[str, Any]]) -> None:
    again: dict[Any, dict[Any, Any]] = {}
    for cell in cells_of(answer):
        again.setdefault(cell.row, {})[cell.column] = cell.value
    assert again == answer
