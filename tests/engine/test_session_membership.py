"""What the server says to a session, and what the session does about it."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.wire import words_from_hex

from ..simulation.game import WORDS
from .table import FRAME, Table, act, commit, dropped, prepare
from .test_session import assert_agreement
from .test_session_ends import Ending


def three(frames: int = 60, **more: Any) -> Table:
    """Return three who have played ten frames and heard each other."""
    table = Table(3, frames=frames, **more)
    table.play(10)
    return table


def gone(table: Table, seat: int) -> None:
    """Let a seat's page be gone, with all it has sent."""
    del table.sessions[seat]
    table.mail = [item for item in table.mail if seat not in item[:2]]


# -- departures -------------------------------------------------------------------------------------------------------


def test_a_prepare_is_answered_with_a_report() -> None:
    table = three()
    turn = table.control(0, prepare(7, drop=[2]))
    (report,) = turn.server
    assert report["kind"] == "report" and report["accepted"] and report["ballot"] == 7
    assert report["frame"] == 9 and report["receipts"] == {"2": 9} and report["stable"] == table[0].stable == 8
    start, text = report["inputs"]["2"]
    assert words_from_hex(text, 2, 9) == table[0]._tracks[2].words(start, 10)
    assert table.control(0, prepare(6, drop=[2])).server == []


def test_a_report_says_how_far_own_inputs_are_made() -> None:
    table = Table(2, input_delay=4)
    table.tick(0)
    assert table.control(0, prepare(1, fence=30)).server[0]["frame"] == 4
    table[0].own.set_delay(0)
    for _ in range(6):
        table.tick(0)
    assert table.control(0, prepare(2, fence=30)).server[0]["frame"] == 6


def test_from_a_prepare_on_nothing_of_the_leaver_is_taken_or_acknowledged() -> None:
    table = three()
    table.control(0, prepare(1, drop=[2]))
    table.tick(2)
    table.deliver(sender=2, to=0)
    assert table.sent(table.tick(0), 1).acks[2] == 9 and table[0]._tracks[2].last == 9
    table.control(0, {"kind": "abort", "ballot": 1})
    table.tick(2)
    table.deliver(sender=2, to=0)
    assert table[0]._tracks[2].last == 11


def test_a_commit_rolls_back_to_the_first_frame_that_it_changes() -> None:
    table = three()
    gone(table, 2)
    for _ in range(5):
        table.tick(0)
    assert table[0].frame == 15
    backfill = [act(6), act(6)]
    turn = table.control(0, dropped(1, 2, 11, 10, backfill))
    assert turn.rolled_back == 5 and turn.events == [{"name": "dropped", "seat": 2, "cut": 11, "view": 1}]
    used = [table[0]._timeline.used(frame)[2] for frame in range(9, 15)]
    assert used[1:] == [*backfill, *[WORDS.absent] * 3]
    assert table[0].membership.view == 1 and not turn.server
    table.control(1, dropped(1, 2, 11, 10, backfill))
    table.people.remove(2)
    table.play(60)
    assert_agreement(table, 60)


def test_a_cut_at_what_everybody_holds_rolls_nothing_back() -> None:
    table = Table(3, predictor=lambda last, default: WORDS.absent)
    table.play(10)
    gone(table, 2)
    for _ in range(3):
        table.tick(0)
    turn = table.control(0, dropped(1, 2, 9))
    assert turn.rolled_back == 0 and table[0].frame == 13
    caught_up = three()
    gone(caught_up, 2)
    turn = caught_up.control(0, dropped(1, 2, 9))
    assert turn.rolled_back == 0 and caught_up[0].frame == 10, "the frame that is to be stepped next is never loaded"


def test_rows_that_a_commit_makes_final_are_handed_out_with_it() -> None:
    table = three()
    gone(table, 2)
    for _ in range(3):
        table.now += FRAME
        table.tick(0)
        table.tick(1)
        table.deliver()
    assert table[0].rows.recorded == 8
    turn = table.control(0, dropped(1, 2, 9))
    assert [row.frame for row in turn.rows] == [9] and table[0].rows.recorded == table[0].stable == 9 < table[
        0
    ].confirmed


def test_commits_that_come_out_of_order_wait_for_each_other() -> None:
    table = Table(4)
    table.play(5)
    assert table.control(0, dropped(2, 3, 4)).events == []
    assert [event["seat"] for event in table.control(0, dropped(1, 2, 4)).events] == [2, 3]
    assert table.control(0, dropped(1, 2, 4)).events == []


def test_who_hears_that_it_is_out_stops() -> None:
    for message in ({"kind": "evicted", "view": 1}, dropped(1, 0, 9)):
        table = three()
        before = table[0].frame
        turn = table.control(0, message)
        assert turn.events[-1] == {"name": "evicted"} and turn.rows == [] and table[0].membership.evicted
        turn = table.tick(0)
        assert turn.stepped is None and not turn.sends and not turn.events and table[0].frame == before
        assert turn.rate == 1.0 and not table[0].catching_up


def test_a_message_of_another_kind_changes_nothing() -> None:
    table = three()
    turn = table.control(0, {"kind": "weather"})
    assert turn.events == [] and turn.server == [] and not table[0].membership.evicted and not turn.rolled_back


# -- fences, ends and pauses ------------------------------------------------------------------------------------------


def test_before_a_fence_everybody_stops() -> None:
    table = three()
    assert table.control(0, prepare(1, fence=12)).server[0]["accepted"]
    stepped = [table.tick(0).stepped for _ in range(4)]
    assert stepped == [10, 11, None, None]
    turn = table.tick(0)
    assert turn.stalled and not turn.paused and turn.waiting_for == (1, 2) and table[0].own.next_frame == 12
    table.control(0, {"kind": "abort", "ballot": 1})
    assert table.tick(0).stepped == 12


def test_a_fence_that_comes_too_late_is_refused() -> None:
    table = three()
    report = table.control(0, prepare(1, fence=9)).server[0]
    assert report["accepted"] is False and table.tick(0).stepped == 10


def test_the_frame_before_a_fence_is_not_handed_out_while_it_stands() -> None:
    table = three()
    for seat in range(3):
        table.control(seat, prepare(1, fence=12))
    table.play(6)
    assert table[0].stable == 11 and [row.frame for row in table.rows[0]] == list(range(11))
    turn = table.control(0, {"kind": "abort", "ballot": 1})
    assert [row.frame for row in turn.rows] == [11] and turn.rows[0].state_hash == ""


def test_an_early_end_has_a_hash_and_the_same_last_frame_everywhere() -> None:
    table = three()
    for seat in range(3):
        table.control(seat, prepare(1, fence=13))
    table.play(5)
    for seat in range(3):
        assert table.control(seat, commit(1, final=12)).events == []
    table.play(3)
    assert_agreement(table, 13)
    assert table[0].frames == 13 and table[0].last_frame == 12 and table[0].last_hash == table.rows[0][12].state_hash


def test_an_end_before_what_was_stepped_takes_it_back() -> None:
    table = three()
    gone(table, 2)
    for _ in range(5):
        table.tick(0)
    turn = table.control(0, dropped(1, 2, 9, final=10))
    assert turn.rolled_back == 5 and table[0].frame == 11 == table[0].frames
    assert table[0]._timeline.ends(10)
    table.control(1, dropped(1, 2, 9, final=10))
    table.people.remove(2)
    table.play(3)
    assert_agreement(table, 11)
    turn = table.tick(0)
    assert turn.stepped is None and not turn.stalled


def test_an_end_before_what_was_stepped_is_gone_back_to_even_where_every_guess_was_right() -> None:
    table = three(predictor=lambda last, default: WORDS.absent)
    gone(table, 2)
    for _ in range(5):
        table.tick(0)
    table[0]._tracks[1].merge(10, [WORDS.absent] * 5)
    assert table.control(0, dropped(1, 2, 9, final=12)).rolled_back == 2
    assert table[0].frame == 13 and table[0].last_frame == 12 and sorted(table[0]._timeline._outcomes)[-1] == 12


def test_an_end_right_where_we_are_needs_no_rollback() -> None:
    table = three()
    assert table.control(0, commit(1, final=9)).rolled_back == 0
    assert table[0].last_frame is not None and table[0].frame == 10


def test_an_end_that_was_handed_out_already_is_a_violation() -> None:
    table = three()
    recorded = table[0].rows.recorded
    for final in (recorded, recorded - 1):
        with pytest.raises(AssertionError, match=f"INV-5: an end at {final}"):
            three().control(0, commit(1, final=final))
    three().control(0, commit(1, final=recorded + 1))


def test_an_episode_without_frames_is_over_at_once() -> None:
    table = Table(frames=0)
    assert table[0].frames == 0 and table[0].last_frame == -1 and table[0].finished
    assert table.tick(0).stepped is None


def test_a_pause_stops_all_before_its_frame_and_a_resume_lets_them_go_on() -> None:
    table = three()
    table.control(0, commit(1, pause=11))
    turns = [table.tick(0) for _ in range(3)]
    assert [turn.stepped for turn in turns] == [10, None, None]
    assert [turn.paused for turn in turns] == [False, True, True] and turns[2].stalled
    table.control(0, commit(2, resume=True))
    turn = table.tick(0)
    assert turn.stepped == 11 and not turn.paused


def test_a_stall_short_of_the_pause_is_no_pause() -> None:
    table = three()
    table.control(0, commit(1, pause=40))
    for _ in range(10):
        turn = table.tick(0)
    assert turn.stalled and not turn.paused


def test_a_fence_in_lockstep_lets_no_input_be_made_behind_it() -> None:
    table = Table(2, prediction_window=0)
    table.control(0, prepare(1, fence=2))
    table.play(8)
    assert table[0].own.next_frame <= 2 and table[0].frame <= 2


def test_an_end_that_was_predicted_waits_for_the_others_even_when_somebody_leaves() -> None:
    table = Table(3, game=lambda seat: Ending())
    table.play(5, lambda seat, turn: 3)
    gone(table, 2)
    table.tick(0, 3)
    assert table.tick(0).stalled and table[0].frame == 6
    table.control(0, dropped(1, 2, 4))
    assert table.tick(0).stalled
    table.tick(1, 3)
    table.deliver(to=0)
    assert table[0].last_frame == 5
