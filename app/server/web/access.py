"""How much one page may say. Pure: the time is an argument. Used by participant_socket.py."""

from __future__ import annotations

from app.server.domain.errors import Refused

#: Messages a second and in one burst. A page at 60 frames a second sends fewer than a tenth of it.
MESSAGES = (100.0, 300.0)
#: Turns by the server: 60 a second at most, and hashes; a burst after the line has stood still for some seconds.
TURNS = (120.0, 600.0)
#: Bytes of their datagrams: ten times what seven partners need at 60 frames a second.
TURN_BYTES = (256 * 1024.0, 1024 * 1024.0)

#: Parts of a state for who comes back, 16 KiB each: two a turn at 60 turns a second.
PARTS = (120.0, 240.0)


class Bucket:
    """A bucket of so many tokens that fills at a rate."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_ms = per_second / 1000
        self._burst = burst
        self._tokens = burst
        self._at_ms: float | None = None

    def take(self, now_ms: float, tokens: float = 1) -> bool:
        """Take so many tokens if they are there."""
        passed = now_ms - self._at_ms if self._at_ms is not None else 0.0
        self._at_ms = now_ms
        self._tokens = min(self._burst, self._tokens + max(0.0, passed) * self._per_ms)
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class Allowance:
    """What one connection may send."""

    def __init__(self) -> None:
        self._messages = Bucket(*MESSAGES)
        self._parts = Bucket(*PARTS)
        self._turns = Bucket(*TURNS)
        self._turn_bytes = Bucket(*TURN_BYTES)

    def message(self, now_ms: float) -> None:
        """Count a message.

        Raises:
            Refused: `too_many`.
        """
        if not self._messages.take(now_ms):
            raise Refused("too_many", "this page sends too many messages; it is slowed down.")

    def relay(self, size: int, now_ms: float) -> bool:
        """Count a turn's relayed bytes; False means that they are dropped, as a network would."""
        return self._turns.take(now_ms) and self._turn_bytes.take(now_ms, size)

    def part(self, now_ms: float) -> None:
        """Count a part of a state.

        Raises:
            Refused: `too_many`.
        """
        if not self._parts.take(now_ms):
            raise Refused("too_many", "this page sends parts of a state too fast.")
