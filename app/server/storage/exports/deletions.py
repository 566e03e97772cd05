"""What an export leaves out of those who asked for their data to be deleted.

Their row in the table of participants stays, so that everybody who came is accounted for; what they did, answered and
were called does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def asked_for_deletion(participants: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of those who asked for their data to be deleted."""
    return frozenset(person["participant_id"] for person in participants if person["data_wish"] == "delete")


def blank_match(row: dict[str, Any], seats: set[str]) -> None:
    """Take out of a row of the table of matches what it says of the people in some seats.

    Args:
        row: changed in place.
        seats: the seats of those who asked for it.
    """
    for seat in seats:
        row[f"report.{seat}"] = None
    found = row["first_disagreement"]
    if found and seats:
        row["first_disagreement"] = {name: value for name, value in found.items() if name != "values"}
    context = (row["config"] or {}).get("context") or {}
    if seats & (context.get("answers") or {}).keys():
        answers = {seat: said for seat, said in context["answers"].items() if seat not in seats}
        row["config"] = row["config"] | {"context": context | {"answers": answers}}
