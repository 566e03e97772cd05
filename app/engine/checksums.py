"""Whether the seats agree: hashes of states and of inputs, on stable frames only.

A report says, for the state before `frame`, the state's hash and a running hash of all inputs before it. Equal inputs
and different states mean that the environment is not deterministic; different inputs mean that the netcode is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 32
"""Own reports kept for comparison: half a minute and more, far beyond any delay of the reliable path."""


@dataclass(frozen=True)
class Desync:
    """The seats disagree.

    Attributes:
        frame: The state before this frame is the first that is known to differ.
        seat: The seat that reported something else than ours.
        kind: `inputs` or `state`.
    """

    frame: int
    seat: int
    kind: str


class ChecksumLedger:
    """Our own hashes of one episode, compared with each other seat's as they come."""

    def __init__(self) -> None:
        self._inputs = hashlib.blake2b(digest_size=8)
        self._own: dict[int, tuple[int, int]] = {}
        self._waiting: dict[tuple[int, int], tuple[int, int]] = {}

    def add_inputs(self, words: Iterable[bytes]) -> None:
        """Take all seats' words of the next stable frame, in seat order."""
        for word in words:
            self._inputs.update(word)

    def inputs_hash(self) -> int:
        """Return the hash of all inputs taken so far."""
        return int.from_bytes(self._inputs.digest(), "big")

    def add_state(self, frame: int, state_hash: int) -> list[Desync]:
        """Take our own state hash before `frame`; return what it disagrees with."""
        self._own[frame] = (state_hash, self.inputs_hash())
        while len(self._own) > KEPT:
            del self._own[next(iter(self._own))]
        due = [seat for seat, at in self._waiting if at == frame]
        return [found for seat in due for found in self._compare(seat, frame, self._waiting.pop((seat, frame)))]

    def own(self, frame: int) -> tuple[int, int] | None:
        """Return our own hashes of the state and of the inputs before a frame, None if they are not kept."""
        return self._own.get(frame)

    def would_hash(self, frames: Iterable[Iterable[bytes]], expected: int) -> bool:
        """Say whether the inputs hash would be this one after more frames, all seats' words each."""
        inputs = self._inputs.copy()
        for words in frames:
            for word in words:
                inputs.update(word)
        return int.from_bytes(inputs.digest(), "big") == expected

    def told(self, seat: int, frame: int, state_hash: int, inputs_hash: int) -> list[Desync]:
        """Take another seat's report; return the disagreement, if there is one."""
        if frame in self._own:
            return self._compare(seat, frame, (state_hash, inputs_hash))
        if len(self._waiting) < KEPT * 16 and (not self._own or frame > max(self._own)):
            self._waiting[seat, frame] = (state_hash, inputs_hash)
        return []

    def _compare(self, seat: int, frame: int, theirs: tuple[int, int]) -> list[Desync]:
        ours = self._own[frame]
        if ours == theirs:
            return []
        return [Desync(frame, seat, "state" if ours[1] == theirs[1] else "inputs")]
