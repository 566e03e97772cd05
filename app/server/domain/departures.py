"""Somebody leaves, reloads, vanishes or comes back while a match plays: between a match's arbiter and its seats.

The arbiter (`membership.py`) decides by frames and views; here its decisions become messages, commands and events, and
what happens to people becomes what it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.experiments.config import GameScene
from app.server.domain.commands import Instant, Outcome
from app.server.domain.decisions import Action, Event, Persist, Send
from app.server.domain.donations import KINDS as DONATION_KINDS
from app.server.domain.errors import Refused
from app.server.domain.matches import Match, MatchSeat
from app.server.domain.membership import Arbiter

#: The most an adaptive input delay and a prediction window can grow to.
MOST_INPUT_DELAY, MOST_WINDOW = 8, 12

#: What the arbiter reports, and the session's event for it.
_EVENTS = {
    "suspected": "seat_suspected",
    "dropped": "seat_dropped",
    "rejoined": "seat_rejoined",
    "rejoin_failed": "seat_rejoin_failed",
    "final": "match_finishing",
    "paused": "match_paused",
    "resumed": "match_resumed",
}


@dataclass(frozen=True)
class Keeper:
    """What `Play` does on behalf of departures.

    Attributes:
        lose: a seat's person is out for good, with this reason.
        drop: the match goes on without a seat whose page has been silent for too long.
        may_return: whether a page that is loaded again can take the seat again.
        end: the match is over, with this reason.
        welcome: tell a reloaded page what it comes back to.
    """

    lose: Callable[[Match, MatchSeat, str, Instant, Outcome], None]
    drop: Callable[[Match, MatchSeat, Instant, Outcome], None]
    may_return: Callable[[Match, MatchSeat], bool]
    end: Callable[[Match, Instant, Outcome], None]
    welcome: Callable[[Match, MatchSeat, Outcome], None]


class Departures:
    """Speaks with the arbiters of all matches.

    Args:
        keeper: acts on what they decide.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def begin(self, match: Match, scene: GameScene, now: Instant, out: Outcome) -> None:
        """An episode is about to begin; the first one makes the arbiter."""
        settings = scene.multiplayer
        if match.arbiter is None:
            match.arbiter = Arbiter(
                len(match.setup["seats"]),
                [seat.index for seat in match.seats],
                window=MOST_WINDOW,
                input_delay=MOST_INPUT_DELAY,
                fps=scene.rendering.fps,
                grace_ms=settings.reconnection_timeout_ms,
                after_departure=settings.after_departure,
            )
        frames = scene.gameplay.max_steps
        self.act(match, match.arbiter.begin_episode(match.episode, frames, now.monotonic_ms), now, out)

    def may_return(self, match: Match, seat: MatchSeat, scene: GameScene) -> bool:
        """Whether a page that is loaded again can take this seat again: somebody else must go on meanwhile."""
        arbiter = match.arbiter
        return (
            scene.multiplayer.on_reload == "rejoin"
            and match.playing
            and arbiter is not None
            and not (arbiter.finishing or arbiter.over)
            and bool(arbiter.remaining - {seat.index})
        )

    def leave(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """A person is out for good."""
        self.act(match, _of(match).leave(seat.index, now.monotonic_ms), now, out)

    def closed(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """A page says that it goes away; its place is kept for a moment."""
        seat.closed_since_ms = now.monotonic_ms
        self.act(match, _of(match).observe(seat.index, now.monotonic_ms), now, out)

    def reloaded(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """Another page of a person is there; what the one before was is over."""
        seat.closed_since_ms, seat.returning, seat.heard_ms = None, True, now.monotonic_ms
        match.donations.new_life(seat.index)
        self.act(match, _of(match).observe(seat.index, now.monotonic_ms), now, out)
        if seat.returning and seat.index in _of(match).observers and seat.index not in _of(match).members:
            self._welcome(match, seat, out)

    def interrupted(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """The server has lost a page."""
        if match.playing:
            self.act(match, _of(match).interrupted(seat.index, now.monotonic_ms), now, out)

    def message(self, match: Match, seat: MatchSeat, message: dict[str, Any], now: Instant, out: Outcome) -> None:
        """A page says something about who takes part."""
        if message.get("kind") in DONATION_KINDS:
            self.act(match, self._donate(match, seat, message), now, out)
            return
        if message.get("kind") == "back":
            view: Any = message.get("view")
            actions = _of(match).reconnected(seat.index, view if type(view) is int else 0, now.monotonic_ms)
            if seat.index in _of(match).observers and seat.index not in _of(match).members:
                actions += match.donations.lost(seat.index, match.episode)
        else:
            actions = _of(match).message(seat.index, message, now.monotonic_ms)
        self.act(match, actions, now, out)

    def tick(self, match: Match, now: Instant, out: Outcome) -> None:
        """Time has passed."""
        if match.playing:
            self.act(match, _of(match).tick(now.monotonic_ms), now, out)
            self.act(match, [*match.donations.look(_of(match).observers, _donors(match))], now, out)

    def act(self, match: Match, actions: list[Action], now: Instant, out: Outcome) -> None:
        """Do what the arbiter wants, in its order; then see what it means for people."""
        events: list[Event] = []
        for action in actions:
            if isinstance(action, Persist):
                payload = {"match_id": match.match_id, "view": action.commit["view"], "commit": action.commit}
                out.keep("add_commit", payload)
            elif isinstance(action, Send):
                seat = match.seat_at(action.seat)
                if seat is not None and not seat.gone and not seat.returning:
                    message = action.message
                    if message["kind"] == "evicted":
                        message = {**message, "may_return": self._keeper.may_return(match, seat)}
                    payload = {"match_id": match.match_id, "message": message}
                    out.send(seat.participant_id, "membership", payload)
            else:
                events.append(action)
        for event in events:
            self._tell(match, event, now, out)
        for event in events:
            self._follow(match, event, now, out)

    def _donate(self, match: Match, seat: MatchSeat, message: dict[str, Any]) -> list[Action]:
        if message["kind"] != "snapshot":
            return [*match.donations.answer(seat.index, message)]
        if seat.index not in _of(match).observers or seat.index in _of(match).members:
            raise Refused("not_rejoining", f"you do not come back to match {match.match_id}.")
        if message.get("epoch") != match.episode:
            raise Refused("other_episode", f"match {match.match_id} plays episode {match.episode}.")
        return [*match.donations.ask(seat.index, message, _donors(match))]

    def _tell(self, match: Match, event: Event, now: Instant, out: Outcome) -> None:
        if event.name not in _EVENTS:
            return
        data = {("episode" if key == "epoch" else key): value for key, value in event.data.items()}
        seat = match.seat_at(data.pop("seat", -1))
        if seat is not None:
            data["participant_id"] = seat.participant_id
        if data.get("by") is not None:
            accuser = match.seat_at(data["by"])
            data["by"] = accuser.participant_id if accuser else None
        out.event(_EVENTS[event.name], now, match_id=match.match_id, **data)

    def _follow(self, match: Match, event: Event, now: Instant, out: Outcome) -> None:
        if not match.playing:
            return
        seat = match.seat_at(event.data.get("seat", -1))
        if event.name == "empty":
            self._keeper.end(match, now, out)
        elif event.name == "final":
            match.finishing_since_ms = now.monotonic_ms
        if event.name in ("dropped", "rejoined") and match.first_report_ms is not None:
            # Whoever has not reached the end yet could not go on before this.
            match.first_report_ms = now.monotonic_ms
        if seat is None or seat.gone:
            return
        if event.name == "dropped" and not event.data["returning"]:
            self._keeper.drop(match, seat, now, out)
        elif event.name == "dropped" and seat.returning:
            self._welcome(match, seat, out)
        elif event.name == "rejoin_failed":
            seat.returning = False
            if _of(match).finishing and match.left_seat is None:
                self._keeper.lose(match, seat, "DROPPED_OUT", now, out)

    def _welcome(self, match: Match, seat: MatchSeat, out: Outcome) -> None:
        seat.returning = False
        self._keeper.welcome(match, seat, out)


def _donors(match: Match) -> list[int]:
    """Return the seats whose pages take part and are heard: they could give a state."""
    return [
        seat.index
        for seat in match.seats
        if seat.index in _of(match).remaining
        and not (seat.gone or seat.returning or seat.lagging)
        and seat.interrupted_since_ms is None
        and seat.closed_since_ms is None
    ]


def _of(match: Match) -> Arbiter:
    assert match.arbiter is not None
    return match.arbiter
