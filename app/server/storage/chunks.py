"""The store's commands about record chunks: keep one, compare it with the other seats', read them back."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from app.server.storage import input_words, records
from app.server.storage.commands import Answer, CommandError, Context, Handler, Payload, journal, take
from app.server.storage.database import chunks, matches, seats

_KEYS = "match_id seat seq episode first_frame last_frame crc32 data"

# Composed once: SQLAlchemy takes longer to put a statement together than SQLite to answer it, and a lab full of
# participants sends a hundred chunks a second.
_THE_MATCH = sa.select(
    matches.c.match_id, matches.c.session_id, matches.c.canonical_columns, matches.c.local_columns,
    matches.c.disagreement,
).where(matches.c.match_id == sa.bindparam("match_id"))  # fmt: skip
_ITS_SEATS = sa.select(seats.c.seat, seats.c.index).where(seats.c.match_id == sa.bindparam("match_id"))
_SAME_NUMBER = sa.select(
    chunks.c.episode, chunks.c.first_frame, chunks.c.last_frame, chunks.c.crc32, chunks.c.data
).where(
    chunks.c.match_id == sa.bindparam("match_id"),
    chunks.c.seat == sa.bindparam("seat"),
    chunks.c.seq == sa.bindparam("seq"),
)  # fmt: skip
_SAME_FRAMES = sa.select(
    chunks.c.seat, chunks.c.seq, chunks.c.first_frame, chunks.c.last_frame, chunks.c.data
).where(
    chunks.c.match_id == sa.bindparam("match_id"),
    chunks.c.episode == sa.bindparam("episode"),
    chunks.c.last_frame >= sa.bindparam("first_frame"),
    chunks.c.first_frame <= sa.bindparam("last_frame"),
)  # fmt: skip
_KEEP = chunks.insert()


def add_chunk(connection: sa.Connection, payload: Payload, context: Context) -> Answer:
    """Keep a chunk, once.

    Returns:
        `seq`, `duplicate` (it was here already), for a new one `reward` (this seat's, summed) and, when this chunk
        shows an earlier difference between two seats than was known,
        `disagreement: {match_id, episode, frame, column, seats, values}`.

    Raises:
        CommandError: `unknown_match`, `unknown_seat`, `chunk_conflict` (other content under the same number),
            `frames_overlap`, `columns_changed`, or a code of `records.ChunkRefusal`. Every refusal that is not a
            matter of a torn transfer is journalled, once a match, seat and kind.
    """
    take(payload, _KEYS)
    match = connection.execute(_THE_MATCH, {"match_id": payload["match_id"]}).mappings().first()
    if match is None:
        raise CommandError("unknown_match", f"match_id = {payload['match_id']!r} is not in the store.")
    known_seats = dict(connection.execute(_ITS_SEATS, {"match_id": match["match_id"]}).all())
    if payload["seat"] not in known_seats:
        raise CommandError("unknown_seat", f"seat = {payload['seat']!r} is not in match {match['match_id']}.")
    try:
        records.verify_envelope(payload)
    except records.ChunkRefusal as refusal:
        raise CommandError(refusal.code, str(refusal)) from refusal
    if _is_here(connection, payload, match):
        answer: Answer = {"seq": payload["seq"], "duplicate": True}
        return answer | ({"disagreement": match["disagreement"]} if match["disagreement"] else {})
    try:
        record = records.parse_chunk(payload, known_seats)
    except records.ChunkRefusal as refusal:
        raise _refused(refusal.code, str(refusal), payload, match) from refusal
    _agree_on_columns(connection, payload, match, record)
    frames = {name: payload[name] for name in ("match_id", "episode", "first_frame", "last_frame")}
    overlapping = list(connection.execute(_SAME_FRAMES, frames))
    for other in overlapping:
        if other.seat == payload["seat"]:
            text = f"chunk: frames {other.first_frame} to {other.last_frame} are here already, as seq = {other.seq}."
            raise _refused("frames_overlap", text, payload, match)
    connection.execute(_KEEP, payload | {"received_utc": context.now_utc})
    difference = _difference(payload, record, overlapping, known_seats)
    answer = {"seq": payload["seq"], "duplicate": False, "reward": _reward(record, payload["seat"])}
    if difference is None or not _is_first(difference, match["disagreement"], record.columns):
        return answer
    return answer | {"disagreement": _note(connection, difference, match, context)}


def read_chunks(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Return `chunks`: every chunk of a match (of one seat, if `seat` is given) as it was added, in order of frames."""
    take(payload, "match_id", "seat")
    columns = [chunks.c[name] for name in _KEYS.split()]
    query = sa.select(*columns).filter_by(**payload)
    rows = connection.execute(query.order_by(chunks.c.seat, chunks.c.episode, chunks.c.first_frame))
    return {"chunks": [dict(row) for row in rows.mappings()]}


def match_rows(connection: sa.Connection, payload: Payload, context: Context) -> Answer:
    """Return one seat's `columns`, `rows`, `local_columns` and `local_rows`, in order of frames.

    Frames that have not arrived are absent: look at `episode` and `frame` of the rows.
    """
    take(payload, "match_id seat")
    columns: list[str] = []
    local_columns: list[str] = []
    rows: list[Any] = []
    local_rows: list[Any] = []
    for chunk in read_chunks(connection, payload, context)["chunks"]:
        content = records.parse_data(chunk["data"])
        columns, local_columns = content["columns"], content["local_columns"]
        rows += content["rows"]
        local_rows += content["local_rows"]
    return {"columns": columns, "rows": rows, "local_columns": local_columns, "local_rows": local_rows}


def _reward(record: records.Record, seat: str) -> float:
    """Return the sum of a seat's rewards in a chunk."""
    name = f"reward.{seat}"
    if name not in record.columns:
        return 0.0
    rewards = (row[record.columns.index(name)] for row in record.rows)
    return math.fsum(value for value in rewards if isinstance(value, int | float) and math.isfinite(value))


def _is_here(connection: sa.Connection, payload: Payload, match: Any) -> bool:
    """Whether the same chunk was kept before; other content under its number is refused."""
    number = {name: payload[name] for name in ("match_id", "seat", "seq")}
    kept = connection.execute(_SAME_NUMBER, number).mappings().first()
    if kept is None:
        return False
    if all(value == payload[name] for name, value in kept.items()):
        return True
    text = f"chunk: seq = {payload['seq']} of seat {payload['seat']} is here already with other content."
    raise _refused("chunk_conflict", text, payload, match, once_for=str(payload["seq"]))


def _agree_on_columns(connection: sa.Connection, payload: Payload, match: Any, record: records.Record) -> None:
    """Take the columns of a match's first chunk for all; refuse a chunk with others."""
    if match["canonical_columns"] is None:
        values = {"canonical_columns": record.columns, "local_columns": record.local_columns}
        connection.execute(matches.update().where(matches.c.match_id == match["match_id"]).values(values))
        return
    for name, here in (("canonical_columns", record.columns), ("local_columns", record.local_columns)):
        if here != match[name]:
            differing = sorted(set(here) ^ set(match[name])) or "their order"
            text = f"chunk: its columns are not those of the match's first chunk; they differ in {differing}."
            raise _refused("columns_changed", text, payload, match)


def _difference(
    payload: Payload, record: records.Record, others: list[sa.Row], indexes: dict[str, int]
) -> records.Difference | None:
    """Return the first difference between this chunk and those of the other seats, the lower seat named first."""
    found = []
    for other in others:
        content = records.parse_data(other.data)
        mine = (payload["seat"], payload["first_frame"], record.rows, record.inputs)
        theirs = (other.seat, other.first_frame, content["rows"], content["envelope"].get("inputs", {}))
        one, two = sorted((mine, theirs), key=lambda side: indexes[side[0]])
        names, firsts = (one[0], two[0]), (one[1], two[1])
        difference = records.first_difference(names, firsts, payload["episode"], record.columns, (one[2], two[2]))
        if difference:
            found.append(difference)
        inputs = input_words.first_difference((one[3], two[3]), firsts, (len(one[2]), len(two[2])))
        if inputs:
            frame, index, words = inputs
            column = f"input.{index}"
            place = _place(column, record.columns)
            found.append(records.Difference(payload["episode"], frame, column, place, names, words))
    return min(found, key=lambda difference: difference.order, default=None)


def _is_first(difference: records.Difference, known: dict[str, Any] | None, columns: list[str]) -> bool:
    if known is None:
        return True
    order = (known["episode"], known["frame"], _place(known["column"], columns), tuple(known["seats"]))
    return difference.order < order


def _place(column: str, columns: list[str]) -> int:
    """Return where a column stands in the order of differences: input words, which no file has, after all others."""
    return columns.index(column) if column in columns else len(columns) + int(column.removeprefix("input."))


def _note(connection: sa.Connection, difference: records.Difference, match: Any, context: Context) -> dict[str, Any]:
    found = {
        "match_id": match["match_id"],
        "episode": difference.episode,
        "frame": difference.frame,
        "column": difference.column,
        "seats": list(difference.seats),
        "values": list(difference.values),
    }
    connection.execute(matches.update().where(matches.c.match_id == match["match_id"]).values(disagreement=found))
    event = {"event": "record_disagreement", "session_id": match["session_id"], "data": found}
    journal(connection, f"{context.key}:disagreement", context.now_utc, event)
    return found


def _refused(code: str, text: str, payload: Payload, match: Any, once_for: str = "") -> CommandError:
    """A refusal that the researcher must hear of: the page cannot mend it by sending the chunk again."""
    data = {name: payload[name] for name in _KEYS.split() if name != "data"} | {"code": code, "message": text}
    event = {
        "event": "chunk_conflict" if code == "chunk_conflict" else "chunk_refused",
        "key": f"{code}:{payload['match_id']}:{payload['seat']}:{once_for}",
        "session_id": match["session_id"],
        "data": data,
    }
    return CommandError(code, text, event)


HANDLERS: dict[str, Handler] = {command.__name__: command for command in (add_chunk, read_chunks, match_rows)}
