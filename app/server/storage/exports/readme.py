"""README.md of an export: what its files are, and what is not in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

_ROWS = {
    "matches": "one row a match",
    "participants": "one row a participant",
    "surveys": "one row an answer, one a cell where the question is a matrix or has several items",
    "allocations": "one row a cell of the design that a participant or group was given",
    "externalids": "who participants are elsewhere: keep this file apart, and do not publish it",
    "frames": "`data/raw/`: one row a frame, one file a match and seat",
}


def readme(
    experiment_id: str, now: datetime, *, people: int, matches: int, asked: int, tables: Iterable[str]
) -> str:  # fmt: skip
    """Return the text.

    Args:
        experiment_id: names the study.
        now: when it was exported.
        people: participants there are.
        matches: matches there are.
        asked: participants who asked for their data to be deleted.
        tables: names of the tables about people that were written.
    """
    written = ["matches", *tables]
    files = [f"- {name}: {_ROWS[name]}" for name in written] + [f"- {_ROWS['frames']}"] * (matches > 0)
    ids = "" if "externalids" in written else "- External ids, such as those of recruiting platforms, are not here.\n"
    return f"""# Data of {experiment_id}

Exported {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}: {people} participants, {matches} matches, sessions of every kind
(`session_kind` tells test, pilot and live ones apart).

## Files

{chr(10).join(files)}
- `dataset_description.json`: what every column means
- `checksums.sha256`: SHA-256 of every file

CSV is UTF-8 with commas and a header. An empty cell is a missing value, booleans are `TRUE` and `FALSE`, times are
ISO 8601 in UTC, lists and tables are JSON.

## What is left out

- Participants who asked for their data to be deleted: {asked} of {people}. Their answers and frames are left out, as
  are the cells of their seat in the other seats' files. Their row in the table of participants stays, without label and
  attributes, so that everybody who came is accounted for.
{ids}"""
