"""The switch does what its conditions say, and the same each time."""

from __future__ import annotations

import pytest

from .network import CHANNEL, RELAY, SERVER, Conditions, Link, Switch

PACKETS = 4000


def arrivals(conditions: Conditions, every_ms: float = 10.0, size: int = 50) -> list[tuple[float, float]]:
    """Send packets at a steady pace; return when each was sent and came."""
    link = Link(conditions, "test")
    sent = [index * every_ms for index in range(PACKETS)]
    return [(at, came) for at in sent for came in link.send(at, b"", size)]


def test_a_perfect_link_brings_everything_in_order_after_its_delay() -> None:
    came = arrivals(Conditions(delay_ms=40))
    assert len(came) == PACKETS and all(then == at + 40 for at, then in came)


def test_loss_and_duplication_are_as_frequent_as_asked_for() -> None:
    assert 0.08 < 1 - len(arrivals(Conditions(loss=0.1))) / PACKETS < 0.12
    assert 0.08 < len(arrivals(Conditions(duplication=0.1))) / PACKETS - 1 < 0.12


def test_jitter_and_reordering_let_packets_overtake_each_other() -> None:
    for conditions in (Conditions(delay_ms=50, jitter_ms=30), Conditions(delay_ms=50, reorder=0.1)):
        came = [then for _, then in arrivals(conditions)]
        assert came != sorted(came)
        assert all(then > at for at, then in arrivals(conditions))


def test_bursts_lose_packets_in_a_row() -> None:
    came = {at for at, _ in arrivals(Conditions(burst_enter=0.02, burst_leave=0.2, burst_loss=1.0))}
    lost = [index * 10.0 not in came for index in range(PACKETS)]
    after_loss = sum(1 for one, other in zip(lost, lost[1:], strict=False) if one and other) / sum(lost)
    assert 0.05 < sum(lost) / PACKETS < 0.15
    assert after_loss > 0.6


def test_a_narrow_line_delays_then_drops() -> None:
    came = arrivals(Conditions(bytes_per_s=2500, queue_bytes=500), every_ms=10, size=50)  # twice what it carries
    waits = [then - at for at, then in came]
    assert 0.45 < len(came) / PACKETS < 0.55
    assert max(waits) <= 220.1


def test_a_line_that_holds_packets_back_releases_them_together() -> None:
    came = [then for _, then in arrivals(Conditions(delay_ms=20, hold_every_ms=1000, hold_ms=200))]
    assert not any(0.2 < then % 1000 < 199.8 for then in came)
    assert sum(abs(then % 1000 - 200) < 0.2 for then in came) >= PACKETS / 100 * 15


def test_a_fifo_link_loses_nothing_and_keeps_the_order_whatever_its_conditions() -> None:
    conditions = Conditions(delay_ms=30, jitter_ms=25, loss=0.1, duplication=0.2, reorder=0.2, fifo=True)
    came = [then for _, then in arrivals(conditions)]
    assert len(came) == PACKETS and came == sorted(came)


def test_a_blocked_channel_loses_and_a_blocked_connection_keeps() -> None:
    channel, relay = Link(Conditions(), "a"), Link(Conditions(fifo=True), "b")
    for link in (channel, relay):
        link.blocked = True
        assert link.send(0.0, "first", 10) == [] and link.send(1.0, "second", 10) == []
    assert channel.release() == [] and relay.release() == ["first", "second"]
    assert channel.send(2.0, "third", 10) and relay.send(2.0, "third", 10)


def test_a_broken_connection_has_another_number() -> None:
    link = Link(Conditions(fifo=True), "c")
    link.blocked = True
    link.send(0.0, "lost with it", 10)
    link.reset()
    assert link.connection == 1 and link.release() == []


def test_each_direction_has_its_own_dice_and_the_same_seed_throws_the_same() -> None:
    def thrown(seed: int, one: int, other: int) -> list[list[float]]:
        link = Switch(seed, Conditions(jitter_ms=10, loss=0.3), Conditions()).link(CHANNEL, one, other)
        return [link.send(float(at), b"", 10) for at in range(50)]

    assert thrown(1, 0, 1) == thrown(1, 0, 1)
    assert thrown(1, 0, 1) != thrown(1, 1, 0)
    assert thrown(1, 0, 1) != thrown(2, 0, 1)


def test_a_switch_knows_the_links_of_a_path() -> None:
    switch = Switch(1, Conditions(), Conditions())
    assert [(a, b) for a, b, _ in switch.between(CHANNEL, None, 2, 3)] == [(0, 2), (1, 2)]
    assert [(a, b) for a, b, _ in switch.between(RELAY, 1, None, 3)] == [(1, SERVER)]
    assert switch.link(RELAY, 0, SERVER).conditions.fifo


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="dealy_ms"):
        Conditions().changed({"dealy_ms": 3})
