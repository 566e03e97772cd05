"""An experiment of one person and one AI player, from its file to the rows that two browsers would record."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.actions import FLAG_BOT, FLAG_FOCUSED, codec_for
from app.engine.environment import MatchEnvironment, make_environment
from app.engine.policies import people_of, seat_policies
from app.engine.simulation import EpisodeSimulation
from app.experiments.config import Experiment, load_experiment

TOML = """
[experiment]
id = "tag"
title = "Tag"
master_seed = 3
[environment]
factory = "tag_environment:make_env"
config = { size = 9 }
[seats.person]
role = "runner"
[seats.ai]
role = "chaser"
policy = "tag_players:Chaser"
frame_skip = 2
policy_config = { patience = 3 }
[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"
[[scenes]]
id = "game"
type = "game"
gameplay = { default_action = 0, max_steps = 80 }
keys = { ArrowLeft = 1, ArrowRight = 2 }
record = { observations = true, info = ["apart"] }
[[scenes]]
id = "end"
type = "end"
"""

ENVIRONMENT = """
import numpy as np
from gymnasium.spaces import Discrete

class Tag:
    \"\"\"Two on a ring; the chaser gets a point where it meets the runner, who slips now and then.\"\"\"
    possible_agents = ["person", "ai"]

    def __init__(self, size):
        self.size = size
        self.agents = list(self.possible_agents)

    def action_space(self, agent):
        return Discrete(3)

    def reset(self, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.at = {"person": 0, "ai": self.size // 2}
        return self.seen(), {}

    def step(self, actions):
        for agent in self.possible_agents:
            slips = agent == "person" and self.rng.random() < 0.1
            self.at[agent] = (self.at[agent] + [0, -1, 1][actions[agent]] * (not slips)) % self.size
        met = self.at["person"] == self.at["ai"]
        no = {"person": False, "ai": False}
        return self.seen(), {"person": -float(met), "ai": float(met)}, no, no, {a: {"apart": self.apart()} for a in no}

    def apart(self):
        return (self.at["person"] - self.at["ai"]) % self.size

    def seen(self):
        return {agent: np.array([self.at["person"], self.at["ai"]]) for agent in self.possible_agents}

def make_env(size):
    return Tag(size)
"""

PLAYERS = """
class Chaser:
    \"\"\"Follows the runner; loses patience after some moves and then jumps about for one.\"\"\"

    def __init__(self, patience):
        self.patience, self.moves = patience, 0

    def reset(self, seed):
        self.moves = seed % 2

    def act(self, observation, rng):
        self.moves += 1
        if self.moves % self.patience == 0:
            return int(rng.integers(3))
        person, ai = observation
        return 0 if person == ai else 2 if person > ai else 1
"""


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Experiment]:
    folder = tmp_path / "study"
    folder.mkdir()
    texts = {"experiment.toml": TOML, "tag_environment.py": ENVIRONMENT, "tag_players.py": PLAYERS, "welcome.md": "Hi"}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    yield load_experiment(folder)
    for name in ("tag_environment", "tag_players"):
        sys.modules.pop(name, None)


class Browser:
    """What one browser computes of an episode: as the engine makes it from the match setup."""

    def __init__(self, setup: dict[str, Any], seed: int) -> None:
        environment = MatchEnvironment(make_environment(setup["factory"], setup["config"]), setup["seats"])
        self.codecs = [codec_for(environment.action_space(seat), setup["default_action"]) for seat in range(2)]
        first = environment.reset(seed)
        self.simulation = EpisodeSimulation(
            environment, self.codecs, episode=0, info=setup["record"]["info"],
            observations=setup["record"]["observations"], max_steps=setup["max_steps"], first_observations=first,
            policies=seat_policies(setup["policies"], setup["seats"], self.codecs, seed, environment.randomness),
        )  # fmt: skip

    def step(self, frame: int, action: int) -> str:
        words = [self.codecs[0].encode(action, FLAG_FOCUSED), self.codecs[1].encode(0, FLAG_BOT)]
        outcome = self.simulation.step(frame, words)
        assert outcome.error is None, outcome.traceback
        return outcome.row

    def hash(self) -> int:
        return self.simulation.hash(self.simulation.save())


def held_keys(seed: int, frames: int) -> list[int]:
    dice, held, actions = random.Random(seed), 0, []
    for _ in range(frames):
        held = dice.randrange(3) if dice.random() < 0.2 else held
        actions.append(held)
    return actions


def test_one_person_and_one_ai_player_are_played_alike_everywhere(experiment: Experiment) -> None:
    setup = experiment.match_setup(experiment.game_scenes[0])
    assert people_of(setup["policies"], setup["seats"]) == experiment.people == [0]
    keys = held_keys(1, 80)
    one, two, other = Browser(setup, 21), Browser(setup, 21), Browser(setup, 22)
    rows = [[browser.step(frame, key) for frame, key in enumerate(keys)] for browser in (one, two, other)]
    assert rows[0] == rows[1] != rows[2] and one.hash() == two.hash()
    assert sum('"present","bot"' in row for row in rows[0]) == 80


@pytest.mark.parametrize("depth", range(1, 9))
def test_every_rollback_gives_the_same_rows_and_the_same_state(experiment: Experiment, depth: int) -> None:
    setup = experiment.match_setup(experiment.game_scenes[0])
    keys, wrong = held_keys(2, 80), held_keys(3, 100)
    straight, rolled = Browser(setup, 5), Browser(setup, 5)
    for frame, key in enumerate(keys):
        saved = rolled.simulation.save()
        before = rolled.simulation.hash(saved)
        for ahead in range(depth):
            rolled.step(frame + ahead, wrong[frame + ahead])
        rolled.simulation.load(saved)
        assert rolled.hash() == before
        assert rolled.step(frame, key) == straight.step(frame, key)
    assert rolled.hash() == straight.hash()
