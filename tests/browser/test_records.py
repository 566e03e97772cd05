"""The comparison of two seats' exports finds what it must find: broken records of every kind, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.rig.records import (
    Exported,
    Table,
    assert_frames_without_gaps,
    assert_seats_agree,
    first_difference,
    read_table,
)

COLUMNS = "match_id,seat,episode,frame,action.0,reward.0,is_focused.0,state_hash,was_predicted,ping_ms"


def record(folder: Path, name: str, rows: list[str]) -> Table:
    file = folder / name
    file.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return read_table(file)


def rows_of(seat: int, frames: int = 4) -> list[str]:
    """A seat's rows; what follows the state hash differs between seats by nature."""
    return [
        f"m1,{seat},0,{frame},{frame % 3},0.5,TRUE,{'a' * 16 if frame == 3 else ''},,{seat}" for frame in range(frames)
    ]


def test_equal_canonical_columns_agree_whatever_the_seat_local_ones_say(tmp_path: Path) -> None:
    one, other = record(tmp_path, "a.csv", rows_of(0)), record(tmp_path, "b.csv", rows_of(1))
    assert first_difference(one, other) is None


BREAKS: dict[str, Callable[[list[str]], list[str]]] = {
    "one action": lambda rows: [rows[0], rows[1].replace("m1,1,0,1,1,", "m1,1,0,1,2,"), *rows[2:]],
    "one reward": lambda rows: [row.replace("0.5", "0.6") if index == 2 else row for index, row in enumerate(rows)],
    "the state hash": lambda rows: [row.replace("a" * 16, "b" * 16) for row in rows],
    "a row missing at the end": lambda rows: rows[:-1],
    "a row missing in the middle": lambda rows: [*rows[:1], *rows[2:]],
    "a row doubled": lambda rows: [*rows, rows[-1]],
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_record_is_found(broken: str, tmp_path: Path) -> None:
    one = record(tmp_path, "a.csv", rows_of(0))
    other = record(tmp_path, "b.csv", BREAKS[broken](rows_of(1)))
    assert first_difference(one, other) is not None
    with pytest.raises(AssertionError, match=r"a\.csv and b\.csv differ"):
        assert_seats_agree(Exported(tmp_path, [one, other], one, one))


def test_a_record_that_ends_earlier_agrees_as_a_prefix_but_not_with_another_value(tmp_path: Path) -> None:
    one = record(tmp_path, "a.csv", rows_of(0))
    assert first_difference(one, record(tmp_path, "b.csv", rows_of(1)[:2]), prefix=True) is None
    other = [rows_of(1)[0].replace("TRUE", "FALSE")]
    assert first_difference(one, record(tmp_path, "c.csv", other), prefix=True) is not None


def test_one_record_alone_is_no_agreement(tmp_path: Path) -> None:
    one = record(tmp_path, "a.csv", rows_of(0))
    with pytest.raises(AssertionError, match="records of 1 seats"):
        assert_seats_agree(Exported(tmp_path, [one], one, one))


@pytest.mark.parametrize("frames", [[0, 2, 3], [0, 1, 1, 2], [1, 2]])
def test_a_gap_and_a_repetition_in_the_frames_are_found(frames: list[int], tmp_path: Path) -> None:
    rows = [rows_of(0)[frame] for frame in frames]
    with pytest.raises(AssertionError, match="belongs"):
        assert_frames_without_gaps(record(tmp_path, "a.csv", rows))
