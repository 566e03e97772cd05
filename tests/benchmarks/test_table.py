"""The benchmark's table says what was measured, what was aimed at and whether it was met, ratios first."""

from __future__ import annotations

from benchmarks.table import Result, as_markdown, as_text

RESULTS = [
    Result("step", 2.41, "ms"),
    Result("block", 80, "ms", aim=50),
    Result("rollback", 1.1, "x", aim=1.15, note="how"),
]


def test_ratios_stand_first_and_aims_are_judged() -> None:
    assert as_markdown(RESULTS).splitlines() == [
        "| claim | measured | aim | met | how |",
        "| --- | --- | --- | --- | --- |",
        "| rollback | 1.10 x | <= 1.15 x | yes | how |",
        "| step | 2.4 ms |  |  |  |",
        "| block | 80.0 ms | <= 50.0 ms | NO |  |",
    ]


def test_the_columns_of_the_text_line_up() -> None:
    starts = {
        line.index(value) for line, value in zip(as_text(RESULTS).splitlines()[1:], ("1.10", "2.4", "80"), strict=True)
    }
    assert len(starts) == 1
