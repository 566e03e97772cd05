"""Claim: what the netcode asks of the network, and what the network costs play, in five networks.

Two real sessions play in virtual time over a seeded network: no browser, no clock, the same figures on every machine.
Keys are held as long as people hold them. What a frame of the environment costs is not part of it.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.engine.inputs import SeatWords
from app.engine.prediction import repeat_last
from app.engine.session import RollbackSession
from app.engine.simulation import Outcome
from app.engine.turn import SessionConfig, Turn
from benchmarks.networks import NETWORKS, Network
from benchmarks.table import Ledger, Result

FPS = 30
FRAME_MS = 1000 / FPS
PREDICTION_WINDOW = 8
MATCHES = 5
FRAMES = 60 * FPS
HOLD_MS = (150, 600)
ACTIONS = 7
# Computers' clocks differ by some parts in a hundred thousand.
CLOCK_SKEW = 5e-5
BYTES_AIM = 1000.0
AIM_NETWORK = NETWORKS[2]
COLUMNS = (
    "network (round trip)",
    "rollbacks per 100 frames",
    "depth p99, frames",
    "stalls a minute",
    "stalled, share of time",
    "confirmation lag mean / max, frames",
    "payload bytes/s each way",
    "packets/s each way",
)
WORDS = SeatWords(default=b"\x00\x05", absent=b"\x00\x0c", bot=b"\x00\x02")


class Held:
    """A person at the keys: one is held for a while, then another or none."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self._word = b"\x00\x01"
        self._until_ms = 0.0

    def word(self, now: float) -> bytes:
        """The input at a time, ms; times never go back."""
        while now >= self._until_ms:
            self._until_ms += self._chance.uniform(*HOLD_MS)
            self._word = bytes((self._chance.randrange(ACTIONS), 1))
        return self._word


class NoGame:
    """The environment of a match that only its network is of interest of."""

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        return Outcome("[")

    def save(self) -> None:
        return None

    def load(self, saved: Any) -> None:
        pass

    def hash(self, saved: Any) -> int:
        return 0


class Match:
    """Two sessions and what lies between them, in virtual time.

    Args:
        network: what lies between.
        seed: of the network, of the keys, and of how far apart the two seats' frames begin.
        frames: of the episode.
        window: prediction window, frames.
    """

    def __init__(self, network: Network, seed: int, frames: int = FRAMES, window: int = PREDICTION_WINDOW) -> None:
        self._network = network
        self._chance = random.Random(f"{seed}:network")
        self._order = itertools.count()
        self._events: list[tuple[float, int, int, bytes | None]] = []
        self._people = [Held(f"{seed}:{seat}") for seat in range(2)]
        self._frame_ms = (FRAME_MS, FRAME_MS * (1 + CLOCK_SKEW))
        self.sessions = [
            RollbackSession(
                SessionConfig(seats=2, local_seat=seat, frames=frames, prediction_window=window, match_tag=1),
                NoGame(),
                [WORDS, WORDS],
                [lambda word: True] * 2,
                [repeat_last] * 2,
            )
            for seat in range(2)
        ]
        self.depths: Counter[int] = Counter()
        self.lags: Counter[int] = Counter()
        self.bytes_sent = self.packets_sent = 0
        self.played_ms = 0.0
        # The frames of two computers do not begin together, not even after the countdown.
        self._schedule(0.0, 0, None)
        self._schedule(self._chance.uniform(0, FRAME_MS), 1, None)

    def play(self) -> Match:
        """Plays to the end."""
        while not all(session.finished for session in self.sessions):
            now, _, seat, data = heapq.heappop(self._events)
            session = self.sessions[seat]
            if data is not None:
                turn = session.receive(now, data)
            else:
                person = self._people[seat]
                turn = session.tick(now, lambda person=person, now=now: person.word(now))
                self._schedule(now + self._frame_ms[seat] / turn.rate, seat, None)
                if turn.stepped is not None:
                    self.lags[max(0, turn.stepped - session.confirmed)] += 1
            self.played_ms = now
            if turn.rolled_back:
                self.depths[turn.rolled_back] += 1
            self._send(now, turn)
        return self

    def _send(self, now: float, turn: Turn) -> None:
        network = self._network
        for to, data in turn.sends:
            jitter = self._chance.uniform(-1, 1) * network.jitter_ms / 2
            if self._chance.random() >= network.loss:
                self._schedule(now + max(0.1, network.round_trip_ms / 2 + jitter), to, data)
        for to, data in turn.reliable:  # lost ones come again: later, never not at all
            self._schedule(now + 1.5 * network.round_trip_ms, to, data)
        sent = [data for _, data in [*turn.sends, *turn.reliable]]
        self.packets_sent += len(sent)
        self.bytes_sent += sum(map(len, sent))

    def _schedule(self, at: float, seat: int, data: bytes | None) -> None:
        heapq.heappush(self._events, (at, next(self._order), seat, data))


def quantile(counts: Counter[int], share: float) -> int:
    """The smallest value that at least this share of all does not exceed; 0 of nothing."""
    left = share * counts.total()
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return 0


def figures(network: Network, matches: int = MATCHES, frames: int = FRAMES) -> dict[str, float]:
    """What some matches in a network come to, both seats taken together."""
    played = [Match(network, seed, frames).play() for seed in range(1, matches + 1)]
    sessions = [session for match in played for session in match.sessions]
    depths = sum((match.depths for match in played), Counter[int]())
    lags = sum((match.lags for match in played), Counter[int]())
    seat_minutes = 2 * sum(match.played_ms for match in played) / 60_000
    return {
        "rollbacks_per_100": 100 * depths.total() / (len(sessions) * frames),
        "depth_p99": quantile(depths, 0.99),
        "stalls_a_minute": sum(session.counters.stalls for session in sessions) / seat_minutes,
        "stalled_share": sum(session.counters.stalled_ms for session in sessions) / (seat_minutes * 60_000),
        "lag_mean": sum(lag * count for lag, count in lags.items()) / lags.total(),
        "lag_max": max(lags),
        "bytes_a_second": sum(match.bytes_sent for match in played) / (seat_minutes * 60),
        "packets_a_second": sum(match.packets_sent for match in played) / (seat_minutes * 60),
    }


async def measure() -> list[Result | Ledger]:
    """Plays five minutes in each network; about a quarter of a minute."""
    how = (
        f"{FPS} fps, prediction window {PREDICTION_WINDOW}, input delay 0, two seats, {MATCHES * FRAMES // FPS} s each;"
        " virtual time, the same on every machine"
    )
    ledger = Ledger("Netcode in five simulated networks", COLUMNS, how)
    results: list[Result | Ledger] = []
    for network in NETWORKS:
        found = figures(network)
        ledger.rows.append(
            (
                network.name,
                f"{found['rollbacks_per_100']:.1f}",
                f"{found['depth_p99']:.0f}",
                f"{found['stalls_a_minute']:.1f}",
                f"{found['stalled_share']:.1%}",
                f"{found['lag_mean']:.1f} / {found['lag_max']:.0f}",
                f"{found['bytes_a_second']:.0f}",
                f"{found['packets_a_second']:.1f}",
            )
        )
        if network is AIM_NETWORK:
            note = f"{network.name}, {FPS} fps; payload of one direction, checksums included"
            results.append(Result("netcode payload", found["bytes_a_second"], "bytes/s", BYTES_AIM, note))
    return [*results, ledger]
