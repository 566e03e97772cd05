"""A schedule: one run of a simulated match as data, so that it can be drawn, kept, shrunk and played again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

VERSION = 1

KINDS = {
    "stall": "peer, ms: the page computes for so long; what arrives waits",
    "sleep": "peer, ms: the page is frozen; datagrams are lost, a long sleep breaks its connection to the server",
    "kill": "peer: the page is gone for ever, without a word",
    "leave": "peer: the person leaves, and the server is told",
    "reload": "peer, ms: the page is gone; a new one is there after so long, and comes back into the match",
    "set_input_delay": "peer, value",
    "set_window": "peer, value",
    "set_paths": "peer, to, path: which way the peer sends to the other from now on (`channel` or `server`)",
    "block": "path, peer or None for all, to or None for all: nothing gets through in that direction",
    "unblock": "the same: it does again",
    "links": "path, peer, to, values: other conditions from now on",
    "hide": "peer, ms: the tab is hidden; it plays on with the default action, unfocused",
    "server_crash": "the server is gone, with everything that it had not written down",
    "server_back": "it is there again",
    "pause": "the researcher pauses the match",
    "resume": "and lets it go on",
    "finish": "the researcher ends the episode early",
    "heal": "every link is unblocked and good, no fault is left",
}


@dataclass(frozen=True)
class Event:
    """One thing that happens to a match; which fields count depends on the kind."""

    at_ms: float
    kind: str
    peer: int | None = None
    to: int | None = None
    ms: float = 0.0
    value: int = 0
    path: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"event kind {self.kind!r} is unknown; use one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class Schedule:
    """One run.

    Attributes:
        seed: Of the network's dice.
        input_seed: Of what the persons do.
        peers: Persons, 2 to 6 (1 plays alone); their seats come first.
        ai_seats: Seats behind them that a policy plays.
        frames: An episode's frames at most.
        episodes: One after another.
        over_at: The environment ends the episode by itself some time after this frame; None for never.
        window: The prediction window, in the beginning.
        delay: The input delay, in the beginning.
        spacings: By peer, frames between snapshots.
        predictor: A name in `game.PREDICTORS`.
        grace_ms: Silence after which a peer is suspected.
        after_departure: What follows a departure: `end`, `default_action` or `policy`.
        snapshots: Who comes back takes over another seat's state, where it can.
        starts_ms: By peer, when its page begins.
        skew_ppm: By peer, how much faster its clock runs than true time.
        channel: Conditions of every direct link.
        relay: Conditions of every connection to the server.
        events: What happens, by time.
        limit_ms: The run is given up then.
    """

    seed: int = 0
    input_seed: int = 0
    peers: int = 2
    ai_seats: int = 0
    frames: int = 150
    episodes: int = 1
    over_at: int | None = None
    window: int = 8
    delay: int = 0
    spacings: tuple[int, ...] = ()
    predictor: str = "repeat_last"
    grace_ms: int = 1500
    after_departure: str = "default_action"
    snapshots: bool = False
    starts_ms: tuple[float, ...] = ()
    skew_ppm: tuple[float, ...] = ()
    channel: dict[str, Any] = field(default_factory=dict)
    relay: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    limit_ms: float = 90_000.0

    @property
    def seats(self) -> int:
        """Seats of the match, the policies' included."""
        return self.peers + self.ai_seats

    def of(self, kind: str) -> list[Event]:
        """Return the events of one kind."""
        return [event for event in self.events if event.kind == kind]

    def spacing(self, peer: int) -> int | None:
        """Return a peer's spacing of snapshots; None lets the session choose."""
        return self.spacings[peer] if peer < len(self.spacings) and self.spacings[peer] else None

    def starts(self, peer: int) -> float:
        """Return when a peer's page begins."""
        return self.starts_ms[peer] if peer < len(self.starts_ms) else 0.0

    def skew(self, peer: int) -> float:
        """Return how fast a peer's clock runs, 1 for true."""
        return 1.0 + (self.skew_ppm[peer] if peer < len(self.skew_ppm) else 0.0) / 1e6

    def to_json(self) -> str:
        """Return the schedule as JSON text, what has its usual value left out."""
        usual = asdict(Schedule())
        values = {key: value for key, value in asdict(self).items() if value != usual[key]}
        plain = asdict(Event(0, "heal"))
        values["events"] = [
            {key: value for key, value in asdict(event).items() if key in ("at_ms", "kind") or value != plain[key]}
            for event in self.events
        ]
        return json.dumps({"version": VERSION, **values}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """Return the schedule that a text means.

        Raises:
            ValueError: It is of another version, or says something unknown.
        """
        values = json.loads(text)
        if values.pop("version", None) != VERSION:
            raise ValueError(f"the schedule is not of version {VERSION}")
        unknown = set(values) - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(f"a schedule has no {', '.join(sorted(unknown))}")
        values["events"] = tuple(Event(**event) for event in values.get("events", ()))
        for key in ("starts_ms", "skew_ppm", "spacings"):
            values[key] = tuple(values.get(key, ()))
        return cls(**values)
