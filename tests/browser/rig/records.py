"""What `gym-kiosk export` wrote, read back, and judged: by our own strict comparison and by `gym-kiosk compare`."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tests.browser.rig.server import run_kiosk

# The last column of the canonical ones; what follows is the seat's own.
LAST_CANONICAL = "state_hash"

#: Episode and frame of each.
Frames = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Table:
    """One CSV file: its header and its rows as text."""

    file: Path
    columns: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        """The values of one column.

        Raises:
            AssertionError: there is none of this name.
        """
        assert name in self.columns, f"{self.file.name} has no column {name}, only {self.columns}"
        position = self.columns.index(name)
        return [row[position] for row in self.rows]

    def canonical(self, without: Frames = frozenset()) -> list[list[str]]:
        """Header and rows of the columns that must be equal at every seat: `episode` to `state_hash`.

        Args:
            without: frames to leave out: those that the other seat skipped.
        """
        start, end = self.columns.index("episode"), self.columns.index(LAST_CANONICAL) + 1
        rows = (row[start:end] for row in self.rows)
        return [self.columns[start:end], *(row for row in rows if (int(row[0]), int(row[1])) not in without)]

    def rows_per_episode(self) -> dict[int, int]:
        """Number of rows of each episode."""
        return dict(sorted(Counter(int(value) for value in self.column("episode")).items()))


@dataclass(frozen=True)
class Exported:
    """An export: one table a seat and match, the table of matches, the table of participants."""

    folder: Path
    seats: list[Table]
    matches: Table
    participants: Table

    def skipped(self, table: Table) -> Frames:
        """The frames that a seat says that it skipped, for it came back by another seat's state."""
        frames: set[tuple[int, int]] = set()
        for column in self.matches.columns:
            if column.startswith("file."):
                spans = self.matches.column("frames_skipped" + column.removeprefix("file"))
                for file, text in zip(self.matches.column(column), spans, strict=True):
                    if file.endswith(table.file.name):
                        frames |= {frame for span in text.split() for frame in _frames_of(span)}
        return frozenset(frames)


def _frames_of(span: str) -> list[tuple[int, int]]:
    episode, first, last = (int(number) for number in span.replace(":", "-").split("-"))
    return [(episode, frame) for frame in range(first, last + 1)]


def read_table(file: Path) -> Table:
    """Reads one CSV file."""
    with file.open(newline="", encoding="utf-8") as source:
        columns, *rows = csv.reader(source)
    return Table(file, columns, rows)


def export_study(study_folder: Path, output: Path) -> Exported:
    """Runs `gym-kiosk export` and reads what it wrote.

    Raises:
        AssertionError: the command failed, or a table is missing.
    """
    done = run_kiosk("export", study_folder, "--output", output)
    assert done.code == 0, f"gym-kiosk export ended with {done.code}: {done.stderr}"
    tables = [read_table(file) for file in sorted(output.rglob("*.csv"))]
    seats = [table for table in tables if LAST_CANONICAL in table.columns]
    others = [table for table in tables if table not in seats]
    return Exported(output, seats, _only("matches", others), _only("participants", others))


def _only(kind: str, tables: list[Table]) -> Table:
    found = [table for table in tables if kind in table.file.stem]
    assert len(found) == 1, f"one table of {kind} expected among {[table.file.name for table in tables]}"
    return found[0]


def first_difference(
    one: Table, other: Table, *, prefix: bool = False, skipped: tuple[Frames, Frames] = (frozenset(), frozenset())
) -> str | None:
    """Says where two seats' canonical columns differ first; None when they are equal.

    Args:
        one: a seat's table.
        other: another seat's.
        prefix: compare only as many rows as both have (a match that somebody left).
        skipped: the frames that the one seat skipped, and the other.
    """
    ours, theirs = one.canonical(skipped[1]), other.canonical(skipped[0])
    if ours[0] != theirs[0]:
        return f"columns {ours[0]} and {theirs[0]}"
    for number, (mine, yours) in enumerate(zip(ours[1:], theirs[1:], strict=False), start=1):
        for name, left, right in zip(ours[0], mine, yours, strict=True):
            if left != right:
                return f"row {number}, episode {mine[0]} frame {mine[1]}, {name}: {left!r} and {right!r}"
    if len(ours) != len(theirs) and not prefix:
        return f"{len(ours) - 1} and {len(theirs) - 1} rows"
    return None


def assert_seats_agree(exported: Exported, *, prefix: bool = False) -> None:
    """Compares every pair of seats by our own reading, and by `gym-kiosk compare` where the whole must be equal.

    Raises:
        AssertionError: a difference, with its place; or the two comparisons contradict each other.
    """
    assert len(exported.seats) >= 2, f"records of {len(exported.seats)} seats in {exported.folder}; two were playing"
    for one, other in combinations(exported.seats, 2):
        skipped = exported.skipped(one), exported.skipped(other)
        difference = first_difference(one, other, prefix=prefix, skipped=skipped)
        assert difference is None, f"{one.file.name} and {other.file.name} differ: {difference}"
        if not prefix:
            done = run_kiosk("compare", one.file, other.file)
            assert done.code == 0, f"gym-kiosk compare says {done.code}: {done.stdout}{done.stderr}"


def assert_frames_without_gaps(table: Table, skipped: Frames = frozenset()) -> None:
    """Asserts that each episode's frames count 0, 1, 2 ... without a gap, but for skipped ones, or a repetition."""
    expected = 0
    episode = None
    for number, frame in zip(table.column("episode"), table.column("frame"), strict=True):
        if number != episode:
            episode, expected = number, 0
        while (int(number), expected) in skipped:
            expected += 1
        assert int(frame) == expected, (
            f"{table.file.name}: episode {episode} has frame {frame} where {expected} belongs"
        )
        expected += 1
