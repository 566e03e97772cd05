"""A match at one seat: one episode after another on one environment, with its recording and its statistics.

Nothing predicted crosses an episode's end: `begin` starts an episode from its own seed when every seat has reported
the one before as stable to its last frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .actions import FLAG_FOCUSED, ActionCodec, codec_for
from .budget import WARM_UP_STEPS, fitting_window
from .checksums import Desync
from .delay import AdaptiveDelay
from .devices import Devices
from .environment import MatchEnvironment
from .inputs import SeatWords
from .latency import LatencyBook
from .link import PeerLink
from .match_setup import MatchSetup
from .membership import Membership, ViewChanges
from .metrics import Counters
from .policies import seat_policies
from .prediction import OwnPredictor, Predictor, predictor_for
from .record import Chunk, Recorded, Recorder
from .session import RollbackSession
from .simulation import EpisodeSimulation, canonical_columns, flat_observation
from .state_transfer import StateTransfer
from .turn import LOCKSTEP, MAX_INPUT_DELAY, MIN_WINDOW, SessionConfig, StableRow, Turn
from .wire import words_from_hex

MOST_DESYNCS = 50
"""Disagreements kept for the report; what differs once seldom agrees again."""


@dataclass
class MatchTurn:
    """What one turn decided, for the worker to do.

    Attributes:
        turn: The session's part.
        chunks: Closed record chunks to upload.
        finished_episode: The episode that has just become stable to its last frame, with its hashes.
        failure: What the environment raised on a frame that is certain, told once: `episode`, `frame`, `message` and
            `traceback`.
    """

    turn: Turn
    chunks: list[Chunk] = field(default_factory=list)
    finished_episode: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None


class Match:
    """One seat's part in a match.

    Args:
        setup: What is played.
        environment: The environment, made but not necessarily fresh: every episode resets it.
        match_id: The match.
        match_tag: Tells its packets from any other's.
        seat: Our own seat's index.
        episode_seeds: One an episode, from the server.
        now: ms on the caller's clock; the record's monotonic times count from here.
        timer: A clock in ms that runs during a turn, for measuring costs; None measures nothing.
        joins: The episode that goes on without us, for a seat that comes back to it; its log is needed first.
        commits: What the server has decided about the members so far.
        recorded: What the server has of a seat that comes back.
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
        joins: int | None = None,
        commits: Sequence[Mapping[str, Any]] = (),
        recorded: Recorded | None = None,
    ) -> None:
        self.setup, self.seat = setup, seat
        self._environment, self._seeds, self._tag, self._timer = environment, episode_seeds, match_tag, timer
        self._began = now
        self._codecs: list[ActionCodec] = [
            codec_for(environment.action_space(index), setup.default_action) for index in range(len(setup.seats))
        ]
        self._words = [SeatWords(codec.default_word, codec.absent_word, codec.bot_word) for codec in self._codecs]
        self._predictors: list[Predictor] = [predictor_for(setup.predictor, codec) for codec in self._codecs]
        self.devices = Devices(self._codecs[seat], setup.keys, setup.input_mode, setup.mouse, setup.gamepad)
        self.latency = LatencyBook()
        self.membership = Membership(len(setup.seats), seat, setup.people)
        self.links = {index: PeerLink() for index in setup.people if index != seat}
        self._commits = list(commits)
        self._joins = joins
        self._preloading = joins is not None
        self._early: list[Mapping[str, Any]] = []
        self._unsaid = Turn()
        self._delay = AdaptiveDelay(setup.input_delay, MAX_INPUT_DELAY) if setup.adaptive_input_delay else None
        self._window = setup.prediction_window
        self.connections: dict[int, str] = {}
        self.clock_offset_ms: float | None = None
        self.session: RollbackSession | None = None
        self.simulation: EpisodeSimulation | None = None
        self.episode = -1
        self._came_back: StateTransfer | None = None
        self._reported = self._failed = False
        self._first_stepped: dict[int, float] = {}
        self._totals = Counters()
        self.desyncs: list[dict[str, Any]] = []
        self.step_times: list[float] = []
        info = list(setup.record.get("info", []))
        sizes: list[int] = []
        if setup.record.get("observations"):
            sizes = [len(flat_observation(observation)) for observation in environment.reset(episode_seeds[0])]
        self._recorder = Recorder(
            match_id, setup.seats[seat], canonical_columns(setup.seats, info, sizes), setup.fps, self._local_values,
            lambda first, last: self.running().stable_words(first, last), recorded,
        )  # fmt: skip

    @property
    def counters(self) -> Counters:
        """What was counted over all episodes so far."""
        total = self._totals.plus(self.session.counters) if self.session else self._totals
        total.predictor_failures = sum(p.failures for p in self._predictors if isinstance(p, OwnPredictor))
        return total

    @property
    def recorded_frames(self) -> int:
        """Rows recorded over all episodes so far."""
        return self._recorder.recorded_frames

    def begin(self, episode: int) -> None:
        """Reset the environment with the episode's seed and start its session at frame 0."""
        setup = self.setup
        self._totals = self.counters
        self._preloading = episode == self._joins  # of a later one, the others still have everything
        for commit in self._commits:
            if commit["epoch"] < episode and commit["view"] > self.membership.view:
                self.membership.apply(commit)
        observations = self._environment.reset(self._seeds[episode])
        self.episode, self._reported = episode, False
        self._first_stepped.clear()
        self.latency.new_episode()
        self.simulation = EpisodeSimulation(
            self._environment,
            self._codecs,
            episode=episode,
            info=setup.record.get("info", []),
            observations=bool(setup.record.get("observations")),
            max_steps=setup.max_steps,
            first_observations=observations,
            policies=seat_policies(
                setup.policies, setup.seats, self._codecs, self._seeds[episode], self._environment.randomness
            ),
        )
        config = SessionConfig(
            seats=len(setup.seats),
            local_seat=self.seat,
            frames=setup.max_steps,
            match_tag=self._tag,
            epoch=episode,
            input_delay=setup.input_delay,
            prediction_window=self._window,
            fps=setup.fps,
            grace_ms=setup.reconnection_timeout_ms,
            longest_stepping_ms=setup.longest_stepping_ms,
        )
        self.session = RollbackSession(
            config,
            self.simulation,
            self._words,
            [codec.accepts_from_peer for codec in self._codecs],
            self._predictors,
            self._timer,
            self.links,
            self.membership,
        )
        self.session.set_paths(self.connections)
        if self._preloading:
            self._came_back = self.session.transfer
        else:
            self._take_early()

    def join(self, through: int, inputs: Mapping[str, str]) -> bool:
        """Take the server's input log of an episode that goes on without us; more than once if one is not enough.

        Args:
            through: The log's last frame.
            inputs: By person's seat index, the words of frames 0 to there as hexadecimal runs.

        Returns:
            Whether it reaches far enough; if not, a later one is needed.

        Raises:
            ValueError: It is malformed, or lacks a seat.
        """
        commits = [commit for commit in self._commits if commit["epoch"] == self.episode]
        if self._preloading and not ViewChanges.covers(commits, through):
            return False
        log: dict[int, list[bytes]] = {}
        for index in self.setup.people:
            words = words_from_hex(inputs.get(str(index), ""), self._codecs[index].width, through + 1)
            if words is None or len(words) != through + 1 or not all(map(self._codecs[index].accepts, words)):
                raise ValueError(f"the input log of seat {self.setup.seats[index]} to frame {through} is not whole")
            log[index] = words
        session = self.running()
        if self._preloading:
            self._preloading = False
            session.preload(commits, log)
            self._take_early()
        else:
            session.top_up(log)
        return not session.needs_log

    @property
    def needs_log(self) -> bool:
        """Whether the server's input log is needed before we can follow the others: `join` takes it."""
        return self._preloading or (self.session is not None and self.session.needs_log)

    @property
    def returned(self) -> dict[str, Any] | None:
        """How this page came back to the episode that it was loaded again in; None where it did not."""
        return {"episode": self._joins, **self._came_back.report()} if self._came_back else None

    def part(self, now: float, frame: int, index: int, data: bytes) -> None:
        """Take a part of the state before a frame that another seat sends us; it is taken over with the next turn."""
        if self.session is not None:
            self.session.transfer.recipient.part(now, frame, index, data)

    def part_taken(self, to: int, kept: bool) -> None:
        """Note that the server has answered to a part that we sent."""
        if self.session is not None:
            self.session.transfer.donor.taken(to, kept)

    def tick(self, now: float) -> MatchTurn:
        """Run one turn at the frame rate's pace."""
        session = self.running()
        if self._preloading:
            return MatchTurn(Turn(catching_up=True))
        before = session.frame
        turn = session.tick(now, self._sample)
        if turn.stepped is not None:
            self._first_stepped |= dict.fromkeys(range(before, turn.stepped + 1), now)
            self.step_times = [at for at in self.step_times if at > now - 1000.0] + [now]
            self._adapt(session, turn)
        return self._after(turn, now)

    def stepped(self, frame: int, now: float) -> None:
        """Note that a tick's step is done: the key sampled for it has been executed."""
        self.latency.stepped(frame, now)

    def receive(self, now: float, data: bytes) -> MatchTurn:
        """Take a datagram from any seat by any path."""
        if self._preloading:
            return MatchTurn(Turn())  # whatever it says is repeated until it is acknowledged
        return self._after(self.running().receive(now, data), now)

    def control(self, now: float, message: Mapping[str, Any]) -> MatchTurn:
        """Take a message of the server about who takes part."""
        if self._preloading or self.session is None:
            self._early.append(message)
            return MatchTurn(Turn())
        return self._after(self.session.control(now, message), now)

    def set_connections(self, connections: Mapping[int, str]) -> None:
        """Take by what each partner is reached now."""
        self.connections = dict(connections)
        if self.session is not None:
            self.session.set_paths(self.connections)

    def close_chunk(self) -> Chunk | None:
        """Close the chunk that is being collected: the match is over, or another episode begins."""
        return self._recorder.close()

    def picture(self) -> str | None:
        """Return the draw list of the state now, as JSON text."""
        return self._environment.render(self.seat)

    def running(self) -> RollbackSession:
        """Return the episode's session.

        Raises:
            ValueError: No episode has begun.
        """
        if self.session is None:
            raise ValueError("no episode has begun")
        return self.session

    def pings_ms(self) -> list[float]:
        """Return the round trips to the members, as far as they are known."""
        links = [self.links[seat] for seat in self.membership.members if seat != self.seat]
        return [ping for link in links if (ping := link.ping_ms()) is not None]

    def _sample(self) -> bytes:
        session = self.running()
        if session.frame == 0:
            self.devices.settle()
        action, changed_at = self.devices.sample()
        if changed_at is not None:
            self.latency.sampled(session.own.next_frame, changed_at)
        return self._codecs[self.seat].encode(action, FLAG_FOCUSED if self.devices.focused else 0)

    def _adapt(self, session: RollbackSession, turn: Turn) -> None:
        """Choose delay and window from what has been measured, where that is asked for or needed."""
        if self._delay is not None:
            delay = self._delay.stepped(session.predicted_frames())
            if delay != session.own.delay:
                session.own.set_delay(delay)
                turn.events.append({"name": "input_delay", "frames": delay})
        if self._window == LOCKSTEP or session.counters.stepped_frames % WARM_UP_STEPS != 0:
            return
        costs = session.costs()
        if costs is None:
            return
        fitting = fitting_window(*costs, 1000 / self.setup.fps, self.setup.prediction_window)
        window = max(MIN_WINDOW, fitting)  # lockstep is chosen before a study, not while people play
        if window != self._window:
            self._window = window
            session.set_window(window)
            turn.events.append({"name": "prediction_window", "frames": window})

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for message in early:
            turn = self.running().control(self._began, message)
            self._unsaid.server += turn.server
            self._unsaid.events += turn.events

    def _after(self, turn: Turn, now: float) -> MatchTurn:
        session = self.running()
        unsaid, self._unsaid = self._unsaid, Turn()
        turn.server[:0], turn.events[:0] = unsaid.server, unsaid.events
        result = MatchTurn(turn)
        chunks = [self._recorder.skip(self.episode, *turn.skipped)] if turn.skipped else []
        chunks += [self._recorder.add(self.episode, row, now) for row in turn.rows]
        for desync in turn.desyncs:
            self._note(desync)
        if session.finished and not self._reported:
            self._reported = True
            chunks.append(self._recorder.close())
            result.finished_episode = {
                "episode": self.episode,
                "frame": session.last_frame,
                "state_hash": session.last_hash or f"{0:016x}",
                "inputs_hash": session.inputs_hash(),
            }
        else:
            chunks.append(self._recorder.close_old(now))
        result.chunks += [chunk for chunk in chunks if chunk is not None]
        failure = session.failure
        if failure is not None and not self._failed:
            self._failed = True
            result.failure = {
                "episode": self.episode, "frame": session.rows.recorded + 1, "message": failure.error,
                "traceback": failure.traceback,
            }  # fmt: skip
        return result

    def _note(self, desync: Desync) -> None:
        """Keep a disagreement; the first one of states with its parts' hashes: both seats' reports tell where."""
        found: dict[str, Any] = {"episode": self.episode, "frame": desync.frame, "kind": desync.kind}
        saved = self.running().rows.state_before(desync.frame) if desync.kind == "state" else None
        if saved is not None and self.simulation and not any("parts" in known for known in self.desyncs):
            found["parts"] = self.simulation.part_hashes(saved)
        if len(self.desyncs) < MOST_DESYNCS:
            self.desyncs.append(found)

    def _local_values(self, row: StableRow) -> list[Any]:
        stepped_at = self._first_stepped.pop(row.frame, None)
        pings = self.pings_ms()
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
