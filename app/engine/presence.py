"""Who is silent, and for how long: what the others are told, and the server."""

from __future__ import annotations

from collections.abc import Mapping

from .link import PeerLink
from .membership import ViewChanges
from .turn import Turn

INTERRUPTED_MS = 500
"""Silence of a member on every path after which its partners are told."""
REPORTED_MS = 3000
"""Silence of a member on every path after which the researcher is told."""


class PresenceWatch:
    """Watches the members of one episode.

    Args:
        views: Who is watched.
        links: By seat.
        grace_ms: Silence after which the server is told: it decides what follows.
    """

    def __init__(self, views: ViewChanges, links: Mapping[int, PeerLink], grace_ms: float) -> None:
        self._views, self._links, self._grace_ms = views, links, grace_ms
        self._since: dict[int, float] = {}
        self._watched: list[int] = []

    def look(self, now: float, turn: Turn) -> None:
        """Add what has changed to a turn."""
        others = self._views.others()
        if others is not self._watched:
            # Who has come back in the middle of an episode has not been silent since its beginning.
            self._since = {seat: self._since.get(seat, now) for seat in others}
            self._watched = others
        for seat, since in self._since.items():
            link = self._links[seat]
            silent_ms = now - (since if link.heard_at is None else max(link.heard_at, since))
            link.silent_ms = silent_ms
            if silent_ms >= INTERRUPTED_MS and not link.interrupted:
                link.interrupted = True
                turn.events.append({"name": "interrupted", "seat": seat})
            elif silent_ms < INTERRUPTED_MS and link.interrupted:
                link.interrupted = False
                turn.events.append({"name": "resumed", "seat": seat})
                if link.suspected:
                    turn.server.append({"kind": "heard", "seat": seat})
                link.suspected = False
            if silent_ms >= self._grace_ms and not link.suspected:
                link.suspected = True
                turn.events.append({"name": "suspected", "seat": seat})
                turn.server.append({"kind": "suspect", "seat": seat, "silent_ms": round(silent_ms)})
