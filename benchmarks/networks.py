"""The five networks that figures are given for, simulated and real."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """What lies between two participants; both directions are alike.

    Attributes:
        name: for the tables.
        round_trip_ms: mean.
        jitter_ms: half the width of the uniform spread around the round trip; each direction has half of it.
        loss: probability that a packet is lost, 0 to 1.
    """

    name: str
    round_trip_ms: float
    jitter_ms: float = 0.0
    loss: float = 0.0


NETWORKS = (
    Network("LAN", 2),
    Network("50 ms, 1 % lost", 50, loss=0.01),
    Network("100 ms, 5 % lost", 100, loss=0.05),
    Network("200 ms, 15 % lost", 200, loss=0.15),
    Network("150 ms, 60 ms jitter", 150, jitter_ms=60),
)
