"""To whom packets go, when, and with which of our inputs."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.link import PeerLink
from app.engine.metrics import Counters
from app.engine.outbox import MAX_PACKETS_A_STEP, RETRY_MS, Outbox
from app.engine.timesync import TimeSync
from app.engine.turn import SessionConfig, Turn
from app.engine.wire import ChecksumPacket, InputPacket, decode

from .table import Held, dropped

WORDS = [bytes((n,)) for n in range(200)]
FRAMES = 180


class Desk:
    """Seat 0's outbox in a match of three; it has made ten inputs."""

    def __init__(self, made: int = 10, seats: int = 3) -> None:
        self.held = Held([WORDS[:made], *[[b"x"] * 3 for _ in range(seats - 1)]], frames=FRAMES)
        self.held.advance()
        self.links = {seat: PeerLink() for seat in range(1, seats)}
        self.counters, self.timesync = Counters(), TimeSync(seats)
        self.seats = seats
        self.outbox = Outbox(
            SessionConfig(seats, 0, FRAMES, match_tag=7, epoch=3), self.held.tracks[0], self.held.truth, self.links,
            self.held.membership, self.held.views, self.timesync, self.counters,
        )  # fmt: skip

    def fill(self, now: float = 1000.0, sim_frame: int = 9, frames: int = FRAMES) -> dict[int, list[InputPacket]]:
        turn = Turn()
        self.outbox.fill(turn, now, sim_frame, frames)
        assert not turn.reliable
        sent: dict[int, list[InputPacket]] = {}
        for seat, data in turn.sends:
            packet = self.read(data)
            assert isinstance(packet, InputPacket)
            sent.setdefault(seat, []).append(packet)
        return sent

    def read(self, data: bytes) -> Any:
        return decode(data, seats=self.seats, word_widths=[1] * self.seats)

    def acknowledged(self, seat: int, through: int) -> None:
        self.held.truth.told(seat, (through, 0, 0), 0, FRAMES)


def test_everything_that_is_not_acknowledged_goes_to_everybody_oldest_first() -> None:
    desk = Desk()
    desk.acknowledged(1, 3)
    sent = desk.fill()
    assert set(sent) == {1, 2}
    assert (sent[1][0].start_frame, sent[1][0].words) == (4, WORDS[4:10])
    assert (sent[2][0].start_frame, sent[2][0].words) == (0, WORDS[:10])
    assert desk.counters.packets_sent == {"input": 2}


def test_every_packet_carries_what_is_held_who_we_are_and_how_far() -> None:
    desk = Desk()
    desk.held.membership.view = 2
    desk.timesync.stepped(9, {1: 4, 2: 8})
    desk.links[1].received(995.0, desk.read(desk_packet(desk)))
    packet = desk.fill(now=65536.0 + 1000.9)[1][0]
    assert (packet.match_tag, packet.epoch, packet.view, packet.sender, packet.seq) == (7, 3, 2, 0, 2)
    assert (packet.sim_frame, packet.lag_to_you, packet.acks) == (9, 5, (9, 2, 2))
    assert packet.sent_at == 1000 and packet.echo_hold is None, "the stamp was held too long"
    fresh = Desk()
    fresh.links[1].received(995.0, fresh.read(desk_packet(fresh)))
    assert (fresh.fill(now=1000.0)[1][0].echo_of, fresh.fill(now=1300.0)[1][0].echo_hold) == (800, 305)


def desk_packet(desk: Desk) -> bytes:
    """Return some packet with the stamp 800."""
    turn = Turn()
    desk.outbox.fill(turn, 800.0, 0, FRAMES)
    for link in desk.links.values():
        link.sent_at, link.sent_through, link.sent_acks = float("-inf"), -1, ()
    return next(data for seat, data in turn.sends if seat == 1)


def test_packets_to_a_seat_are_counted_for_it_alone() -> None:
    desk = Desk()
    assert [packets[0].seq for packets in desk.fill().values()] == [1, 1]
    assert desk.fill(now=1000.0 + RETRY_MS)[2][0].seq == 2


def test_with_nothing_new_to_say_a_packet_goes_out_only_now_and_then() -> None:
    desk = Desk()
    desk.fill()
    assert desk.fill(now=999.0 + RETRY_MS) == {}
    assert set(desk.fill(now=1000.0 + RETRY_MS)) == {1, 2}
    assert desk.fill(now=1001.0 + RETRY_MS) == {}


def test_a_new_input_goes_out_at_once() -> None:
    desk = Desk()
    desk.fill()
    desk.held.tracks[0].append(b"!")
    assert [packet.words[-1] for packets in desk.fill(now=1001.0).values() for packet in packets] == [b"!", b"!"]


def test_a_new_acknowledgement_goes_out_at_once() -> None:
    desk = Desk()
    desk.fill()
    desk.held.tracks[2].merge(3, [b"x"])
    desk.held.advance()
    assert desk.fill(now=1001.0)[1][0].acks == (9, 2, 3)


def test_who_repeats_itself_is_answered_at_once_and_alone() -> None:
    desk = Desk()
    desk.fill()
    desk.links[2].must_answer = True
    assert set(desk.fill(now=1001.0)) == {2}
    assert desk.fill(now=1002.0) == {}


def test_a_keepalive_has_no_inputs_and_says_where_they_would_begin() -> None:
    desk = Desk(made=0)
    sent = desk.fill(sim_frame=-1)
    assert (sent[1][0].start_frame, list(sent[1][0].words)) == (0, [])
    assert desk.counters.packets_sent == {"keepalive": 2} and set(desk.counters.bytes_sent) == {"keepalive"}
    done = Desk()
    done.acknowledged(1, 9)
    assert (done.fill()[1][0].start_frame, list(done.fill(now=2000.0)[1][0].words)) == (10, [])


def test_inputs_beyond_the_episodes_end_concern_nobody() -> None:
    desk = Desk()
    assert desk.fill(frames=6)[1][0].words == WORDS[:6]
    assert desk.links[1].sent_through == 5


def test_what_does_not_fit_into_a_packet_goes_into_the_next_up_to_three() -> None:
    desk = Desk(made=128, seats=16)
    packets = desk.fill()[1]
    assert [word for packet in packets for word in packet.words] == WORDS[:128]
    assert [packet.start_frame for packet in packets] == [0, *(packets[0].start_frame + len(packets[0].words),)][
        : len(packets)
    ]
    assert desk.links[1].sent_through == 127 and len({packet.seq for packet in packets}) == len(packets)


def test_more_than_three_packets_wait_for_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.outbox.words_that_fit", lambda words, seats: min(2, len(words)))
    desk = Desk()
    packets = desk.fill()[1]
    assert len(packets) == MAX_PACKETS_A_STEP and desk.links[1].sent_through == 5
    assert [(packet.start_frame, packet.words) for packet in packets] == [(at, WORDS[at : at + 2]) for at in (0, 2, 4)]
    assert desk.fill(now=1001.0)[1][0].start_frame == 0, "it is not acknowledged, and the rest is due"


def test_over_a_path_in_order_what_was_sent_is_not_sent_again() -> None:
    desk = Desk()
    desk.links[1].switched(True)
    desk.acknowledged(1, 3)
    desk.acknowledged(2, 3)
    desk.fill()
    desk.held.tracks[0].append(b"!")
    sent = desk.fill(now=1033.0)
    assert (sent[1][0].start_frame, sent[1][0].words) == (10, [b"!"])
    assert sent[2][0].start_frame == 4


def test_more_unacknowledged_inputs_than_can_be_is_a_violation() -> None:
    desk = Desk(made=129)
    with pytest.raises(AssertionError, match="INV-8: 129 inputs are not acknowledged by seat 1"):
        desk.fill()


def test_who_comes_back_is_sent_to_only_when_it_has_said_what_it_holds() -> None:
    desk = Desk(made=150)
    desk.held.views.on_commit(dropped(1, 2, 1))
    desk.acknowledged(1, 140)
    desk.held.membership.observe(2, True)
    assert set(desk.fill()) == {1}
    desk.links[2].heard_at = 999.0
    assert sum(len(packet.words) for packet in desk.fill(now=1001.0)[2]) == 150, "it may be far behind"


def test_who_waits_to_be_heard_keeps_nobody_after_it_waiting() -> None:
    desk = Desk()
    desk.held.views.on_commit(dropped(1, 1, 1))
    desk.held.membership.observe(1, True)
    assert set(desk.fill()) == {2}


def test_who_has_just_come_back_may_lack_much() -> None:
    desk = Desk(made=150)
    desk.acknowledged(2, 140)
    desk.held.truth.opened(1, 100, 1)
    assert sum(len(packet.words) for packet in desk.fill()[1]) == 150


def test_who_comes_back_has_no_inputs_of_its_own() -> None:
    desk = Desk()
    desk.held.views.members = (1, 2)
    sent = desk.fill()
    assert [list(packet.words) for packets in sent.values() for packet in packets] == [[], []]


def test_who_has_left_is_not_sent_to() -> None:
    desk = Desk()
    desk.held.views.on_commit(dropped(1, 2, 1))
    assert set(desk.fill()) == {1}


def test_a_checksum_goes_to_everybody_on_the_reliable_way_and_measures_no_time() -> None:
    desk = Desk()
    desk.links[1].received(995.0, desk.read(desk_packet(desk)))
    turn = Turn()
    desk.outbox.checksums(turn, 9, 30, 2**64 - 1, 5)
    assert [seat for seat, _ in turn.reliable] == [1, 2] and not turn.sends
    packet = desk.read(turn.reliable[0][1])
    assert isinstance(packet, ChecksumPacket)
    assert (packet.frame, packet.state_hash, packet.inputs_hash, packet.sim_frame) == (30, 2**64 - 1, 5, 9)
    assert (packet.sent_at, packet.echo_of, packet.echo_hold, packet.acks) == (0, 0, None, (9, 2, 2))
    size = len(turn.reliable[0][1]) + len(turn.reliable[1][1])
    assert desk.counters.packets_sent["checksum"] == 2 and desk.counters.bytes_sent["checksum"] == size
