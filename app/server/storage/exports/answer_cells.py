"""An answer as rows of a table: one, or one a cell where the question is a matrix or has several items."""

from __future__ import annotations

from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One row's part of an answer.

    Attributes:
        row: row of a matrix, or item of a multiple text.
        column: column, where rows have several cells.
        value: plain, or a list of choices.
    """

    row: str | None
    column: str | None
    value: Any


def cells_of(answer: Any) -> list[Cell]:
    """Return an answer cell by cell, in the order in which it is stored.

    Args:
        answer: as SurveyJS has it: of a matrix by row, or by row and column; a list of rows where people add them.
    """
    if isinstance(answer, dict) and answer:
        return [cell for row, said in answer.items() for cell in _of_row(row, said)]
    if isinstance(answer, list) and any(isinstance(said, dict) for said in answer):
        return [cell for number, said in enumerate(answer, start=1) for cell in _of_row(str(number), said)]
    return [Cell(None, None, answer or None if isinstance(answer, dict | list) else answer)]


def _of_row(row: str, said: Any) -> list[Cell]:
    if isinstance(said, dict):
        return [Cell(row, column, value) for column, value in said.items()] or [Cell(row, None, None)]
    return [Cell(row, None, said)]
