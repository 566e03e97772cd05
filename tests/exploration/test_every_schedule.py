"""Every order of events of small matches, with the real session and the real arbiter.

In every state no assertion of the engine fails, all records agree as far as they go, everybody has applied the same
commits, and the match comes to its end when nothing bad happens any more. Takes more than a minute; larger scopes are
for `python -m tests.exploration.explore`.
"""

from __future__ import annotations

import pytest

from .explore import explore
from .match import Match
from .page import Rules
from .priorities import play_many
from .world import Scope

SCOPES = {
    "three frames, one datagram late or lost": Scope(Rules(frames=3), (), held=1),
    "one leaves, one datagram late or lost": Scope(Rules(frames=2), (2,), held=1),
    "one leaves, nothing is sure to arrive": Scope(Rules(frames=1), (2,), kept=1),
    "two leave, one datagram late or lost": Scope(Rules(frames=1), (2, 1), held=1),
    "two leave in a longer match": Scope(Rules(frames=2), (2, 1), held=0),
    "one leaves and the match ends": Scope(Rules(frames=3, after_departure="end"), (2,), held=0),
    "one leaves, the server crashes": Scope(Rules(frames=1), (2,), crashes=1, held=0),
    "one leaves, a connection is lost": Scope(Rules(frames=1), (2,), breaks=1, held=0),
}


@pytest.mark.parametrize("name", SCOPES)
def test_no_order_of_events_breaks_anything(name: str) -> None:
    explored = explore(Match(SCOPES[name]))
    print(f"{name}: {explored}")
    assert not explored.violation, explored
    assert explored.exhausted


def test_random_priorities_break_nothing_in_a_larger_match() -> None:
    rules = Rules(frames=5, window=3)
    explored = play_many(Match(Scope(rules, (2, 1), crashes=1, breaks=1, asks=1, held=4)), range(20))
    print(explored)
    assert not explored.violation, explored
