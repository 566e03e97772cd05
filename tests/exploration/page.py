"""One peer of the explored match: the real session, and what it has handed out and applied so far.

Time is not a number here. Every tick finds its retry due, so that it says all that it has to say; what is not
delivered may have been lost. Nobody is ever silent for long: who is taken for gone is a move of the exploration.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from app.engine.prediction import repeat_last
from app.engine.session import RollbackSession
from app.engine.turn import SessionConfig, Turn
from app.engine.wire import decode, encode
from tests.simulation.game import ACTIONS, FOCUSED, WORDS, ToyGame, accepts

A_LONG_TIME_MS = 10_000.0
"""Between two events of a peer: every retry is due."""
NO_GRACE_MS = 1e15


@dataclass(frozen=True)
class Rules:
    """What is played.

    Attributes:
        peers: Persons.
        frames: Frames of the only episode.
        window: The prediction window.
        delay: The input delay.
        checksums: Whether the reports of state hashes are delivered, too.
        after_departure: What the study lets follow.
        fences: Whether anything needs a frame that all stop at: pages that come back, early ends, pauses.
        fps: Frames a second as the server has it: how far ahead it puts such a frame.
    """

    peers: int = 3
    frames: int = 3
    window: int = 2
    delay: int = 0
    checksums: bool = False
    after_departure: str = "default_action"
    fences: bool = False
    fps: float = 30.0


@dataclass(frozen=True)
class Said:
    """What a peer did in one event: datagrams by receiver, messages to the server."""

    datagrams: tuple[tuple[int, bytes], ...]
    messages: tuple[str, ...]


NOTHING = Said((), ())


class Look(NamedTuple):
    """What others ask of a peer's state.

    Attributes:
        rows: Handed out, with their hashes.
        commits: Applied, by view.
        finished: The episode is over and handed out.
        view: Changes of the membership that were applied.
        members: Who takes part, as far as it knows.
        since: By seat, the view before which it listens to it no more.
        held: By seat, what it knows to be held there.
        hashes: The state hashes that it has, and those that it was told.
        newest: By seat, how far that one is known to have stepped; less than -1 is one that was not heard yet.
        loading: It was loaded again and knows nothing yet.
        observes: It follows the others, and does not take part.
        log: As JSON, by seat the words that it has recorded.
    """

    rows: tuple[str, ...]
    commits: tuple[tuple[int, str], ...]
    finished: bool
    view: int
    members: tuple[int, ...]
    since: tuple[int, ...]
    held: tuple[tuple[int, ...], ...]
    hashes: frozenset[tuple[int, int]]
    newest: tuple[int, ...] = ()
    loading: bool = False
    observes: bool = False
    log: str = "[]"


class Violation(AssertionError):
    """Something that must always hold does not."""


class UsedUp:
    """A clock by which every turn's time is used up, but of who catches up.

    So there is no second step in a turn; it would be a second tick whose datagrams nobody hears.
    """

    def __init__(self) -> None:
        self.now, self.step_ms = 0.0, 100.0

    def __call__(self) -> float:
        """Return the time, ms: much later than before."""
        self.now += self.step_ms
        return self.now


def word(seat: int, frame: int) -> bytes:
    """Return what a seat's person does: something else in every frame, so that no prediction is ever right."""
    return bytes((1 + (frame + seat) % (ACTIONS - 1), FOCUSED))


def without_time(data: bytes, rules: Rules) -> bytes:
    """Return a datagram without what depends on when it was sent, so that equal ones are equal."""
    packet = decode(data, seats=rules.peers, word_widths=[2] * rules.peers)
    assert not isinstance(packet, str), packet
    here = packet.sim_frame if rules.fences else packet.acks[packet.sender]
    return encode(replace(packet, seq=0, sim_frame=here, lag_to_you=0, sent_at=0, echo_of=0, echo_hold=None))


def _words(log: list[list[str]]) -> dict[int, list[bytes]]:
    return {seat: [bytes.fromhex(word) for word in words] for seat, words in enumerate(log)}


def _decision(commit: dict[str, Any]) -> str:
    return json.dumps({name: commit[name] for name in ("drop", "activate", "final", "pause")})


def _without_frame(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message to the server without a frame that the server only bounds."""
    return {**message, "frame": 0} if message["kind"] == "join" else message


def _newest(session: Any) -> tuple[int, ...]:
    """Return by seat how far it is known to have stepped."""
    links = (session.links.get(seat) for seat in range(session.config.seats))
    return tuple(-2 if link is None or link.heard_at is None else link.newest_frame for link in links)


class Page:
    """A peer; its events are `("tick",)`, `("packet", bytes)`, `("control", json)` and `("reload",)`.

    Of the messages, `restore` gives a page that was loaded again what the server knows, and `log` more of it later.

    Args:
        rules: What is played.
        seat: Whose it is.
    """

    def __init__(self, rules: Rules, seat: int) -> None:
        self._rules, self._seat, self._now = rules, seat, 0.0
        self._timer = UsedUp()
        self.session: RollbackSession | None = self._new_session()
        self.rows: tuple[str, ...] = ()
        self.commits: tuple[tuple[int, str], ...] = ()
        self._told: dict[int, str] = {}

    def _new_session(self) -> RollbackSession:
        rules = self._rules
        config = SessionConfig(
            seats=rules.peers,
            local_seat=self._seat,
            frames=rules.frames,
            input_delay=rules.delay,
            prediction_window=rules.window,
            snapshot_spacing=1,
            grace_ms=NO_GRACE_MS,
        )
        seats = range(rules.peers)
        return RollbackSession(
            config,
            ToyGame(),
            [WORDS for _ in seats],
            [accepts for _ in seats],
            [repeat_last for _ in seats],
            timer=self._timer,
        )

    def apply(self, event: tuple[Any, ...]) -> Said:
        """Let an event happen."""
        self._now += A_LONG_TIME_MS
        if event[0] == "reload":
            self.session, self.rows, self.commits, self._told = None, (), (), {}
            return NOTHING
        message = json.loads(event[1]) if event[0] == "control" else {"kind": ""}
        if message["kind"] == "restore":
            return self._restore(message)
        session = self.session
        if session is None:
            return NOTHING
        before = (session.confirmed, session.stable)
        self._timer.step_ms = 0.0 if session.catching_up else 100.0
        turn = Turn()
        if event[0] == "tick":
            turn = session.tick(self._now, lambda: word(self._seat, session.own.next_frame))
            if session.needs_log:
                turn.server.append({"kind": "log"})
        elif event[0] == "packet":
            turn = session.receive(self._now, event[1])
        elif message["kind"] == "log":
            session.top_up(_words(message["log"]))
        else:
            turn = session.control(self._now, message)
        if session.confirmed < before[0] or session.stable < before[1]:
            raise Violation(f"a truth went back from {before} to {(session.confirmed, session.stable)}")
        self._note_commits(message)
        self._check(turn)
        datagrams = turn.sends + (turn.reliable if self._rules.checksums else [])
        return Said(
            tuple((to, without_time(data, self._rules)) for to, data in datagrams),
            tuple(json.dumps(_without_frame(message)) for message in turn.server),
        )

    def _restore(self, message: dict[str, Any]) -> Said:
        if self.session is None:
            self.session = self._new_session()
            for commit in message["commits"]:
                self._told[commit["view"]] = _decision(commit)
            self.session.preload(message["commits"], _words(message["log"]))
            self._note_commits({"kind": "restore"})
        return NOTHING

    def _note_commits(self, message: dict[str, Any]) -> None:
        if message["kind"] == "commit":
            self._told[message["view"]] = _decision(message)
        assert self.session is not None
        new = range(len(self.commits) + 1, self.session.membership.view + 1)
        self.commits += tuple((view, self._told[view]) for view in new)

    def _check(self, turn: Turn) -> None:
        for row in turn.rows:
            if row.frame != len(self.rows):
                raise Violation(f"frame {row.frame} was handed out after {len(self.rows)} frames")
            self.rows += (f"{row.row} {row.state_hash}",)
        if turn.desyncs:
            raise Violation(f"a disagreement was noticed: {turn.desyncs}")
        assert self.session is not None
        if self.session.flagged or self.session.failure is not None:
            raise Violation("the session is flagged, or its game has failed")
        paused_at = self.session.membership.paused_at
        if paused_at is not None and self.session.frame > paused_at:
            raise Violation(f"frame {self.session.frame - 1} is stepped, the match is paused before {paused_at}")

    def key(self) -> tuple[Any, ...]:
        """Return all that decides what this peer will ever do; times, counts and round trips do not."""
        session: Any = self.session
        if session is None:
            return ("loading",)
        views, truth, timeline, ledger = session._views, session._truth, session._timeline, session._ledger
        membership = session.membership
        tracks = tuple((tuple(track._words), track._fill, track._opens_at) for track in session._tracks)
        others = tuple(tuple(row) for seat, row in enumerate(truth.rows) if seat != self._seat)
        member = (
            membership.view,
            membership.members,
            tuple(membership.since),
            membership.ballot,
            membership.paused_at,
            tuple(sorted(membership.waiting)),
            tuple(sorted(views.frozen)),
            views.fence,
            views.frames,
            views._activating,
            views._promised,
        )
        stepped = (
            timeline.frame,
            timeline.first_open,
            tuple(timeline._used.values()),
            tuple(sorted(timeline._snapshots)),
            timeline._simulation.save(),
        )
        hashes = (tuple(ledger._own.items()), tuple(sorted(ledger._waiting.items())))
        told = (self.rows, truth.confirmed, truth.stable, self.commits)
        back = (
            membership.observers,
            repr(membership.deferred),
            tuple(sorted(truth._opened.items())),
            _newest(session) if self._rules.fences else (),
            session._catch_up._stepped if session.catching_up else None,
            session.own.made,
        )
        return tracks, others, member, stepped, hashes, told, back

    def look(self) -> Look:
        """Return what others ask of this state."""
        session: Any = self.session
        nobody = tuple((-1,) * self._rules.peers for _ in range(self._rules.peers))
        if session is None:
            return Look((), (), False, 0, (), (0,) * self._rules.peers, nobody, frozenset(), loading=True)
        membership, ledger, truth = session.membership, session._ledger, session._truth
        held = [tuple(row) for row in truth.rows]
        held[self._seat] = tuple(track.last for track in session._tracks)
        hashes = {(-1, frame) for frame in ledger._own} | set(ledger._waiting)
        return Look(
            self.rows, self.commits, session.finished, membership.view, membership.members, tuple(membership.since),
            tuple(held), frozenset(hashes), _newest(session), False, session.catching_up, self._log(),
        )  # fmt: skip

    def _log(self) -> str:
        session: Any = self.session
        if not self._rules.fences:
            return "[]"
        words = session.stable_words(0, session.rows.recorded)
        return json.dumps([[word.hex() for word in words[seat]] for seat in range(self._rules.peers)])

    def frozen(self) -> tuple[bytes, Any]:
        """Return all of this state."""
        out = io.BytesIO()
        _Freezer(out, pickle.HIGHEST_PROTOCOL).dump(self)
        session: Any = self.session
        return out.getvalue(), None if session is None else session._ledger._inputs.copy()

    @staticmethod
    def thawed(frozen: tuple[bytes, Any]) -> Page:
        """Return a peer in a state that was frozen."""
        page = _Thawer(io.BytesIO(frozen[0]), frozen[1]).load()
        assert isinstance(page, Page)
        return page


class _Freezer(pickle.Pickler):
    """Leaves out the running hash of inputs, which cannot be written down, only copied."""

    def persistent_id(self, thing: Any) -> str | None:
        """Return a name for what is left out."""
        return "hash" if isinstance(thing, hashlib.blake2b) else None


class _Thawer(pickle.Unpickler):
    """Puts a copy of it back."""

    def __init__(self, file: io.BytesIO, running: Any) -> None:
        super().__init__(file)
        self._running = running

    def persistent_load(self, name: str) -> Any:
        """Return what was left out under a name."""
        return self._running.copy()
