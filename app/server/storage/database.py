"""The tables of a study and how its database is opened. SQLAlchemy Core, no ORM; SQLite by default.

The store process writes (`open_for_writing`); exports read the same file while a session runs (`open_for_reading`).
Nothing here may be imported by the eventlet server: an engine shared between green and real threads hangs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

SCHEMA_VERSION = 2
FILE_NAME = "study.db"

#: How long a writer waits for another one (a closing store, a researcher's SQLite shell) before it gives up.
BUSY_TIMEOUT_MS = 10_000

metadata = sa.MetaData()
_JSON = sa.JSON(none_as_null=True)

schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, nullable=False))

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("experiment_id", sa.Text, nullable=False),
    sa.Column("experiment_version", sa.Integer, nullable=False),
    sa.Column("config_hash", sa.Text, nullable=False),
    sa.Column("environment_hash", sa.Text),
    sa.Column("app_version", sa.Text, nullable=False),
    sa.Column("started_utc", sa.Text, nullable=False),
    sa.Column("ended_utc", sa.Text),
)

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("participant_id", sa.Text, primary_key=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.session_id"), nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("created_utc", sa.Text, nullable=False),
    sa.Column("attributes", _JSON),
    sa.Column("status", sa.Text),
    sa.Column("exit_reason", sa.Text),
    sa.Column("completion_code", sa.Text),
    sa.Column("ended_utc", sa.Text),
    # Counts the study's participants from 0; with the master seed it fixes the plan and the condition.
    sa.Column("number", sa.Integer),
    # The steps in this person's order: [{"id", "scene_id", "runs"}]; `position` is the present one.
    sa.Column("plan", _JSON),
    sa.Column("position", sa.Integer),
    sa.Column("condition", _JSON),
    sa.Column("group_id", sa.Text),
    sa.Column("exit_scene", sa.Text),
    sa.Column("consent_version", sa.Text),
    sa.Column("consented_utc", sa.Text),
    # "keep" or "delete": what who withdrew wishes to happen to the data.
    sa.Column("data_wish", sa.Text),
)

# What people answered, a row a question of a survey and attempt; a question that was shown and left out has no answer.
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("participant_id", sa.Text, sa.ForeignKey("participants.participant_id"), primary_key=True),
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("scene_id", sa.Text, nullable=False),
    sa.Column("runs", _JSON),
    sa.Column("condition", _JSON),
    sa.Column("title", sa.Text),
    sa.Column("type", sa.Text),
    # The place in which it was shown, from 1.
    sa.Column("order", sa.Integer),
    sa.Column("answer", _JSON),
    sa.Column("correct", sa.Boolean),
    sa.Column("rt_ms", sa.Float),
    sa.Column("answered_utc", sa.Text, nullable=False),
)

# Which cells of the design a participant or a group was given, in the order they are played under.
allocations = sa.Table(
    "allocations",
    metadata,
    # A participant_id or a group_id, as `unit` says.
    sa.Column("unit_id", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, nullable=False),
    # Counts the study's units from 0; with the master seed it fixes the order.
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.session_id"), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("order", _JSON, nullable=False),
    sa.Column("allocated_utc", sa.Text, nullable=False),
)

# Who people are elsewhere. Nothing refers to this table, so that its rows can be deleted alone.
external_ids = sa.Table(
    "external_ids",
    metadata,
    sa.Column("participant_id", sa.Text, sa.ForeignKey("participants.participant_id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("match_id", sa.Text, primary_key=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.session_id"), nullable=False),
    sa.Column("scene_id", sa.Text, nullable=False),
    sa.Column("episode_seeds", _JSON, nullable=False),
    sa.Column("matchmaker", _JSON),
    sa.Column("created_utc", sa.Text, nullable=False),
    sa.Column("config", _JSON),
    sa.Column("state", sa.Text),
    sa.Column("started_utc", sa.Text),
    sa.Column("ended_utc", sa.Text),
    sa.Column("end_reason", sa.Text),
    sa.Column("left_seat", _JSON),
    sa.Column("connections", _JSON),
    # What the first chunk of the match was recorded with; every later chunk has the same.
    sa.Column("canonical_columns", _JSON),
    sa.Column("local_columns", _JSON),
    # The first cell in which two seats' records differ, null while they agree.
    sa.Column("disagreement", _JSON),
    # The step of the plans in which it is played, and the condition it is played under.
    sa.Column("step_id", sa.Text),
    sa.Column("condition", _JSON),
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("match_id", sa.Text, sa.ForeignKey("matches.match_id"), primary_key=True),
    sa.Column("seat", sa.Text, primary_key=True),
    sa.Column("index", sa.Integer, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("participant_id", sa.Text, sa.ForeignKey("participants.participant_id")),
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("match_id", sa.Text, primary_key=True),
    sa.Column("seat", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("episode", sa.Integer, nullable=False),
    sa.Column("first_frame", sa.Integer, nullable=False),
    sa.Column("last_frame", sa.Integer, nullable=False),
    sa.Column("crc32", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("received_utc", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["match_id", "seat"], ["seats.match_id", "seats.seat"]),
    # Frames arrive in order, so a search by the last frame touches only the newest chunks of a match.
    sa.Index("chunks_by_frame", "match_id", "episode", "last_frame"),
)

# What the server decided about who takes part in a match; `view` counts the decisions from 1.
commits = sa.Table(
    "commits",
    metadata,
    sa.Column("match_id", sa.Text, sa.ForeignKey("matches.match_id"), primary_key=True),
    sa.Column("view", sa.Integer, primary_key=True),
    sa.Column("commit", _JSON, nullable=False),
    sa.Column("decided_utc", sa.Text, nullable=False),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("match_id", sa.Text, primary_key=True),
    sa.Column("seat", sa.Text, primary_key=True),
    sa.Column("report", _JSON, nullable=False),
    sa.ForeignKeyConstraint(["match_id", "seat"], ["seats.match_id", "seats.seat"]),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("event_id", sa.Integer, primary_key=True),
    # A command that is sent again after the store was lost brings the same key and is journalled once.
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at_utc", sa.Text, nullable=False),
    sa.Column("session_id", sa.Text),
    sa.Column("data", _JSON),
)


class SchemaError(Exception):
    """The database was written by a newer version of this program; `str(error)` is the whole sentence."""


def _version_2(connection: sa.Connection) -> None:
    """Scenes of every kind: plans, conditions, answers and external ids. New tables are made with the others."""
    texts = "group_id exit_scene consent_version consented_utc data_wish"
    for column in ("number INTEGER", "plan JSON", "position INTEGER", "condition JSON", *texts.split()):
        name, _, kind = column.partition(" ")
        connection.exec_driver_sql(f'ALTER TABLE participants ADD COLUMN "{name}" {kind or "TEXT"}')
    for column in ("step_id TEXT", "condition JSON"):
        connection.exec_driver_sql(f"ALTER TABLE matches ADD COLUMN {column}")


#: What brings the tables of an earlier version to the key's.
MIGRATIONS: dict[int, Callable[[sa.Connection], None]] = {2: _version_2}


def open_for_writing(data_folder: Path) -> sa.Engine:
    """Open, or make, the database of a study; one of an earlier version is copied to `backups/` and brought up to date.

    Raises:
        OSError, sqlalchemy.exc.DBAPIError: when the folder or the file cannot be written.
        SchemaError: when the file is of a newer version.
    """
    data_folder.mkdir(parents=True, exist_ok=True)
    url = sa.URL.create("sqlite", database=str(data_folder / FILE_NAME))
    # A message about a statement must not hold who people are elsewhere.
    engine = sa.create_engine(url, poolclass=sa.StaticPool, hide_parameters=True)
    _control_transactions(engine, begin="BEGIN IMMEDIATE", pragmas=_WRITER_PRAGMAS)
    with engine.begin() as connection:
        found = _version_of(connection)
    if found is not None and found < SCHEMA_VERSION:
        _back_up(engine, data_folder, found)
    with engine.begin() as connection:
        # Asked again: another process may have done it meanwhile.
        found = _version_of(connection)
        if found is None:
            metadata.create_all(connection)
            connection.execute(schema_version.insert().values(version=SCHEMA_VERSION))
        else:
            _check_version(found, data_folder)
            for version in range(found + 1, SCHEMA_VERSION + 1):
                MIGRATIONS[version](connection)
            metadata.create_all(connection)
            connection.execute(schema_version.update().values(version=SCHEMA_VERSION))
    return engine


def _version_of(connection: sa.Connection) -> int | None:
    """Return the version of the tables, None where there are none."""
    there = sa.inspect(connection).has_table(schema_version.name)
    return connection.scalar(sa.select(schema_version.c.version)) if there else None


def _back_up(engine: sa.Engine, data_folder: Path, version: int) -> None:
    """Copy the whole database before its tables are changed."""
    copy = data_folder / "backups" / f"study-version-{version}.db"
    if copy.is_file():
        return
    copy.parent.mkdir(exist_ok=True)
    partial = copy.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("VACUUM INTO ?", (str(partial),))
    partial.replace(copy)


def open_for_reading(data_folder: Path) -> sa.Engine:
    """Open the database of a study without changing it; one transaction sees one moment of a running session.

    Only the tables of an earlier version are brought up to date first.

    Raises:
        FileNotFoundError: when there is no database in this folder.
        sqlalchemy.exc.DBAPIError: when the file cannot be read.
        SchemaError: when the file is of a newer version.
    """
    file = (data_folder / FILE_NAME).resolve()
    if not file.is_file():
        raise FileNotFoundError(file)
    url = sa.URL.create("sqlite", database=f"file:{quote(file.as_posix())}", query={"mode": "ro", "uri": "true"})
    engine = sa.create_engine(url, poolclass=sa.StaticPool, hide_parameters=True)
    _control_transactions(engine, begin="BEGIN", pragmas=())
    with engine.begin() as connection:
        found = connection.scalar(sa.select(schema_version.c.version))
        _check_version(found, data_folder)
    if found is not None and found < SCHEMA_VERSION:
        open_for_writing(data_folder).dispose()
    return engine


_WRITER_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")


def _control_transactions(engine: sa.Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    """Take BEGIN out of the sqlite3 module's hands: it begins late and breaks savepoints.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#enabling-non-legacy-sqlite-transactional-modes
    """

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for statement in (f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}", *pragmas):
            connection.execute(statement)

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _check_version(version: int | None, data_folder: Path) -> None:
    if version is None or version > SCHEMA_VERSION:
        raise SchemaError(
            f"{data_folder / FILE_NAME}: its tables are of version {version}, this program knows version "
            f"{SCHEMA_VERSION}; open it with the version of the program that wrote it, or a newer one."
        )
