"""Sessions around one table, joined by hand: what is sent lies there until a test delivers or loses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.engine.inputs import InputTrack, SeatWords
from app.engine.membership import Membership, ViewChanges
from app.engine.prediction import Predictor, repeat_last
from app.engine.session import RollbackSession
from app.engine.truth import Truth
from app.engine.turn import SessionConfig, StableRow, Turn
from app.engine.wire import ChecksumPacket, InputPacket, decode, words_to_hex

from ..simulation.game import FOCUSED, WORDS, ToyGame, accepts

STANDING = SeatWords(b"d", b"a", b"b")
FRAME = 33.0
TAG = 9


def act(action: int) -> bytes:
    """Return the word of an action in the toy game."""
    return bytes((action, FOCUSED))


def commit(view: int, **changed: Any) -> dict[str, Any]:
    """Return a commit that changes nothing but what is named; `inputs` by seat and start as words."""
    plain: dict[str, Any] = {
        "kind": "commit", "view": view, "epoch": 0, "drop": {}, "inputs": {}, "substitute": "default_action",
        "activate": {}, "final": None, "pause": None, "resume": False,
    }  # fmt: skip
    assert changed.keys() <= plain.keys()
    return plain | changed


def dropped(view: int, seat: int, cut: int, start: int = 0, words: Sequence[bytes] = (), **more: Any) -> dict[str, Any]:
    """Return the commit that cuts a seat."""
    backfill = {str(seat): [start, words_to_hex(words)]}
    return commit(view, drop={str(seat): cut}, inputs=backfill, **more)


def prepare(ballot: int, **changed: Any) -> dict[str, Any]:
    """Return a prepare."""
    plain = {"kind": "prepare", "ballot": ballot, "view": 1, "epoch": 0, "drop": [], "fence": None, "activate": None}
    return plain | changed


class Held:
    """One episode's inputs and membership at one seat, without a session around them."""

    def __init__(
        self,
        known: Sequence[Sequence[bytes]],
        local: int = 0,
        people: Sequence[int] | None = None,
        frames: int = 100,
        epoch: int = 0,
        membership: Membership | None = None,
        delay: int = 0,
    ) -> None:
        seats = len(known)
        self.membership = membership or Membership(seats, local, range(seats) if people is None else people)
        self.tracks = [InputTrack(STANDING, delay, frames) for _ in known]
        for track, words in zip(self.tracks, known, strict=True):
            track.merge(0, words)
        self.truth = Truth(self.tracks, local, -1)
        self.views = ViewChanges(self.membership, self.tracks, self.truth, epoch, frames)

    def advance(self) -> tuple[int, int]:
        """Move the truths; return them."""
        self.truth.advance(self.views.members, self.views.frames)
        return self.truth.confirmed, self.truth.stable


class Table:
    """Sessions of one match.

    Args:
        seats: How many.
        people: Seats of persons; all by default.
        game: Makes a seat's game.
        predictor: Of all seats.
        timer: Of all sessions.
        windows: By seat, another prediction window.
        config: More of the configuration.
    """

    def __init__(
        self,
        seats: int = 2,
        people: Sequence[int] | None = None,
        game: Callable[[int], Any] = lambda seat: ToyGame(),
        predictor: Predictor = repeat_last,
        timer: Callable[[], float] | None = None,
        **config: Any,
    ) -> None:
        self.seats, self.people = seats, list(range(seats) if people is None else people)
        self.config = {"frames": 60, "match_tag": TAG, "grace_ms": 3000.0} | config
        self.now = 1000.0
        self.mail: list[tuple[int, int, bytes]] = []
        self.reliable: list[tuple[int, int, bytes]] = []
        self.rows: dict[int, list[StableRow]] = {seat: [] for seat in self.people}
        self.events: dict[int, list[dict[str, Any]]] = {seat: [] for seat in self.people}
        self.server: dict[int, list[dict[str, Any]]] = {seat: [] for seat in self.people}
        self.desyncs: dict[int, list[Any]] = {seat: [] for seat in self.people}
        self._made = (game, predictor, timer)
        self.sessions = {seat: self.session(seat) for seat in self.people}

    def session(self, seat: int, **config: Any) -> RollbackSession:
        """Return a new session of a seat."""
        game, predictor, timer = self._made
        each = SessionConfig(seats=self.seats, local_seat=seat, **(self.config | config))
        membership = Membership(self.seats, seat, self.people)
        seats = self.seats
        return RollbackSession(
            each, game(seat), [WORDS] * seats, [accepts] * seats, [predictor] * seats, timer, membership=membership
        )

    def __getitem__(self, seat: int) -> RollbackSession:
        return self.sessions[seat]

    def tick(self, seat: int, action: int = 0, now: float | None = None) -> Turn:
        """Let a seat take a turn."""
        now = self.now if now is None else now
        return self.noted(seat, self.sessions[seat].tick(now, lambda: act(action)))

    def control(self, seat: int, message: dict[str, Any]) -> Turn:
        """Let a seat hear the server."""
        return self.noted(seat, self.sessions[seat].control(self.now, message))

    def noted(self, seat: int, turn: Turn) -> Turn:
        """Keep what a turn said."""
        self.mail += [(seat, to, data) for to, data in turn.sends]
        self.reliable += [(seat, to, data) for to, data in turn.reliable]
        self.rows[seat] += turn.rows
        self.events[seat] += turn.events
        self.server[seat] += turn.server
        self.desyncs[seat] += turn.desyncs
        return turn

    def deliver(self, sender: int | None = None, to: int | None = None) -> list[Turn]:
        """Deliver what lies there of that sender to that seat; return the turns."""
        chosen = [item for item in self.mail if sender in (None, item[0]) and to in (None, item[1])]
        self.mail = [item for item in self.mail if item not in chosen]
        return [
            self.noted(who, self.sessions[who].receive(self.now, data))
            for _, who, data in chosen
            if who in self.sessions
        ]

    def compare(self) -> None:
        """Deliver what went the reliable way."""
        reliable, self.reliable = self.reliable, []
        for _, who, data in reliable:
            if who in self.sessions:
                self.noted(who, self.sessions[who].receive(self.now, data))

    def lose(self) -> None:
        """Lose what lies there."""
        self.mail.clear()

    def play(
        self, frames: int, action: Callable[[int, int], int] = lambda seat, turn: (seat * 3 + turn // 4) % 7
    ) -> None:
        """Let everybody tick and hear everybody, so many times."""
        for turn in range(frames):
            self.now += FRAME
            for seat in self.sessions:
                self.tick(seat, action(seat, turn))
            self.deliver()
            self.compare()

    def read(self, data: bytes) -> InputPacket | ChecksumPacket:
        """Decode a datagram."""
        packet = decode(data, seats=self.seats, word_widths=[2] * self.seats)
        assert not isinstance(packet, str), packet
        return packet

    def sent(self, turn: Turn, to: int) -> InputPacket:
        """Return the one datagram of a turn to a seat."""
        (data,) = [data for seat, data in turn.sends if seat == to]
        packet = self.read(data)
        assert isinstance(packet, InputPacket)
        return packet
