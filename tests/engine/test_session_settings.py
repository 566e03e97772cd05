"""The window, the delay and the paths may change while a session runs; the seats' states are compared meanwhile."""

from __future__ import annotations

import pytest

from app.engine.checksums import Desync
from app.engine.turn import SessionConfig
from app.engine.wire import ChecksumPacket

from ..simulation.game import ToyGame
from .table import FRAME, Table
from .test_session import assert_agreement

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
