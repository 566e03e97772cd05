"""The engine's face to `worker.js`: JSON text and bytes in, JSON text and bytes out.

One `BrowserMatch` serves a page: it is loaded while the participant reads the start page, and then plays the match.
Everything that the worker must do is in what the calls return; `take_picture`, `take_packets`, `take_parts` and
`take_chunks` hand over what would be costly to put into that text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from .actions import codec_for
from .environment import MatchEnvironment, make_environment
from .failure import error_text, traceback_text
from .inputs import NULL_FRAME
from .match import Match, MatchTurn
from .match_report import report, status
from .match_setup import MatchSetup
from .record import Chunk, Recorded

WARM_UP_STEPS = 3
"""Steps before the match, so that the first frames do not pay for lazy imports and caches."""


class BrowserMatch:
    """One page's engine.

    Args:
        timer: A monotonic clock in ms, for measuring what steps and snapshots cost.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._setup: MatchSetup | None = None
        self._environment: MatchEnvironment | None = None
        self._match: Match | None = None
        self._packets: list[tuple[int, bool, bytes]] = []
        self._chunks: list[dict[str, Any]] = []
        self._parts: list[tuple[int, int, int, int, bytes]] = []
        self._picture: str | None = None
        self._unseen: int | None = None
        self._blind = False
        self._seeds: list[int] = []

    def load(self, setup_json: str) -> None:
        """Make the environment, step it a little and draw it once, so that nothing is loaded during the match."""
        setup = MatchSetup.from_dict(json.loads(setup_json))
        if setup != self._setup or self._environment is None:
            self._setup, self._environment = setup, self._made(setup)

    def start(self, match_json: str, now: float) -> None:
        """Take the match that the server made: seat, seeds, tag, and `rejoin` where we come back to it."""
        match = json.loads(match_json)
        if self._match is not None:
            # Another seat may play its first match here: both must begin with an environment that nobody has used.
            self._environment = None
        self.load(json.dumps(match["setup"]))
        assert self._setup is not None and self._environment is not None
        self._seeds, self._unseen, self._blind = list(match["episode_seeds"]), None, False
        rejoin = match.get("rejoin") or {}
        self._match = Match(
            self._setup,
            self._environment,
            match_id=match["match_id"],
            match_tag=match["match_tag"],
            seat=match["seat"],
            episode_seeds=match["episode_seeds"],
            now=now,
            timer=self._timer,
            joins=rejoin.get("episode"),
            commits=rejoin.get("commits", ()),
            recorded=Recorded(**rejoin["recorded"]) if rejoin.get("recorded") else None,
        )

    def digest(self, environment_hash: str) -> str:
        """Return the hash of all that decides what this match records; seats that differ play different games.

        Args:
            environment_hash: Of the engine's and environment's files.
        """
        assert self._setup is not None
        return self._setup.digest(environment_hash, self._seeds)

    def begin(self, episode: int) -> str:
        """Reset for an episode; return what the page shows before its first frame, or the `failure` in it."""
        match = self._playing()
        # Who comes back may not have reached the end of the episode before.
        self._keep(match.close_chunk())
        try:
            match.begin(episode)
            self._picture, self._unseen = match.picture(), None
            result = self._figures(match)
        except Exception as error:  # noqa: BLE001 -- the researcher's code may raise anything
            result = {"failure": _failure(episode, NULL_FRAME, error)}
        return json.dumps(result, separators=(",", ":"))

    def join(self, log_json: str) -> bool:
        """Take the server's input log of the episode that has begun; say whether it reaches far enough."""
        log = json.loads(log_json)
        return self._playing().join(log["through"], log["inputs"])

    def keys(self, pressed_json: str, at: float) -> None:
        """Take the keys that are held now."""
        self._playing().devices.press(json.loads(pressed_json), at)

    def pointer(self, pointer_json: str, at: float) -> None:
        """Take where in the picture the mouse is, 0 to 1 from its left and top edge, and which buttons are held."""
        pointer, devices = json.loads(pointer_json), self._playing().devices
        devices.point(pointer["x"], pointer["y"], at)
        devices.buttons(pointer["buttons"], at)

    def pad(self, pad_json: str, at: float) -> None:
        """Take where the gamepad's axes are and which of its buttons are held; see `Devices.pad`."""
        pad = json.loads(pad_json)
        self._playing().devices.pad(pad["axes"], pad["buttons"], at)

    def focus(self, focused: bool, at: float) -> None:
        """Take a change of the page's focus; without it no key can be held."""
        devices = self._playing().devices
        devices.focused = focused
        if not focused:
            devices.release_all(at)

    def connections(self, connections_json: str) -> None:
        """Take by what each partner is reached now."""
        connections = json.loads(connections_json)
        self._playing().set_connections({int(seat): str(kind) for seat, kind in connections.items()})

    def clock(self, offset_ms: float) -> None:
        """Take the server's clock minus ours."""
        self._playing().clock_offset_ms = offset_ms

    def tick(self, now: float) -> str:
        """Run one turn; return what happened, with `frame` and a new picture if one was stepped."""
        match = self._playing()
        began = self._timer()
        done = match.tick(now)
        result = self._take(done)
        if done.turn.stepped is not None:
            match.stepped(done.turn.stepped, now + self._timer() - began)
            result |= self._frame(match)
        return json.dumps(result, separators=(",", ":"))

    def receive(self, now: float, data: Any) -> str:
        """Take one datagram; return what happened."""
        return json.dumps(self._take(self._playing().receive(now, bytes(data))), separators=(",", ":"))

    def control(self, now: float, message_json: str) -> str:
        """Take a message of the server about who takes part; return what happened."""
        return json.dumps(self._take(self._playing().control(now, json.loads(message_json))), separators=(",", ":"))

    def part(self, now: float, episode: int, frame: int, index: int, data: Any) -> None:
        """Take a part of the state before a frame that another seat sends to us, who come back."""
        match = self._playing()
        if episode == match.episode:
            # A JavaScript buffer would be copied byte by byte otherwise.
            match.part(now, frame, index, data.to_bytes() if hasattr(data, "to_bytes") else bytes(data))

    def part_taken(self, to: int, kept: bool) -> None:
        """Take that the server has passed a part on, or that nobody waits for it any more."""
        self._playing().part_taken(to, kept)

    def painted(self, episode: int, frame: int, at: float) -> None:
        """Take that the picture after a frame is on the screen."""
        match = self._playing()
        if episode == match.episode:
            match.latency.painted(frame, at)

    def status(self, now: float) -> str:
        """Return the figures that the page and the monitor show."""
        return json.dumps(status(self._playing(), now), separators=(",", ":"))

    def finish(self) -> str:
        """Close the record; return the seat's report. The last chunk is in `take_chunks`."""
        match = self._playing()
        self._keep(match.close_chunk())
        return json.dumps(report(match), separators=(",", ":"))

    def take_picture(self) -> str | None:
        """Return the newest draw list as JSON text: the page parses only what it paints."""
        return self._picture

    def take_packets(self) -> list[tuple[int, bool, bytes]]:
        """Return `(seat, reliable, datagram)` to send, and forget them."""
        packets, self._packets = self._packets, []
        return packets

    def take_parts(self) -> list[tuple[int, int, int, int, bytes]]:
        """Return `(seat, episode, frame, index, bytes)` of states for who comes back, and forget them."""
        parts, self._parts = self._parts, []
        return parts

    def take_chunks(self) -> list[dict[str, Any]]:
        """Return the record chunks to upload, and forget them."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def _made(self, setup: MatchSetup) -> MatchEnvironment:
        environment = MatchEnvironment(make_environment(setup.factory, setup.config, setup.context), setup.seats)
        environment.reset(0)
        codecs = [codec_for(environment.action_space(seat), setup.default_action) for seat in range(len(setup.seats))]
        actions = [codec.default_action for codec in codecs]
        for _ in range(WARM_UP_STEPS):
            environment.load(environment.save())
            environment.step(actions)
        environment.render(0)
        return environment

    def _playing(self) -> Match:
        if self._match is None:
            raise ValueError("no match has been started")
        return self._match

    def _keep(self, chunk: Chunk | None) -> None:
        if chunk is not None:
            self._chunks.append(asdict(chunk))

    def _take(self, done: MatchTurn) -> dict[str, Any]:
        """Keep the bytes of a turn for `take_packets` and `take_chunks`; return the rest."""
        turn = done.turn
        self._packets += [(seat, False, data) for seat, data in turn.sends]
        self._packets += [(seat, True, data) for seat, data in turn.reliable]
        for chunk in done.chunks:
            self._keep(chunk)
        self._parts += [(to, self._playing().episode, frame, index, data) for to, frame, index, data in turn.parts]
        return {
            "rate": turn.rate,
            "rolled_back": turn.rolled_back,
            "stalled": turn.stalled,
            "waiting_for": turn.waiting_for,
            "paused": turn.paused,
            "catching_up": turn.catching_up,
            "needs_log": self._playing().needs_log,
            "server": turn.server,
            "events": turn.events,
            "packets": len(self._packets),
            "chunks": len(self._chunks),
            "parts": len(self._parts),
            "desyncs": [asdict(desync) for desync in turn.desyncs],
            "finished_episode": done.finished_episode,
            "failure": done.failure,
        }

    def _frame(self, match: Match) -> dict[str, Any]:
        """Keep the newest picture for `take_picture`; return what the page shows beside it."""
        frame = match.running().frame - 1
        try:
            self._picture, self._unseen = match.picture(), None
        except Exception as error:  # noqa: BLE001 -- the researcher's code may raise anything
            # The state may be a wrong guess. That of a frame that is certain by now was none.
            self._unseen = frame if self._unseen is None else self._unseen
            if self._unseen <= match.running().confirmed and not self._blind:
                self._blind = True
                return self._figures(match) | {"failure": _failure(match.episode, frame, error)}
        return self._figures(match)

    def _figures(self, match: Match) -> dict[str, Any]:
        assert match.simulation is not None and self._setup is not None
        frame = match.running().frame - 1
        return {
            "episode": match.episode,
            "frame": frame,
            "seconds_left": round((self._setup.max_steps - 1 - frame) / self._setup.fps, 1),
            "score": match.simulation.rewards[match.seat],
        }


def _failure(episode: int, frame: int, error: Exception) -> dict[str, Any]:
    return {"episode": episode, "frame": frame, "message": error_text(error), "traceback": traceback_text(error)}
