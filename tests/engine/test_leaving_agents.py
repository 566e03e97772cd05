"""Agents that end before the others: what they are sent, what is recorded of them, and rollbacks over their end."""

from __future__ import annotations

import json
from typing import Any

import gymnasium
import pytest
from gymnasium import spaces

from app.engine.actions import FLAG_FOCUSED, codec_for
from app.engine.environment import MatchEnvironment
from app.engine.simulation import EpisodeSimulation, canonical_columns

SEATS = ["a", "b", "c"]


class Race:
    """A PettingZoo parallel environment: who has done action 1 often enough leaves; c is cut off after frame 5.

    As real environments do, it empties `agents` at its end and forgets that in `get_state`, uses its dictionaries
    again, and fails on an action of somebody who is gone.
    """

    possible_agents = SEATS

    def __init__(self, keeps_agents: bool = False) -> None:
        self.keeps_agents = keeps_agents
        self.agents = list(SEATS)
        self.infos: dict[str, dict[str, int]] = {agent: {} for agent in SEATS}
        self.given: list[list[str]] = []

    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(2)

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict, dict]:
        self.agents = list(SEATS)
        self.way, self.frame, self.given = dict.fromkeys(SEATS, 0), 0, []
        return {agent: [0, 0] for agent in SEATS}, self.infos

    def get_state(self) -> dict[str, Any]:
        return {"way": dict(self.way), "frame": self.frame}

    def set_state(self, state: dict[str, Any]) -> None:
        self.way, self.frame = dict(state["way"]), state["frame"]

    def step(self, actions: dict[str, int]) -> tuple[dict, ...]:
        self.given.append(sorted(actions))
        assert self.keeps_agents or sorted(actions) == sorted(self.agents), "an action of somebody who is gone"
        acting = list(actions)
        for agent in acting:
            self.way[agent] += actions[agent]
            self.infos[agent]["way"] = self.way[agent]
        ended = {agent: self.way[agent] >= 3 for agent in acting}
        cut = {agent: agent == "c" and self.frame >= 5 and not ended[agent] for agent in acting}
        self.frame += 1
        if not self.keeps_agents:
            self.agents = [agent for agent in acting if not ended[agent] and not cut[agent]]
        each = {agent: [self.frame, self.way[agent]] for agent in acting}
        return each, {agent: 1.0 + actions.get(agent, 0) for agent in SEATS}, ended, cut, self.infos


class Episode:
    def __init__(self, env: Any = None, seats: list[str] = SEATS, max_steps: int = 100) -> None:
        self.seats = seats
        self.environment = MatchEnvironment(Race() if env is None else env, seats)
        self.codecs = [codec_for(self.environment.action_space(seat), 0) for seat in range(len(seats))]
        first = self.environment.reset(1)
        self.simulation = EpisodeSimulation(
            self.environment, self.codecs, episode=0, info=["way"], observations=True, max_steps=max_steps,
            first_observations=first,
        )  # fmt: skip
        self.columns = canonical_columns(seats, ["way"], [2] * len(seats))
        self.frame = 0

    def step(self, *actions: int) -> tuple[dict[str, Any], bool]:
        words = [codec.encode(action, FLAG_FOCUSED) for codec, action in zip(self.codecs, actions, strict=True)]
        outcome = self.simulation.step(self.frame, words)
        assert outcome.error is None, outcome.traceback
        self.frame += 1
        row = json.loads(outcome.row + ',""]')
        return dict(zip(self.columns, row, strict=True)), outcome.over


def test_an_agent_that_ends_first_is_sent_nothing_more_and_keeps_its_flags() -> None:
    episode = Episode()
    for _ in range(2):
        episode.step(1, 0, 0)
    last, over = episode.step(1, 0, 0)
    assert (last["terminated.a"], last["truncated.a"], last["reward.a"], over) == (True, False, 2.0, False)
    after, over = episode.step(1, 1, 0)
    assert (after["terminated.a"], after["truncated.a"], after["reward.a"], over) == (True, False, 0.0, False)
    assert (after["obs.0.a"], after["obs.1.a"], after["info.way.a"]) == (None, None, None)
    assert (after["reward.b"], after["terminated.b"], after["obs.1.b"]) == (2.0, False, 1)
    assert episode.environment.env.given[-1] == ["b", "c"]


def test_the_terminating_and_the_truncating_step_are_both_recorded_and_the_last_one_ends_the_episode() -> None:
    episode = Episode()
    rows = [episode.step(1, 0, 0) for _ in range(6)]
    assert [row["terminated.a"] for row, _ in rows] == [False, False, True, True, True, True]
    assert [row["truncated.c"] for row, _ in rows] == [False] * 5 + [True]
    assert not any(over for _, over in rows)
    rows = [episode.step(0, 1, 0) for _ in range(3)]
    assert [row["terminated.b"] for row, _ in rows] == [False, False, True]
    assert [over for _, over in rows] == [False, False, True]
    assert (rows[-1][0]["truncated.c"], rows[-1][0]["reward.c"]) == (True, 0.0)


def test_the_last_step_of_the_episode_truncates_those_who_have_not_ended() -> None:
    episode = Episode(max_steps=4)
    rows = [episode.step(1, 0, 0)[0] for _ in range(4)]
    assert [rows[3][f"truncated.{seat}"] for seat in SEATS] == [False, True, True]
    assert rows[3]["terminated.a"] is True


def test_a_rollback_over_an_end_brings_back_who_had_not_ended() -> None:
    straight, rolled = Episode(), Episode()
    for _ in range(2):
        straight.step(1, 1, 0)
        rolled.step(1, 1, 0)
    saved = rolled.simulation.save()
    for _ in range(4):
        rolled.step(1, 1, 0)  # a and b end here, and c is cut off: nobody is left
    assert rolled.environment.env.agents == []
    rolled.simulation.load(saved)
    rolled.frame = 2
    assert rolled.simulation.hash(rolled.simulation.save()) == rolled.simulation.hash(saved)
    script = [(0, 0, 1), (1, 0, 1), (0, 1, 0), (0, 0, 0), (0, 0, 0)]
    assert [rolled.step(*actions) for actions in script] == [straight.step(*actions) for actions in script]
    hashes = {episode.simulation.hash(episode.simulation.save()) for episode in (straight, rolled)}
    assert len(hashes) == 1


def test_the_hash_tells_apart_who_has_ended() -> None:
    one, two = Episode(), Episode()
    two.environment.env.agents.remove("b")
    assert one.simulation.hash(one.simulation.save()) != two.simulation.hash(two.simulation.save())


def test_an_environment_that_keeps_its_agents_is_sent_every_action() -> None:
    episode = Episode(Race(keeps_agents=True))
    for _ in range(4):
        row, over = episode.step(1, 0, 0)
    assert episode.environment.env.given[-1] == SEATS and not over
    assert (row["terminated.a"], row["reward.a"]) == (True, 2.0)


def test_rows_hold_what_a_reused_dictionary_said_at_the_time() -> None:
    episode = Episode()
    assert [episode.step(0, 1, 0)[0]["info.way.b"] for _ in range(3)] == [1, 2, 3]


def test_recorded_observations_that_change_their_size_are_refused_with_the_reason() -> None:
    episode = Episode()
    nobody = dict.fromkeys(SEATS, False)
    episode.environment.env.step = lambda actions: (dict.fromkeys(SEATS, [1]), {}, nobody, nobody, {})
    outcome = episode.simulation.step(0, [codec.default_word for codec in episode.codecs])
    assert outcome.error is not None and "observation of seat a has 1 numbers, after reset it had 2" in outcome.error


class Alone(gymnasium.Env):
    """One agent that wants to know who plays it."""

    action_space = spaces.Discrete(2)
    told: list[dict[str, str]]

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict]:
        self.told = []
        return [0, 0], {}

    def set_seat_status(self, statuses: dict[str, str]) -> None:
        self.told.append(statuses)

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict]:  # type: ignore[override]
        return [1, action], 0.5, False, False, {"way": action}


def test_an_environment_for_one_agent_is_told_by_the_seats_name() -> None:
    episode = Episode(Alone(), ["only"])
    row, over = episode.step(1)
    assert episode.environment.env.told == [{"only": "present"}]
    assert (row["reward.only"], row["info.way.only"], over) == (0.5, 1, False)


@pytest.mark.parametrize("flagged", [True, False])
def test_an_agent_that_vanishes_without_a_word_has_ended(flagged: bool) -> None:
    episode = Episode()
    env = episode.environment.env

    def step(actions: dict[str, int]) -> tuple[dict, ...]:
        env.agents = ["b", "c"]
        rest = dict.fromkeys(env.agents, False) | ({"a": True} if flagged else {})
        return {agent: [0, 0] for agent in env.agents}, {}, rest, dict.fromkeys(rest, False), {}

    env.step = step
    assert [episode.step(0, 0, 0)[0]["terminated.a"] for _ in range(2)] == [True, True]
