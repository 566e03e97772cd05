"""Coming back to an episode that goes on: stepping unseen until we are near the others, then asking to take part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .inputs import NULL_FRAME
from .link import PeerLink
from .membership import ViewChanges
from .turn import SessionConfig

CATCH_UP_MS = 8.0
"""How long who comes back may step in one turn; packets and the page's messages come between turns."""
CATCH_UP_STEPS = 16
"""The same where no time is measured."""
ASK_AGAIN_MS = 1000.0
COST_STEPS = 20
"""Steps after which their cost is known well enough to say how long the rest takes."""


class CatchUp:
    """An observer's part of one episode.

    Args:
        config: The session's.
        views: Whom we follow.
        links: By seat.
        timer: A clock in ms; None where nothing is measured.
    """

    def __init__(
        self,
        config: SessionConfig,
        views: ViewChanges,
        links: Mapping[int, PeerLink],
        timer: Callable[[], float] | None,
    ) -> None:
        self._config, self._views, self._links, self._timer = config, views, links, timer
        self._asked_at = float("-inf")
        self._stepped = NULL_FRAME
        self._steps, self._spent_ms = 0, 0.0

    @property
    def step_ms(self) -> float | None:
        """What a step costs here, ms; None before enough were measured, or where no time is."""
        return self._spent_ms / self._steps if self._timer and self._steps >= COST_STEPS else None

    def left(self, frame: int) -> int:
        """Return how many frames there are from one to where the furthest member is known to be."""
        return self._stepped + 1 - frame

    def read(self, log: Mapping[int, Sequence[bytes]]) -> None:
        """Note how far the server's log goes: what is in it was stepped by somebody."""
        self._stepped = max(self._stepped, min((len(words) for words in log.values()), default=0) - 1)

    def bound(self, frames: int) -> int:
        """Return how many frames may be taken for true: for who watches, those that a member has stepped.

        Inputs go before their steps by the input delay. A change that we have not been told yet begins after every
        frame that was stepped before it, but maybe not after every input that was made.
        """
        if self._views.takes_part:
            return frames
        self._stepped = max([self._stepped, *(self._links[seat].newest_frame for seat in self._views.members)])
        return min(frames, self._stepped + 1)

    def step(self, may_step: Callable[[], bool], step: Callable[[], None], began: float) -> None:
        """Step until the turn's time is used up.

        Args:
            may_step: Whether the next frame may be stepped.
            step: Steps it.
            began: When the turn began, on the timer's clock.
        """
        steps, since = 0, self._timer() if self._timer else 0.0
        while may_step():
            now = self._timer() if self._timer else 0.0
            if now - began >= CATCH_UP_MS if self._timer else steps >= CATCH_UP_STEPS:
                break
            step()
            steps += 1
        self._steps += steps
        self._spent_ms += self._timer() - since if self._timer else 0.0

    def request(self, frame: int, now: float) -> list[dict[str, Any]]:
        """Return the request to take part when we are near everybody, again every second until we do.

        Args:
            frame: The next frame to step.
            now: ms.
        """
        links = [self._links[seat] for seat in self._views.members]
        near = max(self._config.prediction_window, int(self._config.fps / 2))
        # Who was heard by a checksum only has not said yet how far they are.
        if any(link.heard_at is None or link.newest_frame == NULL_FRAME for link in links):
            return []
        if now - self._asked_at < ASK_AGAIN_MS:
            return []
        if max((link.newest_frame for link in links), default=NULL_FRAME) - frame > near:
            return []
        self._asked_at = now
        return [{"kind": "join", "epoch": self._config.epoch, "frame": frame}]
