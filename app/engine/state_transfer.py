"""Coming back by another seat's state, both ends of it: what a session hears and says about states of its episode.

| message | from | says |
|---|---|---|
| `snapshot` | who comes back | stepping takes too long here: a state, please |
| `donate` | server | send that seat (`to`) your newest hashed state |
| `offer` | donor, by the server | what comes: `frame`, `state_hash`, `inputs_hash`, `size`, `parts` |
| `decline`, `declined` | donor; server | there is none, for this `reason` |

The parts themselves go beside the messages, as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .catch_up import CatchUp
from .checksums import ChecksumLedger
from .donor import Donor
from .inputs import InputTrack
from .recipient import Recipient
from .simulation import Simulation
from .stable_rows import StableRows
from .timeline import Timeline
from .turn import SessionConfig, Turn

KINDS = ("donate", "offer", "declined")


class StateTransfer:
    """One episode's states on their way from seat to seat.

    Args:
        config: The session's.
        simulation: The episode.
        timeline: Its stepped frames.
        rows: What has become data of it.
        ledger: Its hashes.
        tracks: Its inputs.
        catch_up: Knows what stepping costs a seat that comes back.
        is_over: Whether the episode has ended here.
        timer: A clock in ms; None where nothing is measured.
    """

    def __init__(
        self,
        config: SessionConfig,
        simulation: Simulation,
        timeline: Timeline,
        rows: StableRows,
        ledger: ChecksumLedger,
        tracks: Sequence[InputTrack],
        catch_up: CatchUp,
        is_over: Callable[[], bool],
        timer: Callable[[], float] | None,
    ) -> None:
        self.donor = Donor(config.epoch, simulation, rows, ledger, is_over, timer)
        self.recipient = Recipient(config, simulation, timeline, rows, ledger, tracks)
        self._catch_up, self._timeline, self._epoch = catch_up, timeline, config.epoch

    def hear(self, now: float, message: Mapping[str, Any], turn: Turn) -> bool:
        """Take a message of the server; say whether it was about a state."""
        kind = message["kind"]
        if kind == "donate":
            self.donor.ask(message, turn)
        elif kind == "offer":
            self.recipient.offered(now, dict(message))
        elif kind == "declined" and message.get("epoch") == self._epoch:
            self.recipient.give_up(str(message.get("reason", "declined"))[:200])
        return kind in KINDS

    def receive(self, now: float, confirmed: int, frames: int, turn: Turn) -> bool:
        """Ask for a state if that is faster than stepping, and take it when it is here; see `Recipient.take`.

        Returns:
            Whether to step meanwhile.
        """
        self.recipient.take(now, confirmed, frames, turn)
        left = self._catch_up.left(self._timeline.frame)
        turn.server += self.recipient.ask(now, left, self._catch_up.step_ms)
        return not self.recipient.holds

    def report(self) -> dict[str, Any]:
        """Return how this page came back to the episode."""
        recipient = self.recipient
        if recipient.skipped is not None:
            return {"by": "snapshot", "skipped": list(recipient.skipped), "reason": ""}
        unfinished = "unfinished" if recipient.asked else "quick_enough"
        return {"by": "stepping", "skipped": None, "reason": recipient.reason or unfinished}
