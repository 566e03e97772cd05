"""The datagrams that were ever sent in an exploration, a bit each, and who still has a use for which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.engine.wire import ChecksumPacket, InputPacket, decode

from .actors import Actors
from .page import Look, Page


class Post:
    """Datagrams by receiver.

    Args:
        pages: By seat, the states of its peer.
        fences: Seats may come back.
    """

    def __init__(self, pages: Sequence[Actors[Page]], fences: bool) -> None:
        self._pages, self._fences = pages, fences
        seats = range(len(pages))
        self._bits: dict[tuple[int, bytes], int] = {}
        self._for: list[list[tuple[int, bytes, InputPacket | ChecksumPacket]]] = [[] for _ in seats]
        self._lines: dict[tuple[int, int], list[tuple[tuple[int, ...], int]]] = {
            (a, b): [] for a in seats for b in seats
        }
        self._stale: dict[tuple[int, int], tuple[int, int]] = {}
        self.masks = [0 for _ in seats]

    def bit(self, to: int, data: bytes) -> int:
        """Return a datagram's bit."""
        bit = self._bits.get((to, data))
        if bit is None:
            bit = self._bits[to, data] = 1 << len(self._bits)
            packet = decode(data, seats=len(self._pages), word_widths=[2] * len(self._pages))
            assert not isinstance(packet, str), packet
            self._for[to].append((bit, data, packet))
            self.masks[to] |= bit
            line = self._lines[packet.sender, to]
            line.append(((packet.view, sum(packet.acks), len(data)), bit))
            line.sort()
        return bit

    def among(self, to: int, bits: int) -> Iterator[bytes]:
        """Return a seat's datagrams that are among some bits."""
        if bits & self.masks[to]:
            for bit, data, _ in self._for[to]:
                if bits & bit:
                    yield data

    def stale(self, seat: int, state: int) -> int:
        """Return the datagrams that can never change anything at a peer in this state, or in any that follows."""
        known, stale = self._stale.get((seat, state), (0, 0))
        mine = self._for[seat]
        if known < len(mine):
            look = self._pages[seat].looks[state]
            for bit, _, packet in mine[known:]:
                if is_stale(packet, look, seat, self._fences):
                    stale |= bit
            self._stale[seat, state] = len(mine), stale
        return stale

    def newest(self, bits: int, sender: int, kept: int) -> int:
        """Lose a peer's datagrams but for the newest to everybody."""
        for receiver in range(len(self._pages)):
            under_way = [bit for _, bit in self._lines[sender, receiver] if bits & bit]
            for bit in under_way[:-kept]:
                bits &= ~bit
        return bits


def is_stale(packet: InputPacket | ChecksumPacket, look: Look, seat: int, fences: bool) -> bool:
    """Say whether a peer knows all that a datagram says, or will never listen to it."""
    sender = packet.sender
    if look.loading or packet.view < look.since[sender]:
        return not look.loading
    if not fences and sender not in look.members:
        return True
    if fences and look.newest[sender] < packet.sim_frame:
        return False
    if any(ack > known for ack, known in zip(packet.acks, look.held[sender], strict=True)):
        return False
    if isinstance(packet, ChecksumPacket):
        return not look.hashes.isdisjoint({(-1, packet.frame), (sender, packet.frame)})
    return packet.start_frame + len(packet.words) - 1 <= look.held[seat][sender]
