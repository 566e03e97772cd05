"""What the arbiter of a match (`membership.py`) wants done, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Persist:
    """Make a commit durable before doing anything that comes after it."""

    commit: dict[str, Any]


@dataclass(frozen=True)
class Send:
    """Send a control message to a seat's page; it may be lost when the page is away."""

    seat: int
    message: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """Something that the match's keeper or the researcher wants to know.

    | name | data |
    |---|---|
    | `suspected` | seat, by (None: it did not answer the server), silent_ms |
    | `dropped` | seat, cut, view, epoch, returning (its person's new page is there) |
    | `rejoined` | seat, frame, view, epoch |
    | `rejoin_failed` | seat |
    | `final` | epoch, frame: the episode ends there |
    | `paused` | epoch, frame: the first that is not stepped |
    | `resumed` | epoch |
    | `empty` | nobody takes part any more |
    """

    name: str
    data: dict[str, Any]


Action = Persist | Send | Event
