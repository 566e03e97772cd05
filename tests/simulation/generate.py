"""Schedules drawn from a seed: every fault there is, in any combination that a match must survive."""

from __future__ import annotations

import random
from typing import Any

from .network import CHANNEL, RELAY
from .schedule import Event, Schedule

FRAME_MS = 1000 / 30
GRACE_MS = 1200
FRAMES_BY_PEERS = {2: 180, 3: 160, 4: 130, 5: 110, 6: 90}
"""More peers play fewer frames, for their packets grow with the square."""
HEALED_FRAMES = 45
"""Frames that are left to play, at least, when all is well again."""

LAST_WORDS = 0.25
"""How often, where three others stay, one goes whose last packets only somebody hears who is coming back."""
GOING = ("kill", "leave", "reload")
SILENCES = ("stall", "sleep", "block", "unblock")

LINES: tuple[dict[str, Any], ...] = (
    {"delay_ms": 2.0, "jitter_ms": 1.0},
    {"delay_ms": 25.0, "jitter_ms": 8.0, "loss": 0.01},
    {"delay_ms": 50.0, "jitter_ms": 40.0, "loss": 0.10, "duplication": 0.10},
    {"delay_ms": 90.0, "jitter_ms": 30.0, "loss": 0.03, "reorder": 0.10},
    {"delay_ms": 40.0, "jitter_ms": 10.0, "burst_enter": 0.03, "burst_leave": 0.25, "burst_loss": 0.9},
    {"delay_ms": 30.0, "jitter_ms": 5.0, "hold_every_ms": 900.0, "hold_ms": 200.0},
    {"delay_ms": 30.0, "jitter_ms": 5.0, "bytes_per_s": 6000.0, "queue_bytes": 1500.0},
    {"delay_ms": 150.0, "jitter_ms": 60.0, "loss": 0.2, "duplication": 0.05, "reorder": 0.05},
)


def generate(seed: int) -> Schedule:
    """Draw a schedule; the same seed draws the same."""
    dice = random.Random(f"schedule/{seed}")
    peers = dice.choices((2, 3, 4, 5, 6), weights=(5, 5, 3, 1, 1))[0]
    frames = FRAMES_BY_PEERS[peers]
    lasts_ms = frames * FRAME_MS
    events = [event for _ in range(dice.randrange(5)) for event in _fault(dice, peers, lasts_ms * 0.7)]
    events += _departures(dice, peers, lasts_ms * 0.6)
    last_words = _last_words(random.Random(f"schedule/{seed}/last words"), peers, events, lasts_ms * 0.5)
    events = _somebody_stays(events, last_words, peers) + last_words
    if dice.random() < 0.15:
        at = dice.uniform(200, lasts_ms * 0.5)
        events += [Event(at, "server_crash"), Event(at + dice.uniform(100, 1500), "server_back")]
    if dice.random() < 0.15:
        at = dice.uniform(200, lasts_ms * 0.5)
        events += [Event(at, "pause"), Event(at + dice.uniform(300, 2500), "resume")]
    if dice.random() < 0.08:
        events.append(Event(dice.uniform(500, lasts_ms * 0.6), "finish"))
    healed = max([lasts_ms * 0.7, *(event.at_ms + event.ms for event in events)])
    events.append(Event(healed, "heal"))
    return Schedule(
        seed=seed,
        input_seed=dice.randrange(1000),
        peers=peers,
        ai_seats=dice.choice((0, 0, 0, 1)),
        frames=frames + HEALED_FRAMES,
        episodes=dice.choice((1, 1, 1, 2)) if peers < 4 else 1,
        over_at=dice.choice((None, None, None, frames // 2)),
        window=dice.choice((0, 2, 4, 8, 8, 8, 12)),
        delay=dice.choice((0, 0, 1, 2, 4)),
        spacings=tuple(dice.choice((0, 1, 2, 5, 8)) for _ in range(peers)),
        predictor=dice.choice(("repeat_last", "repeat_last", "default", "wrong")),
        grace_ms=GRACE_MS,
        after_departure=dice.choice(("default_action", "default_action", "policy", "end")),
        # Dice of its own, so that a seed draws what it always drew.
        snapshots=random.Random(f"snapshots/{seed}").random() < 0.5,
        starts_ms=tuple(round(dice.uniform(0, 250), 1) for _ in range(peers)),
        skew_ppm=tuple(round(dice.uniform(-1000, 1000)) for _ in range(peers)),
        channel=dict(dice.choice(LINES)),
        relay={"delay_ms": dice.choice((5.0, 30.0, 80.0)), "jitter_ms": 4.0, "loss": dice.choice((0.0, 0.02))},
        events=tuple(sorted(events, key=lambda event: event.at_ms)),
    )


def _fault(dice: random.Random, peers: int, until_ms: float) -> list[Event]:
    """Draw one thing that goes wrong for a while, and what ends it."""
    at = round(dice.uniform(100, until_ms), 1)
    one = dice.randrange(peers)
    other = dice.choice([peer for peer in range(peers) if peer != one])
    kind = dice.choice(("stall", "sleep", "hide", "delay", "window", "links", "one way", "both ways", "path", "line"))
    if kind == "stall":
        return [Event(at, "stall", one, ms=round(dice.uniform(50, 900)))]
    if kind == "sleep":
        return [Event(at, "sleep", one, ms=round(dice.uniform(100, 0.8 * GRACE_MS)))]
    if kind == "hide":
        return [Event(at, "hide", one, ms=round(dice.uniform(100, 1500)))]
    if kind == "delay":
        return [Event(at, "set_input_delay", one, value=dice.randrange(9))]
    if kind == "window":
        return [Event(at, "set_window", one, value=dice.choice((0, 2, 4, 8, 12)))]
    if kind == "links":
        return [Event(at, "links", path=CHANNEL, peer=one, values=dict(dice.choice(LINES)))]
    lasts = dice.uniform(100, 0.7 * GRACE_MS)
    if kind in ("one way", "both ways"):
        ways = [(one, other), (other, one)] if kind == "both ways" else [(one, other)]
        return [
            Event(when, what, a, b, path=CHANNEL)
            for when, what in ((at, "block"), (at + lasts, "unblock"))
            for a, b in ways
        ]
    if kind == "line":
        return [Event(at, "block", one, path=RELAY), Event(at + lasts, "unblock", one, path=RELAY)]
    turns = [Event(at + dice.uniform(0, 200), "set_paths", a, b, path=RELAY) for a, b in ((one, other), (other, one))]
    if dice.random() < 0.5:
        back = at + dice.uniform(300, 1500)
        turns += [Event(back, "set_paths", a, b, path=CHANNEL) for a, b in ((one, other), (other, one))]
    return turns


def _departures(dice: random.Random, peers: int, until_ms: float) -> list[Event]:
    """Draw who goes, and whether they come back; somebody stays."""
    going = dice.sample(range(peers), k=min(peers - 1, dice.choices((0, 1, 2, 3), weights=(9, 7, 3, 1))[0]))
    events = []
    for peer in going:
        kind = dice.choice(("kill", "leave", "reload", "reload"))
        lasts = round(dice.uniform(100, 1500)) if kind == "reload" else 0
        events.append(Event(round(dice.uniform(300, until_ms), 1), kind, peer, ms=lasts))
    return events


def _last_words(dice: random.Random, peers: int, events: list[Event], until_ms: float) -> list[Event]:
    """Draw, now and then, somebody whose last packets reach only a page that is coming back; somebody else stays."""
    gone = {event.peer for event in events if event.kind in GOING}
    staying = [peer for peer in range(peers) if peer not in gone]
    if len(staying) < 3 or dice.random() >= LAST_WORDS:
        return []
    returning, leaver = dice.sample(staying, k=2)
    reloads, away = dice.uniform(300, until_ms), round(dice.uniform(100, 600))
    leaves = reloads + away + dice.uniform(200, 1200)
    silent = leaves - dice.uniform(60, 300)
    others = [peer for peer in range(peers) if peer not in (returning, leaver)]
    return [
        Event(round(reloads, 1), "reload", returning, ms=away),
        *(Event(round(silent, 1), "block", leaver, other, path=CHANNEL) for other in others),
        Event(round(leaves, 1), dice.choice(("kill", "leave")), leaver),
    ]


def _somebody_stays(events: list[Event], last_words: list[Event], peers: int) -> list[Event]:
    """Leave out what could make the last one who stays be taken for silent by somebody who goes then."""
    going = {event.peer for event in (*events, *last_words) if event.kind in GOING}
    if len(going) < peers - 1:
        return events
    return [event for event in events if event.kind not in SILENCES or going.isdisjoint({event.peer, event.to})]
