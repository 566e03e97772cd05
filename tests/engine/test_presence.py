from __future__ import annotations

from typing import Any

from app.engine.link import PeerLink
from app.engine.presence import INTERRUPTED_MS, PresenceWatch
from app.engine.turn import Turn

from .table import Held

GRACE_MS = 3000.0


class Watched:
    """Seats 1 and 2, as seat 0 hears them."""

    def __init__(self) -> None:
        self.held = Held([[], [], []])
        self.links = {1: PeerLink(), 2: PeerLink()}
        self.watch = PresenceWatch(self.held.views, self.links, GRACE_MS)

    def look(self, now: float) -> tuple[list[Any], list[dict[str, Any]]]:
        turn = Turn()
        self.watch.look(now, turn)
        return [(event["name"], event["seat"]) for event in turn.events], turn.server


def hear(watched: Watched, now: float, *seats: int) -> None:
    for seat in seats:
        watched.links[seat].heard_at = now


def test_silence_is_told_to_the_partner_once_and_its_end_too() -> None:
    watched = Watched()
    hear(watched, 1000.0, 1, 2)
    assert watched.look(1000.0) == ([], [])
    hear(watched, 1400.0, 2)
    assert watched.look(999.0 + INTERRUPTED_MS) == ([], [])
    assert watched.look(1000.0 + INTERRUPTED_MS) == ([("interrupted", 1)], [])
    hear(watched, 1001.0, 1)
    assert watched.look(1001.0 + INTERRUPTED_MS) == ([], []), "silent for just as long still"
    assert watched.links[1].interrupted and not watched.links[2].interrupted
    hear(watched, 1600.0, 1)
    assert watched.look(1600.0) == ([("resumed", 1)], [])
    assert not watched.links[1].interrupted
    assert watched.look(1601.0) == ([], [])
    assert (watched.links[1].silent_ms, watched.links[2].silent_ms) == (1.0, 201.0)


def test_silence_beyond_the_grace_is_told_to_the_server_once_and_taken_back() -> None:
    watched = Watched()
    hear(watched, 1000.0, 1)
    watched.look(1000.0)
    hear(watched, 3999.0, 2)
    assert watched.look(3999.4) == ([("interrupted", 1)], [])
    assert watched.look(4000.4) == (
        [("suspected", 1)],
        [{"kind": "suspect", "seat": 1, "silent_ms": 3000}],
    )
    hear(watched, 5000.0, 2)
    assert watched.look(5000.0) == ([], [])
    hear(watched, 5100.0, 1, 2)
    assert watched.look(5100.0) == ([("resumed", 1)], [{"kind": "heard", "seat": 1}])
    assert not watched.links[1].suspected


def test_an_interruption_within_the_grace_is_no_business_of_the_servers() -> None:
    watched = Watched()
    watched.look(0.0)
    watched.look(600.0)
    hear(watched, 700.0, 1, 2)
    assert watched.look(700.0)[1] == []


def test_who_was_never_heard_is_silent_since_the_first_look() -> None:
    watched = Watched()
    assert watched.look(50_000.0) == ([], [])
    assert watched.look(50_000.0 + INTERRUPTED_MS)[0] == [("interrupted", 1), ("interrupted", 2)]
    messages = watched.look(50_000.0 + GRACE_MS)[1]
    assert messages == [{"kind": "suspect", "seat": seat, "silent_ms": 3000} for seat in (1, 2)]


def test_what_was_heard_before_the_first_look_is_no_silence() -> None:
    watched = Watched()
    hear(watched, 0.0, 1, 2)
    watched.look(10_000.0)
    assert watched.look(10_400.0) == ([], [])


def test_who_is_no_member_is_not_missed() -> None:
    watched = Watched()
    watched.look(0.0)
    watched.held.views.members = (0, 2)
    hear(watched, 9000.0, 2)
    assert watched.look(9000.0) == ([], [])
