from __future__ import annotations

from typing import Any

import pytest

from app.engine.link import MAX_HOLD_MS, PROGRESS_MS, RTT_SAMPLES, PeerLink
from app.engine.wire import InputPacket


def packet(seq: int = 1, **changed: Any) -> InputPacket:
    plain: dict[str, Any] = {
        "match_tag": 0, "epoch": 0, "view": 0, "sender": 1, "sim_frame": 0, "lag_to_you": 0, "sent_at": 0,
        "echo_of": 0, "echo_hold": None, "acks": (),
    }  # fmt: skip
    return InputPacket(**(plain | {"seq": seq} | changed))


def test_packets_are_counted_from_one_and_wrap() -> None:
    link = PeerLink()
    assert [link.next_seq(), link.next_seq()] == [1, 2]
    link._seq = 65535
    assert link.next_seq() == 0


def test_an_older_packet_is_heard_but_tells_nothing_of_lag() -> None:
    link = PeerLink()
    assert link.received(10.0, packet(5, sent_at=70))
    assert not link.received(11.0, packet(5, sent_at=90))
    assert not link.received(12.0, packet(4, sent_at=90, echo_hold=0))
    assert link.heard_at == 12.0 and link.echo(12.0) == (70, 2) and not link.rtts
    assert link.received(13.0, packet(6, sent_at=91))
    assert link.echo(13.0) == (91, 0)


def test_the_count_wraps_and_half_of_it_is_the_past() -> None:
    link = PeerLink()
    assert link.received(0.0, packet(65535)) and link.received(1.0, packet(0))
    assert not link.received(2.0, packet(32768)) and link.received(2.0, packet(32767))


def test_a_round_trip_is_the_time_since_the_echoed_stamp_without_what_it_was_held() -> None:
    link = PeerLink()
    link.received(1000.7, packet(1, echo_of=900, echo_hold=40))
    assert list(link.rtts) == [60] and list(link.rtt_history) == [60]
    link.received(65536.0 + 5, packet(2, echo_of=65500, echo_hold=0))
    assert list(link.rtts) == [60, 41]


def test_a_round_trip_that_cannot_be_is_not_counted() -> None:
    link = PeerLink()
    link.received(1000.0, packet(1, echo_of=1001, echo_hold=0))
    link.received(MAX_HOLD_MS, packet(2, echo_of=0, echo_hold=0))
    link.received(MAX_HOLD_MS, packet(3, echo_of=1, echo_hold=0))
    assert list(link.rtts) == [MAX_HOLD_MS - 1]


def test_the_ping_is_the_median_of_the_recent_round_trips() -> None:
    link = PeerLink()
    assert link.ping_ms() is None
    link.rtts.extend([10, 90, 20])
    assert link.ping_ms() == 20
    link.rtts.append(30)
    assert link.ping_ms() == 30
    link.rtts.extend(range(100))
    assert len(link.rtts) == RTT_SAMPLES


def test_a_stamp_is_echoed_with_how_long_it_was_held_but_not_for_ever() -> None:
    link = PeerLink()
    assert link.echo(5.0) == (0, None)
    link.received(100.9, packet(sent_at=7))
    assert link.echo(150.2) == (7, 50)
    assert link.echo(100.9) == (7, 0)
    assert link.echo(100.8) == (0, None)
    assert link.echo(100.9 + MAX_HOLD_MS) == (0, None)
    assert link.echo(100.8 + MAX_HOLD_MS) == (7, MAX_HOLD_MS)


def test_over_a_path_that_loses_everything_unacknowledged_is_sent_again() -> None:
    link = PeerLink()
    link.sent(0.0, 9, (1, 2))
    assert (link.sent_through, link.sent_acks, link.sent_at) == (9, (1, 2), 0.0)
    assert link.first_unsent(4, 1.0) == 5


def test_over_a_path_in_order_nothing_is_sent_twice_while_acknowledgements_come() -> None:
    link = PeerLink()
    link.switched(True)
    assert link.first_unsent(-1, 0.0) == 0
    link.sent(0.0, 9, ())
    assert link.first_unsent(4, 10.0) == 10
    assert link.first_unsent(4, 9.0 + PROGRESS_MS) == 10
    assert link.first_unsent(4, 10.0 + PROGRESS_MS) == 5, "what was under way was lost with the connection"
    assert link.first_unsent(6, 10.0 + PROGRESS_MS) == 10, "it goes on"
    assert link.first_unsent(12, 11.0 + PROGRESS_MS) == 13


def test_only_progress_puts_off_the_repetition() -> None:
    link = PeerLink()
    link.switched(True)
    link.first_unsent(4, 0.0)
    link.sent(0.0, 9, ())
    for now in range(0, PROGRESS_MS, 100):
        assert link.first_unsent(4, float(now)) == 10
    assert link.first_unsent(4, PROGRESS_MS) == 5


def test_on_another_path_everything_unacknowledged_is_sent_again() -> None:
    link = PeerLink()
    link.switched(True)
    link.first_unsent(3, 0.0)
    link.sent(0.0, 9, ())
    link.switched(True)
    assert link.first_unsent(3, 1.0) == 4
    link.switched(False)
    assert not link.in_order


def test_what_was_sent_answers_who_repeats_itself() -> None:
    link = PeerLink()
    link.must_answer = True
    link.sent(1.0, 0, ())
    assert not link.must_answer


def test_round_trips_outlive_an_episode_and_nothing_else_does() -> None:
    link = PeerLink()
    link.switched(True)
    link.received(100.0, packet(7, sent_at=5, echo_of=60, echo_hold=0))
    link.first_unsent(8, 100.0)
    link.sent(100.0, 9, (9,))
    link.newest_frame, link.interrupted, link.suspected, link.must_answer = 50, True, True, True
    link.new_epoch()
    assert (link.newest_frame, link.heard_at, link.interrupted, link.suspected) == (-1, None, False, False)
    assert (link.sent_through, link.sent_acks, link.must_answer) == (-1, (), False)
    assert link.sent_at == float("-inf")
    assert link.first_unsent(-1, 101.0) == 0
    assert list(link.rtts) == [40] and link.in_order
    assert not link.received(101.0, packet(6)) and link.echo(101.0) == (5, 1)


def test_a_peer_that_begins_anew_counts_its_packets_anew() -> None:
    link = PeerLink()
    link.received(100.0, packet(900, sent_at=5))
    link.new_life()
    assert link.heard_at is None and link.echo(100.0) == (0, None)
    assert link.received(101.0, packet(1))


@pytest.mark.parametrize("name", ["interrupted", "suspected", "must_answer", "in_order"])
def test_a_new_link_has_nothing_to_say(name: str) -> None:
    assert getattr(PeerLink(), name) is False
