"""`gym-kiosk compare A.csv B.csv`: do two seats' records of a match agree in every canonical column?

Reads both files side by side, a row at a time; seat-local columns differ by nature and are left out. Rows that a seat
skipped, as the export's table of matches says, are not missed in its file.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.experiments.errors import InputError
from app.server.storage.exports.columns import is_canonical

#: A cell is at most one record chunk (records.MAX_CHUNK_BYTES); the csv module stops at 128 KiB by itself.
MAX_CELL_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class FirstDifference:
    """Where two records part.

    Attributes:
        kind: cell, rows (one record goes on where the other ends) or columns (one has a column the other lacks).
        episode, frame: as written in the first file that has the row; empty when `kind` is columns.
        column: the column; empty when `kind` is rows.
        values: the two cells, in the order of the files; None in a file that lacks the row or the column.
    """

    kind: str
    episode: str
    frame: str
    column: str
    values: tuple[str | None, str | None]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        equal: every canonical column agrees in every row, and neither file has more of either.
        rows: rows that agree, from the beginning.
        columns: canonical columns compared.
        first_difference: None when the records agree.
        skipped: rows that only one file has because the other seat skipped them.
    """

    equal: bool
    rows: int
    columns: int
    first_difference: FirstDifference | None
    skipped: int = 0


class _Record:
    """One exported file, read a row at a time."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        try:
            # utf-8-sig: a spreadsheet may have put a byte-order mark in front.
            stream = stack.enter_context(path.open(encoding="utf-8-sig", newline=""))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); give a CSV file of an export.") from error
        self._reader = csv.reader(stream, strict=True)
        self._header = next(self._rows(), [])
        self.canonical = [name for name in self._header if is_canonical(name)]
        if not {"episode", "frame"} <= set(self.canonical):
            raise InputError(f"{path}: has no columns episode and frame; give a CSV file with one row a frame.")
        if len(set(self.canonical)) != len(self.canonical):
            raise InputError(f"{path}: a canonical column occurs twice in its header; export it again.")

    def skipped(self) -> set[tuple[str, str]]:
        """Return the frames that the seat skipped, where the file lies in its export."""
        tables = self._path.resolve().parent.parent.glob("*_description-matches_data.csv")
        return {frame for table in tables for frame in _skipped_in(table, self._path.name)}

    def rows(self, names: list[str]) -> Iterator[list[str]]:
        """Yield the cells of these columns, row by row."""
        positions = [self._header.index(name) for name in names]
        for row in self._rows():
            if len(row) != len(self._header):
                text = f"line {self._reader.line_num} has {len(row)} cells, the header has {len(self._header)}"
                raise InputError(f"{self._path}: {text}; the file is torn or was edited, export it again.")
            yield [row[position] for position in positions]

    def _rows(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except OSError as error:
            raise InputError(f"{self._path}: cannot be read ({error.strerror}).") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{self._path}: is not a CSV file in UTF-8 ({error}); export it again.") from error


def compare_files(a: Path, b: Path) -> Comparison:
    """Compare the canonical columns of two exported records.

    Cells are compared as they are written. The order of columns does not matter.

    Raises:
        InputError: when a file cannot be read as an exported record; one sentence.
    """
    with ExitStack() as stack:
        one, two = _Record(a, stack), _Record(b, stack)
        names = [name for name in one.canonical if name in two.canonical]
        only = [name for name in (*one.canonical, *two.canonical) if name not in names]
        if only:
            values = (None, "present") if only[0] in two.canonical else ("present", None)
            return Comparison(False, 0, len(names), FirstDifference("columns", "", "", only[0], values))
        pairs = _Pairs(one.rows(names), two.rows(names), names, (one.skipped(), two.skipped()))
        found, rows = _first_difference(names, pairs)
        if found is None and rows == 0:
            raise InputError(f"{a} and {b}: hold no rows, so there is nothing to compare.")
        return Comparison(found is None, rows, len(names), found, pairs.passed)


def _skipped_in(table: Path, file: str) -> Iterator[tuple[str, str]]:
    """Yield episode and frame of what a table of matches says that the seat of a file skipped."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            for name, value in row.items():
                if name is not None and name.startswith("file.") and value and Path(value).name == file:
                    for span in (row.get("frames_skipped" + name.removeprefix("file")) or "").split():
                        episode, _, frames = span.partition(":")
                        first, _, last = frames.partition("-")
                        yield from ((episode, str(frame)) for frame in range(int(first), int(last) + 1))


class _Pairs:
    """The rows of two records side by side, without those that the other seat skipped.

    Attributes:
        passed: rows left out so far.
    """

    def __init__(
        self,
        one: Iterator[list[str]],
        two: Iterator[list[str]],
        names: list[str],
        skipped: tuple[set[tuple[str, str]], set[tuple[str, str]]],
    ) -> None:
        self.passed = 0
        self._place = names.index("episode"), names.index("frame")
        self._skipped, self._rows = skipped, (one, two)

    def place(self, row: list[str]) -> tuple[str, str]:
        """Return episode and frame of a row."""
        return row[self._place[0]], row[self._place[1]]

    def __iter__(self) -> Iterator[tuple[list[str] | None, list[str] | None]]:
        while True:
            left, right = (self._next(side) for side in (0, 1))
            if left is None and right is None:
                return
            yield left, right

    def rest(self, side: int) -> int:
        """Return how many rows a record still has."""
        return sum(1 for _ in self._rows[side])

    def _next(self, side: int) -> list[str] | None:
        for row in self._rows[side]:
            if self.place(row) not in self._skipped[1 - side]:
                return row
            self.passed += 1
        return None


def _first_difference(names: list[str], pairs: _Pairs) -> tuple[FirstDifference | None, int]:
    """Return the first difference and the number of rows that agree before it."""
    count = 0
    for left, right in pairs:
        if left is None or right is None:
            episode, frame = pairs.place(left or right or [])
            extra = 1 + pairs.rest(1 if left is None else 0)
            values = (None, str(extra)) if left is None else (str(extra), None)
            return FirstDifference("rows", episode, frame, "", values), count
        episode, frame = pairs.place(left)
        for name, mine, theirs in zip(names, left, right, strict=True):
            if mine != theirs:
                return FirstDifference("cell", episode, frame, name, (mine, theirs)), count
        count += 1
    return None, count


def describe(comparison: Comparison, a: Path, b: Path) -> str:
    """Say in a sentence what was found."""
    found = comparison.first_difference
    if found is None:
        passed = f"; {comparison.skipped} rows are in one file only, the other seat skipped them"
        compared = f"identical: {comparison.rows} rows, {comparison.columns} canonical columns"
        return compared + (passed if comparison.skipped else "")
    more = a if found.values[0] is not None else b
    if found.kind == "columns":
        return f"different: column {found.column} is only in {more}"
    if found.kind == "rows":
        counts = [comparison.rows + int(value or 0) for value in found.values]
        return (
            f"different: {a} has {counts[0]} rows, {b} has {counts[1]}; the first row only in {more} is "
            f"episode {found.episode}, frame {found.frame}"
        )
    values = " and ".join(repr(value) for value in found.values)
    return f"different: episode {found.episode}, frame {found.frame}, column {found.column}: {values}"


def compare_command(a: Path, b: Path) -> int:
    """Print what was found; return 0 when the records agree, 1 when not, 2 when a file cannot be read."""
    try:
        comparison = compare_files(Path(a), Path(b))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(describe(comparison, a, b))
    return 0 if comparison.equal else 1
