"""One session's turns: prediction, rollback, stalls, and what is handed out.

GGRS names its tests; what each of them guards is guarded here, or where the last column says:

| GGRS | here |
|---|---|
| start_session | a_session_begins_before_its_first_frame_and_has_nothing_to_say |
| synchronize_p2p_sessions, synchronizing_events_emitted | no handshake: the server says when all begin |
| advance_frame_p2p_sessions | seats_that_hear_each_other_step_every_frame_once |
| game_state_converges | guesses_that_were_wrong_leave_no_trace_in_the_record |
| desyncs_detected | test_session_settings: a_game_that_differs_is_told_at_both_seats |
| desyncs_and_input_delay_no_panic | test_session_settings: hashes_agree_under_input_delay |
| desync_detection_with_sparse_saving_no_panic | test_session_settings: hashes_agree_with_few_snapshots |
| desync_detection_off_by_default | always on: nothing_is_told_where_games_agree |
| disconnect_player | test_session_membership; three players in tests/simulation/test_membership.py |
| caught_up_disconnect_does_not_rollback_to_current_frame | test_session_membership: a_cut_at_what_everybody_... |
| set_input_delay_mid_session | test_session_settings: a_delay_may_change_while_we_play |
| increase_input_delay_does_not_freeze | test_session_settings: a_longer_delay_does_not_stop_the_other_seat |
| input_delay_change_with_multiple_local_players | one local seat a page: delays_may_differ_from_seat_to_seat |
| lockstep_* | test_lockstep.py, one each |
| prediction_repeats_last_input | test_stepping: known_words_are_used_and_unknown_ones_are_guessed_from_the_newest |
| confirmed_input_after_prediction_no_mismatch | test_stepping: a_right_guess_is_no_mismatch |
| first_incorrect_frame_tracked_on_mismatch | test_stepping: the_first_wrong_guess_is_found_... |
| queue_wraps_around_without_panic | nothing wraps: test_inputs, words_past_the_episodes_last_frame_are_not_kept |
| input_packet_with_short_connection_status_is_dropped | test_wire: what_is_wrong_with_a_packet_is_named (header) |
| input_packet_without_reference_frame_is_ignored | test_inbox: who_repeats_itself_or_leaves_a_gap_... |
| input_packet_with_wrong_player_byte_shape_is_dropped | test_wire: what_is_wrong_with_a_packet_is_named (inputs) |
| decode_garbage_bytes_never_panics | tests/fuzz |
| spectator_catches_up_after_lag | test_session_return: who_comes_back_steps_unseen_until_it_is_near |
| spectator_caps_catchup_speed_to_available_frames | test_catch_up: only_what_may_be_stepped_is_stepped |
| synctest, its random checksums, state_is_deterministic | app/engine/sync_test.py, tests/environments |
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.engine.link import PeerLink
from app.engine.membership import Membership
from app.engine.prediction import repeat_last
from app.engine.session import RollbackSession
from app.engine.turn import SessionConfig

from ..simulation.game import WORDS, ToyGame, accepts
from .table import FRAME, Table, act


def canonical(table: Table, seat: int) -> list[tuple[int, str, str]]:
    return [(row.frame, row.row, row.state_hash) for row in table.rows[seat]]


def actions(table: Table, seat: int, of: int, seats: int = 2) -> list[int]:
    """Return what the record of a seat says that another one did."""
    return [json.loads(row.row + "]")[3:][of] for row in table.rows[seat]]


def assert_agreement(table: Table, frames: int) -> None:
    for seat in table.people:
        assert canonical(table, seat) == canonical(table, 0)
        assert [row.frame for row in table.rows[seat]] == list(range(frames))
        assert not table.desyncs[seat] and not table[seat].flagged and table[seat].finished


# -- the beginning and the end ----------------------------------------------------------------------------------------


def test_a_session_begins_before_its_first_frame_and_has_nothing_to_say() -> None:
    session = Table(frames=20, input_delay=3)[0]
    assert (session.frame, session.frames, session.confirmed, session.stable) == (0, 20, 2, 2)
    assert (session.rows.recorded, session.last_hash, session.last_frame) == (-1, "", None)
    assert session.failure is None and not (session.finished or session.flagged or session.catching_up)
    assert session.own.next_frame == 3 and session.own.delay == 3 and session.ahead() == 0 == session.predicted_frames()
    assert session.costs() is None and not session.needs_log and len(session.inputs_hash()) == 16


def test_of_an_episode_shorter_than_the_delay_everything_is_known() -> None:
    table = Table(frames=2, input_delay=5)
    assert table[0].confirmed == 1
    table.play(3)
    assert_agreement(table, 2)


def test_seats_that_hear_each_other_step_every_frame_once() -> None:
    table = Table()
    for turn in range(60):
        table.now += FRAME
        for seat in (0, 1):
            assert table.tick(seat, turn % 7).stepped == turn
        table.deliver()
    assert table.tick(0).stepped is None
    table.play(3)
    assert_agreement(table, 60)
    assert table[0].last_frame == 59 and table[0].frame == 60 and table[0].last_hash == table.rows[0][-1].state_hash
    assert table[0].inputs_hash() == table[1].inputs_hash() != Table()[0].inputs_hash()
    assert table[0].counters.stepped_frames == 60 == table[1].counters.stepped_frames


def test_a_match_of_four_agrees() -> None:
    table = Table(4)
    table.play(64)
    assert_agreement(table, 60)


def test_a_policys_seat_needs_nobody() -> None:
    table = Table(3, people=[0, 2])
    assert table[0].stable_words(0, -1) == {0: [], 2: []}
    table.play(64)
    assert_agreement(table, 60)
    assert set(table[0].stable_words(0, 5)) == {0, 2}


def test_who_plays_alone_is_stable_at_once() -> None:
    table = Table(1)
    assert table.tick(0).stepped == 0 and table[0].stable == 0 and table.rows[0][0].frame == 0
    table.play(60)
    assert_agreement(table, 60)
    assert not table.mail


def test_without_links_or_membership_persons_play_all_seats() -> None:
    config = SessionConfig(3, 1, 20, prediction_window=4)
    session = RollbackSession(config, ToyGame(), [WORDS] * 3, [accepts] * 3, [repeat_last] * 3)
    assert session.membership.members == (0, 1, 2) and session.membership.local_seat == 1
    assert set(session.links) == {0, 2} and session.config is config
    assert [seat for seat, _ in session.tick(0.0, lambda: act(1)).sends] == [0, 2]


def test_what_outlives_an_episode_is_handed_in_and_begins_anew() -> None:
    link, membership = PeerLink(), Membership(2, 0, [0, 1])
    link.newest_frame, link.heard_at = 99, 5.0
    link.rtts.append(40.0)
    session = RollbackSession(
        SessionConfig(2, 0, 20), ToyGame(), [WORDS] * 2, [accepts] * 2, [repeat_last] * 2,
        links={1: link}, membership=membership,
    )  # fmt: skip
    assert session.links[1] is link and session.membership is membership
    assert link.newest_frame == -1 and link.heard_at is None and list(link.rtts) == [40.0]


# -- stalls and prediction --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [2, 8, 12])
def test_no_more_than_the_window_is_stepped_ahead_of_what_is_known(window: int) -> None:
    table = Table(prediction_window=window)
    for turn in range(30):
        stepped = table.tick(0, turn % 7)
        assert stepped.stalled is (turn >= window - 1) and (stepped.stepped is None) is stepped.stalled
        assert stepped.waiting_for == ((1,) if stepped.stalled else ())
    assert table[0].frame == window - 1 and table[0].own.next_frame == window - 1


def test_during_a_stall_nothing_is_sampled_and_afterwards_play_goes_on_where_it_stood() -> None:
    table = Table()
    samples: Iterator[int] = iter(range(1000))
    for now in range(20):
        table[0].tick(float(now), lambda: act(next(samples) % 7))
    assert next(samples) == 7
    table.play(70)
    assert table[0].finished


def test_a_stall_is_told_when_it_is_felt_and_when_it_is_over() -> None:
    table = Table(3)
    for _ in range(7):
        table.tick(0)
        table.tick(1)
        table.deliver(sender=1, to=0)
    for passed in (0.0, 99.0, 101.0, 200.0):
        table.tick(0, now=1000.0 + passed)
    stalled = {"name": "stalled", "frame": 7, "waiting_for": [2]}
    assert table.events[0] == [stalled]
    for _ in range(3):
        table.tick(2)
    table.deliver(to=0)
    turn = table.tick(0, now=1300.0)
    assert turn.stepped == 7 and not turn.stalled
    assert table.events[0] == [stalled, {"name": "unstalled", "frame": 7, "ms": 300.0}]
    assert table[0].counters.stalls == 1 and table[0].counters.stalled_ms_by_seat == {2: 300.0}


def test_a_packet_that_corrects_a_guess_is_acted_upon_when_it_arrives() -> None:
    table = Table()
    for turn in range(4):
        table.tick(0, 1)
        table.tick(1, 5 if turn >= 1 else 0)
    (turn,) = table.deliver(sender=1, to=0)[-1:]
    assert turn.rolled_back == 0, "the packet before brought the rest"
    table = Table()
    for turn in range(4):
        table.tick(0, 1)
        table.tick(1, 5 if turn >= 1 else 0)
    newest = [item for item in table.mail if item[0] == 1][-1]
    corrected = table[0].receive(table.now, newest[2])
    assert corrected.rolled_back == 3 and corrected.stepped is None
    assert table[0].counters.rollback_depths[3] == 1 and table[0].counters.rolled_back_frames == 3
    assert table[0].frame == 4 and table[0].confirmed == 3 and table[0].stable == -1
    assert table.tick(0).rolled_back == 0


def test_a_right_guess_costs_nothing() -> None:
    table = Table()
    for _ in range(6):
        table.tick(0, 0)
        table.tick(1, 0)
    assert [turn.rolled_back for turn in table.deliver(to=0)] == [0] * 6


def test_a_packet_without_anything_for_us_settles_nothing() -> None:
    table = Table()
    turn = table[0].receive(0.0, b"rubbish")
    assert turn.rows == [] and turn.rate == 1.0 and table[0].counters.packets_rejected == {"length": 1}


def test_guesses_that_were_wrong_leave_no_trace_in_the_record() -> None:
    table = Table()
    for turn in range(90):
        table.now += FRAME
        table.tick(0, turn % 7)
        table.tick(1, turn * 3 % 7)
        if turn % 4 == 3:
            table.deliver()
            table.compare()
    table.play(5)
    assert_agreement(table, 60)
    assert table[0].counters.rollbacks > 10 and table[0].counters.max_rollback_depth in range(3, 8)
    assert {row.predicted for row in table.rows[0]} >= {(1,)}
    assert max(row.rollback_depth for row in table.rows[0]) == table[0].counters.max_rollback_depth


def test_steps_are_counted_by_how_far_they_are_ahead_of_both_truths() -> None:
    table = Table()
    for _ in range(3):
        table.tick(0)
        table.tick(1)
    assert table[0].counters.confirmation_lags[1:4] == [1, 1, 1] == table[0].counters.stable_lags[1:4]
    table.deliver(to=0)
    assert (table[0].confirmed, table[0].stable) == (2, -1)
    table.tick(0)
    assert table[0].counters.confirmation_lags[1:4] == [2, 1, 1] and table[0].counters.stable_lags[4] == 1


def test_rows_wait_until_everybody_holds_their_inputs() -> None:
    table = Table(3)
    for _ in range(2):
        for seat in range(3):
            table.tick(seat, 1)
    table.deliver(to=0)
    assert table[0].confirmed == 1 and not table.rows[0]
    table.deliver(to=1)
    table.tick(1)
    table.deliver(sender=1, to=0)
    assert table[0].stable == -1
    table.deliver(to=2)
    table.tick(2)
    table.deliver(sender=2, to=0)
    assert table[0].stable == 1 and [row.frame for row in table.rows[0]] == [0, 1]


def test_the_input_log_of_stable_frames_has_every_persons_words() -> None:
    table = Table()
    table.play(10, lambda seat, turn: seat + 1)
    assert table[0].stable_words(2, 4) == {0: [act(1)] * 3, 1: [act(2)] * 3}
    assert table[0].stable_words(2, table[0].stable)[0]
    with pytest.raises(AssertionError, match="is not stable"):
        table[0].stable_words(0, table[0].stable + 1)
