"""The store's commands about people: who takes part, what they answered, which cells of the design they were given,
and who they are elsewhere. Like those of `commands.py`, each may arrive twice.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.server.storage import database
from app.server.storage.commands import Answer, CommandError, Context, Handler, Payload, add, take, update

_ANSWER = "question title type order answer correct rt_ms"


def add_participant(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Someone took a place in a session. What changes later is for `update_participant`."""
    required = "participant_id session_id label created_utc attributes"
    return add(connection, database.participants, take(payload, required, "number plan"))


def update_participant(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Change what is known of a participant; keys that are absent stay as they are."""
    optional = (
        "status exit_reason exit_scene completion_code ended_utc position condition group_id data_wish "
        "consent_version consented_utc"
    )
    return update(connection, database.participants, take(payload, "participant_id", optional))


def add_answers(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Keep what somebody answered in one step of their plan, each attempt of it once."""
    of_all = "participant_id step_id scene_id runs condition attempt answered_utc"
    values = dict(take(payload, f"{of_all} answers"))
    rows = [take(row, _ANSWER) for row in values.pop("answers")]
    table = database.answers
    key = {name: values[name] for name in ("participant_id", "step_id", "attempt")}
    if connection.execute(sa.select(table.c.question).filter_by(**key).limit(1)).first() is not None:
        return {"duplicate": True}
    if rows:
        connection.execute(table.insert(), [values | row for row in rows])
    return {"duplicate": False}


def add_allocation(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """A participant or a group was given cells of the design."""
    return add(
        connection, database.allocations, take(payload, "unit_id unit number session_id method order allocated_utc")
    )


def add_external_id(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Keep who a participant is elsewhere. Its value stands in no message."""
    values = take(payload, "participant_id name value")
    table = database.external_ids
    key = {name: values[name] for name in ("participant_id", "name")}
    found = connection.scalar(sa.select(table.c.value).filter_by(**key))
    if found is None:
        connection.execute(table.insert().values(values))
    elif found != values["value"]:
        raise CommandError("conflict", f"external_ids {key}: there is another value already.")
    return {"duplicate": found is not None}


def delete_external_ids(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Forget who a participant is elsewhere; all else of them stays."""
    values = take(payload, "participant_id")
    return {"deleted": connection.execute(database.external_ids.delete().filter_by(**values)).rowcount}


def used_external_ids(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Return `ids`, a list of `[name, value]`: of those whose part in a session of this kind is over."""
    kind = take(payload, "kind")["kind"]
    ids, people, sessions = database.external_ids, database.participants, database.sessions
    query = sa.select(ids.c.name, ids.c.value).select_from(ids.join(people).join(sessions))
    rows = connection.execute(query.where(people.c.ended_utc.is_not(None), sessions.c.kind == kind))
    return {"ids": [list(row) for row in rows]}


HANDLERS: dict[str, Handler] = {
    command.__name__: command
    for command in (
        add_participant, update_participant, add_answers, add_allocation,
        add_external_id, delete_external_ids, used_external_ids,
    )
}  # fmt: skip
