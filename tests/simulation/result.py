"""What a run came to: all that the oracle looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .peer import Kept
from .schedule import Schedule


@dataclass(frozen=True)
class Probe:
    """How far a page was at some time."""

    at_ms: float
    life: str
    is_member: bool
    epoch: int
    confirmed: int
    done: bool


@dataclass
class Result:
    """What a run came to.

    Attributes:
        schedule: What was carried out.
        lives: Every page there was.
        commits: The server's decisions, in order.
        log: The server's input log, by episode and seat.
        log_conflicts: Where pages told the server different inputs of one frame, as sentences.
        trace_hash: Of everything that happened.
        ended_ms: When the run was over.
        gave_up: It was not over by `limit_ms`.
        healed_ms: When the last fault was over, None if there is no such event.
        probes: Of every living page, several a second.
        network: What the switch counted.
        crash: What an assertion in the engine or the arbiter said; the run ended with it.
    """

    schedule: Schedule
    lives: list[Kept] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)
    log: dict[int, dict[int, list[bytes]]] = field(default_factory=dict)
    log_conflicts: list[str] = field(default_factory=list)
    trace_hash: str = ""
    ended_ms: float = 0.0
    gave_up: bool = False
    healed_ms: float | None = None
    probes: list[Probe] = field(default_factory=list)
    network: dict[str, int] = field(default_factory=dict)
    crash: str = ""
