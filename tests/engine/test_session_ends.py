"""How an episode ends, or breaks: what is only guessed is waited out."""

from __future__ import annotations

from typing import Any

from app.engine.simulation import Outcome

from ..simulation.game import ToyGame
from .table import Table
from .test_session import assert_agreement

# -- ends and failures ------------------------------------------------------------------------------------------------


class Ending(ToyGame):
    """Ends with frame 5 if seat 1 does 3 in it."""

    def step(self, frame: int, words: Any) -> Outcome:
        outcome = super().step(frame, words)
        self.over = frame == 5 and words[1][0] == 3
        return Outcome(outcome.row, self.over)


def test_an_end_that_is_only_guessed_is_waited_out() -> None:
    table = Table(game=lambda seat: Ending())
    for _ in range(4):
        table.tick(0)
        table.tick(1, 3)
    table.deliver()
    for _ in range(2):
        table.tick(0)
    turn = table.tick(0)
    assert table[0].frame == 6 and turn.stalled and turn.waiting_for == (1,) and not turn.paused
    assert table[0].last_frame is None and not table[0].finished
    for action in (3, 4):
        table.tick(1, action)
    table.deliver()
    assert table.tick(0).stepped == 6, "it did not come about"


class EndingAtOnce(ToyGame):
    """Ends with its first frame unless seat 1 does 3 in it."""

    def step(self, frame: int, words: Any) -> Outcome:
        outcome = super().step(frame, words)
        self.over = frame == 0 and words[1][0] != 3
        return Outcome(outcome.row, self.over)


def test_an_end_with_the_first_frame_is_waited_out_too() -> None:
    table = Table(game=lambda seat: EndingAtOnce())
    table.tick(0)
    assert table.tick(0).stalled and table[0].frame == 1
    table.tick(1, 3)
    table.deliver()
    assert table.tick(0).stepped == 1


def test_an_episode_may_have_one_frame() -> None:
    table = Table(frames=1)
    table.play(3)
    assert_agreement(table, 1)
    assert table[0].last_frame == 0


def test_an_end_that_is_certain_ends_the_episode_for_everybody() -> None:
    table = Table(game=lambda seat: Ending())
    table.play(12, lambda seat, turn: 3)
    assert_agreement(table, 6)
    assert table[0].last_frame == 5 and table[0].last_hash
    turn = table.tick(0)
    assert turn.stepped is None and not turn.stalled


def test_an_end_that_was_not_guessed_takes_back_what_was_stepped_after_it() -> None:
    table = Table(game=lambda seat: Ending())
    for turn in range(7):
        table.tick(0, 1)
        table.tick(1, 3 if turn == 5 else 0)
    assert table[0].frame == 7
    table.deliver(to=0)
    assert table[0].frame == 6 and table[0].last_frame == 5 and not table[0].finished
    table.play(3)
    assert_agreement(table, 6)


class Breaking(ToyGame):
    """Raises in frame 5 if seat 1 does 3 in it."""

    def step(self, frame: int, words: Any) -> Outcome:
        outcome = super().step(frame, words)
        return Outcome(outcome.row, True, "broke") if frame == 5 and words[1][0] == 3 else outcome


def test_what_the_environment_raises_on_a_certain_frame_ends_everything() -> None:
    table = Table(game=lambda seat: Breaking())
    table.play(12, lambda seat, turn: 3)
    failure = table[0].failure
    assert failure is not None and failure.error == "broke"
    assert [row.frame for row in table.rows[0]] == list(range(5)) and table[0].frame == 6
    turn = table.tick(0)
    assert turn.stepped is None and not turn.stalled


def test_what_it_raises_on_a_guessed_frame_may_never_have_been() -> None:
    table = Table(game=lambda seat: Breaking())
    for turn in range(8):
        table.tick(0)
        table.tick(1, 3 if turn < 5 else 0)
        if turn < 5:
            table.deliver()
    table.tick(0)
    assert table[0].failure is None
    table.play(60)
    assert_agreement(table, 60)
