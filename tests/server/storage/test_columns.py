"""The one declaration of columns: what it accepts, and that nothing speaks of columns beside it."""

from pathlib import Path

import pytest

from app.engine.record import LOCAL_COLUMNS
from app.engine.simulation import canonical_columns
from app.server.storage.exports import columns

DOCS = Path(__file__).parents[3] / "docs" / "data.md"
GROUPS = [
    columns.CANONICAL_COLUMNS, columns.SEAT_LOCAL_COLUMNS, columns.MATCH_COLUMNS, columns.PARTICIPANT_COLUMNS,
    columns.SURVEY_COLUMNS, columns.ALLOCATION_COLUMNS, columns.EXTERNAL_ID_COLUMNS,
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["episode", "frame", "action.0", "reward.agent-0", "info.delivered.0", "info.pot.left.1", "obs.12.0", "status.1"],
)
def test_a_canonical_name_is_recognised(name: str) -> None:
    assert columns.is_canonical(name)


@pytest.mark.parametrize("name", ["ping_ms", "action", "action.", "action.0.1", "obs.x.0", "xepisode", "State_hash"])
def test_another_name_is_not_canonical(name: str) -> None:
    assert not columns.is_canonical(name)


def test_a_name_with_a_seat_outside_the_match_falls_under_no_declaration() -> None:
    assert columns.declared("action.1", columns.CANONICAL_COLUMNS, ["0", "1"])
    assert columns.declared("action.2", columns.CANONICAL_COLUMNS, ["0", "1"]) is None


def test_the_seat_a_column_speaks_of_is_the_last_part_of_its_name() -> None:
    named = {"action.0": "0", "info.pot.left.agent-1": "agent-1", "obs.12.0": "0", "state_hash": None, "ping_ms": None}
    assert {name: columns.seat_of(name) for name in named} == named


def test_every_column_the_engine_records_is_declared() -> None:
    recorded = canonical_columns(["0", "1"], ["delivered"], [2, 2])
    assert all(columns.declared(name, columns.CANONICAL_COLUMNS, ["0", "1"]) for name in recorded)
    assert [column.name for column in columns.SEAT_LOCAL_COLUMNS] == list(LOCAL_COLUMNS)


def test_no_name_falls_under_two_declarations_of_its_table() -> None:
    for group in GROUPS:
        for column in group:
            name = column.name.replace("<seat>", "0").replace("<key>", "k").replace("<i>", "3")
            name = name.replace("<factor>", "delay").replace("<repeat>", "rounds")
            assert [c for c in group if columns.declared(name, [c])] == [column]


def test_the_documentation_holds_the_declaration_of_every_column_word_for_word() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for group in GROUPS:
        assert columns.markdown_table(group) in text, (
            "docs/data.md is behind the declaration; python -m app.server.storage.exports.columns prints its tables"
        )


def test_an_undeclared_column_cannot_be_described() -> None:
    with pytest.raises(AssertionError, match=r"invented.*not declared"):
        columns.variable_measured(columns.FRAME_COLUMNS, ["episode", "invented"])
