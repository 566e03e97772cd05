"""What the router does with a packet: deliver, delay, drop, block. No device and no clock: both are arguments.

router_process.py feeds it. Each directed link between two ports has its own seeded random numbers, so that a run's
sequence of delays and losses depends on the seed and on the order of that link's packets only.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Collection
from dataclasses import asdict, dataclass, field

PROTOCOL_TCP = 6
PROTOCOL_UDP = 17
IPV4_HEADER_BYTES = 20
MULTICAST_FIRST_BYTES = range(224, 240)


@dataclass(frozen=True)
class Impairment:
    """What happens to the packets of one directed link, multicast ones excepted.

    Attributes:
        one_way_ms: mean delay of a packet, milliseconds.
        jitter_ms: half the width of the uniform spread around it; UDP packets may overtake each other, TCP's may not.
        loss: probability of a drop, 0 to 1.
        block_udp: drop every UDP packet.
    """

    one_way_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    block_udp: bool = False


CLEAR = Impairment()


@dataclass
class LinkCounts:
    """Packets of one directed link: `delivered` includes `delayed`; `dropped` by loss and `blocked` never arrive."""

    delivered: int = 0
    delayed: int = 0
    dropped: int = 0
    blocked: int = 0
    bytes: int = 0


@dataclass
class Link:
    """One directed link: its impairment, its random numbers and its counters."""

    random: random.Random
    impairment: Impairment = CLEAR
    counts: LinkCounts = field(default_factory=LinkCounts)
    last_tcp_due: float = 0.0


class Forwarder:
    """Decides for every packet where it goes and when.

    Args:
        addresses: port label -> IPv4 address.
        seed: of the delays and losses.
    """

    def __init__(self, addresses: dict[str, str], seed: int) -> None:
        self._port_of = {bytes(int(part) for part in address.split(".")): label for label, address in addresses.items()}
        self.links = {
            (source, target): Link(random.Random(f"{seed}:{source}>{target}"))
            for source in addresses
            for target in addresses
            if source != target
        }
        self._waiting: list[tuple[float, int, str, bytes]] = []
        self._order = 0

    def impair(self, impairment: Impairment, include_host: bool, between: Collection[str] = ()) -> None:
        """Sets the impairment of every link between namespaces, and of those to and from the host when told.

        Args:
            impairment: what happens to their packets from now on.
            include_host: links to and from the host, too.
            between: labels of ports; only links that touch every one of them, all where there is none.
        """
        for ends, link in self.links.items():
            if (include_host or "host" not in ends) and set(between) <= set(ends):
                link.impairment = impairment

    def clear(self) -> None:
        """Takes every impairment away; packets already delayed keep their time."""
        for link in self.links.values():
            link.impairment = CLEAR

    def accept(self, source: str, packet: bytes, now: float) -> list[tuple[str, bytes]]:
        """Takes one packet that arrived at a port.

        Args:
            source: label of the port.
            packet: an IP packet; anything but IPv4 is discarded.
            now: seconds, any monotonic clock.

        Returns:
            What to deliver at once, (label, packet) each.
        """
        if len(packet) < IPV4_HEADER_BYTES or packet[0] >> 4 != 4:
            return []
        destination = packet[16:20]
        if destination[0] in MULTICAST_FIRST_BYTES:
            # Name resolution between namespaces (mDNS, 224.0.0.251); the host's own services are left in peace.
            targets = [target for (other, target) in self.links if other == source and "host" not in (other, target)]
        else:
            target = self._port_of.get(destination)
            targets = [target] if target is not None and target != source else []
        return [(target, packet) for target in targets if self._passes(source, target, packet, now)]

    def due(self, now: float) -> list[tuple[str, bytes]]:
        """The delayed packets whose time has come, earliest first."""
        ready = []
        while self._waiting and self._waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(self._waiting)
            ready.append((target, packet))
        return ready

    def next_due(self) -> float | None:
        """When the earliest delayed packet is due, in the clock's seconds; None when nothing waits."""
        return self._waiting[0][0] if self._waiting else None

    def statistics(self) -> dict[str, dict[str, int]]:
        """Counters per directed link, "n0>n1" and so on."""
        return {f"{source}>{target}": asdict(link.counts) for (source, target), link in self.links.items()}

    def _passes(self, source: str, target: str, packet: bytes, now: float) -> bool:
        link = self.links[source, target]
        # Name resolution is spared: a lost mDNS query would test the resolver's patience and not the channel.
        impairment = CLEAR if packet[16] in MULTICAST_FIRST_BYTES else link.impairment
        counts = link.counts
        if impairment.block_udp and packet[9] == PROTOCOL_UDP:
            counts.blocked += 1
            return False
        if impairment.loss and link.random.random() < impairment.loss:
            counts.dropped += 1
            return False
        counts.delivered += 1
        counts.bytes += len(packet)
        if not (impairment.one_way_ms or impairment.jitter_ms):
            return True
        spread_ms = link.random.uniform(-impairment.jitter_ms, impairment.jitter_ms)
        due = now + max(0.0, impairment.one_way_ms + spread_ms) / 1000
        if packet[9] == PROTOCOL_TCP:
            # Real paths keep a flow's order; reordered TCP would be read as congestion and starve the page.
            due = link.last_tcp_due = max(due, link.last_tcp_due)
        counts.delayed += 1
        self._order += 1
        heapq.heappush(self._waiting, (due, self._order, target, packet))
        return False
