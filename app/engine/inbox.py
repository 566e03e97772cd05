"""Packets that come in: which are taken, what they say, and why the others are not.

What another page sends is data. It is bounded when it is decoded, and here it is asked whether it belongs to this
match, episode and membership at all; what does not is counted by its reason and dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .checksums import ChecksumLedger
from .inputs import InputTrack
from .link import PeerLink
from .membership import Membership, ViewChanges
from .metrics import Counters
from .timesync import TimeSync
from .truth import Truth
from .turn import SessionConfig, Turn
from .wire import ChecksumPacket, InputPacket, decode


class Inbox:
    """What one episode's session receives.

    Attributes:
        flagged: A seat has said two different things about one frame.

    Args:
        config: The session's.
        tracks: All seats' inputs.
        accepts: By seat, whether a word means an action.
        truth: What everybody holds.
        views: Whose inputs are not taken now.
        links: By seat.
        membership: Who is listened to.
        timesync: Learns how far the others are ahead of us.
        ledger: Compares checksums.
        counters: Count what is received.
    """

    def __init__(
        self,
        config: SessionConfig,
        tracks: Sequence[InputTrack],
        accepts: Sequence[Callable[[bytes], bool]],
        truth: Truth,
        views: ViewChanges,
        links: Mapping[int, PeerLink],
        membership: Membership,
        timesync: TimeSync,
        ledger: ChecksumLedger,
        counters: Counters,
    ) -> None:
        self._config, self._tracks, self._accepts, self._truth, self._views = config, tracks, accepts, truth, views
        self._links, self._membership, self._timesync = links, membership, timesync
        self._ledger, self._counters = ledger, counters
        self._widths = [len(track.standing.default) for track in tracks]
        self.flagged = False

    def take(self, now: float, data: bytes, turn: Turn) -> bool:
        """Take a datagram; say whether there was anything in it for us.

        Args:
            now: When it arrived, ms.
            data: Anything.
            turn: Gets the disagreements and events.
        """
        packet = decode(data, seats=self._config.seats, word_widths=self._widths)
        reason = packet if isinstance(packet, str) else self._why_not(packet)
        if isinstance(packet, str) or reason:
            self._counters.rejected(reason)
            return False
        link = self._links[packet.sender]
        link.heard_at = now
        if packet.view > self._membership.view and not self._views.takes_part:
            return False  # it counts what a change made that we have not been told: who watches has promised nothing
        self._truth.told(packet.sender, packet.acks, packet.view, self._views.frames)
        if isinstance(packet, ChecksumPacket):
            self._counters.received("checksum", len(data))
            turn.desyncs += self._ledger.told(packet.sender, packet.frame, packet.state_hash, packet.inputs_hash)
        else:
            self._counters.received("input" if packet.words else "keepalive", len(data))
            if link.received(now, packet):
                self._timesync.told(packet.sender, packet.lag_to_you)
            link.newest_frame = max(link.newest_frame, packet.sim_frame)
            self._take_inputs(packet, link, turn)
        return True

    def _why_not(self, packet: InputPacket | ChecksumPacket) -> str:
        membership, sender = self._membership, packet.sender
        if packet.match_tag != self._config.match_tag:
            return "match"
        if sender == self._config.local_seat:
            return "sender"
        if packet.epoch != self._config.epoch:
            return "epoch"
        if packet.view < membership.since[sender]:
            return "view"  # from before its seat was cut, or taken again
        if sender not in membership.members and sender not in membership.observers:
            return "member"
        return ""

    def _take_inputs(self, packet: InputPacket, link: PeerLink, turn: Turn) -> None:
        seat = packet.sender
        if not packet.words or seat in self._views.frozen or seat not in self._views.members:
            return
        if not all(self._accepts[seat](word) for word in packet.words):
            self._counters.rejected("action")
            return
        new, conflict = self._tracks[seat].merge(packet.start_frame, packet.words)
        if conflict is not None:
            self._counters.equivocations += 1
            if not self.flagged:
                turn.events.append({"name": "equivocation", "seat": seat, "frame": conflict})
            self.flagged = True
        if not new:
            link.must_answer = True  # it repeats what we hold, or leaves a gap: our acknowledgement was lost
