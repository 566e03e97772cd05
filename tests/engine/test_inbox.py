"""Which packets are taken, what they say, and that the others change nothing but a count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.engine.checksums import ChecksumLedger, Desync
from app.engine.inbox import Inbox
from app.engine.link import PeerLink
from app.engine.metrics import Counters
from app.engine.timesync import TimeSync
from app.engine.turn import SessionConfig, Turn
from app.engine.wire import ChecksumPacket, InputPacket, encode

from .table import Held, dropped, prepare

NO = b"!"
PLAIN: dict[str, Any] = {
    "match_tag": 7, "epoch": 0, "view": 0, "sender": 1, "seq": 1, "sim_frame": 4, "lag_to_you": 2, "sent_at": 50,
    "echo_of": 0, "echo_hold": None, "acks": (3, 4, 5),
}  # fmt: skip


def inputs(start: int = 0, words: tuple[bytes, ...] = (b"x", b"y"), **changed: Any) -> InputPacket:
    return InputPacket(**(PLAIN | changed), start_frame=start, words=list(words))


class Desk:
    """Seat 0's inbox in a match of three, of whose seats it holds one word each."""

    def __init__(self) -> None:
        self.held = Held([[b"x"] * 5, [b"x"], [b"x"]])
        self.links = {1: PeerLink(), 2: PeerLink()}
        self.counters, self.timesync, self.ledger = Counters(), TimeSync(3), ChecksumLedger()
        self.turn = Turn()
        config = SessionConfig(3, 0, 100, match_tag=7)
        self.inbox = Inbox(
            config, self.held.tracks, [lambda word: word != NO] * 3, self.held.truth, self.held.views, self.links,
            self.held.membership, self.timesync, self.ledger, self.counters,
        )  # fmt: skip

    def take(self, packet: InputPacket | ChecksumPacket | bytes, now: float = 100.0) -> bool:
        return self.inbox.take(now, packet if isinstance(packet, bytes) else encode(packet), self.turn)

    def state(self) -> Any:
        """Return everything that a refused packet must not touch."""
        held = self.held
        return (
            [track.words(0, 100) for track in held.tracks], [list(row) for row in held.truth.rows], self.inbox.flagged,
            [vars(link) | {"rtts": list(link.rtts), "rtt_history": []} for link in self.links.values()],
            [list(each) for each in self.timesync._theirs], dict(self.ledger._waiting), repr(self.turn),
            self.counters.packets_received,
        )  # fmt: skip


def test_a_packet_of_inputs_brings_words_acknowledgements_and_lag() -> None:
    desk = Desk()
    packet = inputs(1, (b"y", b"z"))
    assert desk.take(packet) is True
    assert desk.held.tracks[1].words(0, 9) == [b"x", b"y", b"z"]
    assert desk.held.truth.rows[1] == [3, 4, 5]
    assert desk.links[1].heard_at == 100.0 and desk.links[1].newest_frame == 4 and not desk.links[1].must_answer
    assert desk.links[2].heard_at is None
    assert list(desk.timesync._theirs[1]) == [2] and desk.links[1].echo(100.0) == (50, 0)
    size = len(encode(packet))
    assert desk.counters.packets_received == {"input": 1} and desk.counters.bytes_received == {"input": size}
    assert desk.counters.packets_rejected == {} and not desk.turn.events and not desk.turn.desyncs


def test_a_packet_without_inputs_is_a_sign_of_life_and_needs_no_answer() -> None:
    desk = Desk()
    assert desk.take(inputs(5, ()))
    assert desk.counters.packets_received == {"keepalive": 1}
    assert not desk.links[1].must_answer and desk.held.tracks[1].last == 0 and desk.held.truth.rows[1] == [3, 4, 5]


def test_an_older_packet_is_merged_and_acknowledges_but_tells_nothing_of_lag() -> None:
    desk = Desk()
    desk.take(inputs(9, (), seq=5, sim_frame=8))
    assert desk.take(inputs(1, (b"y",), seq=4, sim_frame=4, lag_to_you=99, acks=(4, 4, 9)))
    assert desk.held.tracks[1].last == 1 and desk.held.truth.rows[1] == [4, 4, 9]
    assert list(desk.timesync._theirs[1]) == [2] and desk.links[1].newest_frame == 8


@pytest.mark.parametrize("packet", [inputs(0, (b"x",)), inputs(3, (b"y",))], ids=["a repetition", "a gap"])
def test_who_repeats_itself_or_leaves_a_gap_has_missed_our_acknowledgement(packet: InputPacket) -> None:
    desk = Desk()
    assert desk.take(packet)
    assert desk.links[1].must_answer and not desk.links[2].must_answer
    assert desk.held.tracks[1].last == 0 and desk.held.truth.rows[1] == [3, 4, 5]


REFUSED = {
    "match": inputs(match_tag=8),
    "sender": inputs(sender=0),
    "epoch": inputs(epoch=1),
    "length": b"short",
    "version": b"\x31" + encode(inputs())[1:],
    "inputs": encode(inputs())[:-1],
    "header": encode(inputs())[:14],
    "kind": b"\x23" + encode(inputs())[1:],
    "checksum": encode(ChecksumPacket(**PLAIN, frame=30, state_hash=1, inputs_hash=2))[:-1],
}


@pytest.mark.parametrize(("reason", "packet"), REFUSED.items(), ids=REFUSED)
def test_what_does_not_belong_here_is_counted_by_its_reason_and_changes_nothing(reason: str, packet: Any) -> None:
    desk = Desk()
    before = desk.state()
    assert desk.take(packet) is False
    assert desk.counters.packets_rejected == {reason: 1}
    assert desk.state() == before


def test_a_packet_of_an_earlier_episode_is_refused_too() -> None:
    desk = Desk()
    desk.inbox._config = replace(desk.inbox._config, epoch=2)
    assert not desk.take(inputs(epoch=1)) and desk.take(inputs(epoch=2))


def test_who_is_neither_a_member_nor_coming_back_is_not_listened_to() -> None:
    desk = Desk()
    desk.held.views.on_commit(dropped(1, 1, 0))
    assert not desk.take(inputs(view=1))
    assert desk.counters.packets_rejected == {"member": 1}
    desk.held.membership.observe(1, True)
    assert desk.take(inputs(view=1))
    assert desk.held.truth.rows[1] == [3, 4, 5] and desk.held.tracks[1].words(0, 2) == [b"x", b"a"]


def test_a_packet_of_a_life_that_is_over_is_refused() -> None:
    desk = Desk()
    desk.held.views.on_commit(dropped(1, 1, 0))
    desk.held.membership.observe(1, True)
    before = desk.state()
    assert not desk.take(inputs(view=0))
    assert desk.counters.packets_rejected == {"view": 1} and desk.state() == before
    assert desk.take(inputs(view=0, sender=2)), "others may not have heard of the change yet"


def test_a_frozen_seats_inputs_are_not_taken_but_its_acknowledgements_are() -> None:
    desk = Desk()
    desk.held.views.on_prepare(prepare(1, drop=[1]), 4)
    assert desk.take(inputs(1, (b"y",)))
    assert desk.held.tracks[1].last == 0 and desk.held.truth.rows[1] == [3, 4, 5]
    assert not desk.links[1].must_answer
    assert desk.take(inputs(1, (b"y",), sender=2)) and desk.held.tracks[2].last == 1


def test_words_that_mean_no_action_are_refused_together() -> None:
    desk = Desk()
    assert desk.take(inputs(1, (b"y", NO)))
    assert desk.held.tracks[1].last == 0 and desk.counters.packets_rejected == {"action": 1}
    assert not desk.links[1].must_answer


def test_each_seats_words_are_judged_by_its_own_action_space() -> None:
    desk = Desk()
    desk.inbox._accepts = [lambda word: True, lambda word: True, lambda word: False]
    desk.take(inputs(1, (b"y",)))
    desk.take(inputs(1, (b"y",), sender=2))
    assert desk.held.tracks[1].last == 1 and desk.held.tracks[2].last == 0


def test_two_different_words_for_one_frame_flag_the_session_and_are_told_once() -> None:
    desk = Desk()
    assert not desk.inbox.flagged
    assert desk.take(inputs(0, (b"z", b"y")))
    assert desk.inbox.flagged and desk.counters.equivocations == 1
    assert desk.turn.events == [{"name": "equivocation", "seat": 1, "frame": 0}]
    desk.take(inputs(0, (b"q",), seq=2))
    assert desk.counters.equivocations == 2 and len(desk.turn.events) == 1
    assert desk.held.tracks[1].words(0, 9) == [b"x"], "what is known stays"


def test_a_checksum_is_compared_and_is_no_measure_of_time() -> None:
    desk = Desk()
    desk.ledger.add_state(30, 5)
    packet = ChecksumPacket(**(PLAIN | {"echo_hold": 3}), frame=30, state_hash=6, inputs_hash=desk.ledger.inputs_hash())
    assert desk.take(packet)
    assert desk.turn.desyncs == [Desync(30, 1, "state")]
    assert desk.counters.packets_received == {"checksum": 1} and desk.counters.bytes_received == {
        "checksum": len(encode(packet))
    }
    assert desk.links[1].heard_at == 100.0 and desk.held.truth.rows[1] == [3, 4, 5]
    assert desk.ledger._compare(1, 30, (5, desk.ledger.inputs_hash())) == []
    wrong = ChecksumPacket(**PLAIN, frame=60, state_hash=77, inputs_hash=88)
    assert desk.take(wrong) and desk.ledger._waiting == {(1, 60): (77, 88)}
    assert desk.links[1].newest_frame == -1 and not desk.links[1].rtts and not desk.timesync._theirs[1]
