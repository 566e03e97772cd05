"""What a session is told at its beginning, and what each of its turns says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .checksums import Desync

MAX_INPUT_DELAY = 8
MIN_WINDOW, MAX_WINDOW = 2, 12
LOCKSTEP = 0
"""The prediction window of a session that steps only what it knows."""


@dataclass(frozen=True)
class SessionConfig:
    """One episode of one seat.

    Attributes:
        seats: Seats of the match.
        local_seat: Our own seat's index.
        frames: The episode's frames at most.
        match_tag: Tells this match's packets from any other's.
        epoch: The episode's number.
        input_delay: Frames between sampling a key and executing it at the beginning, 0 to 8; the same at every seat.
            At 0 own keys act at once and more is rolled back; at 6 frames of 33 ms a participant feels a fifth of a
            second of sluggishness, whatever the network does.
        prediction_window: Frames that may be stepped ahead of `confirmed`, 2 to 12; 0 is lockstep, where a frame is
            stepped only when every input of it is known.
        snapshot_spacing: Frames between snapshots; None chooses by measured cost.
        fps: Frames a second.
        grace_ms: Silence of a member after which it is reported to the server.
        longest_stepping_ms: Who comes back, and would step for longer to be level with the others, asks for another
            seat's state instead.
    """

    seats: int
    local_seat: int
    frames: int
    match_tag: int = 0
    epoch: int = 0
    input_delay: int = 0
    prediction_window: int = 8
    snapshot_spacing: int | None = None
    fps: float = 30.0
    grace_ms: float = 30_000.0
    longest_stepping_ms: float = 5000.0

    def __post_init__(self) -> None:
        check_delay(self.input_delay)
        check_window(self.prediction_window)


def check_delay(frames: int) -> None:
    """Refuse an input delay that is not allowed.

    Raises:
        ValueError: It is not 0 to 8 frames.
    """
    if not 0 <= frames <= MAX_INPUT_DELAY:
        raise ValueError(f"input_delay = {frames}; use 0 to {MAX_INPUT_DELAY} frames")


def check_window(frames: int) -> None:
    """Refuse a prediction window that is not allowed.

    Raises:
        ValueError: It is neither 0 nor 2 to 12 frames.
    """
    if frames != LOCKSTEP and not MIN_WINDOW <= frames <= MAX_WINDOW:
        raise ValueError(
            f"prediction_window = {frames}; use {MIN_WINDOW} to {MAX_WINDOW} frames, or {LOCKSTEP} for lockstep"
        )


@dataclass(frozen=True)
class StableRow:
    """A frame that is final.

    Attributes:
        frame: Its number.
        row: The canonical row without its closing bracket and state hash.
        state_hash: 16 hexadecimal digits on the hash grid and at the episode's end, else empty.
        predicted: The seats whose inputs were predicted when the frame was first stepped here.
        rollback_depth: The deepest rollback that stepped it again here; 0 for none.
    """

    frame: int
    row: str
    state_hash: str
    predicted: tuple[int, ...]
    rollback_depth: int


@dataclass(slots=True)
class Turn:
    """What one call of `tick`, `receive` or `control` decided.

    Attributes:
        sends: `(seat, datagram)` for the unreliable path.
        reliable: `(seat, datagram)` for the reliable path.
        server: Messages for the server, in order, on its reliable path.
        parts: `(seat, frame, index, bytes)` of a state for who comes back, on the same path, beside the messages.
        rows: Frames that became final, in order.
        desyncs: Disagreements found.
        events: What happened, each a dictionary with `name`; see `session.py`.
        stepped: The newest frame stepped by this tick, or None.
        rolled_back: Depth of the rollback made, 0 for none.
        rate: The speed to run at, a share of the nominal frame rate.
        stalled: The tick could not step because inputs or a decision are missing.
        waiting_for: The seats whose inputs are missing.
        paused: The researcher has paused the match.
        catching_up: We are coming back and step without being seen.
        skipped: The first and the last frame before the rows of this turn that are not stepped here: a state of another
            seat was taken over.
    """

    sends: list[tuple[int, bytes]] = field(default_factory=list)
    reliable: list[tuple[int, bytes]] = field(default_factory=list)
    server: list[dict[str, Any]] = field(default_factory=list)
    parts: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    rows: list[StableRow] = field(default_factory=list)
    desyncs: list[Desync] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    stepped: int | None = None
    rolled_back: int = 0
    rate: float = 1.0
    stalled: bool = False
    waiting_for: tuple[int, ...] = ()
    paused: bool = False
    catching_up: bool = False
    skipped: tuple[int, int] | None = None

    def absorb(self, other: Turn) -> None:
        """Take over what another turn has to say."""
        for name in ("sends", "reliable", "server", "parts", "rows", "desyncs", "events"):
            getattr(self, name).extend(getattr(other, name))
        self.rolled_back = max(self.rolled_back, other.rolled_back)
