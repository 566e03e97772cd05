"""Every invariant catches what it is there for: a fault is put in, and the oracle names it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engine.catch_up import CatchUp
from app.engine.checksums import ChecksumLedger, Desync
from app.engine.inputs import InputTrack
from app.engine.link import PeerLink
from app.engine.membership import ViewChanges
from app.engine.metrics import Counters
from app.engine.session import RollbackSession
from app.engine.stepping import Stepping
from app.engine.truth import Truth

from .game import ToyGame
from .network import CHANNEL
from .oracle import INVARIANTS, check, is_vacuous
from .result import Result
from .run import run
from .schedule import Event, Schedule

MATCH = Schedule(seed=1, input_seed=4, peers=3, frames=120, channel={"delay_ms": 80.0, "jitter_ms": 30.0, "loss": 0.05})


def caught(result: Result) -> set[str]:
    """Return the names of the invariants that do not hold."""
    return {violation.invariant for violation in check(result)}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert caught(run(MATCH)) == set()


def test_a_rollback_that_is_not_made_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stepping, "first_mismatch", lambda self, first, end: None)
    assert "records-agree" in caught(run(MATCH))


def test_exporting_what_only_we_hold_is_caught_when_somebody_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule of the older engines: what is confirmed here counts as final."""
    advance = Truth.advance

    def own_receipts(self: Truth, members: Any, frames: int) -> None:
        advance(self, members, frames)
        self.stable = self.confirmed

    dying = replace(MATCH, events=(Event(1500, "block", 0, 1, path=CHANNEL), Event(1650, "kill", 0)))
    assert caught(run(dying)) == set()
    monkeypatch.setattr(Truth, "advance", own_receipts)
    second = replace(dying, events=(*dying.events, Event(1750, "kill", 2)))
    assert caught(run(second)) & {"nothing-raises", "records-agree"}


def test_a_cut_below_the_greatest_receipt_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    apply = ViewChanges._apply

    def lower(self: ViewChanges, commit: Any) -> None:
        drop = {name: max(-1, cut - 3) for name, cut in commit["drop"].items()}
        apply(self, {**commit, "drop": drop})

    dying = replace(MATCH, events=(Event(1500, "kill", 0),))
    assert caught(run(dying)) == set()
    monkeypatch.setattr(ViewChanges, "_apply", lower)
    assert caught(run(dying)) & {"nothing-raises", "records-agree", "inputs-are-what-was-done"}


def break_state(frame: int, game: ToyGame) -> None:
    if frame == 40:
        game.state += 1


def test_a_game_that_differs_at_one_seat_is_caught_and_the_detector_notices_it_too() -> None:
    result = run(MATCH, faults={1: break_state})
    found = caught(result)
    assert {"records-agree", "states-agree"} <= found
    assert "the-detector-is-right" not in found
    assert all(life.desyncs for life in result.lives)
    assert {kind for life in result.lives for _, _, kind in life.desyncs} == {"state"}
    assert min(frame for life in result.lives for _, frame, _ in life.desyncs) == 60  # the first hash after the fault


def test_a_detector_that_sees_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChecksumLedger, "_compare", lambda self, seat, frame, theirs: [])
    assert "the-detector-is-right" in caught(run(MATCH, faults={1: break_state}))


def test_a_detector_that_cries_wolf_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChecksumLedger, "_compare", lambda self, seat, frame, theirs: [Desync(frame, seat, "state")])
    assert caught(run(MATCH)) == {"the-detector-is-right"}


def test_an_input_that_is_not_what_was_done_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    append = InputTrack.append
    monkeypatch.setattr(InputTrack, "append", lambda self, word: append(self, bytes((6 - word[0], word[1]))))
    assert {"inputs-are-what-was-done", "records-agree"} <= caught(run(MATCH))


def test_a_packet_cut_short_is_caught() -> None:
    cut_short = run(MATCH, tamper=lambda now, sender, to, data: data[:-1] if 900 < now < 1000 else data)
    assert caught(cut_short) == {"nothing-is-flagged"}


def test_two_inputs_for_one_frame_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    words = InputTrack.words
    asked = iter(range(10**9))

    def unsteady(self: InputTrack, start: int, end: int) -> list[bytes]:
        found = words(self, start, end)
        return [bytes((next(asked) % 7, word[1])) for word in found]

    monkeypatch.setattr(InputTrack, "words", unsteady)
    assert "nothing-is-flagged" in caught(run(replace(MATCH, frames=40, limit_ms=8000.0)))


def test_a_truth_that_goes_back_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    stable: Any = RollbackSession.__dict__["stable"].fget
    wavering = property(lambda self: stable(self) - (stable(self) > 50 and self.frame % 7 == 0))
    monkeypatch.setattr(RollbackSession, "stable", wavering)
    monkeypatch.setattr(RollbackSession, "stable_words", lambda self, first, last: {})
    assert "truths-never-go-back" in caught(run(MATCH))


def test_a_match_that_stands_still_on_a_good_network_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    advance = Truth.advance
    monkeypatch.setattr(Truth, "advance", lambda self, members, frames: advance(self, members, min(frames, 41)))
    still = replace(MATCH, events=(Event(500, "heal"),), limit_ms=12_000.0)
    assert caught(run(still)) == {"liveness"}


def test_a_page_that_does_not_come_back_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    reloads = replace(MATCH, frames=500, events=(Event(900, "reload", 1, ms=300), Event(1300, "heal")))
    assert caught(run(reloads)) == set()
    monkeypatch.setattr(CatchUp, "request", lambda self, frame, now: [])
    assert caught(run(reloads)) == {"who-reloads-comes-back"}


def test_a_row_handed_out_twice_is_caught() -> None:
    result = run(MATCH)
    result.lives[1].rows.insert(50, result.lives[1].rows[49])
    assert {"rows-in-order"} <= caught(result)


def test_a_skipped_frame_that_nobody_has_is_caught() -> None:
    reloads = replace(MATCH, frames=400, peers=2, snapshots=True, events=(Event(3000, "reload", 1, ms=300),))
    result = run(reloads)
    assert caught(result) == set()
    (again,) = [life for life in result.lives if life.skipped]
    frame = again.skipped[0][0] + 5
    for life in result.lives:
        life.rows = [row for row in life.rows if row.frame != frame]
    assert "what-was-skipped-is-recorded" in caught(result)


def test_going_on_from_another_state_than_the_others_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    reloads = replace(MATCH, frames=400, snapshots=True, events=(Event(3000, "reload", 1, ms=300),))
    monkeypatch.setattr(ToyGame, "adopted", lambda self, given: (given[0] + 1, given[1]))
    refused = run(reloads)
    assert caught(refused) == set() and any("other_state" in life.refused for life in refused.lives)
    state_hash = ToyGame.hash

    def blind(self: ToyGame, saved: Any) -> int:
        true = (saved[0] - 1, saved[1]) if saved == getattr(self, "bent", None) else saved
        return state_hash(self, true)

    def bent(self: ToyGame, given: Any) -> Any:
        self.bent = (given[0] + 1, given[1])  # type: ignore[attr-defined]
        return self.bent  # type: ignore[attr-defined]

    monkeypatch.setattr(ToyGame, "adopted", bent)
    monkeypatch.setattr(ToyGame, "hash", blind)
    assert "records-agree" in caught(run(reloads))


def test_a_record_that_ends_too_soon_is_caught() -> None:
    result = run(MATCH)
    del result.lives[2].rows[-1]
    assert caught(result) == {"records-are-complete"}


def test_a_run_without_rollbacks_where_there_must_be_some_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counters, "rolled_back", lambda self, depth: None)
    assert caught(run(MATCH)) == {"the-run-says-something"}


def test_inputs_that_are_never_taken_for_acknowledged_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PeerLink, "first_unsent", lambda self, acked, now: 0)
    assert "pending-is-bounded" in caught(run(replace(MATCH, window=2)))


def test_a_rollback_beyond_the_window_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    rolled_back = Counters.rolled_back
    monkeypatch.setattr(Counters, "rolled_back", lambda self, depth: rolled_back(self, depth + 8))
    assert caught(run(MATCH)) == {"rollbacks-stay-in-the-window"}


def test_an_assertion_of_the_engine_is_caught() -> None:
    def fails(frame: int, game: ToyGame) -> None:
        assert frame < 60, "as asked for"

    result = run(MATCH, faults={0: fails})
    assert "nothing-raises" in caught(result)
    assert "as asked for" in result.crash


def test_every_invariant_is_made_to_fail_by_one_of_these_tests() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    names = [invariant.__name__.replace("_", "-") for invariant in INVARIANTS]
    assert [name for name in names if f'"{name}"' not in text] == []


def test_a_run_that_everybody_has_left_is_called_vacuous_and_nothing_is_wrong_with_it() -> None:
    gone = tuple(Event(1500.0 + 200 * peer, "kill", peer) for peer in range(3))
    result = run(replace(MATCH, events=gone))
    assert caught(result) == set() and is_vacuous(result)
    assert not is_vacuous(run(replace(MATCH, events=gone[:2])))


def test_that_all_are_taken_for_gone_though_nobody_went_is_caught() -> None:
    result = run(MATCH)
    for life in result.lives:
        life.fate = "evicted"
    assert not is_vacuous(result) and "the-run-says-something" in caught(result)
