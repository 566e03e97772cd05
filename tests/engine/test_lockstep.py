"""A prediction window of 0: a frame is stepped only when every input of it is known, and nothing is ever taken back."""

from __future__ import annotations

from typing import Any

import pytest

from .table import FRAME, Table
from .test_session import assert_agreement
from .test_session_ends import Ending


def lockstep(**config: Any) -> Table:
    return Table(prediction_window=0, **config)


def test_lockstep_waits_without_the_others_input() -> None:
    table = lockstep()
    for _ in range(5):
        turn = table.tick(0)
        assert turn.stepped is None and turn.stalled and turn.waiting_for == (1,)
    assert table[0].frame == 0 and table[0].own.next_frame == 1, "our own is made once, for the others wait for it"
    assert table.sent(table.tick(0, now=5000.0), 1).words


def test_lockstep_steps_a_frame_with_every_exchange() -> None:
    table = lockstep()
    for turn in range(60):
        table.now += FRAME
        for seat in (0, 1):
            table.tick(seat, turn % 7)
            table.deliver()
        assert (table[0].frame, table[1].frame) == (turn, turn + 1)
    assert table[0].counters.rollbacks == 0 == table[1].counters.rollbacks
    table.play(3)
    assert_agreement(table, 60)


def test_lockstep_alone_waits_for_nobody() -> None:
    table = Table(1, prediction_window=0)
    assert [table.tick(0).stepped for _ in range(3)] == [0, 1, 2]


def test_lockstep_makes_no_input_with_the_frame_that_ends_the_episode() -> None:
    table = lockstep(game=lambda seat: Ending())
    made = {}
    for _ in range(12):
        for seat in (0, 1):
            stepped = table.tick(seat, 3).stepped
            made[stepped] = table[seat].own.next_frame
            table.deliver()
    assert made[4] == 6 and made[5] == 6 and 6 not in made


def test_lockstep_with_enough_delay_never_waits() -> None:
    table = lockstep(input_delay=2)
    for turn in range(60):
        table.now += FRAME
        for seat in (0, 1):
            assert table.tick(seat, turn % 7).stepped == turn
        table.deliver()
    table.play(3)
    assert_agreement(table, 60)
    assert table[0].counters.rollbacks == 0 and table[0].counters.stalled_ms == 0


def test_lockstep_with_delay_steps_what_is_known_by_definition_and_then_waits() -> None:
    table = lockstep(input_delay=3)
    assert [table.tick(0).stepped for _ in range(5)] == [0, 1, 2, None, None]
    assert table[0].own.next_frame == 7 - 3 + 3


def test_lockstep_goes_on_after_stall_upon_stall() -> None:
    table = lockstep()
    for turn in range(400):
        table.now += FRAME
        table.tick(0, turn % 7)
        if turn % 3 == 0:
            table.tick(1, turn % 5)
        if turn % 5 < 2:
            table.deliver()
    table.play(10)
    assert_agreement(table, 60)
    assert table[0].counters.rollbacks == 0


def test_lockstep_makes_no_input_beyond_the_end_nor_behind_a_fence() -> None:
    table = lockstep()
    table[0]._views.fence = 0
    assert table.tick(0).stalled and table[0].own.next_frame == 0
    table[0]._views.fence = 1
    table.tick(0)
    assert table[0].own.next_frame == 1
    table[0]._views.fence = None
    table.play(200)
    assert_agreement(table, 60)
    assert table[0].own.next_frame == 60


@pytest.mark.parametrize("window", [2, 8])
def test_lockstep_may_be_entered_and_left_while_we_play(window: int) -> None:
    table = Table(prediction_window=window)
    table.play(10)
    for seat in (0, 1):
        table[seat].set_window(0)
    table.play(25)
    table[0].set_window(window)
    table.play(90)
    assert_agreement(table, 60)
