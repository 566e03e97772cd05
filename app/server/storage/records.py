"""Record chunks: what a seat's page sends about once a second, checked before it is stored, and compared with what
the other seats sent for the same frames. Pure: bytes and rows in, rows and findings out.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.server.storage import input_words
from app.server.storage.exports.columns import CANONICAL_COLUMNS, SEAT_LOCAL_COLUMNS, Column, declared

#: A second of play of two seats is about 5 KiB; a page that sends more than this is not ours.
MAX_CHUNK_BYTES = 512 * 1024

#: Numbers that must fit into the database's columns.
MAX_COUNT = 2**31 - 1

#: Frames of an episode: the most that an experiment can set.
MOST_STEPS = 1_000_000

#: Before 2 a chunk had no input words.
FORMATS = (1, 2)


class ChunkRefusal(Exception):
    """A chunk is not what it must be. `code` is for programs; `str(error)` says it in a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Record:
    """The rows of one chunk. `rows[i]` and `local_rows[i]` are frame `first_frame + i`.

    `inputs` are the frames' input words by seat index, run-length coded; `input_words.py` reads them.
    """

    columns: list[str]
    rows: list[list[Any]]
    local_columns: list[str]
    local_rows: list[list[Any]]
    inputs: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """The first cell in which two seats' rows differ; `values` in the order of `seats`, as written in an export."""

    episode: int
    frame: int
    column: str
    column_index: int
    seats: tuple[str, str]
    values: tuple[str, str]

    @property
    def order(self) -> tuple[int, int, int, tuple[str, str]]:
        """Sorts differences of a match: the first is the same whatever order the chunks arrived in."""
        return (self.episode, self.frame, self.column_index, self.seats)


def cell_text(value: Any) -> str:
    """Return a recorded value as it is written into a CSV cell.

    Missing is empty, booleans are TRUE and FALSE, floats the shortest text that reads back as the same float,
    lists and tables JSON.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return repr(value)


def verify_envelope(payload: dict[str, Any]) -> None:
    """Check a chunk's numbers, its length and its checksum, before anything in it is decoded.

    Raises:
        ChunkRefusal: `bad_envelope`, `too_large` or `bad_crc32` (a torn or altered chunk).
    """
    for name in ("seq", "episode", "first_frame", "last_frame"):
        if type(payload[name]) is not int or not 0 <= payload[name] <= MAX_COUNT:
            raise ChunkRefusal("bad_envelope", f"chunk: {name} = {payload[name]!r}; use a whole number from 0.")
    if payload["last_frame"] < payload["first_frame"]:
        first, last = payload["first_frame"], payload["last_frame"]
        raise ChunkRefusal("bad_envelope", f"chunk: last_frame = {last} is before first_frame = {first}.")
    data = payload["data"]
    if not isinstance(data, bytes):
        raise ChunkRefusal("bad_envelope", f"chunk: data is {type(data).__name__}; send it as bytes.")
    if len(data) > MAX_CHUNK_BYTES:
        raise ChunkRefusal("too_large", f"chunk: {len(data)} bytes; {MAX_CHUNK_BYTES} are the most, send fewer frames.")
    if zlib.crc32(data) != payload["crc32"]:
        raise ChunkRefusal("bad_crc32", f"chunk: crc32 = {payload['crc32']!r} is not that of its data; send it again.")


def parse_chunk(payload: dict[str, Any], seats: Collection[str]) -> Record:
    """Decode a chunk whose envelope was verified, and check that it is what its envelope says.

    Args:
        payload: the arguments of `add_chunk`.
        seats: the seats of its match.

    Raises:
        ChunkRefusal: `bad_json` or `bad_shape`, with what is wrong.
    """
    record = parse_data(payload["data"])
    content = record.pop("envelope")
    for name in ("match_id", "seat", "episode", "first_frame"):
        if str(content.get(name)) != str(payload[name]):
            raise _shape(f"{name} = {content.get(name)!r} in the data, {payload[name]!r} beside it")
    inputs = {} if content["format"] == 1 else content.get("inputs")
    parsed = Record(**record, inputs=inputs)
    if parsed.columns[:2] != ["episode", "frame"]:
        raise _shape(f"columns begin with {parsed.columns[:2]!r}; they must begin with episode, frame")
    _check_columns(parsed.columns, CANONICAL_COLUMNS, seats)
    _check_columns(parsed.local_columns, SEAT_LOCAL_COLUMNS, seats)
    expected = payload["last_frame"] - payload["first_frame"] + 1
    if len(parsed.rows) != expected or len(parsed.local_rows) != expected:
        raise _shape(f"{len(parsed.rows)} rows and {len(parsed.local_rows)} local rows for {expected} frames")
    if not input_words.well_formed(inputs, len(seats), expected):
        raise _shape(f"its inputs are not words of {expected} frames by seat index")
    _check_skipped(content.get("skipped"), payload["first_frame"], len(seats))
    for number, (row, local) in enumerate(zip(parsed.rows, parsed.local_rows, strict=True)):
        if not isinstance(row, list) or not isinstance(local, list):
            raise _shape(f"row {number} is not a list")
        if len(row) != len(parsed.columns) or len(local) != len(parsed.local_columns):
            raise _shape(f"row {number} has another number of cells than there are columns")
        here = (payload["episode"], payload["first_frame"] + number)
        if type(row[0]) is not int or type(row[1]) is not int or (row[0], row[1]) != here:
            raise _shape(f"row {number} is episode {row[0]!r}, frame {row[1]!r}; expected {here[0]} and {here[1]}")
    _check_text(parsed, payload["data"])
    return parsed


def parse_data(data: bytes) -> dict[str, Any]:
    """Decode a chunk's bytes into the four fields of `Record` and, as `envelope`, the others.

    Raises:
        ChunkRefusal: `bad_json` or `bad_shape`.
    """
    try:
        content = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ChunkRefusal("bad_json", f"chunk: its data is not JSON in UTF-8 ({error}).") from error
    if not isinstance(content, dict) or content.get("format") not in FORMATS:
        raise _shape(f"it must be a table with format = {FORMATS[-1]}")
    fields = {}
    for name in ("columns", "rows", "local_columns", "local_rows"):
        fields[name] = content.pop(name, None)
        if not isinstance(fields[name], list):
            raise _shape(f"{name} is not a list")
    return {**fields, "envelope": content}


def first_difference(
    seats: tuple[str, str], first_frames: tuple[int, int], episode: int, columns: list[str], rows: tuple[Sequence, ...]
) -> Difference | None:
    """Compare the frames that two seats' rows of an episode have in common; return the first cell that differs.

    Values are compared with their types and every bit: 1, 1.0, true and "1" differ, a NaN equals a NaN.
    """
    start = max(first_frames)
    end = min(first_frames[0] + len(rows[0]), first_frames[1] + len(rows[1]))
    for frame in range(start, end):
        pair = rows[0][frame - first_frames[0]], rows[1][frame - first_frames[1]]
        if repr(pair[0]) == repr(pair[1]):
            continue
        for index, cells in enumerate(zip(*pair, strict=True)):
            if repr(cells[0]) != repr(cells[1]):
                values = cell_text(cells[0]), cell_text(cells[1])
                return Difference(episode, frame, columns[index], index, seats, values)
    return None


def skipped_before(envelope: dict[str, Any]) -> tuple[int, int, dict[str, str]] | None:
    """Return the frames right before a chunk's own that its page did not step, and their input words.

    A page that came back by another seat's state has no rows of them; its state after them was compared by hash.

    Args:
        envelope: of a chunk that was checked when it was added.
    """
    skipped = envelope.get("skipped")
    return None if skipped is None else (skipped["first_frame"], skipped["last_frame"], skipped["inputs"])


def _check_skipped(skipped: Any, first_frame: int, seats: int) -> None:
    if skipped is None:
        return
    if not isinstance(skipped, dict) or skipped.keys() != {"first_frame", "last_frame", "inputs"}:
        raise _shape("skipped is no table of first_frame, last_frame and inputs")
    first, last = skipped["first_frame"], skipped["last_frame"]
    if type(first) is not int or type(last) is not int or not 0 <= first <= last == first_frame - 1:
        raise _shape(f"skipped = {first!r} to {last!r} does not end right before frame {first_frame}")
    if last >= MOST_STEPS or not input_words.well_formed(skipped["inputs"], seats, last - first + 1, MOST_STEPS):
        raise _shape("the inputs of its skipped frames are not words of them by seat index")


def _check_columns(names: list[Any], columns: Sequence[Column], seats: Collection[str]) -> None:
    for name in names:
        if not isinstance(name, str) or declared(name, columns, seats) is None:
            raise _shape(f"column {name!r} is not declared, or names no seat of this match")
    if len(set(names)) != len(names):
        raise _shape("a column occurs twice")


def _check_text(record: Record, data: bytes) -> None:
    r"""Refuse half of a surrogate pair, which JSON can say (\ud800) and a file in UTF-8 cannot."""
    if b"\\ud" not in data.lower():
        return
    try:
        "".join(_texts(record)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _shape(f"a text in it is not valid Unicode ({error.reason})") from error


def _texts(record: Record) -> Iterator[str]:
    yield from record.columns
    yield from record.local_columns
    for row in (*record.rows, *record.local_rows):
        yield from map(cell_text, row)


def _shape(what: str) -> ChunkRefusal:
    return ChunkRefusal("bad_shape", f"chunk: {what}.")
