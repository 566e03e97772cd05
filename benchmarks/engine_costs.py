"""What the engine costs for an experiment: runs inside Pyodide, in a worker of Chromium, and under CPython alike.

Called by pages/worker.js with the match setup the server would send. Two kitchens are stepped with the same inputs: one
by a `RollbackSession` whose partner is a script, one plainly; so a rollback of n frames is compared with n plain steps
from the same states, and both feel the same interpreter at the same moment.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from statistics import median
from typing import Any

from app.engine.actions import codec_for
from app.engine.environment import MatchEnvironment, make_environment
from app.engine.match import MatchSetup
from app.engine.prediction import repeat_last
from app.engine.session import RollbackSession
from app.engine.simulation import EpisodeSimulation
from app.engine.turn import SessionConfig
from app.engine.wire import InputPacket, encode

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


class Bench:
    """A session at seat 0, its scripted partner at seat 1, and a kitchen that only steps.

    Args:
        setup: of the match.
        timer: a clock in milliseconds.
    """

    def __init__(self, setup: MatchSetup, timer: Timer) -> None:
        self.timer = timer
        self._chance = random.Random(SEED)
        self.environment, self.simulation, self._codecs = _kitchen(setup)
        _, self.plain, _ = _kitchen(setup)
        self._actions = [range(int(self.environment.action_space(seat).n)) for seat in range(2)]
        config = SessionConfig(
            seats=2, local_seat=0, frames=ENDLESS_FRAMES, prediction_window=PREDICTION_WINDOW, match_tag=1
        )
        words = [codec.default_word for codec in self._codecs]
        accepts = [codec.accepts for codec in self._codecs]
        self.session = RollbackSession(config, self.simulation, words, accepts, repeat_last, timer)
        self._words = list(words)
        self._own: list[bytes] = []
        self._packets = self._sent = self._plain_frame = 0
        self._now = 1000.0

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
        began = self.timer()
        turn = self.session.tick(self._now, lambda: local)
        took = self.timer() - began
        assert turn.stepped is not None, "the session did not step; the window is too small for this benchmark"
        self._own.append(local)
        return took

    def packet_arrives(self, words: list[bytes]) -> tuple[float, int]:
        """The partner's inputs of the next frames arrive; how long it took, ms, and how deep it rolled back."""
        self._packets += 1
        newest = self._sent + len(words) - 1
        packet = InputPacket(
            1,
            0,
            0,
            1,
            self._packets & 0xFFFF,
            newest,
            0,
            int(self._now),
            0,
            0,
            (newest, newest),
            self._sent,
            tuple(words),
        )
        data = encode(packet)
        began = self.timer()
        turn = self.session.receive(self._now, data)
        took = self.timer() - began
        self._sent += len(words)
        return took, turn.rolled_back

    def plain_steps(self, words: list[bytes]) -> float:
        """The other kitchen takes the same steps without engine; how long they took, ms."""
        own, self._own = self._own, []
        began = self.timer()
        for mine, theirs in zip(own, words, strict=True):
            self.plain.step(self._plain_frame, (mine, theirs))
            self._plain_frame += 1
        return self.timer() - began

    def trial(self, depth: int) -> tuple[float, float]:
        """Plays `depth` frames on a wrong guess, then learns better.

        Returns:
            What the rollback took and what as many plain steps took, ms.
        """
        guessed = self._words[1]
        for _ in range(depth):
            self.tick()
        words = [self.word(1, other_than=guessed), *(self.word(1) for _ in range(depth - 1))]
        rollback_ms, rolled_back = self.packet_arrives(words)
        assert rolled_back == depth, f"a rollback of {rolled_back} frames instead of {depth}"
        return rollback_ms, self.plain_steps(words)

    def undisturbed(self) -> tuple[float, float, float]:
        """One frame whose partner's input was guessed rightly: tick, arrival, plain step, ms."""
        word = self._words[1]
        tick_ms = self.tick()
        arrival_ms, rolled_back = self.packet_arrives([word])
        assert rolled_back == 0
        return tick_ms, arrival_ms, self.plain_steps([word])

    def assert_same_state(self) -> None:
        """The session and the plain kitchen must stand in the same state, else nothing here compares like with like."""
        ours = self.simulation.hash(self.simulation.save())
        plain = self.plain.hash(self.plain.save())
        assert ours == plain, "the session and the plain kitchen went different ways"


def _kitchen(setup: MatchSetup) -> tuple[MatchEnvironment, EpisodeSimulation, list[Any]]:
    environment = MatchEnvironment(make_environment(setup.factory, setup.config), setup.seats)
    environment.reset(SEED)
    codecs = [codec_for(environment.action_space(seat), setup.default_action) for seat in range(len(setup.seats))]
    info = list(setup.record.get("info", []))
    simulation = EpisodeSimulation(
        environment, codecs, episode=0, info=info, observations=False, max_steps=ENDLESS_FRAMES
    )
    return environment, simulation, codecs


def average(timer: Timer, action: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Mean duration of an action, ms: the browser's clock is too coarse for a single one."""
    began = timer()
    for _ in range(repeats):
        action()
    return (timer() - began) / repeats


def measure(setup_json: str, timer: Timer) -> str:
    """Measures everything.

    Args:
        setup_json: the match setup as the server sends it.
        timer: a clock in milliseconds.

    Returns:
        JSON: `step_ms, tick_ms, arrival_ms, save_ms, load_ms, hash_ms, draw_ms`, `rollback_ratio` and `rollback_ms` by
        depth (medians of blocks), `frame_ms` (the budget of a frame).
    """
    setup = MatchSetup.from_dict(json.loads(setup_json))
    bench = Bench(setup, timer)
    for _ in range(WARM_UP_STEPS // (2 * sum(DEPTHS))):
        for depth in DEPTHS:
            bench.trial(depth)
            bench.undisturbed()
    undisturbed = [[bench.undisturbed() for _ in range(TRIALS_PER_BLOCK)] for _ in range(BLOCKS)]
    rollbacks: dict[int, list[tuple[float, float]]] = {depth: [] for depth in DEPTHS}
    for _ in range(BLOCKS):
        for depth in DEPTHS:
            trials = [bench.trial(depth) for _ in range(TRIALS_PER_BLOCK)]
            rollbacks[depth].append((sum(t[0] for t in trials), sum(t[1] for t in trials)))
    bench.assert_same_state()
    simulation = bench.simulation
    saved = simulation.save()
    tick, arrival, step = (median(sum(t[i] for t in block) / len(block) for block in undisturbed) for i in range(3))
    return json.dumps(
        {
            "frame_ms": 1000 / setup.fps,
            "step_ms": step,
            "tick_ms": tick,
            "arrival_ms": arrival,
            "save_ms": average(timer, simulation.save),
            "load_ms": average(timer, lambda: simulation.load(saved)),
            "hash_ms": average(timer, lambda: simulation.hash(saved)),
            "draw_ms": average(timer, lambda: bench.environment.render(0)),
            "rollback_ratio": {depth: median(a / b for a, b in rollbacks[depth]) for depth in DEPTHS},
            "rollback_ms": {depth: median(a for a, _ in rollbacks[depth]) / TRIALS_PER_BLOCK for depth in DEPTHS},
        }
    )
