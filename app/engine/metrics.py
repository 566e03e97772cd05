"""What a session counts: how well play went, and why where it did not. All of it goes into the match's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

DEPTHS = 16
"""Buckets of the rollback depths: deeper ones than the window cannot occur."""
LAGS = 64
"""Buckets of the confirmation lag, in frames; the last one holds everything beyond."""


@dataclass
class Counters:
    """Counts of one episode, or summed over several.

    Attributes:
        rollbacks: Rollbacks made.
        rolled_back_frames: Frames stepped again, the current one not among them.
        max_rollback_depth: The deepest.
        rollback_depths: How many of each depth, from 0.
        stalls: Stalls long enough to be felt.
        stalled_ms: Time stood still, all stalls together.
        stalled_ms_by_seat: The same by the seat that was waited for; a stall for two counts for both.
        skipped_frames: Frames waited because we were far ahead.
        caught_up_frames: Extra steps made because we were behind.
        filled_frames: Own inputs repeated because the input delay grew.
        stepped_frames: Frames stepped for the first time.
        confirmation_lags: How many frames a step was ahead of `confirmed`, counted.
        stable_lags: The same for `stable`.
        packets_sent: By kind: input, keepalive, checksum.
        bytes_sent: Likewise.
        packets_received: Likewise.
        bytes_received: Likewise.
        packets_rejected: By reason.
        equivocations: Second, different inputs for a frame.
        predictor_failures: Guesses of a researcher's predictor that were no actions.
    """

    rollbacks: int = 0
    rolled_back_frames: int = 0
    max_rollback_depth: int = 0
    rollback_depths: list[int] = field(default_factory=lambda: [0] * DEPTHS)
    stalls: int = 0
    stalled_ms: float = 0.0
    stalled_ms_by_seat: dict[int, float] = field(default_factory=dict)
    skipped_frames: int = 0
    caught_up_frames: int = 0
    filled_frames: int = 0
    stepped_frames: int = 0
    confirmation_lags: list[int] = field(default_factory=lambda: [0] * LAGS)
    stable_lags: list[int] = field(default_factory=lambda: [0] * LAGS)
    packets_sent: dict[str, int] = field(default_factory=dict)
    bytes_sent: dict[str, int] = field(default_factory=dict)
    packets_received: dict[str, int] = field(default_factory=dict)
    bytes_received: dict[str, int] = field(default_factory=dict)
    packets_rejected: dict[str, int] = field(default_factory=dict)
    equivocations: int = 0
    predictor_failures: int = 0

    def sent(self, kind: str, size: int) -> None:
        """Count a packet that left."""
        self.packets_sent[kind] = self.packets_sent.get(kind, 0) + 1
        self.bytes_sent[kind] = self.bytes_sent.get(kind, 0) + size

    def received(self, kind: str, size: int) -> None:
        """Count a packet that was taken."""
        self.packets_received[kind] = self.packets_received.get(kind, 0) + 1
        self.bytes_received[kind] = self.bytes_received.get(kind, 0) + size

    def rejected(self, reason: str) -> None:
        """Count a packet that was not taken."""
        self.packets_rejected[reason] = self.packets_rejected.get(reason, 0) + 1

    def rolled_back(self, depth: int) -> None:
        """Count a rollback."""
        self.rollbacks += 1
        self.rolled_back_frames += depth
        self.max_rollback_depth = max(self.max_rollback_depth, depth)
        self.rollback_depths[min(depth, DEPTHS - 1)] += 1

    def stepped(self, confirmation_lag: int, stable_lag: int) -> None:
        """Count a frame's first step and how far it was ahead of both truths."""
        self.stepped_frames += 1
        self.confirmation_lags[min(max(confirmation_lag, 0), LAGS - 1)] += 1
        self.stable_lags[min(max(stable_lag, 0), LAGS - 1)] += 1

    def stalled(self, lasted_ms: float, waited_for: Sequence[int], felt: bool) -> None:
        """Count some of a stall's time; `felt` once a stall, when it has lasted long enough to be felt."""
        self.stalls += felt
        self.stalled_ms += lasted_ms
        for seat in waited_for:
            self.stalled_ms_by_seat[seat] = self.stalled_ms_by_seat.get(seat, 0.0) + lasted_ms

    def plus(self, other: Counters) -> Counters:
        """Return the sum of both."""
        summed = Counters()
        for entry in fields(self):
            setattr(summed, entry.name, _sum(getattr(self, entry.name), getattr(other, entry.name)))
        summed.max_rollback_depth = max(self.max_rollback_depth, other.max_rollback_depth)
        return summed

    def report(self) -> dict[str, Any]:
        """Return the counts as plain values, with the figures that a methods section wants."""
        plain = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        plain["stalled_ms"] = round(self.stalled_ms, 1)
        plain["stalled_ms_by_seat"] = {str(seat): round(ms, 1) for seat, ms in sorted(self.stalled_ms_by_seat.items())}
        for name in ("confirmation_lags", "stable_lags"):
            lags = plain.pop(name)
            plain[name.removesuffix("s") + "_frames"] = {
                "mean": mean(lags), "p95": quantile(lags, 0.95), "p99": quantile(lags, 0.99),
            }  # fmt: skip
        plain["rollback_depth_p99"] = quantile(self.rollback_depths, 0.99)
        return plain


def mean(counts: Sequence[int]) -> float | None:
    """Return the mean of a histogram whose index is the value, rounded to 0.01; None if it is empty."""
    total = sum(counts)
    return round(sum(value * count for value, count in enumerate(counts)) / total, 2) if total else None


def quantile(counts: Sequence[int], share: float) -> int | None:
    """Return the least value that this share of a histogram does not exceed; None if it is empty."""
    wanted, seen = share * sum(counts), 0
    for value, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            return value
    return None


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, dict):
        return {key: a.get(key, 0) + b.get(key, 0) for key in [*a, *(key for key in b if key not in a)]}
    if isinstance(a, list):
        return [x + y for x, y in zip(a, b, strict=True)]
    return a + b
