"""What a session makes of packets that it should not believe, and of those that come late, twice or not at all."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from app.engine.wire import InputPacket, decode, encode

from .pair import Table

WORD, OTHER = b"\x03\x01", b"\x04\x01"


def first_packet(table: Table, word: bytes = WORD) -> bytes:
    """Return what seat 1 sends with its first input."""
    return table.tick(1, word).sends[0][1]


def altered(data: bytes, **values: Any) -> bytes:
    """Return a packet of seat 1 with some fields changed."""
    packet = decode(data, seats=2, word_widths=[2, 2])
    assert isinstance(packet, InputPacket)
    return encode(replace(packet, **values))


def state(table: Table, seat: int = 0) -> tuple[int, int, int, bool]:
    session = table.sessions[seat]
    return session.frame, session.confirmed, session.stable, session.flagged


def test_garbage_and_strangers_packets_change_nothing() -> None:
    table = Table(frames=100)
    left = table.sessions[0]
    dice = random.Random(9)
    for _ in range(2000):
        turn = left.receive(0.0, dice.randbytes(dice.randrange(0, 1300)))
        assert not turn.rows and not turn.sends
    assert state(table) == (0, -1, -1, False)
    packet = first_packet(table)
    for at in range(len(packet)):
        for bit in range(8):
            left.receive(0.0, packet[:at] + bytes((packet[at] ^ (1 << bit),)) + packet[at + 1 :])
        left.receive(0.0, packet[:at])


def test_a_packet_with_too_few_acknowledgements_is_not_taken() -> None:
    table = Table()
    for acks in ((0,), (0, 0, 0)):
        assert not isinstance(
            decode(altered(first_packet(Table()), acks=acks), seats=2, word_widths=[2, 2]), InputPacket
        )
        table.sessions[0].receive(0.0, altered(first_packet(Table()), acks=acks))
    assert state(table) == (0, -1, -1, False)
    assert sum(table.sessions[0].counters.packets_rejected.values()) == 2


def test_a_packet_with_words_of_the_wrong_width_is_not_taken() -> None:
    table = Table()
    for word in (b"\x03", b"\x03\x01\x01"):
        table.sessions[0].receive(0.0, altered(first_packet(Table()), words=(word,)))
    assert state(table) == (0, -1, -1, False)
    assert sum(table.sessions[0].counters.packets_rejected.values()) == 2


def test_a_packet_with_a_word_that_is_no_action_is_not_taken() -> None:
    table = Table()
    table.sessions[0].receive(0.0, altered(first_packet(Table()), words=(b"\x07\x01",)))
    assert table.sessions[0].counters.packets_rejected == {"action": 1}
    assert table.sessions[0].confirmed == -1


@pytest.mark.parametrize(("field", "value"), [("match_tag", 6), ("epoch", 1), ("sender", 0)])
def test_a_packet_of_another_match_episode_or_seat_is_counted_and_dropped(field: str, value: int) -> None:
    table = Table()
    table.sessions[0].receive(0.0, altered(first_packet(table), **{field: value}))
    assert state(table) == (0, -1, -1, False)
    assert sum(table.sessions[0].counters.packets_rejected.values()) == 1


def test_of_a_packet_that_starts_beyond_what_we_hold_only_the_words_are_left_out() -> None:
    table = Table()
    table.round(3)
    assert state(table) == (3, 2, 1, False)
    table.sessions[0].receive(table.now, altered(first_packet(table), start_frame=9, acks=(2, 2)))
    assert state(table) == (3, 2, 2, False)  # what it says that it holds counts
    assert table.tick(0).sends  # and it hears what we hold


def test_a_second_different_input_for_a_frame_flags_the_session() -> None:
    table = Table()
    left = table.sessions[0]
    left.receive(0.0, first_packet(table))
    turn = left.receive(1.0, first_packet(Table(), OTHER))
    assert left.flagged and left.counters.equivocations == 1
    assert turn.events[0]["name"] == "equivocation"


def test_a_peer_that_repeats_itself_is_answered_at_the_next_turn() -> None:
    table = Table()
    left = table.sessions[0]
    packet = first_packet(table)
    left.receive(1.0, packet)
    assert left.tick(2.0, lambda: WORD).sends
    for now in range(3, 12):
        left.tick(float(now), lambda: WORD)
    assert not left.tick(12.0, lambda: WORD).sends  # stalled, and nothing new to say
    left.receive(13.0, packet)
    assert left.tick(14.0, lambda: WORD).sends


def test_on_a_path_that_loses_nothing_an_input_is_sent_once() -> None:
    table = Table()
    for session, other in zip(table.sessions, (1, 0), strict=True):
        session.set_paths({other: "server"})
    table.round(3)
    counts = []
    for _ in range(6):
        table.now += 33
        data = table.tick(0, WORD).sends[0][1]
        counts.append(len(getattr(decode(data, seats=2, word_widths=[2, 2]), "words", ())))
    assert counts == [1] * 6


def test_when_the_path_is_switched_all_that_is_not_acknowledged_is_sent_again() -> None:
    table = Table()
    table.sessions[0].set_paths({1: "server"})
    for _ in range(5):
        table.now += 33
        table.tick(0, WORD)
    table.lose()
    table.sessions[0].set_paths({1: "direct"})
    table.now += 33
    data = table.tick(0, WORD).sends[0][1]
    assert len(getattr(decode(data, seats=2, word_widths=[2, 2]), "words", ())) == 6
