"""A seeded switch in virtual time: every directed link has its own faults, and nothing here reads a clock.

Two kinds of path join the peers. `channel` goes straight from peer to peer and behaves like a datagram: lost, doubled,
overtaken. `server` goes from a peer to the server or back and behaves like Socket.IO: everything arrives once and in
order, late if need be, until the connection breaks and takes along what was on its way.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, fields, replace
from typing import Any

SERVER = -1
"""The server's address; peers have their seat's index."""
CHANNEL, RELAY = "channel", "server"
SHORTEST_MS = 0.1


@dataclass(frozen=True)
class Conditions:
    """One direction of a link.

    Attributes:
        delay_ms: What every packet takes.
        jitter_ms: More or less than that, by chance.
        loss: The share of packets that is lost; on a FIFO link each costs a repetition's time instead.
        duplication: The share that arrives twice.
        reorder: The share that is overtaken by what is sent after it.
        reorder_ms: By how much those are late.
        burst_enter: The chance at each packet that a burst of losses begins (Gilbert-Elliott).
        burst_leave: The chance at each packet that it ends.
        burst_loss: The share that is lost within a burst.
        bytes_per_s: What the line carries; 0 for any amount.
        queue_bytes: What may wait for the line; more is lost.
        hold_every_ms: How often the line holds everything back for a while, as wireless networks do; 0 for never.
        hold_ms: For how long; then all of it arrives at once.
        fifo: Reliable and in order.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    duplication: float = 0.0
    reorder: float = 0.0
    reorder_ms: float = 60.0
    burst_enter: float = 0.0
    burst_leave: float = 0.3
    burst_loss: float = 0.8
    bytes_per_s: float = 0.0
    queue_bytes: float = 4000.0
    hold_every_ms: float = 0.0
    hold_ms: float = 0.0
    fifo: bool = False

    def changed(self, values: dict[str, Any]) -> Conditions:
        """Return these conditions with some of them changed."""
        unknown = set(values) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"a link has no {', '.join(sorted(unknown))}")
        return replace(self, **values)


@dataclass
class Counted:
    """What happened on a link so far."""

    sent: int = 0
    lost: int = 0
    doubled: int = 0
    overflowed: int = 0


class Link:
    """One direction of one path between two addresses.

    Args:
        conditions: What it does to packets.
        seed: Of its own dice, so that one link's traffic does not change another's luck.
    """

    def __init__(self, conditions: Conditions, seed: str) -> None:
        self.conditions = conditions
        self.counted = Counted()
        self.blocked = False
        self.connection = 0
        self._waiting: list[Any] = []
        self._random = random.Random(seed)
        self._bad = False
        self._line_free_at = 0.0
        self._last_arrival = 0.0

    def send(self, now: float, payload: bytes | Any, size: int) -> list[float]:
        """Return when a packet arrives: never, once, or twice."""
        conditions, dice = self.conditions, self._random
        self.counted.sent += 1
        if self.blocked:
            if conditions.fifo:
                self._waiting.append(payload)
            else:
                self.counted.lost += 1
            return []
        lost = dice.random() < self._share_lost()
        departs = self._through_the_line(now, size)
        if departs is None or (lost and not conditions.fifo):
            self.counted.lost += 1
            return []
        arrivals = [self._arrival(departs, lost)]
        if conditions.duplication and not conditions.fifo and dice.random() < conditions.duplication:
            self.counted.doubled += 1
            arrivals.append(self._arrival(departs, False))
        return arrivals

    def release(self) -> list[Any]:
        """Unblock; return what waited (a FIFO link only), to be sent now."""
        self.blocked = False
        waiting, self._waiting = self._waiting, []
        return waiting

    def reset(self) -> None:
        """Break the connection: what is under way on it never arrives."""
        self.connection += 1
        self._waiting.clear()
        self._last_arrival = self._line_free_at = 0.0

    def _share_lost(self) -> float:
        conditions, dice = self.conditions, self._random
        if conditions.burst_enter:
            turned = dice.random() < (conditions.burst_leave if self._bad else conditions.burst_enter)
            self._bad = self._bad != turned
        return conditions.burst_loss if self._bad and conditions.burst_enter else conditions.loss

    def _through_the_line(self, now: float, size: int) -> float | None:
        conditions = self.conditions
        if not conditions.bytes_per_s:
            return now
        queued = max(0.0, self._line_free_at - now) * conditions.bytes_per_s / 1000
        if not conditions.fifo and queued + size > conditions.queue_bytes:
            self.counted.overflowed += 1
            return None
        self._line_free_at = max(now, self._line_free_at) + size * 1000 / conditions.bytes_per_s
        return self._line_free_at

    def _arrival(self, departs: float, repeated: bool) -> float:
        conditions, dice = self.conditions, self._random
        takes = conditions.delay_ms + dice.uniform(-1, 1) * conditions.jitter_ms
        if conditions.reorder and not conditions.fifo and dice.random() < conditions.reorder:
            takes += conditions.reorder_ms
        if repeated:
            takes += 2 * conditions.delay_ms + 20
        arrival = departs + max(SHORTEST_MS, takes)
        if conditions.hold_every_ms and arrival % conditions.hold_every_ms < conditions.hold_ms:
            arrival += conditions.hold_ms - arrival % conditions.hold_every_ms
        if conditions.fifo:
            arrival = self._last_arrival = max(arrival, self._last_arrival)
        return arrival


class Switch:
    """All links of a match.

    Args:
        seed: Of the network's dice.
        channel: What a channel does where nothing else is said.
        relay: What a connection to the server does.
    """

    def __init__(self, seed: int, channel: Conditions, relay: Conditions) -> None:
        self._seed = seed
        self._base = {CHANNEL: channel, RELAY: relay.changed({"fifo": True})}
        self._links: dict[tuple[str, int, int], Link] = {}

    def link(self, path: str, sender: int, receiver: int) -> Link:
        """Return one directed link; it comes to be when it is first asked for."""
        key = (path, sender, receiver)
        if key not in self._links:
            self._links[key] = Link(self._base[path], f"{self._seed}/{path}/{sender}>{receiver}")
        return self._links[key]

    def between(self, path: str, sender: int | None, receiver: int | None, peers: int) -> list[tuple[int, int, Link]]:
        """Return the directed links of a path; None as an end stands for every address."""
        addresses = range(peers)
        ends = [(one, other) for one in addresses for other in addresses if one != other]
        if path == RELAY:
            ends = [pair for peer in addresses for pair in ((peer, SERVER), (SERVER, peer))]
        return [
            (one, other, self.link(path, one, other))
            for one, other in ends
            if sender in (None, one) and receiver in (None, other)
        ]

    def totals(self) -> dict[str, int]:
        """Return what happened on all links together."""
        names = [field.name for field in fields(Counted)]
        return {name: sum(getattr(link.counted, name) for link in self._links.values()) for name in names}


class Trace:
    """A hash of everything that happened, in order: the same schedule gives the same hash."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self.length = 0

    def add(self, now: float, kind: str, who: int, data: bytes = b"") -> None:
        """Note one thing that happened."""
        self._digest.update(f"{now:.6f}/{kind}/{who}/{len(data)}/".encode())
        self._digest.update(data)
        self.length += 1

    def hash(self) -> str:
        """Return the hash of all that happened so far."""
        return self._digest.hexdigest()
