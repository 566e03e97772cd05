"""The exploration finds what it is for: rules known to be wrong, put into the real code one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.membership import ViewChanges
from app.engine.stable_rows import StableRows
from app.server.domain import changes
from app.server.domain.ballots import Cuts

from .authority import Authority
from .explore import explore
from .match import Match
from .page import Rules
from .priorities import play_many
from .report import Explored
from .world import Scope

ONE_FRAME = Rules(frames=1)
MOST_STATES = 60_000


def found(scope: Scope, authority: type[Authority] = Authority) -> Explored:
    """Explore a scope in which something does not hold."""
    explored = explore(Match(scope, authority), MOST_STATES)
    print(explored)
    assert explored.violation, f"nothing was found in {explored.states} states"
    return explored


def test_receipts_that_are_not_frozen_on_prepare_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ViewChanges.on_prepare

    def not_frozen(self: ViewChanges, message: dict[str, Any], newest: int) -> Any:
        report = real(self, message, newest)
        self.frozen = frozenset()
        return report

    monkeypatch.setattr(ViewChanges, "on_prepare", not_frozen)
    found(Scope(ONE_FRAME, held=1))


def test_a_cut_at_the_smallest_receipt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def smallest(reports: dict[int, Any], leavers: tuple[int, ...]) -> Cuts:
        cuts = Cuts({}, {}, set())
        for leaver in leavers:
            least = min(reports.values(), key=lambda report: report.receipts[leaver])
            cuts.frames[leaver], cuts.inputs[leaver] = least.receipts[leaver], least.inputs[leaver]
        return cuts

    monkeypatch.setattr(changes, "decide_cuts", smallest)
    found(Scope(ONE_FRAME, held=1))


@pytest.mark.parametrize("leavers", [(2,), (2, 1)])
def test_handing_out_what_only_this_peer_holds_is_found(
    leavers: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StableRows.hand_out

    def confirmed_is_enough(self: StableRows, turn: Any, stable: int, confirmed: int, fence: int | None) -> None:
        real(self, turn, confirmed, confirmed, fence)

    monkeypatch.setattr(StableRows, "hand_out", confirmed_is_enough)
    assert "disagree" in found(Scope(ONE_FRAME, leavers, held=2)).violation


class WritesLate(Authority):
    """Sends a commit at once and writes it down when it hears the next thing: a crash in between loses it."""

    def __init__(self, *arguments: Any) -> None:
        self._unwritten: list[dict[str, Any]] = []
        super().__init__(*arguments)

    def apply(self, event: tuple[Any, ...]) -> Any:
        """Let an event happen."""
        if event[0] != "crash":
            self.durable += self._unwritten
        self._unwritten = []
        return super().apply(event)

    def _persist(self, commit: dict[str, Any]) -> None:
        self._unwritten.append(commit)


def test_a_commit_that_is_sent_before_it_is_durable_is_found() -> None:
    explored = found(Scope(ONE_FRAME, (2,), crashes=1, held=0), WritesLate)
    assert "not everybody who takes part finishes" in explored.violation


def test_another_outcome_after_a_commit_that_was_lost_is_found() -> None:
    scope = Scope(ONE_FRAME, (2, 1), crashes=1, held=0)
    explored = play_many(Match(scope, WritesLate), range(3000), fair=False)
    assert "disagree" in explored.violation and "drop" in explored.violation


class ForgetsBallots(Authority):
    """Counts its ballots from the beginning again when it comes back."""

    def first_ballot(self) -> int:
        """Return the ballot that this run of the server begins after."""
        return 0


def test_a_server_that_forgets_its_ballots_is_found() -> None:
    found(Scope(ONE_FRAME, (2,), crashes=1, held=0), ForgetsBallots)
