"""The engine's face to `worker.js`: JSON text and bytes in, JSON text and bytes out.

One `BrowserMatch` serves a page: it is loaded while the participant reads the start page, and then plays the match.
Everything that the worker must do is in what the calls return; `take_picture`, `take_packets` and `take_chunks` hand
over what would be costly to put into that text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from .actions import codec_for
from .environment import MatchEnvironment, make_environment
from .match import Match, MatchSetup, MatchTurn
from .record import Chunk

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
        self._picture: str | None = None

    def load(self, setup_json: str) -> None:
        """Make the environment, step it a little and draw it once, so that nothing is loaded during the match."""
        setup = MatchSetup.from_dict(json.loads(setup_json))
        if setup != self._setup or self._environment is None:
            self._setup, self._environment = setup, self._made(setup)

    def start(self, match_json: str, now: float) -> None:
        """Take the match that the server made: seat, seeds, tag."""
        match = json.loads(match_json)
        if self._match is not None:
            # Another seat may play its first match here: both must begin with an environment that nobody has used.
            self._environment = None
        self.load(json.dumps(match["setup"]))
        assert self._setup is not None and self._environment is not None
        self._match = Match(
            self._setup,
            self._environment,
            match_id=match["match_id"],
            match_tag=match["match_tag"],
            seat=match["seat"],
            episode_seeds=match["episode_seeds"],
            now=now,
            timer=self._timer,
        )

    def begin(self, episode: int) -> str:
        """Reset for an episode; return what the page shows before its first frame."""
        match = self._playing()
        match.begin(episode)
        return json.dumps(self._frame(match), separators=(",", ":"))

    def keys(self, pressed_json: str, at: float) -> None:
        """Take the keys that are held now."""
        self._playing().keyboard.press(json.loads(pressed_json), at)

    def focus(self, focused: bool, at: float) -> None:
        """Take a change of the page's focus; without it no key can be held."""
        keyboard = self._playing().keyboard
        keyboard.focused = focused
        if not focused:
            keyboard.release_all(at)

    def connections(self, connections_json: str) -> None:
        """Take by what each partner is reached now."""
        self._playing().connections = {int(seat): str(kind) for seat, kind in json.loads(connections_json).items()}

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

    def painted(self, episode: int, frame: int, at: float) -> None:
        """Take that the picture after a frame is on the screen."""
        match = self._playing()
        if episode == match.episode:
            match.latency.painted(frame, at)

    def status(self, now: float) -> str:
        """Return the figures that the page and the monitor show."""
        return json.dumps(self._playing().status(now), separators=(",", ":"))

    def finish(self) -> str:
        """Close the record; return the seat's report. The last chunk is in `take_chunks`."""
        match = self._playing()
        self._keep(match.close_chunk())
        return json.dumps(match.report(), separators=(",", ":"))

    def take_picture(self) -> str | None:
        """Return the newest draw list as JSON text: the page parses only what it paints."""
        return self._picture

    def take_packets(self) -> list[tuple[int, bool, bytes]]:
        """Return `(seat, reliable, datagram)` to send, and forget them."""
        packets, self._packets = self._packets, []
        return packets

    def take_chunks(self) -> list[dict[str, Any]]:
        """Return the record chunks to upload, and forget them."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def _made(self, setup: MatchSetup) -> MatchEnvironment:
        environment = MatchEnvironment(make_environment(setup.factory, setup.config), setup.seats)
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
        return {
            "rate": turn.rate,
            "rolled_back": turn.rolled_back,
            "stalled": turn.stalled,
            "waiting_for": turn.waiting_for,
            "packets": len(self._packets),
            "chunks": len(self._chunks),
            "desyncs": [asdict(desync) for desync in turn.desyncs],
            "finished_episode": done.finished_episode,
            "error": self._playing().error,
        }

    def _frame(self, match: Match) -> dict[str, Any]:
        """Keep the newest picture for `take_picture`; return what the page shows beside it."""
        assert match.session is not None and match.simulation is not None and self._setup is not None
        frame = match.session.frame - 1
        self._picture = match.picture()
        return {
            "episode": match.episode,
            "frame": frame,
            "seconds_left": round((self._setup.max_steps - 1 - frame) / self._setup.fps, 1),
            "score": match.simulation.rewards[match.seat],
        }
