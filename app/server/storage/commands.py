"""What the store can be told: one function a command, each inside a transaction that `service.py` opens and commits.

Every command may arrive twice (its answer was lost with the store that gave it), so doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.server.storage import database


class CommandError(Exception):
    """A command was refused. `code` is for programs, `str(error)` for people, `event` is journalled all the same."""

    def __init__(self, code: str, message: str, event: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.event = event


@dataclass(frozen=True)
class Context:
    """What a command may know of the world.

    Attributes:
        key: names this command for ever; the same when it is sent again.
        now_utc: ISO 8601 time with `Z`.
    """

    key: str
    now_utc: str


Payload = dict[str, Any]
Answer = dict[str, Any]


def take(payload: Payload, required: str, optional: str = "") -> Payload:
    """Return the payload when it has every required key and no unknown one.

    Raises:
        CommandError: `bad_payload`.
    """
    missing = set(required.split()) - payload.keys()
    unknown = payload.keys() - set(required.split()) - set(optional.split())
    if missing or unknown:
        words = [f"{name} is missing" for name in sorted(missing)]
        words += [f"{name} is not known" for name in sorted(unknown)]
        raise CommandError("bad_payload", f"payload: {', '.join(words)}.")
    return payload


def journal(connection: sa.Connection, key: str, now_utc: str, event: Payload) -> bool:
    """Write an event once; return False when its key is in the journal already."""
    if connection.scalar(sa.select(database.events.c.event_id).where(database.events.c.key == key)) is not None:
        return False
    values = {"key": key, "event": event["event"], "at_utc": event.get("at_utc") or now_utc}
    values |= {"session_id": event.get("session_id"), "data": event.get("data")}
    connection.execute(database.events.insert().values(values))
    return True


def add(connection: sa.Connection, table: sa.Table, values: Payload) -> Answer:
    """Insert a row; a row that is there already must say the same."""
    key = {column.name: values[column.name] for column in table.primary_key}
    found = connection.execute(sa.select(table).filter_by(**key)).mappings().first()
    if found is None:
        connection.execute(table.insert().values(values))
        return {"duplicate": False}
    for name, value in values.items():
        if found[name] != value:
            raise CommandError("conflict", f"{table.name} {key}: {name} is {found[name]!r} already, not {value!r}.")
    return {"duplicate": True}


def update(connection: sa.Connection, table: sa.Table, payload: Payload) -> Answer:
    """Change what the payload holds of one row, and only that."""
    (key,) = (column.name for column in table.primary_key)
    values = {name: value for name, value in payload.items() if name != key}
    row = table.c[key] == payload[key]
    if connection.execute(table.update().where(row).values(values or {key: payload[key]})).rowcount != 1:
        raise CommandError(f"unknown_{key.removesuffix('_id')}", f"{key} = {payload[key]!r} is not in the store.")
    return {}


def open_session(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Begin a session; the answer counts the `matches`, `participants` and `groups` the study has had so far."""
    required = "session_id kind experiment_id experiment_version config_hash environment_hash app_version started_utc"
    answer = add(connection, database.sessions, take(payload, required))
    groups = database.allocations.c.unit == "group"
    return {
        **answer,
        "matches": _count(connection, database.matches),
        "participants": _count(connection, database.participants),
        "groups": _count(connection, database.allocations, groups),
    }


def _count(connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()


def close_session(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """End a session."""
    return update(connection, database.sessions, take(payload, "session_id ended_utc"))


def add_match(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Seats were put together."""
    required = "match_id session_id scene_id seats episode_seeds matchmaker created_utc config"
    values = dict(take(payload, required, "step_id condition"))
    seats = values.pop("seats")
    answer = add(connection, database.matches, values)
    for seat in seats:
        row = take(seat, "seat index role participant_id") | {"match_id": values["match_id"]}
        add(connection, database.seats, row)
    return answer


def update_match(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Change what is known of a match; keys that are absent stay as they are."""
    optional = "state started_utc ended_utc end_reason left_seat connections"
    return update(connection, database.matches, take(payload, "match_id", optional))


def add_report(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Keep the statistics of a seat's page; a later report of the same seat replaces the earlier one."""
    values = take(payload, "match_id seat report")
    table = database.reports
    key = sa.and_(table.c.match_id == values["match_id"], table.c.seat == values["seat"])
    if connection.execute(table.update().where(key).values(report=values["report"])).rowcount == 0:
        connection.execute(table.insert().values(values))
    return {}


def add_event(connection: sa.Connection, payload: Payload, context: Context) -> Answer:
    """Append to the journal."""
    values = take(payload, "event at_utc session_id data")
    return {"duplicate": not journal(connection, context.key, context.now_utc, values)}


Handler = Callable[[sa.Connection, Payload, Context], Answer]

HANDLERS: dict[str, Handler] = {
    command.__name__: command
    for command in (
        open_session, close_session, add_match, update_match, add_report, add_event,
    )
}  # fmt: skip
