"""What a frame of an experiment costs on this computer, policies included, and the players that it needs for that.

Part of the trial of an environment (`environment_trial.py`), in a process of its own.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Sequence
from typing import Any

from app.engine.actions import FLAG_ABSENT, FLAG_BOT, ActionCodec
from app.engine.budget import WARM_UP_STEPS
from app.engine.environment import MatchEnvironment
from app.engine.policies import plans_of, seat_policies
from app.engine.prediction import OwnPredictor, predictor_for
from app.engine.simulation import EpisodeSimulation

MEASURED_STEPS = 200
WARM_UP_LIMIT_S = 4.0
MEASURE_LIMIT_S = 2.0
#: An action is kept for about as long as people hold a key.
_HELD_FRAMES = 6
_SEED = 20261121


class CannotPlay(Exception):
    """A policy, the predictor or the environment failed; the cause is the researcher's, the text says where."""


class TrialPlay:
    """Plays an experiment with random actions on people's seats and its policies on the others.

    Args:
        setup: see `Experiment.match_setup`.
        environment: made of it.
        codecs: one a seat.

    Raises:
        ValueError: a policy or the predictor cannot be made.
    """

    def __init__(self, setup: dict[str, Any], environment: MatchEnvironment, codecs: Sequence[ActionCodec]) -> None:
        self._setup, self._environment, self._codecs = setup, environment, list(codecs)
        self._plans = plans_of(setup["policies"], setup["seats"])
        self._predictors = [predictor_for(setup["predictor"], codec) for codec in codecs]
        self._random = random.Random(_SEED)
        self._spaces = [copy.deepcopy(environment.action_space(seat)) for seat in range(len(codecs))]
        for seat, space in enumerate(self._spaces):
            space.seed(_SEED + seat)
        self._held = [codec.default_word for codec in codecs]
        self._episode = -1
        self._begin()

    def try_players(self) -> None:
        """Let every policy play, also those that take over later, and the predictor guess once.

        Raises:
            CannotPlay: one of them raises, or answers with what is no action.
        """
        for predictor, codec in zip(self._predictors, self._codecs, strict=True):
            predictor(codec.default_word, codec.default_word)
            if isinstance(predictor, OwnPredictor) and predictor.failures:
                name = self._setup["predictor"]
                raise CannotPlay(f'predictor "{name}" failed, or gave what is no action, at the default action')
        for _ in range(3):
            self._step(departed=True)

    def measure(self) -> dict[str, float]:
        """Return what a step and a snapshot cost in ms, `step_ms` and `save_ms`, once everything is warm.

        Raises:
            CannotPlay: the environment or a policy raises.
        """
        # As in a browser, where nothing else draws from the module-level generators and they stay in place.
        with self._environment.randomness:
            return self._measured()

    def _measured(self) -> dict[str, float]:
        until = time.perf_counter() + WARM_UP_LIMIT_S
        for _ in range(WARM_UP_STEPS):
            self._step()
            if time.perf_counter() > until:
                break
        spent = saved = 0.0
        steps = 0
        until = time.perf_counter() + MEASURE_LIMIT_S
        while steps < MEASURED_STEPS and (steps == 0 or time.perf_counter() < until):
            began = time.thread_time()
            self._simulation.save()
            saved += time.thread_time() - began
            spent += self._step()
            steps += 1
        return {"step_ms": 1000 * spent / steps, "save_ms": 1000 * saved / steps}

    def _begin(self) -> None:
        self._episode += 1
        seed = _SEED + self._episode
        first = self._environment.reset(seed)
        setup, environment = self._setup, self._environment
        players = seat_policies(setup["policies"], setup["seats"], self._codecs, seed, environment.randomness)
        record = setup["record"]
        self._simulation = EpisodeSimulation(
            environment, self._codecs, episode=self._episode, info=record["info"],
            observations=record["observations"], max_steps=setup["max_steps"], first_observations=first,
            policies=players,
        )  # fmt: skip
        self._frame = 0

    def _step(self, departed: bool = False) -> float:
        """Step one frame; return how long it took by the processor's clock, in seconds."""
        words = [self._word(seat, departed) for seat in range(len(self._codecs))]
        began = time.thread_time()  # what else this computer does meanwhile is not the experiment's cost
        outcome = self._simulation.step(self._frame, words)
        took = time.thread_time() - began
        if outcome.error is not None:
            last = (outcome.traceback or "").rstrip().splitlines()
            place = next((line.strip() for line in reversed(last) if line.lstrip().startswith("File ")), "")
            raise CannotPlay(f"frame {self._frame}: {outcome.error}" + (f" ({place})" if place else ""))
        self._frame += 1
        if outcome.over or self._frame >= self._setup["max_steps"]:
            self._begin()
        return took

    def _word(self, seat: int, departed: bool) -> bytes:
        codec, plan = self._codecs[seat], self._plans.get(seat)
        if plan is not None and (departed or not plan.departure):
            return codec.encode(codec.default_action, FLAG_BOT | (FLAG_ABSENT if plan.departure else 0))
        if self._random.randrange(_HELD_FRAMES) == 0:
            self._held[seat] = codec.encode(self._spaces[seat].sample())
        return self._held[seat]
