"""Giving a state to a page that comes back and would have to step for too long: encoded once, sent in small parts.

Whoever gives goes on playing: a turn encodes for a bounded time, and a part is sent only when the server has taken
those before it, so that nothing that is played waits behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .checksums import ChecksumLedger
from .plain_state import NotPlain, PlainEncoder, TooLarge
from .simulation import Simulation
from .stable_rows import StableRows
from .turn import Turn

PART_BYTES = 16 * 1024
ENCODE_MS = 2.0
"""How long a turn may encode; where no time is measured, a turn writes a fixed number of values."""
PARTS_A_TURN = 2
PARTS_UNDER_WAY = 2
"""Parts to one page that the server has not taken yet: on a slow line, what is played waits for no more than these."""


@dataclass
class _Transfer:
    """What one page has been sent."""

    offered: bool = False
    next: int = 0
    under_way: int = 0


class Donor:
    """One episode's states, for who asks.

    Args:
        epoch: The episode.
        simulation: Knows what a state consists of.
        rows: Keeps the states that were hashed.
        ledger: Knows their hashes.
        is_over: Whether the episode has ended here, so that there is nothing to come back to.
        timer: A clock in ms; None where nothing is measured.
    """

    def __init__(
        self,
        epoch: int,
        simulation: Simulation,
        rows: StableRows,
        ledger: ChecksumLedger,
        is_over: Callable[[], bool],
        timer: Callable[[], float] | None,
    ) -> None:
        self._epoch, self._simulation, self._rows, self._ledger = epoch, simulation, rows, ledger
        self._is_over, self._timer = is_over, timer
        self._transfers: dict[int, _Transfer] = {}
        self._encoder: PlainEncoder | None = None
        self._offer: dict[str, Any] = {}
        self._parts: list[bytes] = []

    def ask(self, message: Mapping[str, Any], turn: Turn) -> None:
        """Take a seat's question for a state; the answer comes with this turn or one of the next."""
        to = message["to"]
        if message["epoch"] != self._epoch or self._is_over():
            turn.server.append(self._declined(to, "episode_over"))
            return
        if not self._transfers:
            reason = self._begin()
            if reason:
                turn.server.append(self._declined(to, reason))
                return
        self._transfers[to] = _Transfer()

    def stop(self, to: int) -> None:
        """Send a seat nothing more: it takes part again, has asked anew, or the server does not take it."""
        self._transfers.pop(to, None)
        if not self._transfers:
            self._encoder, self._parts = None, []

    def taken(self, to: int, kept: bool) -> None:
        """Note that the server has answered to a part: taken, or nobody waits for it any more."""
        transfer = self._transfers.get(to)
        if transfer is None or not transfer.under_way:
            return  # it was for what an earlier page of this seat had asked for
        transfer.under_way -= 1
        if not kept or (transfer.next == len(self._parts) and not transfer.under_way):
            self.stop(to)

    def work(self, turn: Turn) -> None:
        """Encode a little, and add the parts that are due to a turn."""
        if self._encoder is not None:
            self._encode(turn)
        room = PARTS_A_TURN if self._parts else 0
        for to, transfer in self._transfers.items():
            if room and not transfer.offered:
                turn.server.append({"kind": "offer", "to": to, **self._offer})
                transfer.offered = True
            while room and transfer.under_way < PARTS_UNDER_WAY and transfer.next < len(self._parts):
                turn.parts.append((to, self._offer["frame"], transfer.next, self._parts[transfer.next]))
                transfer.next, transfer.under_way, room = transfer.next + 1, transfer.under_way + 1, room - 1

    def _begin(self) -> str:
        """Take the newest hashed state; return why not, if there is none."""
        newest = self._rows.newest()
        hashes = None if newest is None else self._ledger.own(newest[0])
        if newest is None or hashes is None:
            return "nothing_hashed"
        frame, saved = newest
        try:
            self._encoder = PlainEncoder(self._simulation.portable(saved))
        except NotPlain as found:
            return f"not_plain: {found}"
        self._offer = {
            "epoch": self._epoch, "frame": frame, "state_hash": f"{hashes[0]:016x}", "inputs_hash": f"{hashes[1]:016x}",
        }  # fmt: skip
        return ""

    def _encode(self, turn: Turn) -> None:
        assert self._encoder is not None
        began = self._timer() if self._timer else 0.0
        try:
            data = self._encoder.run(lambda: self._timer is not None and self._timer() - began < ENCODE_MS)
        except (NotPlain, TooLarge) as found:
            reason = f"not_plain: {found}" if isinstance(found, NotPlain) else "too_large"
            turn.server += [self._declined(to, reason) for to in self._transfers]
            for to in list(self._transfers):
                self.stop(to)
            return
        if data is not None:
            self._encoder = None
            self._parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
            self._offer |= {"size": len(data), "parts": len(self._parts)}

    def _declined(self, to: int, reason: str) -> dict[str, Any]:
        return {"kind": "decline", "to": to, "epoch": self._epoch, "reason": reason[:200]}
