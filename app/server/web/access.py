"""How much one page may say. Pure: the time is an argument. Used by participant_socket.py."""

from __future__ import annotations

from app.server.domain.errors import Refused
from app.server.web.message_fields import MAX_DATAGRAM_BYTES

#: Messages a second and in one burst. A page at 60 frames a second sends fewer than a tenth of it.
MESSAGES = (100.0, 300.0)
#: Datagrams: 60 inputs a second, acknowledgements and resends; a burst after a short silence.
DATAGRAMS = (240.0, 600.0)
#: Longer, reliable messages: hashes, ends of episodes.
CONTROL = (20.0, 60.0)


class Bucket:
    """A bucket of so many tokens that fills at a rate; every message takes one."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_ms = per_second / 1000
        self._burst = burst
        self._tokens = burst
        self._at_ms: float | None = None

    def take(self, now_ms: float) -> bool:
        """Take a token if there is one."""
        passed = now_ms - self._at_ms if self._at_ms is not None else 0.0
        self._at_ms = now_ms
        self._tokens = min(self._burst, self._tokens + max(0.0, passed) * self._per_ms)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Allowance:
    """What one connection may send."""

    def __init__(self) -> None:
        self._messages = Bucket(*MESSAGES)
        self._datagrams = Bucket(*DATAGRAMS)
        self._control = Bucket(*CONTROL)

    def message(self, now_ms: float) -> None:
        """Count a message.

        Raises:
            Refused: `too_many`.
        """
        if not self._messages.take(now_ms):
            raise Refused("too_many", "this page sends too many messages; it is slowed down.")

    def relay(self, size: int, now_ms: float) -> bool:
        """Count relayed bytes; False means that they are dropped, as a network would."""
        bucket = self._datagrams if size <= MAX_DATAGRAM_BYTES else self._control
        return bucket.take(now_ms)
