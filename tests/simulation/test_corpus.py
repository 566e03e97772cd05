"""Schedules that failed once: each is replayed every time, whatever has become of what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from .oracle import check
from .run import run
from .schedule import Schedule

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_failed_once_holds_now(path: Path) -> None:
    schedule = Schedule.from_json(path.read_text(encoding="utf-8"))
    assert [str(violation) for violation in check(run(schedule))] == []


def test_there_is_a_corpus() -> None:
    assert CORPUS
