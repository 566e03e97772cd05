"""What one peer knows of the way to another: packets counted, round trips measured, silence noticed."""

from __future__ import annotations

from collections import deque

from .inputs import NULL_FRAME
from .wire import STAMP_MODULUS, Packet

RTT_SAMPLES = 64
"""Round trips kept for the current ping: about two seconds of play."""
RTT_HISTORY = 4096
"""Round trips kept for the match's statistics."""
MAX_HOLD_MS = 60_000
"""A stamp held longer is not echoed: with its travel it would come near the stamps' modulus."""
SEQ_MODULUS = 0x10000
PROGRESS_MS = 1000
"""On a path that should lose nothing, so long without a new acknowledgement means that it did."""


class PeerLink:
    """The state of the link to one other seat; round trips outlive an episode, the rest does not.

    Attributes:
        newest_frame: The newest frame that the peer is known to have stepped.
        heard_at: When a packet came last, ms; None before the first turn of the episode.
        silent_ms: For how long nothing has been heard while the peer takes part.
        interrupted: Nothing has been heard for long enough to say so.
        suspected: Nothing has been heard for long enough to tell the server.
        in_order: The path loses and reorders nothing: what was sent need not be sent again.
        must_answer: The peer repeats itself, so our acknowledgement was lost.
    """

    def __init__(self) -> None:
        self.rtts: deque[float] = deque(maxlen=RTT_SAMPLES)
        self.rtt_history: deque[float] = deque(maxlen=RTT_HISTORY)
        self.in_order = False
        self._seq = 0
        self._newest_seq: int | None = None
        self._newest_sent_at: int | None = None
        self._newest_arrived = 0.0
        self.new_epoch()

    def new_epoch(self) -> None:
        """Begin another episode: frames count from 0 again."""
        self.newest_frame = NULL_FRAME
        self.heard_at: float | None = None
        self.silent_ms = 0.0
        self.interrupted = self.suspected = False
        self.sent_through = NULL_FRAME
        self.sent_acks: tuple[int, ...] = ()
        self.sent_at = float("-inf")
        self.must_answer = False
        self._acked, self._progress_at = NULL_FRAME, float("-inf")

    def new_life(self) -> None:
        """Begin anew with a peer that has: its packets count from 0 again."""
        self._newest_seq = self._newest_sent_at = None
        self.new_epoch()

    def next_seq(self) -> int:
        """Return the number of the next packet to this peer."""
        self._seq = (self._seq + 1) % SEQ_MODULUS
        return self._seq

    def received(self, now: float, packet: Packet) -> bool:
        """Note a packet's arrival; say whether it is newer than all before (an older one tells nothing of lag)."""
        self.heard_at = now
        newest = self._newest_seq
        if newest is not None and not 0 < (packet.seq - newest) % SEQ_MODULUS < SEQ_MODULUS // 2:
            return False
        self._newest_seq = packet.seq
        self._newest_sent_at, self._newest_arrived = packet.sent_at, now
        if packet.echo_hold is not None:
            rtt = (int(now) - packet.echo_of - packet.echo_hold) % STAMP_MODULUS
            if rtt < MAX_HOLD_MS:
                self.rtts.append(rtt)
                self.rtt_history.append(rtt)
        return True

    def first_unsent(self, acked: int, now: float) -> int:
        """Return the first frame that must be sent, or sent again.

        Args:
            acked: The newest own frame that the peer has acknowledged.
            now: ms.
        """
        if acked > self._acked or self._progress_at == float("-inf"):
            self._acked, self._progress_at = acked, now
        if self.in_order and now - self._progress_at < PROGRESS_MS:
            return max(acked, self.sent_through) + 1
        return acked + 1

    def sent(self, now: float, through: int, acks: tuple[int, ...]) -> None:
        """Note that everything up to a frame was sent, with these acknowledgements."""
        self.sent_at, self.sent_through, self.sent_acks, self.must_answer = now, through, acks, False

    def switched(self, in_order: bool) -> None:
        """Note that packets go another way from now on: what is under way on the old one may never come."""
        self.in_order = in_order
        self.sent_through = NULL_FRAME

    def echo(self, now: float) -> tuple[int, int | None]:
        """Return the newest stamp of the peer and how long it was held here, ms; None where there is none to echo."""
        if self._newest_sent_at is None or not 0 <= now - self._newest_arrived < MAX_HOLD_MS:
            return 0, None
        return self._newest_sent_at, int(now) - int(self._newest_arrived)

    def ping_ms(self) -> float | None:
        """Return the median of the recent round trips, or None before the first."""
        if not self.rtts:
            return None
        ordered = sorted(self.rtts)
        return ordered[len(ordered) // 2]
