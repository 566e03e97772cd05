"""One life of one person's page: a session an episode, a clock of its own, and all that it has handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.engine.link import PeerLink
from app.engine.membership import Membership
from app.engine.metrics import Counters
from app.engine.session import RollbackSession
from app.engine.turn import SessionConfig, Turn
from app.engine.wire import decode

from .game import FRAME_MS, PREDICTORS, UNFOCUSED, WORDS, ToyGame, accepts
from .network import CHANNEL
from .schedule import Schedule

CHUNK_FRAMES = 30
MATCH_TAG = 77
PATH_NAMES = {"channel": "direct", "server": "server"}
ASK_AGAIN_MS = 500.0
SETTLING_FRAMES = 40
LIVING = ("member", "observer")


@dataclass(frozen=True)
class Row:
    """A frame as a page handed it out."""

    epoch: int
    frame: int
    row: str
    state_hash: str


@dataclass
class Kept:
    """What is left of a life when the run is over: everything that the oracle looks at.

    Attributes:
        seat: Whose.
        number: 0 for the first page of that person, 1 for the first one after a reload.
        fate: `member`, `observer`, `killed`, `left`, `reloaded`, `evicted`.
        rows: Handed out, in order.
        lasts: By episode, the last frame that the session said was the last one.
        retreats: Times that `stable` or `confirmed` went back, as sentences.
        truths: By episode, the newest `confirmed` and `stable`.
        desyncs: By episode, what the session's detector said.
        rejected: Packets not taken, by reason.
        pending: The most unacknowledged own inputs that a packet to a member carried.
        errors: What the session or an assertion in it said.
        counters: Of all episodes.
        scripted: By episode and frame, the words that were sampled, as the page gave them.
        events: What the session reported, with the episode and the time.
        skipped: By episode, the first and the last frame that were not stepped, for a state was taken over.
        refused: Why states that were asked for were not taken over.
    """

    seat: int
    number: int
    fate: str = "member"
    rows: list[Row] = field(default_factory=list)
    lasts: dict[int, int] = field(default_factory=dict)
    retreats: list[str] = field(default_factory=list)
    truths: dict[int, tuple[int, int]] = field(default_factory=dict)
    desyncs: list[tuple[int, int, str]] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    flagged: bool = False
    errors: list[str] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    scripted: dict[tuple[int, int], bytes] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[int, tuple[int, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Say which life this is."""
        return f"peer {self.seat}" + (f", life {self.number + 1}" if self.number else "")


class Peer:
    """One page.

    Args:
        schedule: Of the run.
        seat: Whose page it is.
        number: Of this person's pages, from 0.
        born_ms: When it began; its clock counts from there.
        word: What the person does: `(seat, frame) -> word`.
        game: Makes an episode's game.
    """

    def __init__(
        self,
        schedule: Schedule,
        seat: int,
        number: int,
        born_ms: float,
        word: Callable[[int, int], bytes],
        game: Callable[[int, int], ToyGame],
    ) -> None:
        self.schedule, self.seat, self.born_ms = schedule, seat, born_ms
        self.kept = Kept(seat, number)
        self.membership = Membership(schedule.seats, seat, range(schedule.peers))
        self.session: RollbackSession | None = None
        self.epoch = -1
        self.busy_until = self.asleep_until = self.hidden_until = float("-inf")
        self.inbox: list[Any] = []
        self.paths = {other: CHANNEL for other in range(schedule.peers) if other != seat}
        self._links = {other: PeerLink() for other in range(schedule.seats) if other != seat}
        self._word, self._game = word, game
        self._window, self._delay = schedule.window, schedule.delay
        self._chunked = 0
        self._asked_ms = float("-inf")
        self._settled: dict[int, int] = {}
        self._seen_chunks: list[dict[str, Any]] = []

    @property
    def alive(self) -> bool:
        """Whether the page is there and takes part, or is about to."""
        return self.kept.fate in LIVING

    @property
    def is_member(self) -> bool:
        """Whether its person takes part now, as far as this page knows."""
        return self.seat in self.membership.members

    @property
    def done(self) -> bool:
        """Whether its episode is over and handed out."""
        return self.session is not None and self.session.finished

    def clock(self, now: float) -> float:
        """Return the page's own time, ms."""
        return 1000.0 + (now - self.born_ms) * self.schedule.skew(self.seat)

    def next_tick(self, now: float, rate: float) -> float:
        """Return when its next tick is due."""
        return max(now + FRAME_MS / rate / self.schedule.skew(self.seat), self.busy_until, self.asleep_until)

    def begin(self, epoch: int) -> None:
        """Begin an episode."""
        self._fold()
        self.epoch = epoch
        self._chunked = len(self.kept.rows)
        self._settled = dict.fromkeys(range(self.schedule.peers), 0)
        schedule = self.schedule
        config = SessionConfig(
            seats=schedule.seats,
            local_seat=self.seat,
            frames=schedule.frames,
            match_tag=MATCH_TAG,
            epoch=epoch,
            input_delay=schedule.delay,
            prediction_window=self._window,
            snapshot_spacing=schedule.spacing(self.seat),
            grace_ms=schedule.grace_ms,
            longest_stepping_ms=0.0 if schedule.snapshots else float("inf"),
        )
        self.session = RollbackSession(
            config,
            self._game(self.seat, epoch),
            [WORDS] * schedule.seats,
            [accepts] * schedule.seats,
            [PREDICTORS[schedule.predictor]] * schedule.seats,
            links=self._links,
            membership=self.membership,
        )
        if self._delay != schedule.delay:
            self.session.own.set_delay(self._delay)
        self._tell_paths()

    def restore(self, message: dict[str, Any]) -> None:
        """Come back into a match that goes on: take all that the server has of it."""
        for commit in message["commits"]:
            if commit["epoch"] < message["epoch"]:
                self.membership.apply(commit)
        self.begin(message["epoch"])
        here = [commit for commit in message["commits"] if commit["epoch"] == message["epoch"]]
        self._running().preload(here, message["log"])
        self.kept.fate = "observer"

    def asks_for_log(self, now: float) -> bool:
        """Say whether to ask the server for a later log now: we watch, and have missed what a leaver did last."""
        if self.session is None or not self.session.needs_log or now - self._asked_ms < ASK_AGAIN_MS:
            return False
        self._asked_ms = now
        return True

    def top_up(self, message: dict[str, Any]) -> None:
        """Take a later log of the server."""
        if self.session is not None and message["epoch"] == self.epoch:
            self.session.top_up(message["log"])

    def tick(self, now: float) -> Turn:
        """Run one tick."""
        session = self._running()

        def sample() -> bytes:
            frame = session.own.next_frame
            word = UNFOCUSED if now < self.hidden_until else self._word(self.seat, frame)
            self.kept.scripted[self.epoch, frame] = word
            return word

        return self._noted(now, session.tick(self.clock(now), sample))

    def receive(self, now: float, data: bytes) -> Turn:
        """Take a datagram."""
        return self._noted(now, self._running().receive(self.clock(now), data))

    def control(self, now: float, message: dict[str, Any]) -> Turn:
        """Take what the server says to the session."""
        return self._noted(now, self._running().control(self.clock(now), message))

    def state(self, now: float, message: dict[str, Any]) -> None:
        """Take a part of a state, or the server's answer to one that was sent."""
        transfer = self._running().transfer
        if message["kind"] == "part_taken":
            transfer.donor.taken(message["to"], message["kept"])
        elif message["epoch"] == self.epoch:
            transfer.recipient.part(self.clock(now), message["frame"], message["index"], message["data"])

    def set_input_delay(self, frames: int) -> None:
        """Change the input delay, from now on."""
        self._delay = frames
        self._running().own.set_delay(frames)

    def set_window(self, frames: int) -> None:
        """Change the prediction window, from now on."""
        self._window = frames
        self._running().set_window(frames)

    def set_path(self, other: int, path: str) -> None:
        """Send to another peer by another way from now on."""
        self.paths[other] = path
        self._tell_paths()

    def chunks(self) -> list[dict[str, Any]]:
        """Return the record chunks that are full, or closed by the episode's end, with the inputs of all persons."""
        session, rows = self._running(), self.kept.rows
        new = []
        while self._chunked < len(rows):
            first = rows[self._chunked]
            ready = rows[self._chunked : self._chunked + CHUNK_FRAMES]
            size = sum(row.frame - at == first.frame for at, row in enumerate(ready))
            if size < CHUNK_FRAMES and not session.finished and size == len(ready):
                break
            last = first.frame + size - 1
            skipped = self.kept.skipped.get(first.epoch, (0, -1))
            begins = skipped[0] if skipped[1] == first.frame - 1 else first.frame
            words = session.stable_words(begins, last)
            new.append({"kind": "chunk", "epoch": first.epoch, "first": begins, "last": last, "inputs": words})
            self._chunked += size
        self._seen_chunks += new
        return new

    def all_chunks(self) -> list[dict[str, Any]]:
        """Return every chunk so far: what is sent again when the connection was lost."""
        return self._seen_chunks

    def fold(self) -> Kept:
        """Return what is kept of this life, all counted."""
        self._fold()
        return self.kept

    def _running(self) -> RollbackSession:
        assert self.session is not None, "no episode has begun"
        return self.session

    def _tell_paths(self) -> None:
        if self.session:
            self.session.set_paths({seat: PATH_NAMES[path] for seat, path in self.paths.items()})

    def _noted(self, now: float, turn: Turn) -> Turn:
        session, kept = self._running(), self.kept
        if turn.skipped is not None:
            kept.skipped[self.epoch] = turn.skipped
        kept.rows += [Row(self.epoch, row.frame, row.row, row.state_hash) for row in turn.rows]
        kept.desyncs += [(self.epoch, desync.frame, desync.kind) for desync in turn.desyncs]
        kept.events += [{**event, "epoch": self.epoch, "at_ms": round(now, 3)} for event in turn.events]
        for event in turn.events:
            if event["name"] == "rejoined":
                self._settled[event["seat"]] = event["at"] + SETTLING_FRAMES
        before = kept.truths.get(self.epoch, (-1, -1))
        after = (session.confirmed, session.stable)
        if after != before:
            if after[0] < before[0] or after[1] < before[1]:
                kept.retreats.append(f"{kept.name}, episode {self.epoch}: from {before} to {after}")
            kept.truths[self.epoch] = after
        kept.flagged = kept.flagged or session.flagged
        if self.alive and not self.membership.evicted:
            kept.fate = "member" if self.is_member else "observer"
        if session.failure is not None:
            kept.errors.append(str(session.failure.error))
        if session.finished and session.last_frame is not None:
            kept.lasts[self.epoch] = session.last_frame
        if turn.stalled and self.is_member:
            self._measure(turn.sends)
        return turn

    def _measure(self, sends: Iterable[tuple[int, bytes]]) -> None:
        """Note how much is pending, when it is the most that it can be.

        Nobody waits for who is about to come back, so what is sent there has no such bound.
        """
        by_seat: dict[int, int] = {}
        frame = self._running().frame
        for seat, data in sends if frame >= self._settled[self.seat] else ():
            if seat in self.membership.members and frame >= self._settled[seat]:
                packet = decode(data, seats=self.schedule.seats, word_widths=[2] * self.schedule.seats)
                by_seat[seat] = by_seat.get(seat, 0) + len(getattr(packet, "words", ()))
        self.kept.pending = max([self.kept.pending, *by_seat.values()])

    def _fold(self) -> None:
        """Add the running session's counts to what is kept."""
        if self.session is None:
            return
        counters, recipient = self.session.counters, self.session.transfer.recipient
        if recipient.asked and recipient.skipped is None:
            self.kept.refused.append(recipient.reason or "unfinished")
        self.kept.counters = self.kept.counters.plus(counters)
        for reason, count in counters.packets_rejected.items():
            self.kept.rejected[reason] = self.kept.rejected.get(reason, 0) + count
        self.session = None
