"""Packets on their way out: to whom, when, and with which of our inputs.

Everything that is not acknowledged is sent again with every packet, oldest first, so that a lost one costs nothing but
time. Every packet of every kind carries the acknowledgements, so that a peer with nothing to say keeps nobody waiting.
"""

from __future__ import annotations

from collections.abc import Mapping

from .inputs import NULL_FRAME, InputTrack
from .link import PeerLink
from .membership import Membership, ViewChanges
from .metrics import Counters
from .timesync import TimeSync
from .truth import Truth
from .turn import SessionConfig, Turn
from .wire import MAX_WORDS, STAMP_MODULUS, ChecksumPacket, Header, InputPacket, encode, words_that_fit

RETRY_MS = 200
"""With nothing new to say, the last packet is repeated this often: a retry and a keepalive in one."""
MAX_PACKETS_A_STEP = 3


class Outbox:
    """What one episode's session sends.

    Args:
        config: The session's.
        track: Our own inputs.
        truth: What everybody holds.
        links: By seat.
        membership: Its view goes with every packet.
        views: Who is sent to.
        timesync: How far we are ahead of whom.
        counters: Count what is sent.
    """

    def __init__(
        self,
        config: SessionConfig,
        track: InputTrack,
        truth: Truth,
        links: Mapping[int, PeerLink],
        membership: Membership,
        views: ViewChanges,
        timesync: TimeSync,
        counters: Counters,
    ) -> None:
        self._config, self._track, self._truth = config, track, truth
        self._links, self._membership, self._views = links, membership, views
        self._timesync, self._counters = timesync, counters

    def fill(self, turn: Turn, now: float, sim_frame: int, frames: int) -> None:
        """Add the datagrams that are due to a turn.

        Args:
            turn: Gets them.
            now: ms.
            sim_frame: The newest frame stepped.
            frames: Frames of the episode; inputs beyond them concern nobody.
        """
        local = self._config.local_seat
        acks = tuple(self._truth.own)
        # An observer has no inputs of its own.
        last = min(self._track.last, frames - 1) if self._views.takes_part else NULL_FRAME
        for seat in self._views.peers():
            link = self._links[seat]
            if seat not in self._views.members and link.heard_at is None:
                continue  # who comes back says first what it holds
            start = link.first_unsent(self._truth.rows[seat][local], now)
            new = last > link.sent_through or acks != link.sent_acks or link.must_answer
            if not new and now - link.sent_at < RETRY_MS:
                continue
            pending = self._track.words(start, last + 1)
            # Nobody waits for who has just come back, so what it lacks may be much.
            if seat in self._views.members and self._truth.holds_since_return(seat, local):
                assert len(pending) <= MAX_WORDS, f"INV-8: {len(pending)} inputs are not acknowledged by seat {seat}"
            for _ in range(MAX_PACKETS_A_STEP):
                count = words_that_fit(pending, self._config.seats)
                data = encode(InputPacket(*self._header(seat, sim_frame, now), max(start, 0), pending[:count]))
                turn.sends.append((seat, data))
                self._counters.sent("input" if count else "keepalive", len(data))
                start, pending = start + count, pending[count:]
                if not pending:
                    break
            link.sent(now, start - 1, acks)

    def checksums(self, turn: Turn, sim_frame: int, frame: int, state_hash: int, inputs_hash: int) -> None:
        """Add the report of a state hash to a turn, for every peer."""
        for seat in self._views.peers():
            head = self._header(seat, sim_frame, None)
            data = encode(ChecksumPacket(*head, frame, state_hash, inputs_hash))
            turn.reliable.append((seat, data))
            self._counters.sent("checksum", len(data))

    def _header(self, seat: int, sim_frame: int, now: float | None) -> Header:
        """Return what every packet carries, in order; without a time, nothing that round trips are measured by."""
        link, config = self._links[seat], self._config
        echo_of, echo_hold = (0, None) if now is None else link.echo(now)
        sent_at = 0 if now is None else int(now) % STAMP_MODULUS
        return (
            config.match_tag, config.epoch, self._membership.view, config.local_seat, link.next_seq(), sim_frame,
            self._timesync.lag(seat), sent_at, echo_of, echo_hold, tuple(self._truth.own),
        )  # fmt: skip
