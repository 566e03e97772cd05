"""What the domain hands back: messages to send, commands for the store and events, in order. The shell does them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.server.domain.events import Event


@dataclass(frozen=True)
class Instant:
    """A moment, given by the shell: the domain reads no clock.

    Attributes:
        monotonic_ms: for durations; never jumps.
        utc_ms: milliseconds since 1970, for people and records.
        utc: the same as ISO 8601 with Z.
    """

    monotonic_ms: float
    utc_ms: int
    utc: str


@dataclass(frozen=True)
class Send:
    """A message to a participant's page; dropped when the page is away."""

    participant_id: str
    name: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Store:
    """A command for the store, in order with the others."""

    command: str
    payload: dict[str, Any]


@dataclass
class Outcome:
    """All that follows from one thing that happened.

    Attributes:
        reply: the answer to who asked.
        durable: commands that must be committed before anything else of this is done.
    """

    reply: dict[str, Any] = field(default_factory=dict)
    durable: list[Store] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def send(self, participant_id: str, name: str, payload: dict[str, Any]) -> None:
        """Add a message to a participant."""
        self.sends.append(Send(participant_id, name, payload))

    def store(self, command: str, payload: dict[str, Any]) -> None:
        """Add a command for the store."""
        self.stores.append(Store(command, payload))

    def keep(self, command: str, payload: dict[str, Any]) -> None:
        """Add a command for the store that must be committed before any message is sent."""
        self.durable.append(Store(command, payload))

    def event(self, name: str, now: Instant, **data: Any) -> None:
        """Add an event."""
        self.events.append(Event(name, now.utc, now.utc_ms, data))
