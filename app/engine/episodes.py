"""The episodes of a match setup apart from any match: for the sync test, for replays, for measurements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .actions import FLAG_FOCUSED, ActionCodec, codec_for
from .environment import MatchEnvironment, make_environment
from .match_setup import MatchSetup
from .policies import plans_of, seat_policies
from .simulation import EpisodeSimulation, canonical_columns, flat_observation

HELD_FRAMES = 6
"""Frames a random action is kept on average: about as long as people hold a key."""


class Episodes:
    """Makes one environment and begins episodes on it, one after the other, as a match does.

    Args:
        setup: What is played; a mapping is read as `MatchSetup.from_dict` does.
        seed_of: The seed of an episode.
        environment: Made of the setup already; None makes it.

    Raises:
        Exception: Whatever the environment's factory raises.
    """

    def __init__(
        self,
        setup: MatchSetup | Mapping[str, Any],
        seed_of: Callable[[int], int],
        environment: MatchEnvironment | None = None,
    ) -> None:
        self.setup = setup if isinstance(setup, MatchSetup) else MatchSetup.from_dict(setup)
        self._seed_of = seed_of
        self.environment = environment or MatchEnvironment(
            make_environment(self.setup.factory, self.setup.config, self.setup.context), self.setup.seats
        )
        self.codecs: list[ActionCodec] = [
            codec_for(self.environment.action_space(seat), self.setup.default_action)
            for seat in range(len(self.setup.seats))
        ]
        self.columns: list[str] = []

    def begin(self, episode: int) -> EpisodeSimulation:
        """Reset the environment with the episode's seed and return the episode at its first frame."""
        setup, environment, seed = self.setup, self.environment, self._seed_of(episode)
        observations = environment.reset(seed)
        info, recorded = list(setup.record.get("info", [])), bool(setup.record.get("observations"))
        sizes = [len(flat_observation(observation)) for observation in observations] if recorded else []
        self.columns = canonical_columns(setup.seats, info, sizes)
        return EpisodeSimulation(
            environment,
            self.codecs,
            episode=episode,
            info=info,
            observations=recorded,
            max_steps=setup.max_steps,
            first_observations=observations,
            policies=seat_policies(setup.policies, setup.seats, self.codecs, seed, environment.randomness),
        )


def random_words(
    setup: MatchSetup, codecs: Sequence[ActionCodec], frames: int, rng: np.random.Generator
) -> list[tuple[bytes, ...]]:
    """Return words for some frames: any actions of the spaces, held for a while as people do, and policies' words.

    Now and then a page is not looked at, or a seat's person is away for some frames.
    """
    plans = plans_of(setup.policies, setup.seats)
    script = []
    held = [codec.default_word for codec in codecs]
    for _ in range(frames):
        for seat, codec in enumerate(codecs):
            plan = plans.get(seat)
            if plan is not None and not plan.departure:
                held[seat] = codec.bot_word
            elif rng.random() < 1 / HELD_FRAMES:
                kind = rng.random()
                if kind < 0.1:
                    held[seat] = codec.bot_word if plan is not None else codec.absent_word
                else:
                    flags = FLAG_FOCUSED if kind < 0.9 else 0
                    held[seat] = codec.encode(_any_action(codec, rng), flags)
        script.append(tuple(held))
    return script


def _any_action(codec: ActionCodec, rng: np.random.Generator) -> list[Any]:
    return [
        int(rng.integers(int(part.low), int(part.high), endpoint=True))
        if part.whole
        else rng.uniform(part.low, part.high)
        for part in codec.components
    ]
