"""A seeded network in virtual time, and sessions that play over it.

Each directed link has its own delay, jitter, loss and duplication; jitter reorders. Nothing here reads a clock: the
same seed gives the same run.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.engine.prediction import Predictor, repeat_last
from app.engine.session import RollbackSession
from app.engine.simulation import Outcome
from app.engine.snapshot import state_hash
from app.engine.turn import SessionConfig, StableRow, Turn

FRAME_MS = 1000 / 30


class ToySimulation:
    """A deterministic game in a few lines: every input of every frame changes everything that follows."""

    def __init__(self, over_at: Callable[[int, int], bool] = lambda frame, state: False) -> None:
        self.state = 1
        self.over = False
        self._over_at = over_at

    def step(self, frame: int, words: Any) -> Outcome:
        assert not self.over, f"frame {frame} was stepped after the episode's end"
        for word in words:
            self.state = (self.state * 1_103_515_245 + int.from_bytes(word, "little") + frame) % 2**61
        self.over = self._over_at(frame, self.state)
        return Outcome(f"[{frame},{self.state},{[word.hex() for word in words]}", self.over)

    def save(self) -> tuple[int, bool]:
        return self.state, self.over

    def load(self, saved: tuple[int, bool]) -> None:
        self.state, self.over = saved

    def hash(self, saved: tuple[int, bool]) -> int:
        return state_hash(saved)


@dataclass(frozen=True)
class Conditions:
    """One direction of a link: ms, and probabilities."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    duplication: float = 0.0


@dataclass
class Seat:
    """One peer: its session, its clock's start and speed, and what it has given out."""

    session: RollbackSession
    starts_ms: float = 0.0
    frame_ms: float = FRAME_MS
    inputs: random.Random = field(default_factory=random.Random)
    rows: list[StableRow] = field(default_factory=list)
    desyncs: list[Any] = field(default_factory=list)
    stable_seen: list[int] = field(default_factory=list)
    held: bytes = b"\x00\x01"
    samples: int = 0
    furthest: int = 0

    def sample(self) -> bytes:
        """Hold a key for a while, then another: what people do."""
        self.samples += 1
        if self.inputs.random() < 0.15:
            self.held = bytes((self.inputs.randrange(7), 1))
        return self.held


class SimulatedMatch:
    """Sessions joined by simulated links, run until all are finished.

    Args:
        seats: The peers.
        seed: Of the network's dice.
        conditions: Of every directed link, or a function of `(sender, receiver)`.
    """

    def __init__(self, seats: list[Seat], seed: int, conditions: Conditions) -> None:
        self.seats, self.conditions = seats, conditions
        self._random = random.Random(seed)
        self._order = itertools.count()
        self._events: list[tuple[float, int, str, int, bytes]] = []
        for index, seat in enumerate(seats):
            self._push(seat.starts_ms, "tick", index)
        self.now = 0.0

    def run(self, limit_ms: float = 120_000.0) -> None:
        """Play until every seat is finished.

        Raises:
            AssertionError: It does not come to an end by then.
        """
        while not all(seat.session.finished for seat in self.seats):
            self.now, _, kind, index, data = heapq.heappop(self._events)
            assert self.now < limit_ms, f"not finished after {limit_ms} ms: {self.progress()}"
            seat = self.seats[index]
            if kind == "tick":
                turn = seat.session.tick(self.now, seat.sample)
                self._push(self.now + seat.frame_ms / turn.rate, "tick", index)
            else:
                turn = seat.session.receive(self.now, data)
            self._carry_out(index, turn)

    def progress(self) -> list[tuple[int, int, int]]:
        """Return frame, confirmed and stable of every seat."""
        return [(seat.session.frame, seat.session.confirmed, seat.session.stable) for seat in self.seats]

    def _push(self, at: float, kind: str, index: int, data: bytes = b"") -> None:
        heapq.heappush(self._events, (at, next(self._order), kind, index, data))

    def _carry_out(self, index: int, turn: Turn) -> None:
        seat = self.seats[index]
        if turn.stepped is not None:
            seat.furthest = max(seat.furthest, turn.stepped + 1)
        seat.rows += turn.rows
        seat.desyncs += turn.desyncs
        seat.stable_seen.append(seat.session.stable)
        for to, data in turn.sends:
            if self._random.random() >= self.conditions.loss:
                copies = 2 if self._random.random() < self.conditions.duplication else 1
                for _ in range(copies):
                    jitter = self._random.uniform(-1, 1) * self.conditions.jitter_ms
                    self._push(self.now + max(0.1, self.conditions.delay_ms + jitter), "packet", to, data)
        for to, data in turn.reliable:
            self._push(self.now + self.conditions.delay_ms + self.conditions.jitter_ms, "packet", to, data)


def sessions(
    count: int,
    frames: int,
    *,
    simulation: Callable[[int], Any] = lambda seat: ToySimulation(),
    predictor: Predictor = repeat_last,
    input_delay: int = 0,
    window: int = 8,
    spacing: int | None = None,
) -> list[RollbackSession]:
    """Return one session a seat, all of the same episode, with words of two bytes."""
    return [
        RollbackSession(
            SessionConfig(
                seats=count,
                local_seat=seat,
                frames=frames,
                match_tag=77,
                input_delay=input_delay,
                prediction_window=window,
                snapshot_spacing=spacing,
            ),
            simulation(seat),
            [b"\x00\x05"] * count,
            [lambda word: len(word) == 2 and word[0] < 7] * count,
            predictor,
        )
        for seat in range(count)
    ]


def play(
    seed: int, conditions: Conditions, *, count: int = 2, frames: int = 150, offset_ms: float = 0.0, **options: Any
) -> SimulatedMatch:
    """Play one episode over such links with inputs drawn from the seed."""
    seats = [
        Seat(session, starts_ms=index * offset_ms, inputs=random.Random(seed * 1000 + index))
        for index, session in enumerate(sessions(count, frames, **options))
    ]
    match = SimulatedMatch(seats, seed, conditions)
    match.run()
    return match
