"""What the engine costs for an experiment: runs inside Pyodide, in a worker of Chromium, and under CPython alike.

The page of `tests/browser/rig/runtime_site.py` calls `measure`. Three copies of an environment are stepped with the
same inputs: by a `RollbackSession` whose partner is a script; as plain frames (decode, step, row) without prediction,
snapshots and network; and by their own `step` alone. So a rollback of n frames is compared with n plain frames and n
bare steps from the same states, and all feel the same interpreter at the same moment.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

from app.engine.actions import codec_for
from app.engine.environment import MatchEnvironment, make_environment
from app.engine.inputs import SeatWords
from app.engine.match_setup import MatchSetup
from app.engine.prediction import repeat_last
from app.engine.session import RollbackSession
from app.engine.simulation import EpisodeSimulation, Outcome
from app.engine.snapshot import state_hash
from app.engine.turn import SessionConfig, Turn

# The first hundred steps in a browser are nearly twice as slow as later ones (the engine compiles what runs often).
WARM_UP_STEPS = 400
DEPTHS = (1, 5, 10)
# Wide enough for the deepest rollback measured; what is in force in play is the experiment's.
PREDICTION_WINDOW = 12
BLOCKS = 12
TRIALS_PER_BLOCK = 12
REPEATS = 60
SEED = 20261121
# No episode's end inside a measurement.
ENDLESS_FRAMES = 1_000_000
# People hold keys: as in play, most predictions of a held key are right, and one in so many is not.
HELD_FRAMES = 6

Timer = Callable[[], float]


class NoGame:
    """The partner's environment: only its packets are wanted."""

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        return Outcome("[")

    def save(self) -> None:
        return None

    def load(self, saved: None) -> None:
        pass

    def hash(self, saved: None) -> int:
        return 0


class Bench:
    """A session at seat 0, its scripted partner at seat 1, and two environments that only step.

    Args:
        setup: of the match.
        timer: a clock in milliseconds.
    """

    def __init__(self, setup: MatchSetup, timer: Timer) -> None:
        self.timer = timer
        self._chance = random.Random(SEED)
        self.environment, self._codecs = _game(setup)
        (self.plain, _), (self.bare, _) = _game(setup), _game(setup)
        self.simulation, self._plain_frames = (
            EpisodeSimulation(
                environment,
                self._codecs,
                episode=0,
                info=list(setup.record.get("info", [])),
                observations=False,
                max_steps=ENDLESS_FRAMES,
            )
            for environment in (self.environment, self.plain)
        )
        self._agents = _agents_of(self.bare.env)
        self._actions = [range(int(self.environment.action_space(seat).n)) for seat in range(2)]
        self.session = self._session(0, self.simulation, timer)
        self._partner = self._session(1, NoGame(), None)
        self._words = [codec.encode(codec.default_action) for codec in self._codecs]
        self._own: list[bytes] = []
        self._now = 1000.0

    def _session(self, seat: int, simulation: Any, timer: Timer | None) -> RollbackSession:
        config = SessionConfig(
            seats=2, local_seat=seat, frames=ENDLESS_FRAMES, prediction_window=PREDICTION_WINDOW, match_tag=1
        )
        words = [SeatWords(codec.default_word, codec.absent_word, codec.bot_word) for codec in self._codecs]
        accepts = [codec.accepts for codec in self._codecs]
        return RollbackSession(config, simulation, words, accepts, [repeat_last] * 2, timer)

    def word(self, seat: int, other_than: bytes | None = None) -> bytes:
        """A seat's next input: mostly the last one again; never `other_than` when that is given."""
        if other_than is None and self._chance.random() > 1 / HELD_FRAMES:
            return self._words[seat]
        choices = [self._codecs[seat].encode(action) for action in self._actions[seat]]
        self._words[seat] = self._chance.choice([word for word in choices if word != other_than])
        return self._words[seat]

    def tick(self) -> float:
        """One turn of the session; how long it took, ms."""
        self._now += 1000 / 30
        local = self.word(0)
        self.environment.randomness.enter()  # in play nobody shares the interpreter, so nobody has to be asked out
        began = self.timer()
        turn = self.session.tick(self._now, lambda: local)
        took = self.timer() - began
        assert turn.stepped is not None, "the session did not step; the window is too small for this benchmark"
        self._own.append(local)
        for _, data in turn.sends:
            self._partner.receive(self._now, data)
        return took

    def packet_arrives(self, words: list[bytes]) -> tuple[float, int]:
        """The partner's inputs of the next frames arrive in one packet; how long it took, ms, and the rollback."""
        left = list(reversed(words))
        turn = Turn()
        while left:  # being behind us, the partner may step twice in a turn
            turn = self._partner.tick(self._now, left.pop)
            assert turn.stepped is not None, "the partner did not step"
        (_, data), *_ = turn.sends
        began = self.timer()
        turn = self.session.receive(self._now, data)
        return self.timer() - began, turn.rolled_back

    def without_engine(self, words: list[bytes]) -> tuple[float, float]:
        """The other environments take the same steps; what plain frames took, and bare steps, ms."""
        own, self._own = self._own, []
        frames = list(zip(own, words, strict=True))
        self.plain.randomness.enter()
        began = self.timer()
        for frame in frames:
            self._plain_frames.step(0, frame)
        plain_ms = self.timer() - began
        actions = [
            {agent: codec.decode(word)[0] for agent, codec, word in zip(self._agents, self._codecs, frame, strict=True)}
            for frame in frames
        ]
        self.bare.randomness.enter()
        env = self.bare.env
        began = self.timer()
        for action in actions:
            env.step(action)
        bare_ms = self.timer() - began
        self.environment.randomness.enter()
        return plain_ms, bare_ms

    def trial(self, depth: int) -> tuple[float, float, float]:
        """Plays `depth` frames on a wrong guess, then learns better.

        Returns:
            What the rollback took, what as many plain frames and as many bare steps took, ms.
        """
        guessed = self._words[1]
        for _ in range(depth):
            self.tick()
        words = [self.word(1, other_than=guessed), *(self.word(1) for _ in range(depth - 1))]
        rollback_ms, rolled_back = self.packet_arrives(words)
        assert rolled_back == depth, f"a rollback of {rolled_back} frames instead of {depth}"
        return rollback_ms, *self.without_engine(words)

    def undisturbed(self) -> tuple[float, float, float, float]:
        """One frame whose partner's input was guessed rightly: tick, arrival, plain frame, bare step, ms."""
        word = self._words[1]
        tick_ms = self.tick()
        arrival_ms, rolled_back = self.packet_arrives([word])
        assert rolled_back == 0
        return tick_ms, arrival_ms, *self.without_engine([word])

    def assert_same_state(self) -> None:
        """All environments must stand in the same state, else nothing here compares like with like."""
        contents = [each.state.content(each.state.save()) for each in (self.environment, self.plain, self.bare)]
        assert len(set(map(state_hash, contents))) == 1, "the session and the plain environments went different ways"


def _game(setup: MatchSetup) -> tuple[MatchEnvironment, list[Any]]:
    environment = MatchEnvironment(make_environment(setup.factory, setup.config), setup.seats)
    environment.reset(SEED)
    return environment, [
        codec_for(environment.action_space(seat), setup.default_action) for seat in range(len(setup.seats))
    ]


def _agents_of(env: Any) -> list[Any]:
    return list(getattr(env, "possible_agents", None) or env.action_space.spaces)


def average(timer: Timer, action: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Mean duration of an action, ms: the browser's clock is too coarse for a single one."""
    began = timer()
    for _ in range(repeats):
        action()
    return (timer() - began) / repeats


def ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """Median of the pairs' ratios; a pair whose second is too short for the clock does not count."""
    return median([one / other for one, other in pairs if other] or [0.0])


def measure(setups_json: str, timer: Timer) -> str:
    """Measures everything for every setup.

    Args:
        setups_json: match setups as the server sends them, by name.
        timer: a clock in milliseconds.

    Returns:
        JSON, by name: see `costs_of`.
    """
    setups = {name: MatchSetup.from_dict(setup) for name, setup in json.loads(setups_json).items()}
    return json.dumps({name: costs_of(setup, timer) for name, setup in setups.items()})


def costs_of(setup: MatchSetup, timer: Timer) -> dict[str, Any]:
    """Measures everything for one setup.

    Returns:
        `step_ms, plain_ms, tick_ms, arrival_ms, save_ms, load_ms, hash_ms, draw_ms`, and `engine_ms`, a turn less the
        step of the same frame; by depth `rollback_ms`, and its
        ratio to plain frames and bare steps, `rollback_ratio` and `rollback_bare_ratio` (medians of blocks);
        `frame_ms` (the budget of a frame).
    """
    bench = Bench(setup, timer)
    for _ in range(WARM_UP_STEPS // (2 * sum(DEPTHS))):
        for depth in DEPTHS:
            bench.trial(depth)
            bench.undisturbed()
    undisturbed = [[bench.undisturbed() for _ in range(TRIALS_PER_BLOCK)] for _ in range(BLOCKS)]
    rollbacks: dict[int, list[tuple[float, float, float]]] = {depth: [] for depth in DEPTHS}
    for _ in range(BLOCKS):
        for depth in DEPTHS:
            trials = [bench.trial(depth) for _ in range(TRIALS_PER_BLOCK)]
            rollbacks[depth].append((sum(t[0] for t in trials), sum(t[1] for t in trials), sum(t[2] for t in trials)))
    bench.assert_same_state()
    simulation = bench.simulation
    saved = simulation.save()
    tick, arrival, plain, step = (
        median(sum(t[i] for t in block) / len(block) for block in undisturbed) for i in range(4)
    )
    # Turn and bare step of the same frames, so that a block in which the computer was busy does not tell of one only.
    engine = median(sum(t[0] - t[3] for t in block) / len(block) for block in undisturbed)
    return {
        "frame_ms": 1000 / setup.fps,
        "step_ms": step,
        "plain_ms": plain,
        "tick_ms": tick,
        "engine_ms": engine,
        "arrival_ms": arrival,
        "save_ms": average(timer, simulation.save),
        "load_ms": average(timer, lambda: simulation.load(saved)),
        "hash_ms": average(timer, lambda: simulation.hash(saved)),
        "draw_ms": average(timer, lambda: bench.environment.render(0)),
        "rollback_ratio": {depth: ratio((a, b) for a, b, _ in rollbacks[depth]) for depth in DEPTHS},
        "rollback_bare_ratio": {depth: ratio((a, c) for a, _, c in rollbacks[depth]) for depth in DEPTHS},
        "rollback_ms": {depth: median(a for a, _, _ in rollbacks[depth]) / TRIALS_PER_BLOCK for depth in DEPTHS},
    }
