"""Where stepped frames become data: rows handed out once, in order, when their frame is stable.

Nothing else lets a row leave a session.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from .checksums import ChecksumLedger
from .inputs import NULL_FRAME
from .outbox import Outbox
from .simulation import Outcome
from .timeline import Timeline
from .turn import StableRow, Turn

HASHED_KEPT = 4
"""Hashed states kept for telling in which part the seats differ: the others' hashes come within seconds."""


class StableRows:
    """The rows of one episode.

    Attributes:
        recorded: The newest frame that was handed out.
        last_hash: The newest state hash, 16 hexadecimal digits, empty before the first.
        failure: The outcome of a frame that is certain and in which the environment raised something.

    Args:
        timeline: The stepped frames.
        ledger: Keeps and compares the hashes.
        outbox: Tells them to the others.
    """

    def __init__(self, timeline: Timeline, ledger: ChecksumLedger, outbox: Outbox) -> None:
        self._timeline, self._ledger, self._outbox = timeline, ledger, outbox
        self.recorded = NULL_FRAME
        self.last_hash = ""
        self.failure: Outcome | None = None
        self._hashed: deque[tuple[int, Any]] = deque(maxlen=HASHED_KEPT)

    def state_before(self, frame: int) -> Any | None:
        """Return the state before a frame that was hashed of late, None if it is not kept."""
        return next((saved for at, saved in self._hashed if at == frame), None)

    def newest(self) -> tuple[int, Any] | None:
        """Return the newest hashed state and the frame that it is before; None before the first."""
        return self._hashed[-1] if self._hashed else None

    def resume(self, frame: int, saved: Any, state_hash: int, turn: Turn) -> None:
        """Go on from a state that was taken over: what comes before its frame is in the others' records."""
        self.recorded, self.last_hash = frame - 1, f"{state_hash:016x}"
        self._hashed.append((frame, saved))
        turn.desyncs += self._ledger.add_state(frame, state_hash)

    def hand_out(self, turn: Turn, stable: int, confirmed: int, fence: int | None) -> None:
        """Add the rows that have become final to a turn, and forget what nobody can need any more.

        Args:
            turn: Gets them.
            stable: The newest frame that everybody holds all inputs of.
            confirmed: The newest frame that we do.
            fence: A frame that we have promised not to step yet. Whether the one before it is the episode's last, whose
                state is hashed, is not decided.
        """
        timeline = self._timeline
        final = min(stable, timeline.frame - 1)
        if fence is not None:
            final = min(final, fence - 2)
        before = self.recorded
        while self.recorded < final:
            frame = self.recorded + 1
            outcome = timeline.outcome(frame)
            if outcome.error is not None:
                self.failure = outcome
                return
            self._ledger.add_inputs(timeline.used(frame))
            state_hash = ""
            if timeline.hashed(frame):
                value = timeline.hash_after(frame)
                state_hash = self.last_hash = f"{value:016x}"
                self._hashed.append((frame + 1, timeline.saved_before(frame + 1)))
                turn.desyncs += self._ledger.add_state(frame + 1, value)
                self._outbox.checksums(turn, timeline.frame - 1, frame + 1, value, self._ledger.inputs_hash())
            predicted, depth = timeline.predicted(frame), timeline.depth(frame)
            turn.rows.append(StableRow(frame, outcome.row, state_hash, predicted, depth))
            self.recorded = frame
        if 0 < timeline.frame <= confirmed + 1:
            outcome = timeline.outcome(timeline.frame - 1)
            self.failure = outcome if outcome.error is not None else self.failure
        if self.recorded > before:
            timeline.discard_before(self.recorded + 1)
