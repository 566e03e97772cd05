"""Sessions joined without a network: each packet arrives when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.session import RollbackSession
from app.engine.turn import SessionConfig, StableRow, Turn

from .game import FRAME_MS, PREDICTORS, WORDS, ToyGame, accepts, script

Made = tuple[int, int, bytes]
"""A packet: from, to, bytes."""


class Table:
    """Some sessions at one table.

    Attributes:
        sessions: By seat.
        rows: What each has handed out.
        desyncs: What each has found.
        under_way: Packets that have not arrived.
        server: Messages for the server, with their sender.

    Args:
        count: Seats.
        frames: Of the episode.
        fault: By seat, what is broken in its game.
        config: Further fields of `SessionConfig`.
    """

    def __init__(
        self,
        count: int = 2,
        frames: int = 200,
        *,
        predictor: str = "repeat_last",
        fault: dict[int, Callable[[int, ToyGame], None]] | None = None,
        **config: Any,
    ) -> None:
        self.now = 0.0
        self.under_way: list[Made] = []
        self.rows: list[list[StableRow]] = [[] for _ in range(count)]
        self.desyncs: list[list[Any]] = [[] for _ in range(count)]
        self.events: list[list[dict[str, Any]]] = [[] for _ in range(count)]
        self.server: list[tuple[int, dict[str, Any]]] = []
        self._word = script(7)
        self.games = [ToyGame(fault=(fault or {}).get(seat)) for seat in range(count)]
        self.sessions = [
            RollbackSession(
                SessionConfig(seats=count, local_seat=seat, frames=frames, match_tag=5, **config),
                self.games[seat],
                [WORDS] * count,
                [accepts] * count,
                [PREDICTORS[predictor]] * count,
            )
            for seat in range(count)
        ]

    def tick(self, seat: int, word: bytes | None = None) -> Turn:
        """Run one tick of one seat."""
        session = self.sessions[seat]
        turn = session.tick(self.now, lambda: word or self._word(seat, session.own.next_frame))
        return self._note(seat, turn)

    def deliver(self, *to: int) -> None:
        """Let everything arrive that is under way, or what goes to some seats."""
        arriving = [made for made in self.under_way if not to or made[1] in to]
        self.under_way = [made for made in self.under_way if made not in arriving]
        for _, receiver, data in arriving:
            self._note(receiver, self.sessions[receiver].receive(self.now, data))

    def lose(self) -> None:
        """Let everything that is under way be lost."""
        self.under_way.clear()

    def round(self, count: int = 1, *, delivering: bool = True, seats: tuple[int, ...] = ()) -> list[Turn]:
        """Tick every seat once and let all of it arrive, some times over."""
        turns: list[Turn] = []
        for _ in range(count):
            self.now += FRAME_MS
            turns += [self.tick(seat) for seat in seats or range(len(self.sessions))]
            if delivering:
                self.deliver()
        return turns

    def say(self, message: dict[str, Any], *seats: int) -> list[Turn]:
        """Let the server say something to some seats."""
        return [self._note(seat, self.sessions[seat].control(self.now, message)) for seat in seats]

    def canonical(self, seat: int) -> list[tuple[int, str, str]]:
        """Return what a seat has handed out."""
        return [(row.frame, row.row, row.state_hash) for row in self.rows[seat]]

    def _note(self, seat: int, turn: Turn) -> Turn:
        self.rows[seat] += turn.rows
        self.desyncs[seat] += turn.desyncs
        self.events[seat] += turn.events
        self.under_way += [(seat, to, data) for to, data in [*turn.sends, *turn.reliable]]
        self.server += [(seat, message) for message in turn.server]
        return turn


def prepare(ballot: int, drop: list[int], view: int = 1) -> dict[str, Any]:
    """Return the server's question about a departure."""
    return {
        "kind": "prepare", "ballot": ballot, "view": view, "epoch": 0, "drop": drop, "fence": None, "activate": None,
    }  # fmt: skip


def commit(view: int, **change: Any) -> dict[str, Any]:
    """Return a decision of the server."""
    return {
        "kind": "commit", "view": view, "epoch": 0, "drop": {}, "inputs": {}, "substitute": "default_action",
        "activate": {}, "final": None, "pause": None, "resume": False, **change,
    }  # fmt: skip
