"""Early ends, pauses and pages that come back: every order of events, and rules known to be wrong that it finds.

Each of the wrong ones was a fault of this program, or is a rule whose comment says what it is for. Questions that the
server asks more often than a scope says are not followed further, only played to their end. About a minute and a half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.engine.inbox import Inbox
from app.engine.membership import ViewChanges
from app.engine.truth import Truth
from app.engine.wire import decode, encode
from app.server.domain.ballot_box import BallotBox

from .explore import explore
from .match import Match
from .page import Rules
from .priorities import play_many
from .world import Scope


def rules(peers: int, frames: int, **more: Any) -> Rules:
    return Rules(peers, frames, fences=True, fps=0.5, **more)


SCOPES = {
    "an early end, one datagram late or lost": Scope(rules(2, 4), (), finishes=1, held=1),
    "an early end, asked again": Scope(rules(2, 3), (), finishes=1, asks=1, held=0, ballots=2),
    "a pause, one datagram late or lost": Scope(rules(2, 3), (), pauses=1, held=1, ballots=2),
    "a pause, a connection is lost": Scope(rules(2, 3), (), pauses=1, breaks=1, held=0, ballots=1),
    "a page comes back": Scope(rules(2, 4), (), reloads=(1,), held=0, ballots=3),
    "a page comes back, one datagram late or lost": Scope(rules(2, 4), (), reloads=(1,), held=1, ballots=2),
    "a page comes back, asked again": Scope(rules(2, 4), (), reloads=(1,), asks=1, held=0, ballots=2),
}


@pytest.mark.parametrize("name", SCOPES)
def test_no_order_of_events_breaks_anything(name: str) -> None:
    explored = explore(Match(SCOPES[name]))
    print(f"{name}: {explored}")
    assert not explored.violation, explored
    assert explored.exhausted


Patch = pytest.MonkeyPatch


def who_is_asked_again_promises_anew(patch: Patch) -> None:
    real = ViewChanges.on_prepare

    def forgets(self: ViewChanges, message: Any, newest: int) -> Any:
        self._promised = None
        return real(self, message, newest)

    patch.setattr(ViewChanges, "on_prepare", forgets)


def a_question_frees_who_lacks_a_decision(patch: Patch) -> None:
    real = ViewChanges.on_prepare

    def frees(self: ViewChanges, message: Any, newest: int) -> Any:
        if message["view"] > self._membership.view + 1:
            self._lift()
        return real(self, message, newest)

    patch.setattr(ViewChanges, "on_prepare", frees)


def who_watches_believes_a_later_view(patch: Patch) -> None:
    real = Inbox.take

    def believes(self: Inbox, now: float, data: bytes, turn: Any) -> bool:
        packet = decode(data, seats=self._config.seats, word_widths=self._widths)
        if not isinstance(packet, str) and packet.view > self._membership.view and not self._views.takes_part:
            data = encode(replace(packet, view=self._membership.view))
        return real(self, now, data, turn)

    patch.setattr(Inbox, "take", believes)


def a_fence_bounds_no_truth(patch: Patch) -> None:
    patch.setattr(ViewChanges, "certain", property(lambda self: self.frames))


def the_fill_after_a_return_counts_as_held(patch: Patch) -> None:
    patch.setattr(Truth, "opened", lambda self, seat, frame, view: None)


def a_connection_that_is_back_hears_an_abort_first(patch: Patch) -> None:
    real = BallotBox.catch_up

    def aborts(self: BallotBox, seat: int) -> Any:
        told = real(self, seat)
        before = [replace(send, message={"kind": "abort", "ballot": send.message["ballot"]}) for send in told]
        return before + told

    patch.setattr(BallotBox, "catch_up", aborts)


def a_pause_stops_nobody(patch: Patch) -> None:
    patch.setattr(
        ViewChanges, "limit", property(lambda self: min(b for b in (self.frames, self.fence) if b is not None))
    )


def walk(match: Match, *moves: Any) -> int:
    """Return the state after some moves from the beginning, each the first one possible that begins like this."""
    world = match.begin()
    for wanted in moves:
        world = next(after for move, after in match.moves(world) if move[: len(wanted)] == wanted)
    return world


LEAVER_CUT_AND_ONE_DEAF: tuple[Any, ...] = (
    ("tick", 0), ("tick", 1), ("tick", 2, 0, 1), ("gone", 2),
    ("page hears", 0), ("page hears", 1), ("server hears", 0), ("server hears", 1),
    ("page hears", 1), ("connection breaks", 0), ("the server: finish",),
)  # fmt: skip
"""Seat 0 lacks a datagram of seat 2, which is late, and the decision about it, which is lost."""

RETURN_AND_LEAVER = Scope(rules(3, 4), (1,), reloads=(2,), held=1, ballots=3)
LOST_DECISION = Scope(rules(3, 4), (2,), finishes=1, breaks=1, held=1, ballots=2)


def test_no_order_of_events_breaks_anything_where_a_decision_was_lost() -> None:
    match = Match(LOST_DECISION)
    explored = explore(match, start=walk(match, *LEAVER_CUT_AND_ONE_DEAF))
    print(explored)
    assert not explored.violation, explored
    assert explored.exhausted


def test_random_priorities_break_nothing_where_one_leaves_and_another_comes_back() -> None:
    explored = play_many(Match(RETURN_AND_LEAVER), range(100))
    print(explored)
    assert not explored.violation, explored


WRONG: dict[Callable[[Patch], None], tuple[Scope, tuple[Any, ...]]] = {
    who_is_asked_again_promises_anew: (Scope(rules(2, 4), (), finishes=1, asks=1, held=0), ()),
    a_question_frees_who_lacks_a_decision: (LOST_DECISION, LEAVER_CUT_AND_ONE_DEAF),
    a_fence_bounds_no_truth: (Scope(rules(2, 4, delay=1), (), finishes=1, held=1), ()),
    the_fill_after_a_return_counts_as_held: (Scope(rules(2, 4), (), reloads=(1,), held=1, ballots=3), ()),
    a_connection_that_is_back_hears_an_abort_first: (Scope(rules(2, 4), (), finishes=1, breaks=1, held=0), ()),
    a_pause_stops_nobody: (Scope(rules(2, 4), (), pauses=1, held=0), ()),
}
MOST_STATES = 60_000


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_what_is_wrong_is_found(wrong: Callable[[Patch], None], monkeypatch: Patch) -> None:
    scope, moves = WRONG[wrong]
    wrong(monkeypatch)
    match = Match(scope)
    explored = explore(match, MOST_STATES, start=walk(match, *moves))
    print(f"{wrong.__name__}: {explored}")
    assert explored.violation, f"nothing was found in {explored.states} states"


def test_what_is_wrong_with_watching_is_found(monkeypatch: Patch) -> None:
    who_watches_believes_a_later_view(monkeypatch)
    explored = play_many(Match(RETURN_AND_LEAVER), range(1500))
    print(explored)
    assert "disagree" in explored.violation
