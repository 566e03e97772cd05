"""The way through the server for datagrams of seats without a channel between them.

Nothing is read, kept or changed here: bytes of one seat go to a partner in the same running match. A page sends what
one turn has for all its partners as one message, and gets what its partners send as one message, because a message
costs the server far more than the datagrams in it. This is its busiest path, so it goes around locks and the journal.
participant_socket.py makes one `ServerPath`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.server.domain.errors import Refused
from app.server.domain.session import Session
from app.server.web.access import Allowance

#: How long a datagram waits for those of other partners, at most. Half a frame at 60 frames a second.
BUNDLE_MS = 8.0
#: A bundle that is as long as this goes at once; only a line that has stood still brings so much together.
LONGEST_BUNDLE = 64


def targets(
    session: Session,
    allowance: Allowance,
    participant_id: str,
    match_id: str,
    datagrams: Sequence[tuple[int, bytes]],
    now_ms: float,
) -> list[tuple[str, int, bytes]]:
    """Return to whom a turn's datagrams go: participant, the sender's seat, bytes. All of them or none are allowed.

    Raises:
        Refused: the match, the sender's seat or a partner's is not what the page says, or it sends too much.
    """
    if not allowance.relay(sum(len(data) for _, data in datagrams), now_ms):
        raise Refused("too_many_datagrams", "this page relays more than a match needs; the rest is dropped.")
    found = []
    for to, data in datagrams:
        target = session.seats.partner(participant_id, match_id, to)
        # Otherwise the match has just ended; what was still on its way is of no use to anybody.
        if target is not None:
            found.append((*target, data))
    return found


@dataclass
class Bundle:
    """What is to be sent to one connection.

    Attributes:
        match_id: the match its page plays.
        frame_ms: after which a partner sends again.
        datagrams: the sender's seat and the bytes of each, in order.
        due_ms: when they go at the latest.
        spoke_ms: when each partner last sent something by the server, by seat.
    """

    match_id: str
    frame_ms: float
    datagrams: list[tuple[int, bytes]] = field(default_factory=list)
    due_ms: float = 0.0
    spoke_ms: dict[int, float] = field(default_factory=dict)

    def add(self, sender: int, data: bytes, now_ms: float) -> bool:
        """Add a datagram; say whether it is to go at once."""
        if not self.datagrams:
            self.due_ms = now_ms + BUNDLE_MS
        self.spoke_ms[sender] = now_ms
        self.datagrams.append((sender, data))
        return len(self.datagrams) >= LONGEST_BUNDLE or not self._awaits_somebody(now_ms)

    def _awaits_somebody(self, now_ms: float) -> bool:
        heard = {seat for seat, _ in self.datagrams}
        return any(
            seat not in heard and now_ms - BUNDLE_MS < at + self.frame_ms <= self.due_ms
            for seat, at in self.spoke_ms.items()
        )


class ServerPath:
    """Brings datagrams to pages, those for the same page together.

    A bundle goes after `BUNDLE_MS`, and at once when no other partner is about to send: each sends once a frame, so
    from its last time follows the next. Two seats never wait, nor do three whose frames fall apart.

    Args:
        send: sends a message to a connection, by the connection's id.
        start: runs a function beside everything else.
        sleep: lets others run for so many seconds.
        now_ms: a clock that never jumps.
    """

    def __init__(
        self,
        send: Callable[[str, dict[str, Any]], Any],
        start: Callable[[Callable[[], None]], Any],
        sleep: Callable[[float], Any],
        now_ms: Callable[[], float],
    ) -> None:
        self._send, self._start, self._sleep, self._now_ms = send, start, sleep, now_ms
        self._bundles: dict[str, Bundle] = {}
        # Connections whose bundle waits, the longest waiting first.
        self._due_ms: dict[str, float] = {}
        self._flushing = False

    def give(self, sid: str, match_id: str, frame_ms: float, sender: int, data: bytes, now_ms: float) -> None:
        """Bring a datagram of the seat `sender` to a connection, now or with the next ones."""
        bundle = self._bundles.get(sid)
        if bundle is None or bundle.match_id != match_id:
            self._flush(sid)
            bundle = self._bundles[sid] = Bundle(match_id, frame_ms)
        if bundle.add(sender, data, now_ms):
            self._flush(sid)
            return
        self._due_ms.setdefault(sid, bundle.due_ms)
        if not self._flushing:
            self._flushing = True
            self._start(self._flush_when_due)

    def forget(self, sid: str) -> None:
        """The connection is gone."""
        self._bundles.pop(sid, None)
        self._due_ms.pop(sid, None)

    def _flush_when_due(self) -> None:
        try:
            while self._due_ms:
                sid, due_ms = next(iter(self._due_ms.items()))
                left_ms = due_ms - self._now_ms()
                if left_ms > 0:
                    self._sleep(left_ms / 1000)
                else:
                    self._flush(sid)
        finally:
            self._flushing = False

    def _flush(self, sid: str) -> None:
        self._due_ms.pop(sid, None)
        bundle = self._bundles.get(sid)
        if bundle is not None and bundle.datagrams:
            datagrams, bundle.datagrams = bundle.datagrams, []
            self._send(sid, {"match_id": bundle.match_id, "datagrams": datagrams})
