"""The benchmark's table says what was measured, what was aimed at and whether it was met, ratios first."""

from __future__ import annotations

from benchmarks.table import Ledger, Result, as_markdown, as_text

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


def test_shares_stand_with_the_ratios_and_read_as_percentages() -> None:
    lines = as_markdown([*RESULTS, Result("engine's part", 0.096, "%", 0.1)]).splitlines()
    assert "| engine's part | 9.6% | <= 10.0% | yes |  |" in lines[2:4]


def test_a_ledger_is_a_table_of_its_own_under_the_results() -> None:
    ledger = Ledger("Five networks", ("network", "stalls"), "simulated", [("LAN", "0"), ("far away", "3")])
    assert as_markdown([ledger, RESULTS[0]]).split("\n\n") == [
        "| claim | measured | aim | met | how |\n| --- | --- | --- | --- | --- |\n| step | 2.4 ms |  |  |  |",
        "## Five networks",
        "simulated",
        "| network | stalls |\n| --- | --- |\n| LAN | 0 |\n| far away | 3 |",
    ]
    assert as_text([ledger]).splitlines() == [
        "Five networks",
        "simulated",
        "network   stalls",
        "LAN       0",
        "far away  3",
    ]
