"""Plays environments with scripted inputs, frame by frame, and says what each frame came to.

Runs inside Pyodide, in whatever browser or under Node. Everything is an argument: two engines that compute the same
give the same trace, bit for bit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from app.engine.actions import ActionCodec, codec_for
from app.engine.environment import MatchEnvironment, make_environment
from app.engine.simulation import EpisodeSimulation

# Mean frames for which a key stays down.
HELD_FRAMES = 8


def measure(games_json: str, _timer: Any) -> str:
    """Play every game.

    Args:
        games_json: A list of `{name, factory, config, seats, frames, seed}`.

    Returns:
        JSON: for each game's name a list of `[state hash, row]`, one a frame.
    """
    return json.dumps({game["name"]: list(frames_of(game)) for game in json.loads(games_json)})


def frames_of(game: dict[str, Any]) -> Iterator[list[str]]:
    """What each frame of a game comes to; an episode that ends is followed by another from the next seed."""
    seats = game["seats"]
    environment = MatchEnvironment(make_environment(game["factory"], game["config"]), seats)
    environment.reset(game["seed"])
    codecs = [codec_for(environment.action_space(seat)) for seat in range(len(seats))]
    words = scripted_words(environment, codecs, game["seed"])
    episode, simulation = 0, episode_of(environment, codecs, 0, game["frames"])
    for frame in range(game["frames"]):
        outcome = simulation.step(frame, next(words))
        if outcome.error is not None:
            raise RuntimeError(f"{game['name']}, frame {frame}: {outcome.error}")
        yield [f"{simulation.hash(simulation.save()):016x}", outcome.row]
        if outcome.over:
            episode += 1
            environment.reset(game["seed"] + episode)
            simulation = episode_of(environment, codecs, episode, game["frames"])


def episode_of(
    environment: MatchEnvironment, codecs: list[ActionCodec], episode: int, frames: int
) -> EpisodeSimulation:
    """An episode whose rows hold everything that can be recorded without naming keys of `info`."""
    return EpisodeSimulation(environment, codecs, episode=episode, info=[], observations=True, max_steps=frames)


def scripted_words(environment: MatchEnvironment, codecs: list[ActionCodec], seed: int) -> Iterator[tuple[bytes, ...]]:
    """Keys held for a while, as people hold them."""
    chance = random.Random(seed)
    counts = [int(environment.action_space(seat).n) for seat in range(len(codecs))]
    words = [codec.default_word for codec in codecs]
    while True:
        for seat, codec in enumerate(codecs):
            if chance.random() < 1 / HELD_FRAMES:
                words[seat] = codec.encode(chance.randrange(counts[seat]))
        yield tuple(words)
