"""The tables about people: who took part, what they answered, which conditions they were given, who they are elsewhere.

Answers are read and written a few at a time, so that a large study needs no more memory than a small one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.server.storage import database
from app.server.storage.exports.answer_cells import cells_of
from app.server.storage.exports.columns import (
    ALLOCATION_COLUMNS,
    EXTERNAL_ID_COLUMNS,
    PARTICIPANT_COLUMNS,
    SURVEY_COLUMNS,
    Column,
)
from app.server.storage.exports.dataset import Dataset

#: Answers fetched from the database at a time.
FETCH_ANSWERS = 500

Row = dict[str, Any]


def factor_cells(condition: Mapping[str, Any] | None) -> Row:
    """Return a condition as cells of the columns `condition.<factor>`."""
    return {f"condition.{factor}": level for factor, level in (condition or {}).items()}


def names_like(pattern: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the names that a pattern such as `condition.<factor>` stands for."""
    start = re.sub("<.*", "", pattern)
    return (name for name in names if name.startswith(start))


class People:
    """What a study's database holds about people.

    Args:
        connection: sees one moment.
        sessions: rows of the table, by session_id.
        participants: rows of the table, in the order of the export.
        left_out: ids of those who asked for their data to be deleted.
    """

    def __init__(
        self,
        connection: sa.Connection,
        sessions: Mapping[str, Any],
        participants: list[Any],
        left_out: frozenset[str],
    ) -> None:
        self._connection = connection
        self._sessions = sessions
        self._participants = participants
        self._left_out = left_out
        self.has_answers = self._any(database.answers)

    def write(self, dataset: Dataset, start: str, played: Mapping[str, int], external_ids: bool) -> list[str]:
        """Write the table of participants, and the others where the study has anything for them.

        Args:
            dataset: takes them.
            start: of every path, up to the table's name.
            played: how many matches each participant had a seat in.
            external_ids: whether who people are elsewhere is wanted too.

        Returns:
            The names of the tables written.
        """
        tables: dict[str, tuple[tuple[Column, ...], list[str], Iterable[Row]]] = {}
        people = [self._participant(person, played.get(person["participant_id"], 0)) for person in self._participants]
        tables["participants"] = PARTICIPANT_COLUMNS, [name for row in people for name in row], people
        if self.has_answers:
            table = database.answers.c
            found = [f"run.{repeat}" for runs in self._each(table.runs) for repeat in runs]
            found += [name for condition in self._each(table.condition) for name in factor_cells(condition)]
            tables["surveys"] = SURVEY_COLUMNS, found, self._answers()
        if self._any(database.allocations):
            cells = list(self._allocations())
            tables["allocations"] = ALLOCATION_COLUMNS, [name for row in cells for name in row], cells
        if external_ids and self._any(database.external_ids):
            tables["externalids"] = EXTERNAL_ID_COLUMNS, [], self._external_ids()
        for name, (columns, occurring, rows) in tables.items():
            header = _header(columns, set(occurring))
            dataset.write_table(f"{start}{name}_data.csv", header, columns, ([r.get(n) for n in header] for r in rows))
        return list(tables)

    def _participant(self, person: Any, matches: int) -> Row:
        session = self._sessions[person["session_id"]]
        row: Row = {name: person[name] for name in _PARTICIPANT_FIELDS}
        row |= {name: session[name] for name in _SESSION_FIELDS}
        plan = person["plan"]
        row |= {"session_kind": session["kind"], "matches": matches, **factor_cells(person["condition"])}
        row |= {"plan": None if plan is None else [step["id"] for step in plan]}
        if person["participant_id"] in self._left_out:
            return row | {"label": None}
        return row | {f"attribute.{key}": value for key, value in (person["attributes"] or {}).items() if key}

    def _answers(self) -> Iterator[Row]:
        table, people = database.answers, database.participants
        query = sa.select(table, people.c.label, people.c.session_id).select_from(table.join(people))
        query = query.order_by(
            people.c.created_utc, table.c.participant_id, table.c.answered_utc, table.c.step_id, table.c.attempt,
            table.c.order.nulls_last(), table.c.question,
        )  # fmt: skip
        found = self._connection.execute(query.execution_options(yield_per=FETCH_ANSWERS))
        for said in found.mappings():
            if said["participant_id"] in self._left_out:
                continue
            row: Row = {name: said[name] for name in _ANSWER_FIELDS}
            row |= {"session_kind": self._sessions[said["session_id"]]["kind"], **factor_cells(said["condition"])}
            row |= {"question_title": said["title"], "order_shown": said["order"]}
            row |= {f"run.{repeat}": run for repeat, run in (said["runs"] or {}).items()}
            for cell in cells_of(said["answer"]):
                yield row | {"answer_row": cell.row, "answer_column": cell.column, "answer": cell.value}

    def _allocations(self) -> Iterator[Row]:
        table = database.allocations
        query = sa.select(table).order_by(table.c.unit, table.c.number, table.c.allocated_utc, table.c.unit_id)
        for given in self._connection.execute(query).mappings():
            row: Row = {name: given[name] for name in _ALLOCATION_FIELDS}
            row |= {"session_kind": self._sessions[given["session_id"]]["kind"], "unit_number": given["number"]}
            for place, cell in enumerate(given["order"], start=1):
                yield row | {"place": place, **factor_cells(cell)}

    def _external_ids(self) -> Iterator[Row]:
        table = database.external_ids
        query = sa.select(table).order_by(table.c.participant_id, table.c.name)
        for known in self._connection.execute(query).mappings():
            if known["participant_id"] not in self._left_out:
                who = {"external_id_name": known["name"], "external_id": known["value"]}
                yield {"participant_id": known["participant_id"], **who}

    def _any(self, table: sa.Table) -> bool:
        return self._connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None

    def _each(self, column: sa.Column[Any]) -> list[Any]:
        """Return the different values of a column, without null."""
        return [value for value in self._connection.scalars(sa.select(column).distinct()) if value is not None]


_PARTICIPANT_FIELDS = (
    "participant_id", "session_id", "number", "label", "group_id", "position", "consent_version", "consented_utc",
    "status", "exit_reason", "exit_scene", "data_wish", "completion_code", "created_utc", "ended_utc",
)  # fmt: skip
_SESSION_FIELDS = ("experiment_version", "config_hash", "environment_hash", "app_version")
_ANSWER_FIELDS = (
    "participant_id", "label", "session_id", "step_id", "scene_id", "question", "type", "attempt", "correct", "rt_ms",
    "answered_utc",
)  # fmt: skip
_ALLOCATION_FIELDS = ("unit", "unit_id", "session_id", "method", "allocated_utc")


def _header(columns: Iterable[Column], occurring: set[str]) -> list[str]:
    """Return the declared names in their order, in place of each pattern the names that occur of it."""
    header: list[str] = []
    for column in columns:
        header += sorted(names_like(column.name, occurring)) if "<" in column.name else [column.name]
    return header
