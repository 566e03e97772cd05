"""Rows leave a session once, in order, when they are final; hashes with them on the grid and at the end."""

from __future__ import annotations

from typing import Any

from app.engine.checksums import ChecksumLedger
from app.engine.simulation import Outcome
from app.engine.stable_rows import StableRows
from app.engine.timeline import Timeline
from app.engine.turn import Turn

from ..simulation.game import ToyGame
from .table import act


class Sent:
    """Stands for the outbox."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, int, int, int]] = []

    def checksums(self, turn: Turn, sim_frame: int, frame: int, state_hash: int, inputs_hash: int) -> None:
        assert isinstance(turn, Turn)
        self.reports.append((sim_frame, frame, state_hash, inputs_hash))


class Breaking(ToyGame):
    """Raises from a frame on."""

    breaks = 3

    def step(self, frame: int, words: Any) -> Outcome:
        if frame >= self.breaks:
            return Outcome("[", True, "broke", "here")
        return super().step(frame, words)


class Shelf:
    def __init__(self, stepped: int, frames: int = 60, game: ToyGame | None = None) -> None:
        self.game = game or ToyGame()
        self.timeline = Timeline(self.game, frames, 1, 8, None)
        self.ledger, self.sent = ChecksumLedger(), Sent()
        self.rows = StableRows(self.timeline, self.ledger, self.sent)  # type: ignore[arg-type]
        self.step(stepped)

    def step(self, count: int, predicted: tuple[int, ...] = (), depth: int = 0) -> None:
        for _ in range(count):
            self.timeline.step((act(self.timeline.frame % 5), act(1)), predicted, depth)

    def hand_out(self, stable: int, confirmed: int | None = None, fence: int | None = None) -> Turn:
        turn = Turn()
        self.rows.hand_out(turn, stable, stable if confirmed is None else confirmed, fence)
        return turn


def frames(turn: Turn) -> list[int]:
    return [row.frame for row in turn.rows]


def test_a_row_is_handed_out_once_when_its_frame_is_stable_and_stepped() -> None:
    shelf = Shelf(5)
    assert frames(shelf.hand_out(-1)) == [] and shelf.rows.recorded == -1
    assert frames(shelf.hand_out(2)) == [0, 1, 2] and shelf.rows.recorded == 2
    assert frames(shelf.hand_out(2)) == []
    assert frames(shelf.hand_out(50)) == [3, 4], "what is stable but not stepped comes later"


def test_a_row_says_what_was_guessed_and_how_deep_it_was_rolled_back() -> None:
    shelf = Shelf(0)
    shelf.step(1, (1,), 0)
    shelf.step(1, (), 3)
    first, second = shelf.hand_out(1).rows
    assert (first.predicted, first.rollback_depth, second.predicted, second.rollback_depth) == ((1,), 0, (), 3)
    assert first.row.startswith("[0,0,") and second.row.startswith("[0,1,")


def test_before_a_fence_the_last_frame_waits_for_it_may_be_the_end() -> None:
    shelf = Shelf(10)
    assert frames(shelf.hand_out(9, fence=10)) == list(range(9))
    assert frames(shelf.hand_out(9)) == [9]


def test_states_are_hashed_on_the_grid_and_at_the_end_and_everybody_is_told() -> None:
    shelf = Shelf(40, frames=40)
    turn = shelf.hand_out(39)
    hashed = {row.frame: row.state_hash for row in turn.rows if row.state_hash}
    assert set(hashed) == {29, 39} and {row.state_hash for row in turn.rows} - set(hashed.values()) == {""}
    assert [(sim, frame) for sim, frame, _, _ in shelf.sent.reports] == [(39, 30), (39, 40)]
    assert hashed[39] == f"{shelf.game.hash(shelf.game.save()):016x}" == shelf.rows.last_hash
    assert [int(text, 16) for text in hashed.values()] == [state for _, _, state, _ in shelf.sent.reports]
    assert shelf.sent.reports[-1][3] == shelf.ledger.inputs_hash() != shelf.sent.reports[0][3]


def test_a_hashed_state_can_be_looked_at_for_a_while() -> None:
    shelf = Shelf(40, frames=40)
    shelf.hand_out(39)
    found = {frame: shelf.rows.state_before(frame) for frame in (29, 30, 31, 40)}
    assert found[29] is None and found[31] is None and found[40] == shelf.game.save() != found[30]
    again = ToyGame()
    for frame in range(30):
        again.step(frame, (act(frame % 5), act(1)))
    assert found[30] == again.save()


def test_inputs_are_hashed_in_order_with_their_frames_rows() -> None:
    shelf = Shelf(3)
    shelf.hand_out(1)
    reference = ChecksumLedger()
    for frame in range(2):
        reference.add_inputs((act(frame), act(1)))
    assert shelf.ledger.inputs_hash() == reference.inputs_hash()


def test_a_disagreement_that_waited_for_our_own_hash_is_told_with_it() -> None:
    shelf = Shelf(30)
    shelf.ledger.told(1, 30, 5, 6)
    assert shelf.rows.last_hash == ""
    desyncs = shelf.hand_out(29).desyncs
    assert [(found.frame, found.seat) for found in desyncs] == [(30, 1)]
    state = int(shelf.rows.last_hash, 16)
    assert shelf.ledger.told(2, 30, state, shelf.ledger.inputs_hash()) == []


def test_what_nobody_can_need_is_forgotten() -> None:
    shelf = Shelf(10)
    shelf.hand_out(5)
    assert sorted(shelf.timeline._outcomes) == [6, 7, 8, 9] and min(shelf.timeline._snapshots) == 6
    shelf.hand_out(9)
    assert sorted(shelf.timeline._outcomes) == [9], "the newest one says whether the episode is over"


def test_a_certain_frame_in_which_the_environment_raised_is_a_failure_and_no_row() -> None:
    shelf = Shelf(4, game=Breaking())
    assert frames(shelf.hand_out(2, confirmed=2)) == [0, 1, 2] and shelf.rows.failure is None
    assert frames(shelf.hand_out(2, confirmed=3)) == []
    assert shelf.rows.failure is not None and shelf.rows.failure.error == "broke"
    again = Shelf(4, game=Breaking())
    assert frames(again.hand_out(3)) == [0, 1, 2]
    assert again.rows.failure is not None and again.rows.recorded == 2


def test_the_first_frame_may_fail_too() -> None:
    broken = Breaking()
    broken.breaks = 0
    shelf = Shelf(1, game=broken)
    shelf.hand_out(-1, confirmed=0)
    assert shelf.rows.failure is not None


def test_a_good_frame_after_it_does_not_hide_a_failure() -> None:
    shelf = Shelf(2)
    failure = Outcome("[", True, "broke")
    shelf.rows.failure = failure
    shelf.hand_out(0, confirmed=1)
    assert shelf.rows.failure is failure


def test_before_the_first_step_nothing_has_failed() -> None:
    assert frames(Shelf(0).hand_out(5)) == []
