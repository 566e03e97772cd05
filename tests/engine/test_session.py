"""One session's turns: prediction, rollback, stalls, and what is handed out.

GGRS names its tests; what each of them guards is guarded here, or where the last column says:

| GGRS | here |
|---|---|
| start_session | a_session_begins_before_its_first_frame_and_has_nothing_to_say |
| synchronize_p2p_sessions, synchronizing_events_emitted | no handshake: the server says when all begin |
| advance_frame_p2p_sessions | seats_that_hear_each_other_step_every_frame_once |
| game_state_converges | guesses_that_were_wrong_leave_no_trace_in_the_record |
| desyncs_detected | a_game_that_differs_is_told_at_both_seats |
| desyncs_and_input_delay_no_panic | hashes_agree_under_input_delay |
| desync_detection_with_sparse_saving_no_panic | hashes_agree_with_few_snapshots |
| desync_detection_off_by_default | always on: nothing_is_told_where_games_agree |
| disconnect_player | test_session_membership, and three players in tests/simulation/test_membership.py |
| caught_up_disconnect_does_not_rollback_to_current_frame | a_cut_at_what_everybody_holds_rolls_nothing_back |
| set_input_delay_mid_session | a_delay_may_change_while_we_play |
| increase_input_delay_does_not_freeze | a_longer_delay_does_not_stop_the_other_seat |
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
| spectator_catches_up_after_lag | test_session_membership: who_comes_back_steps_unseen_until_it_is_near |
| spectator_caps_catchup_speed_to_available_frames | test_catch_up: only_what_may_be_stepped_is_stepped |
| synctest, its random checksums, state_is_deterministic | app/engine/sync_test.py, tests/environments |
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.checksums import Desync
from app.engine.link import PeerLink
from app.engine.membership import Membership
from app.engine.prediction import repeat_last
from app.engine.session import BEHIND_FRAMES, RollbackSession
from app.engine.simulation import Outcome
from app.engine.turn import SessionConfig
from app.engine.wire import ChecksumPacket

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


# -- the window, the delay, the paths ---------------------------------------------------------------------------------


def test_a_window_may_change_while_we_play() -> None:
    table = Table(prediction_window=4)
    table[0].set_window(6)
    for _ in range(10):
        table.tick(0)
    assert table[0].frame == 5
    table[0].set_window(2)
    for turn in range(6):
        table.tick(1, 1 + turn % 2)
    newest = [item for item in table.mail if item[0] == 1][-1]
    assert table[0].receive(0.0, newest[2]).rolled_back == 5, "what was stepped under the wider one is still allowed"


@pytest.mark.parametrize("frames", [-1, 1, 13])
def test_a_window_that_is_not_allowed_is_refused(frames: int) -> None:
    session = Table()[0]
    with pytest.raises(ValueError, match=f"prediction_window = {frames}; use 2 to 12 frames, or 0 for lockstep"):
        session.set_window(frames)
    with pytest.raises(ValueError, match="prediction_window"):
        SessionConfig(2, 0, 10, prediction_window=frames)
    with pytest.raises(ValueError, match="input_delay = 9"):
        SessionConfig(2, 0, 10, input_delay=9)


def test_a_delay_may_change_while_we_play() -> None:
    table = Table()
    for delay in (3, 0, 5, 1):
        table[0].own.set_delay(delay)
        table.play(10)
    table.play(40)
    assert_agreement(table, 60)
    assert table[0].counters.filled_frames == 3 + 5


def test_a_longer_delay_does_not_stop_the_other_seat() -> None:
    table = Table(prediction_window=2)
    table.play(5)
    table[0].own.set_delay(8)
    for turn in range(10):
        table.now += FRAME
        table.tick(0, turn % 7)
        assert table.tick(1).stepped is not None
        table.deliver()


def test_delays_may_differ_from_seat_to_seat() -> None:
    table = Table(3)
    for seat in range(3):
        table[seat].own.set_delay(seat * 2)
    table.play(66)
    assert_agreement(table, 60)


def test_over_a_path_in_order_nothing_is_sent_twice() -> None:
    table = Table(3)
    table[0].set_paths({1: "server", 2: "turn", 7: "server"})
    assert (table[0].links[1].in_order, table[0].links[2].in_order) == (True, False)
    table.play(3)
    table.tick(0)
    turn = table.tick(0)
    assert table.sent(turn, 1).start_frame == 4 and table.sent(turn, 2).start_frame == 2
    table[0].set_paths({1: "server", 2: "direct"})
    assert table.sent(table.tick(0), 1).start_frame == 5, "it is the same path"
    table[0].set_paths({1: "direct"})
    assert table.sent(table.tick(0), 1).start_frame == 2


# -- hashes -----------------------------------------------------------------------------------------------------------


def differing(seat: int) -> ToyGame:
    def fault(frame: int, game: ToyGame) -> None:
        game.state += frame == 10 and seat == 1

    return ToyGame(fault=fault)


def test_a_game_that_differs_is_told_at_both_seats() -> None:
    table = Table(game=differing)
    table.play(64)
    assert table.desyncs[0] == [Desync(30, 1, "state"), Desync(60, 1, "state")]
    assert table.desyncs[1] == [Desync(30, 0, "state"), Desync(60, 0, "state")]


def test_nothing_is_told_where_games_agree() -> None:
    table = Table()
    table.play(64)
    assert table.desyncs == {0: [], 1: []} and table[0].counters.packets_received["checksum"] == 2


def test_hashes_agree_under_input_delay() -> None:
    table = Table(input_delay=4)
    table.play(64)
    assert_agreement(table, 60)


@pytest.mark.parametrize("spacing", [1, 5, 8])
def test_hashes_agree_with_few_snapshots(spacing: int) -> None:
    table = Table(snapshot_spacing=spacing)
    for turn in range(80):
        table.now += FRAME
        table.tick(0, turn % 7)
        table.tick(1, turn % 5)
        if turn % 5 == 4:
            table.deliver()
            table.compare()
    table.play(5)
    assert_agreement(table, 60)


def test_a_hash_is_told_for_stable_frames_and_by_the_reliable_way() -> None:
    table = Table()
    while not table.reliable:
        assert table[0].last_hash == ""
        for seat in (0, 1):
            table.tick(seat)
        table.deliver()
    for sender, to, data in table.reliable:
        packet = table.read(data)
        assert isinstance(packet, ChecksumPacket) and (packet.sender, packet.frame) == (sender, 30) and to != sender
        assert f"{packet.state_hash:016x}" == table[sender].last_hash and table[sender].stable >= 29


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


# -- pacing -----------------------------------------------------------------------------------------------------------


def behind(timer: Any = None) -> Table:
    """Return a table whose seat 0 has slept while seat 1 went on as far as it could."""
    table = Table(timer=timer)
    table.play(5)
    for turn in range(7):
        table.tick(1, turn)
    table.deliver(to=0)
    return table


def test_who_is_behind_everybody_steps_twice_a_tick_until_it_is_near() -> None:
    table = behind()
    assert table[0].links[1].newest_frame - table[0].frame == 6
    stepped = [table.tick(0).stepped for _ in range(4)]
    assert stepped == [6, 8, 9, 10] and table[0].counters.caught_up_frames == 2
    assert BEHIND_FRAMES == 2


@pytest.mark.parametrize(("step_ms", "twice"), [(7.9, True), (8.0, False), (30.0, False)])
def test_a_second_step_is_made_only_in_what_is_left_of_the_turn(step_ms: float, twice: bool) -> None:
    clock = [5000.0]
    table = behind(lambda: clock[0])

    def takes(frame: int, game: ToyGame) -> None:
        clock[0] += step_ms

    table[0]._timeline._simulation._fault = takes  # type: ignore[attr-defined]
    table.tick(0)
    assert (table[0].counters.caught_up_frames == 1) is twice


def test_two_frames_behind_are_enough_for_a_second_step() -> None:
    for behind_by, stepped in ((2, 6), (1, 5)):
        table = Table()
        table.play(5)
        table[0].links[1].newest_frame = 6 + behind_by
        assert table.tick(0).stepped == stepped


def test_a_stall_that_begins_with_the_second_step_counts_from_there() -> None:
    table = Table(prediction_window=2)
    table.play(5)
    table[0].links[1].newest_frame = 50
    table.tick(0, now=1000.0)
    assert table[0].frame == 6 and table.events[0] == []
    table.tick(0, now=1100.0)
    assert [event["name"] for event in table.events[0] if event["name"] == "stalled"] == ["stalled"]


def test_lags_are_measured_with_every_step_and_told_to_the_others() -> None:
    table = Table()
    assert [table.sent(table.tick(0), 1).lag_to_you for _ in range(3)] == [1, 2, 3]
    table[0].links[1].newest_frame = 2
    assert table.sent(table.tick(0), 1).lag_to_you == 1


def test_snapshots_are_as_far_apart_as_asked_for_or_as_the_window_allows() -> None:
    table = Table(snapshot_spacing=5)
    for _ in range(7):
        table.tick(0)
    assert sorted(table[0]._timeline._snapshots) == [0, 5]
    assert [Table(prediction_window=window)[0]._timeline._most_apart for window in (0, 2, 8)] == [1, 2, 8]


def test_no_snapshot_is_kept_of_what_is_certain() -> None:
    table = Table()
    table.play(9)
    assert table[0]._timeline.first_open == table[0].confirmed + 1


def test_who_waits_for_whom_is_said_by_the_first_frame_that_is_missing() -> None:
    table = Table(3, prediction_window=2)
    for _ in range(2):
        for seat in (1, 2):
            table.tick(seat)
        table.deliver()
    table.tick(1)
    table.deliver(to=0)
    while (turn := table.tick(0)).stepped is not None:
        table.lose()
    known = [table[0]._tracks[seat].last for seat in range(3)]
    behind_most = tuple(seat for seat in (1, 2) if known[seat] == min(known))
    assert turn.waiting_for == behind_most


def test_whoever_is_slowest_says_whether_we_are_behind() -> None:
    table = Table(3)
    table.play(5)
    for turn in range(7):
        table.tick(1, turn)
    table.deliver(to=0)
    table.tick(0)
    assert table[0].counters.caught_up_frames == 0


def test_who_is_far_ahead_waits_for_some_frames_and_goes_on() -> None:
    table = Table()
    for frame in range(40):
        table[0]._timesync.stepped(frame, {1: frame - 16})
        table[0]._timesync.told(1, 2)
    turns = [table.tick(0) for _ in range(9)]
    assert [turn.stepped for turn in turns] == [None] * 7 + [0, 1]
    assert not any(turn.stalled for turn in turns) and table[0].counters.skipped_frames == 7
    assert table[0].own.next_frame == 2


def test_the_rate_is_that_of_the_time_sync() -> None:
    table = Table()
    for frame in range(40):
        table[0]._timesync.stepped(frame, {1: frame - 8})
        table[0]._timesync.told(1, 2)
    assert table[0].ahead() == 3 and table[0].predicted_frames() == 8
    assert table.tick(0).rate == pytest.approx(0.95)


def test_a_packet_is_stamped_with_when_it_leaves_not_with_when_the_turn_began() -> None:
    clock = iter(range(5000, 10_000, 7))
    table = Table(timer=lambda: float(next(clock)))
    turn = table.tick(0, now=1000.0)
    assert 1000 + 7 <= table.sent(turn, 1).sent_at < 1100
    assert table.sent(Table().tick(0, now=1000.0), 1).sent_at == 1000


def test_what_steps_and_snapshots_cost_is_measured() -> None:
    clock = iter(range(1_000_000))
    table = Table(frames=200, timer=lambda: float(next(clock)))
    table.play(150)
    costs = table[0].costs()
    assert costs == (1.0, 1.0)


def test_silence_is_noticed_by_the_tick() -> None:
    table = Table()
    table.play(3)
    table.tick(0, now=table.now + 600.0)
    assert {"name": "interrupted", "seat": 1} in table.events[0]
    table.tick(0, now=table.now + 3000.0)
    assert table.server[0] == [{"kind": "suspect", "seat": 1, "silent_ms": 3000}]


def test_a_seat_that_says_two_things_about_one_frame_flags_the_session() -> None:
    table = Table()
    impostor = table.session(1)
    for who in (table[1], impostor):
        data = who.tick(0.0, lambda who=who: act(1 if who is impostor else 2)).sends[0][1]
        table.noted(0, table[0].receive(0.0, data))
    assert table[0].flagged and table.events[0] == [{"name": "equivocation", "seat": 1, "frame": 0}]


def test_a_rollback_to_the_frame_that_is_about_to_be_stepped_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    table.play(5)
    for target, message in ((table[0].frame, "INV-2: .* < .* < "), (table[0].confirmed, "INV-2: ")):
        monkeypatch.setattr(table[0]._stepping, "first_mismatch", lambda first, end, target=target: target)
        with pytest.raises(AssertionError, match=message):
            table[0]._roll_back()


def test_a_rollback_deeper_than_any_window_was_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(prediction_window=2)
    table.play(20)
    table[0]._truth.confirmed = 10
    monkeypatch.setattr(table[0]._stepping, "first_mismatch", lambda first, end: 12)
    with pytest.raises(AssertionError, match="INV-2: a rollback of 8 frames"):
        table[0]._roll_back()


@pytest.mark.parametrize(("window", "deepest"), [(0, 1), (2, 2), (8, 8)])
def test_a_rollback_as_deep_as_the_window_is_none(window: int, deepest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(prediction_window=window)
    table.play(20)
    session = table[0]
    session._truth.confirmed = session.frame - 12
    session._timeline._snapshots.setdefault(session.frame - deepest - 1, session._timeline._simulation.save())
    monkeypatch.setattr(session._stepping, "again", lambda target, until: session.frame - target)
    monkeypatch.setattr(session._stepping, "first_mismatch", lambda first, end: session.frame - deepest)
    assert session._roll_back() == deepest
    monkeypatch.setattr(session._stepping, "first_mismatch", lambda first, end: session.frame - deepest - 1)
    with pytest.raises(AssertionError, match=f"INV-2: a rollback of {deepest + 1} frames"):
        session._roll_back()
