"""Who waits for partners in a game scene, since when, and whose wait is over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """One waiting participant; `arrived` numbers the entries, for first come, first served."""

    participant_id: str
    since_ms: float
    arrived: int


class WaitingRoom:
    """The waiting room of one game scene.

    Somebody whose connection is lost keeps the place in the row, but is not matched until they are back.

    Args:
        scene_id: the game scene.
        needed: participants a match takes.
        timeout_ms: longest wait.
    """

    def __init__(self, scene_id: str, needed: int, timeout_ms: float) -> None:
        self.scene_id = scene_id
        self.needed = needed
        self.timeout_ms = timeout_ms
        self._entries: dict[str, Waiting] = {}
        self._arrivals = 0

    def __contains__(self, participant_id: str) -> bool:
        return participant_id in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def enter(self, participant_id: str, now_ms: float) -> None:
        """Let a participant in; entering again keeps the earlier place."""
        if participant_id not in self._entries:
            self._entries[participant_id] = Waiting(participant_id, now_ms, self._arrivals)
            self._arrivals += 1

    def leave(self, participant_id: str) -> bool:
        """Let a participant out; return whether they were in."""
        return self._entries.pop(participant_id, None) is not None

    def row(self) -> list[Waiting]:
        """Return who waits, the longest first."""
        return sorted(self._entries.values(), key=lambda entry: entry.arrived)

    def overdue(self, now_ms: float) -> list[str]:
        """Return whose longest wait is over."""
        return [entry.participant_id for entry in self.row() if now_ms - entry.since_ms >= self.timeout_ms]

    def facts(self, participant_id: str, now_ms: float) -> dict[str, int]:
        """Return what a waiting page shows."""
        entry = self._entries[participant_id]
        return {
            "present": min(len(self._entries), self.needed),
            "needed": self.needed,
            "timeout_ms": int(self.timeout_ms),
            "waited_ms": max(0, int(now_ms - entry.since_ms)),
        }
