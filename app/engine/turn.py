"""What a session is told at its beginning, and what each of its turns says."""

from __future__ import annotations

from dataclasses import dataclass, field

from .checksums import Desync

STALL_REPORT_MS = 100
"""A stall shorter than this is not felt, and not counted."""
MAX_INPUT_DELAY = 8
MIN_WINDOW, MAX_WINDOW = 2, 12


@dataclass(frozen=True)
class SessionConfig:
    """One episode of one seat.

    Attributes:
        seats: Seats of the match.
        local_seat: Our own seat's index.
        frames: The episode's frames at most.
        match_tag: Tells this match's packets from any other's.
        epoch: The episode's number.
        input_delay: Frames between sampling a key and executing it, 0 to 8. At 0 own keys act at once and more is
            rolled back; at 6 frames of 33 ms a participant feels a fifth of a second of sluggishness, whatever the
            network does.
        prediction_window: Frames that may be stepped ahead of `confirmed`, 2 to 12.
        snapshot_spacing: Frames between snapshots; None chooses by measured cost.
    """

    seats: int
    local_seat: int
    frames: int
    match_tag: int = 0
    epoch: int = 0
    input_delay: int = 0
    prediction_window: int = 8
    snapshot_spacing: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.input_delay <= MAX_INPUT_DELAY:
            raise ValueError(f"input_delay = {self.input_delay}; use 0 to {MAX_INPUT_DELAY} frames")
        if not MIN_WINDOW <= self.prediction_window <= MAX_WINDOW:
            raise ValueError(f"prediction_window = {self.prediction_window}; use {MIN_WINDOW} to {MAX_WINDOW} frames")


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


@dataclass
class Turn:
    """What one call of `tick` or `receive` decided.

    Attributes:
        sends: `(seat, datagram)` for the unreliable path.
        reliable: `(seat, datagram)` for the reliable path.
        rows: Frames that became final, in order.
        desyncs: Disagreements found.
        stepped: The frame stepped by this tick, or None.
        rolled_back: Depth of the rollback made, 0 for none.
        rate: The speed to run at, a share of the nominal frame rate.
        stalled: The tick could not step because inputs are missing.
        waiting_for: The seats whose inputs are missing.
    """

    sends: list[tuple[int, bytes]] = field(default_factory=list)
    reliable: list[tuple[int, bytes]] = field(default_factory=list)
    rows: list[StableRow] = field(default_factory=list)
    desyncs: list[Desync] = field(default_factory=list)
    stepped: int | None = None
    rolled_back: int = 0
    rate: float = 1.0
    stalled: bool = False
    waiting_for: tuple[int, ...] = ()


@dataclass
class Counters:
    """What a session counted since it began; all of it goes into the match's report."""

    rollbacks: int = 0
    rolled_back_frames: int = 0
    max_rollback_depth: int = 0
    stalls: int = 0
    stalled_ms: float = 0.0
    skipped_frames: int = 0
    packets_malformed: int = 0
    packets_of_other_epochs: int = 0
    packets_received: int = 0
    packets_sent: int = 0
    equivocations: int = 0
