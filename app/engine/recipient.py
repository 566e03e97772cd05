"""Taking over another seat's state, for a page that comes back and would have to step for too long.

Until the state is here, and whenever anything about it is wrong, the page goes on stepping as if it had not asked: the
episode's seed and the inputs are enough. It asks once an episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .checksums import ChecksumLedger
from .donor import PART_BYTES
from .inputs import InputTrack
from .plain_state import MOST_BYTES, decode
from .simulation import Simulation
from .stable_rows import StableRows
from .timeline import Timeline
from .turn import SessionConfig, Turn

NO_PROGRESS_MS = 5000.0
"""So long without an answer or a part, and nothing is waited for any more."""


@dataclass(frozen=True)
class _Offer:
    """A state before `frame`: its hashes, and how much comes."""

    frame: int
    state_hash: int
    inputs_hash: int
    size: int
    parts: int


class Recipient:
    """A page that comes back, in one episode.

    Attributes:
        asked: Whether it has asked for a state.
        reason: Why it goes on by stepping, where that is decided; empty before.
        skipped: The first and the last frame that were not stepped here, once a state was taken over.

    Args:
        config: The session's.
        simulation: Takes the state.
        timeline: Goes on from it.
        rows: Likewise.
        ledger: Compares its hashes.
        tracks: All seats' inputs.
    """

    def __init__(
        self,
        config: SessionConfig,
        simulation: Simulation,
        timeline: Timeline,
        rows: StableRows,
        ledger: ChecksumLedger,
        tracks: Sequence[InputTrack],
    ) -> None:
        self._config, self._simulation = config, simulation
        self._timeline, self._rows, self._ledger, self._tracks = timeline, rows, ledger, tracks
        self.asked = False
        self.reason = ""
        self.skipped: tuple[int, int] | None = None
        self._progress_at = 0.0
        self._offer: _Offer | None = None
        self._parts: list[bytes] = []

    @property
    def waits(self) -> bool:
        """Whether a state is on its way here."""
        return self.asked and not self.reason and self.skipped is None

    @property
    def holds(self) -> bool:
        """Whether nothing is stepped until the state is here, or will not come."""
        return self.waits and self._config.longest_stepping_ms == 0

    def ask(self, now: float, left: int, step_ms: float | None) -> list[dict[str, Any]]:
        """Return the question for a state, if stepping takes too long and it was not put before.

        Args:
            now: ms.
            left: Frames to step until we are level with the others.
            step_ms: What one costs here; None before enough were measured.
        """
        limit = self._config.longest_stepping_ms
        takes_long = left > 0 if limit == 0 else step_ms is not None and left * step_ms > limit
        if self.asked or self.reason or not takes_long:
            return []
        if not self._simulation.changes_hands:
            self.reason = "no_get_state"
            return []
        self.asked, self._progress_at = True, now
        return [{"kind": "snapshot", "epoch": self._config.epoch}]

    def offered(self, now: float, message: dict[str, Any]) -> None:
        """Take what a donor is about to send."""
        if not self.waits or self._offer is not None or message.get("epoch") != self._config.epoch:
            return
        numbers = [message.get(name) for name in ("frame", "size", "parts")]
        try:
            state_hash, inputs_hash = (int(message[name], 16) for name in ("state_hash", "inputs_hash"))
        except (KeyError, TypeError, ValueError):
            self.give_up("malformed")
            return
        if not all(type(number) is int and number > 0 for number in numbers):
            self.give_up("malformed")
            return
        offer = _Offer(message["frame"], state_hash, inputs_hash, message["size"], message["parts"])
        if offer.size > MOST_BYTES or offer.parts != -(-offer.size // PART_BYTES):
            self.give_up("too_large" if offer.size > MOST_BYTES else "malformed")
            return
        self._offer, self._progress_at = offer, now

    def part(self, now: float, frame: int, index: int, data: bytes) -> None:
        """Take a part; one of another state, or out of order, is passed over."""
        offer = self._offer
        if not self.waits or offer is None or frame != offer.frame or index != len(self._parts):
            return
        is_last = index == offer.parts - 1
        if index >= offer.parts or len(data) != (offer.size - index * PART_BYTES if is_last else PART_BYTES):
            self.give_up("malformed")
            return
        self._parts.append(data)
        self._progress_at = now

    def give_up(self, reason: str) -> None:
        """Go on by stepping."""
        if self.waits:
            self.reason, self._parts, self._offer = reason, [], None

    def take(self, now: float, confirmed: int, frames: int, turn: Turn) -> None:
        """Go on from the state that was sent, once it is whole and every input before it is certain.

        Args:
            now: ms.
            confirmed: The newest frame whose inputs are certain.
            frames: Frames of the episode.
            turn: Is told what was skipped.
        """
        if not self.waits:
            return
        offer, here = self._offer, self._timeline.frame
        whole = offer is not None and len(self._parts) == offer.parts
        is_told = self._rows.recorded == here - 1 and not turn.rows  # what a turn skips lies before its rows
        if offer is not None and here >= offer.frame:
            self.give_up("overtaken")
        elif not whole and now - self._progress_at >= NO_PROGRESS_MS:
            self.give_up("no_progress")
        elif offer is not None and offer.frame >= frames:
            self.give_up("episode_over")
        elif offer is not None and whole and confirmed >= offer.frame - 1 and is_told:
            self._take(offer, here, turn)

    def _take(self, offer: _Offer, here: int, turn: Turn) -> None:
        words = [tuple(track[frame] for track in self._tracks) for frame in range(here, offer.frame)]
        if not self._ledger.would_hash(words, offer.inputs_hash):
            self.give_up("other_inputs")
            return
        before, saved = self._simulation.save(), None
        try:
            self._simulation.load(self._simulation.adopted(decode(b"".join(self._parts))))
            saved = self._simulation.save()
            reason = "" if self._simulation.hash(saved) == offer.state_hash else "other_state"
        except Exception as error:  # noqa: BLE001 -- set_state is the researcher's code, and the data came from outside
            reason = f"not_taken: {type(error).__name__}: {error}"[:200]
        if reason:
            self._simulation.load(before)
            self.give_up(reason)
            return
        for each in words:
            self._ledger.add_inputs(each)
        self.skipped = turn.skipped = here, offer.frame - 1
        self._parts = []
        self._timeline.resume(offer.frame, saved, words[-1])
        self._rows.resume(offer.frame, saved, offer.state_hash, turn)
        turn.events.append({"name": "state_taken", "frame": offer.frame, "skipped": len(words)})
