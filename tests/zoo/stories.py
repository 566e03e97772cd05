"""The matches in which the bugs of the zoo show."""

from __future__ import annotations

from dataclasses import replace

from ..simulation.network import CHANNEL, RELAY
from ..simulation.schedule import Event, Schedule

MATCH = Schedule(
    seed=1, input_seed=4, peers=3, frames=120, channel={"delay_ms": 80.0, "jitter_ms": 30.0, "loss": 0.05},
    relay={"delay_ms": 20.0}, grace_ms=1000, limit_ms=20_000.0,
)  # fmt: skip
ONE_DIES = replace(MATCH, events=(Event(1500, "block", 0, 1, path=CHANNEL), Event(1650, "kill", 0)))
TWO_DIE = replace(MATCH, events=(*ONE_DIES.events, Event(1750, "kill", 2)))
STALLS = replace(MATCH, window=2)
LOSES_MUCH = replace(MATCH, peers=2, channel={"delay_ms": 15.0, "jitter_ms": 5.0, "loss": 0.3})
LOSES_AT_THE_END = replace(MATCH, channel={"delay_ms": 40.0, "jitter_ms": 10.0, "loss": 0.3})
DIES_BEHIND_THE_OTHERS = replace(
    MATCH,
    after_departure="end",
    channel={"delay_ms": 20.0, "jitter_ms": 5.0},
    events=(Event(1500, "stall", 0, ms=257), Event(2094, "kill", 0)),
)
# What the leaver sent last is still on its way when the others say what they hold, and when the commit comes.
LEAVES_SLOWLY = replace(
    MATCH,
    window=12,
    channel={"delay_ms": 30.0},
    events=(
        Event(0, "links", 0, path=CHANNEL, values={"delay_ms": 200.0, "jitter_ms": 60.0}),
        Event(0, "links", 1, path=RELAY, values={"delay_ms": 100.0}),
        Event(1500, "leave", 0),
    ),
)
LEAVES_VERY_SLOWLY = replace(
    MATCH,
    window=12,
    channel={"delay_ms": 30.0},
    events=(
        Event(0, "links", 0, path=CHANNEL, values={"delay_ms": 250.0, "jitter_ms": 60.0}),
        Event(1500, "leave", 0),
    ),
)
BOTH_BY_SERVER = tuple(Event(100, "set_paths", one, 1 - one, path=RELAY) for one in (0, 1))
SERVER_BREAKS = replace(
    MATCH,
    peers=2,
    frames=200,
    relay={"delay_ms": 60.0},
    events=(*BOTH_BY_SERVER, Event(1500, "server_crash"), Event(1600, "server_back"), Event(2000, "heal")),
)
DELAY_GROWS = replace(MATCH, events=(Event(1000, "set_input_delay", 0, value=4), Event(1500, "heal")))
# The commit comes when everybody stands at the fence.
FINISHES = replace(
    MATCH, seed=12, input_seed=12, frames=300, relay={"delay_ms": 720.0}, grace_ms=4000, events=(Event(1500, "finish"),)
)
TWO_RELOAD = replace(
    MATCH,
    seed=2,
    input_seed=2,
    frames=420,
    limit_ms=60_000.0,
    events=(Event(900, "reload", 1, ms=300), Event(1000, "reload", 2, ms=1120), Event(3000, "heal")),
)
