"""The router's decisions, without devices: seeded, per direction, and only where they were asked for."""

from __future__ import annotations

import struct

import pytest

from tests.browser.rig.forwarding import PROTOCOL_TCP, PROTOCOL_UDP, Forwarder, Impairment

ADDRESSES = {"host": "10.64.0.1", "n0": "10.64.0.11", "n1": "10.64.0.12"}


def packet(source: str, target: str, protocol: int = PROTOCOL_UDP, payload: bytes = b"") -> bytes:
    """An IPv4 packet between two ports, or to a dotted address."""

    def numbers(place: str) -> bytes:
        return bytes(int(part) for part in ADDRESSES.get(place, place).split("."))

    length = 20 + len(payload)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, protocol, 0, numbers(source), numbers(target))
    return header + payload


def test_without_impairment_a_packet_is_delivered_at_once_to_its_address_only() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    sent = packet("n0", "n1")
    assert forwarder.accept("n0", sent, now=0.0) == [("n1", sent)]
    assert forwarder.accept("n0", packet("n0", "10.64.0.99"), now=0.0) == []
    assert forwarder.next_due() is None


def test_a_delayed_packet_waits_for_its_time_within_the_jitter() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(one_way_ms=50, jitter_ms=10), include_host=False)
    for number in range(200):
        assert forwarder.accept("n0", packet("n0", "n1", payload=bytes([number])), now=1.0) == []
    assert forwarder.due(now=1.0399) == []
    early = forwarder.due(now=1.05)
    late = forwarder.due(now=1.0601)
    assert 60 < len(early) < 140 and len(early) + len(late) == 200


def test_jitter_lets_udp_packets_overtake_each_other_and_keeps_tcp_in_order() -> None:
    for protocol, may_overtake in ((PROTOCOL_UDP, True), (PROTOCOL_TCP, False)):
        forwarder = Forwarder(ADDRESSES, seed=1)
        forwarder.impair(Impairment(one_way_ms=50, jitter_ms=10), include_host=False)
        for number in range(100):
            forwarder.accept("n0", packet("n0", "n1", protocol, bytes([number])), now=number / 1000)
        arrived = [delivered[-1] for _, delivered in forwarder.due(now=9.0)]
        assert (arrived != sorted(arrived)) is may_overtake
        assert sorted(arrived) == list(range(100))


def test_loss_drops_about_its_share_and_counts_each_direction_by_itself() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(loss=0.05), include_host=False)
    for _ in range(4000):
        forwarder.accept("n0", packet("n0", "n1"), now=0.0)
    counts = forwarder.statistics()
    assert 150 < counts["n0>n1"]["dropped"] < 250
    assert counts["n0>n1"]["dropped"] + counts["n0>n1"]["delivered"] == 4000
    assert counts["n1>n0"] == {"delivered": 0, "delayed": 0, "dropped": 0, "blocked": 0, "bytes": 0}


def test_the_same_seed_drops_the_same_packets_and_another_seed_others() -> None:
    def fate(seed: int) -> list[bool]:
        forwarder = Forwarder(ADDRESSES, seed)
        forwarder.impair(Impairment(loss=0.3), include_host=False)
        return [bool(forwarder.accept("n0", packet("n0", "n1"), now=0.0)) for _ in range(200)]

    assert fate(7) == fate(7)
    assert fate(7) != fate(8)


@pytest.mark.parametrize("include_host", [False, True])
def test_the_host_is_impaired_only_when_told(include_host: bool) -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(one_way_ms=50), include_host=include_host)
    delivered = forwarder.accept("n0", packet("n0", "host", PROTOCOL_TCP), now=0.0)
    assert delivered == ([] if include_host else [("host", packet("n0", "host", PROTOCOL_TCP))])


@pytest.mark.parametrize("between", [["n0"], ["n0", "host"]])
def test_only_the_links_that_touch_the_named_ports_are_impaired(between: list[str]) -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(loss=1.0), include_host=True, between=between)
    arrives = {
        (source, target): bool(forwarder.accept(source, packet(source, target), now=0.0))
        for source, target in forwarder.links
    }
    assert arrives == {ends: not set(between) <= set(ends) for ends in arrives}


def test_blocked_udp_stops_datagrams_between_namespaces_but_no_tcp_and_no_name_resolution() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(block_udp=True, loss=0.0), include_host=False)
    assert forwarder.accept("n0", packet("n0", "n1"), now=0.0) == []
    assert len(forwarder.accept("n0", packet("n0", "n1", PROTOCOL_TCP), now=0.0)) == 1
    assert [target for target, _ in forwarder.accept("n0", packet("n0", "224.0.0.251"), now=0.0)] == ["n1"]
    assert forwarder.statistics()["n0>n1"]["blocked"] == 1


def test_after_clear_packets_pass_at_once_while_delayed_ones_keep_their_time() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    forwarder.impair(Impairment(one_way_ms=50), include_host=False)
    forwarder.accept("n0", packet("n0", "n1", payload=b"late"), now=0.0)
    forwarder.clear()
    assert len(forwarder.accept("n0", packet("n0", "n1", payload=b"soon"), now=0.01)) == 1
    assert forwarder.next_due() == pytest.approx(0.05)


def test_anything_but_an_ipv4_packet_is_discarded() -> None:
    forwarder = Forwarder(ADDRESSES, seed=1)
    for junk in (b"", b"\x45", b"\x60" + bytes(60)):
        assert forwarder.accept("n0", junk, now=0.0) == []
