"""What a session does, one sentence each: beginning, agreeing, delaying, waiting, parting."""

from __future__ import annotations

import random

from app.engine.checksums import KEPT
from app.engine.wire import words_from_hex

from .game import ToyGame
from .pair import Table, commit, prepare

# -- beginning and advancing ---------------------------------------------------------------------------------------


def test_a_session_begins_at_frame_zero_and_holds_nothing() -> None:
    session = Table().sessions[0]
    assert (session.frame, session.confirmed, session.stable, session.finished) == (0, -1, -1, False)


def test_two_sessions_find_each_other_with_their_first_packets() -> None:
    table = Table()
    table.round(2)
    assert [session.confirmed for session in table.sessions] == [1, 1]
    assert all(0 in session.links or 1 in session.links for session in table.sessions)


def test_sessions_advance_a_frame_a_tick() -> None:
    table = Table()
    table.round(10)
    assert [session.frame for session in table.sessions] == [10, 10]


def test_the_states_converge_whatever_was_predicted() -> None:
    table = Table(3, frames=120, predictor="wrong", prediction_window=8)
    dice = random.Random(2)
    while not all(session.finished for session in table.sessions):
        table.round(delivering=False)
        if dice.random() < 0.3:
            table.lose() if dice.random() < 0.3 else table.deliver()
    assert table.canonical(0) == table.canonical(1) == table.canonical(2)
    assert [row.frame for row in table.rows[0]] == list(range(120))
    assert len({game.state for game in table.games}) == 1
    assert all(session.counters.rollbacks > 0 for session in table.sessions)


def test_silence_and_its_end_are_told() -> None:
    table = Table(grace_ms=1200)
    table.round(5)
    table.round(40, delivering=False)
    table.lose()
    names = [event["name"] for event in table.events[0]]
    assert [name for name in names if name in ("interrupted", "suspected")] == ["interrupted", "suspected"]
    assert [message["kind"] for seat, message in table.server if seat == 0] == ["suspect"]
    table.round(10)
    assert "resumed" in [event["name"] for event in table.events[0]]
    assert [message["kind"] for seat, message in table.server if seat == 0] == ["suspect", "heard"]


# -- disagreeing ---------------------------------------------------------------------------------------------------


def break_state(frame: int, game: ToyGame) -> None:
    if frame == 40:
        game.state += 1


def test_states_that_differ_are_found() -> None:
    table = Table(fault={1: break_state})
    table.round(100)
    assert all(table.desyncs)
    assert {desync.kind for found in table.desyncs for desync in found} == {"state"}
    assert min(desync.frame for desync in table.desyncs[0]) == 60


def test_states_that_differ_are_found_with_an_input_delay_and_stop_nobody() -> None:
    table = Table(fault={1: break_state}, input_delay=4)
    table.round(230)
    assert all(table.desyncs)
    assert all(session.finished for session in table.sessions)


def test_states_that_differ_are_found_with_sparse_snapshots() -> None:
    table = Table(fault={1: break_state}, snapshot_spacing=8, prediction_window=8)
    table.round(100)
    assert all(table.desyncs)


def test_where_nothing_differs_nothing_is_reported_however_long_it_takes() -> None:
    table = Table(frames=30 * (KEPT + 10))
    table.round(30 * (KEPT + 10) + 5)
    assert all(session.finished for session in table.sessions)
    assert table.desyncs == [[], []]


# -- parting -------------------------------------------------------------------------------------------------------


def part(table: Table, leaver: int, *others: int) -> int:
    """Let the server drop a seat; return the cut."""
    table.lose()
    reports = [turn.server[0] for turn in table.say(prepare(1, [leaver]), *others)]
    cut = max(report["receipts"][str(leaver)] for report in reports)
    best = next(report for report in reports if report["receipts"][str(leaver)] == cut)
    drop = {str(leaver): cut}
    table.say(commit(1, drop=drop, inputs={str(leaver): best["inputs"][str(leaver)]}), *others)
    return cut


def test_who_is_cut_is_absent_from_the_frame_after_it_on() -> None:
    table = Table(3)
    table.round(20)
    table.round(3, seats=(0, 1))
    cut = part(table, 2, 0, 1)
    table.round(30, seats=(0, 1))
    assert table.canonical(0) == table.canonical(1)
    absent = [row.frame for row in table.rows[0] if '"disconnected"' in row.row]
    assert absent == list(range(cut + 1, len(table.rows[0])))
    assert cut == 19


def test_what_only_one_of_the_others_holds_of_a_leaver_is_kept_by_all() -> None:
    table = Table(3)
    table.round(20)
    for _ in range(3):  # the last three inputs reach seat 1 alone
        table.tick(2)
    table.deliver(1)
    table.lose()
    cut = part(table, 2, 0, 1)
    assert cut == 22
    table.round(30, seats=(0, 1))
    assert table.canonical(0) == table.canonical(1)


def test_a_cut_at_what_everybody_holds_already_rolls_nothing_back() -> None:
    table = Table(3)
    table.round(20)
    table.lose()
    [first, second] = table.say(prepare(1, [2]), 0, 1)
    start, text = first.server[0]["inputs"]["2"]
    assert words_from_hex(text, 2, 99) == [] or start <= 19
    decided = commit(1, drop={"2": 19}, inputs={"2": [start, text]})
    assert [turn.rolled_back for turn in table.say(decided, 0, 1)] == [0, 0]
    assert second.server[0]["receipts"] == {"2": 19}


def test_after_a_prepare_nothing_more_of_the_leaver_is_taken() -> None:
    table = Table(3)
    table.round(10)
    table.say(prepare(1, [2]), 0)
    table.now += 33
    table.tick(2)
    table.deliver()
    assert table.say(prepare(2, [2]), 0)[0].server[0]["receipts"] == {"2": 9}
    table.say({"kind": "abort", "ballot": 2}, 0)
    table.tick(2)
    table.deliver()
    assert table.say(prepare(3, [2]), 0)[0].server[0]["receipts"] == {"2": 11}


# -- input delay ---------------------------------------------------------------------------------------------------


def test_the_input_delay_may_change_in_the_middle() -> None:
    table = Table(frames=90)
    for delay in (2, 5, 1, 0, 3):
        table.sessions[0].own.set_delay(delay)
        table.round(15)
    table.round(40)
    assert table.canonical(0) == table.canonical(1)
    assert all(session.finished and not session.flagged for session in table.sessions)


def test_a_greater_delay_freezes_nobody_for_the_gap_is_filled_and_sent() -> None:
    table = Table()
    table.round(10)
    table.sessions[0].own.set_delay(6)
    turns = table.round(10)
    assert not any(turn.stalled for turn in turns)
    assert table.sessions[0].counters.filled_frames == 6
    assert table.sessions[1].confirmed == table.sessions[1].frame - 1


def test_several_seats_may_change_their_delay_at_once() -> None:
    table = Table(3, frames=80)
    table.round(10)
    for seat, delay in ((0, 4), (1, 1), (2, 8)):
        table.sessions[seat].own.set_delay(delay)
    table.round(90)
    assert table.canonical(0) == table.canonical(1) == table.canonical(2)
    assert all(session.finished for session in table.sessions)


# -- lockstep ------------------------------------------------------------------------------------------------------


def test_lockstep_stalls_without_the_others_input() -> None:
    table = Table(prediction_window=0)
    turns = table.round(5, delivering=False)
    assert all(turn.stalled and turn.stepped is None for turn in turns)
    assert [session.frame for session in table.sessions] == [0, 0]


def test_lockstep_advances_where_there_is_no_latency_and_no_delay() -> None:
    table = Table(prediction_window=0)
    table.round(21)
    assert all(session.frame >= 10 for session in table.sessions)
    assert all(session.counters.rollbacks == 0 for session in table.sessions)


def test_lockstep_advances_with_an_input_delay() -> None:
    table = Table(prediction_window=0, input_delay=3)
    turns = table.round(20)
    assert [session.frame for session in table.sessions] == [20, 20]
    assert not any(turn.stalled for turn in turns)


def test_lockstep_with_a_delay_stalls_once_the_delay_is_used_up() -> None:
    table = Table(prediction_window=0, input_delay=3)
    turns = table.round(8, delivering=False)
    assert [session.frame for session in table.sessions] == [3, 3]
    assert all(turn.stalled for turn in turns[-2:])


def test_lockstep_recovers_from_one_stall_after_another() -> None:
    table = Table(prediction_window=0, frames=60)
    for _ in range(200):
        table.round(3, delivering=False)
        table.deliver()
    assert all(session.finished for session in table.sessions)
    assert table.canonical(0) == table.canonical(1)
    assert all(session.counters.rollbacks == 0 for session in table.sessions)


# -- predicting ----------------------------------------------------------------------------------------------------

HELD, OTHER = b"\x02\x01", b"\x05\x01"


def behind(table: Table, frames: int, word: bytes) -> list[int]:
    """Let seat 0 predict seat 1 for some frames, then let all of it arrive at once; return the depths rolled back."""
    for _ in range(frames):
        table.now += 33
        table.tick(0, HELD)
    for _ in range(frames):
        table.tick(1, word)
    depths = []
    for _, receiver, data in [made for made in table.under_way if made[1] == 0]:
        depths.append(table.sessions[receiver].receive(table.now, data).rolled_back)
    table.lose()
    return depths


def test_what_is_not_known_is_predicted_to_be_what_was_last() -> None:
    table = Table()
    for _ in range(4):
        table.tick(0, HELD)
        table.tick(1, HELD)
        table.deliver()
    assert behind(table, 5, HELD) == [0] * 5


def test_an_input_that_comes_as_predicted_rolls_nothing_back() -> None:
    table = Table()
    table.tick(0, HELD)
    table.tick(1, HELD)
    table.deliver()
    behind(table, 6, HELD)
    assert table.sessions[0].counters.max_rollback_depth <= 1  # the very first frame had nothing to go by
    assert table.sessions[0].confirmed == 6


def test_an_input_that_comes_otherwise_rolls_back_to_its_own_frame() -> None:
    table = Table()
    for _ in range(4):
        table.tick(0, HELD)
        table.tick(1, HELD)
        table.deliver()
    depths = behind(table, 5, OTHER)
    assert depths[0] == 5 and depths[1:] == [0] * 4  # the new word is what the rest was then predicted to be


def test_thousands_of_frames_pass_and_nothing_is_kept_of_the_old_ones() -> None:
    table = Table(frames=3000)
    table.round(3005)
    assert all(session.finished for session in table.sessions)
    assert table.canonical(0) == table.canonical(1)
    for session in table.sessions:
        assert len(session._timeline._outcomes) < 40 and len(session._timeline._snapshots) < 40
