"""A match at one seat: one episode after another on one environment, with its recording and its statistics.

Nothing predicted crosses an episode's end: `begin` starts an episode from its own seed when every seat has reported
the one before as stable to its last frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from .actions import FLAG_FOCUSED, ActionCodec, codec_for
from .environment import MatchEnvironment
from .keyboard import Keyboard
from .latency import LatencyBook, quantiles
from .link import PeerLink
from .prediction import predictor_for
from .record import Chunk, Recorder
from .session import RollbackSession
from .simulation import EpisodeSimulation, canonical_columns, flat_observation
from .turn import Counters, SessionConfig, StableRow, Turn


@dataclass(frozen=True)
class MatchSetup:
    """What is known of a match before it exists; the fields are those of the experiment's game scene.

    Attributes:
        factory: `module:object` that makes the environment.
        config: Its keyword arguments.
        seats: The seats' names, in order.
        fps: Frames a second.
        max_steps: Frames of an episode at most.
        num_episodes: Episodes of the match.
        default_action: The action when nobody acts.
        keys: `event.code` to action.
        input_mode: `pressed_keys` or `single_keystroke`.
        input_delay: Frames.
        prediction_window: Frames.
        predictor: `repeat_last` or `default`.
        record: `observations` (bool) and `info` (keys).
    """

    factory: str
    seats: list[str]
    fps: int
    max_steps: int
    config: Mapping[str, Any] = field(default_factory=dict)
    num_episodes: int = 1
    default_action: Any = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    input_mode: str = "pressed_keys"
    input_delay: int = 0
    prediction_window: int = 8
    predictor: str = "repeat_last"
    record: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MatchSetup:
        """Return the setup in a message; what concerns the page alone (size, colours) is passed over."""
        return cls(**{key: values[key] for key in cls.__dataclass_fields__ if key in values})


@dataclass
class MatchTurn:
    """What one turn decided, for the worker to do.

    Attributes:
        turn: The session's part.
        chunks: Closed record chunks to upload.
        finished_episode: The episode that has just become stable to its last frame, with its hashes.
    """

    turn: Turn
    chunks: list[Chunk] = field(default_factory=list)
    finished_episode: dict[str, Any] | None = None


class Match:
    """One seat's match.

    Args:
        setup: What was known before.
        environment: Made from the setup; it serves every episode.
        match_id: The match.
        match_tag: Tells its packets from any other's.
        seat: Our seat's index.
        episode_seeds: One an episode.
        now: The caller's clock, ms since the epoch, monotonic.
        timer: A clock for measuring costs, or None.
    """

    def __init__(
        self,
        setup: MatchSetup,
        environment: MatchEnvironment,
        *,
        match_id: str,
        match_tag: int,
        seat: int,
        episode_seeds: list[int],
        now: float,
        timer: Callable[[], float] | None = None,
    ) -> None:
        self.setup, self.seat = setup, seat
        self._environment, self._seeds, self._tag, self._timer = environment, episode_seeds, match_tag, timer
        self._began = now
        self._codecs: list[ActionCodec] = [
            codec_for(environment.action_space(index), setup.default_action) for index in range(len(setup.seats))
        ]
        self._predictor = predictor_for(setup.predictor)
        self.keyboard = Keyboard(setup.keys, setup.input_mode, self._codecs[seat].default_action)
        self.latency = LatencyBook()
        self.links = {index: PeerLink() for index in range(len(setup.seats)) if index != seat}
        self.connections: dict[int, str] = {}
        self.clock_offset_ms: float | None = None
        self.session: RollbackSession | None = None
        self.simulation: EpisodeSimulation | None = None
        self.episode = -1
        self._reported = False
        self._first_stepped: dict[int, float] = {}
        self._totals = Counters()
        self.desyncs: list[dict[str, Any]] = []
        self._step_times: list[float] = []
        info = list(setup.record.get("info", []))
        sizes: list[int] = []
        if setup.record.get("observations"):
            sizes = [len(flat_observation(observation)) for observation in environment.reset(episode_seeds[0])]
        self._recorder = Recorder(
            match_id, setup.seats[seat], canonical_columns(setup.seats, info, sizes), setup.fps, self._local_values
        )

    @property
    def counters(self) -> Counters:
        """What was counted over all episodes so far."""
        now = asdict(self.session.counters) if self.session else asdict(Counters())
        total = asdict(self._totals)
        summed = {key: total[key] + now[key] for key in total}
        summed["max_rollback_depth"] = max(total["max_rollback_depth"], now["max_rollback_depth"])
        return Counters(**summed)

    @property
    def recorded_frames(self) -> int:
        """Rows recorded over all episodes so far."""
        return self._recorder.recorded_frames

    @property
    def error(self) -> str | None:
        """What the environment raised on a frame that is certain, if it did: the match cannot go on."""
        return self.session.error if self.session else None

    def begin(self, episode: int) -> None:
        """Reset the environment with the episode's seed and start its session at frame 0."""
        self._totals = self.counters
        self._environment.reset(self._seeds[episode])
        self.episode, self._reported = episode, False
        self._first_stepped.clear()
        self.latency.new_episode()
        record = self.setup.record
        self.simulation = EpisodeSimulation(
            self._environment,
            self._codecs,
            episode=episode,
            info=record.get("info", []),
            observations=bool(record.get("observations")),
            max_steps=self.setup.max_steps,
        )
        config = SessionConfig(
            seats=len(self.setup.seats),
            local_seat=self.seat,
            frames=self.setup.max_steps,
            match_tag=self._tag,
            epoch=episode,
            input_delay=self.setup.input_delay,
            prediction_window=self.setup.prediction_window,
        )
        self.session = RollbackSession(
            config,
            self.simulation,
            [codec.default_word for codec in self._codecs],
            [codec.accepts for codec in self._codecs],
            self._predictor,
            self._timer,
            self.links,
        )

    def tick(self, now: float) -> MatchTurn:
        """Run one turn at the frame rate's pace."""
        session = self._running()
        turn = session.tick(now, self._sample)
        if turn.stepped is not None:
            self._first_stepped[turn.stepped] = now
            self._step_times = [at for at in self._step_times if at > now - 1000.0] + [now]
        return self._after(turn)

    def stepped(self, frame: int, now: float) -> None:
        """Note that a tick's step is done: the key sampled for it has been executed."""
        self.latency.stepped(frame, now)

    def receive(self, now: float, data: bytes) -> MatchTurn:
        """Take a datagram from any seat by any path."""
        return self._after(self._running().receive(now, data))

    def close_chunk(self) -> Chunk | None:
        """Close the chunk that is being collected: the match is over."""
        return self._recorder.close()

    def picture(self) -> str | None:
        """Return the draw list of the state now, as JSON text."""
        return self._environment.render(self.seat)

    def status(self, now: float) -> dict[str, Any]:
        """Return what the page and the monitor show; `max_rollback_depth` and the like are over the whole match."""
        session = self._running()
        counters = self.counters
        pings = [ping for link in self.links.values() if (ping := link.ping_ms()) is not None]
        return {
            "episode": self.episode,
            "frame": session.frame - 1,
            "confirmed": min(session.confirmed, self.setup.max_steps - 1),
            "stable": session.stable,
            "rollbacks": counters.rollbacks,
            "max_rollback_depth": counters.max_rollback_depth,
            "stalls": counters.stalls,
            "ping_ms": round(max(pings), 1) if pings else None,
            "fps": len([at for at in self._step_times if at > now - 1000.0]),
            "recorded_frames": self.recorded_frames,
            "state_hash": session.last_hash,
            "input_to_step_ms": quantiles(self.latency.to_step),
            "input_to_paint_ms": quantiles(self.latency.to_paint),
        }

    def report(self) -> dict[str, Any]:
        """Return the seat's statistics of the whole match, for the study's validation files."""
        history = [rtt for link in self.links.values() for rtt in link.rtt_history]
        return {
            "seat": self.setup.seats[self.seat],
            "recorded_frames": self.recorded_frames,
            "input_delay": self.setup.input_delay,
            "prediction_window": self.setup.prediction_window,
            **asdict(self.counters),
            "desyncs": self.desyncs,
            "ping_ms": {**quantiles(history), "min": min(history, default=None), "max": max(history, default=None)},
            "input_to_step_ms": quantiles(self.latency.to_step),
            "input_to_paint_ms": quantiles(self.latency.to_paint),
        }

    def _running(self) -> RollbackSession:
        if self.session is None:
            raise ValueError("no episode has begun")
        return self.session

    def _sample(self) -> bytes:
        if self._running().frame == 0:
            self.keyboard.settle()
        action, key_at = self.keyboard.sample()
        if key_at is not None:
            self.latency.sampled(self._running().frame + self.setup.input_delay, key_at)
        return self._codecs[self.seat].encode(action, FLAG_FOCUSED if self.keyboard.focused else 0)

    def _after(self, turn: Turn) -> MatchTurn:
        session = self._running()
        result = MatchTurn(turn)
        for row in turn.rows:
            chunk = self._recorder.add(self.episode, row)
            if chunk:
                result.chunks.append(chunk)
        for desync in turn.desyncs:
            self.desyncs.append({"episode": self.episode, "frame": desync.frame, "kind": desync.kind})
        if session.finished and not self._reported:
            self._reported = True
            chunk = self._recorder.close()
            if chunk:
                result.chunks.append(chunk)
            result.finished_episode = {
                "episode": self.episode,
                "frame": session.last_frame,
                "state_hash": session.last_hash,
                "inputs_hash": session.inputs_hash(),
            }
        return result

    def _local_values(self, row: StableRow) -> list[Any]:
        stepped_at = self._first_stepped.pop(row.frame, None)
        pings = [ping for link in self.links.values() if (ping := link.ping_ms()) is not None]
        server_ms = utc = None
        if stepped_at is not None and self.clock_offset_ms is not None:
            server_ms = round(stepped_at + self.clock_offset_ms, 1)
            utc = datetime.fromtimestamp(server_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return [
            ";".join(self.setup.seats[seat] for seat in row.predicted),
            row.rollback_depth,
            round(max(pings), 1) if pings else None,
            ";".join(dict.fromkeys(self.connections.values())) or None,
            utc.replace("+00:00", "Z") if utc else None,
            server_ms,
            None if stepped_at is None else round(stepped_at - self._began, 1),
            *self.latency.take(row.frame),
        ]
