"""What one peer knows of the way to another: packets counted, round trips measured."""

from __future__ import annotations

from collections import deque

from .inputs import NULL_FRAME
from .wire import Packet

RTT_SAMPLES = 64
"""Round trips kept for the current ping: about two seconds of play."""
RTT_HISTORY = 4096
"""Round trips kept for the match's statistics."""
MAX_HOLD_MS = 65_535
"""A stamp held longer does not fit its field, and would be counted as travel."""
SEQ_MODULUS = 0x10000


class PeerLink:
    """The state of the link to one other seat; round trips outlive an episode, the rest does not."""

    def __init__(self) -> None:
        self.rtts: deque[float] = deque(maxlen=RTT_SAMPLES)
        self.rtt_history: deque[float] = deque(maxlen=RTT_HISTORY)
        self._seq = 0
        self._newest_seq: int | None = None
        self._newest_sent_at = 0
        self._newest_arrived = 0.0
        self.new_epoch()

    def new_epoch(self) -> None:
        """Begin another episode: frames count from 0 again."""
        self.newest_frame = NULL_FRAME
        self.sent_through = NULL_FRAME
        self.sent_acks: tuple[int, ...] = ()
        self.sent_at = float("-inf")
        self.must_answer = False

    def next_seq(self) -> int:
        """Return the number of the next packet to this peer."""
        self._seq = (self._seq + 1) % SEQ_MODULUS
        return self._seq

    def received(self, now: float, packet: Packet) -> bool:
        """Note a packet's arrival; say whether it is newer than all before (an older one tells nothing of lag)."""
        newest = self._newest_seq
        if newest is not None and not 0 < (packet.seq - newest) % SEQ_MODULUS < SEQ_MODULUS // 2:
            return False
        self._newest_seq = packet.seq
        if packet.sent_at:
            self._newest_sent_at, self._newest_arrived = packet.sent_at, now
        if packet.echo_of and packet.echo_hold < MAX_HOLD_MS:
            rtt = ((int(now) - packet.echo_of) & 0xFFFFFFFF) - packet.echo_hold
            if 0 <= rtt < MAX_HOLD_MS:
                self.rtts.append(rtt)
                self.rtt_history.append(rtt)
        return True

    def sent(self, now: float, through: int, acks: tuple[int, ...]) -> None:
        """Note that everything up to a frame was sent, with these acknowledgements."""
        self.sent_at, self.sent_through, self.sent_acks, self.must_answer = now, through, acks, False

    def echo(self, now: float) -> tuple[int, int]:
        """Return the newest stamp of the peer and how long it was held here, ms."""
        if not self._newest_sent_at:
            return 0, 0
        return self._newest_sent_at, max(0, int(now) - int(self._newest_arrived))

    def ping_ms(self) -> float | None:
        """Return the median of the recent round trips, or None before the first."""
        if not self.rtts:
            return None
        ordered = sorted(self.rtts)
        return ordered[len(ordered) // 2]
