from __future__ import annotations

import random
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from app.engine.environment import MatchEnvironment, make_environment
from app.engine.randomness import ModuleRandomness
from app.engine.snapshot import state_hash


class Parallel:
    """A PettingZoo parallel environment with integer agents."""

    possible_agents = (0, 1)
    goal = 900

    def __init__(self) -> None:
        self.total = 0

    def action_space(self, agent: int) -> spaces.Space:
        return spaces.Discrete(3 + agent)

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict, dict]:
        self.total = 0
        return {0: self.total, 1: -self.total}, {0: {}, 1: {}}

    def step(self, actions: dict[int, int]) -> tuple[dict, ...]:
        self.total += actions[0] - actions[1] + random.randrange(100) + int(np.random.randint(100))
        done = self.total > self.goal
        return (
            {0: self.total, 1: -self.total},
            {0: 1.0, 1: 2.0},
            {0: done, 1: done},
            {0: False, 1: False},
            {0: {"total": self.total}, 1: {}},
        )


class Dictionary(gymnasium.Env):
    """A Gymnasium environment with dictionary actions and one flag for all."""

    action_space = spaces.Dict({"left": spaces.Discrete(2), "right": spaces.Discrete(2)})

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict]:
        super().reset(seed=seed)
        return {"left": 0, "right": 0}, {}

    def step(self, action: dict[str, int]) -> tuple[Any, ...]:  # type: ignore[override]
        return {"left": 0, "right": 0}, {"left": 1.0, "right": -1.0}, False, True, {"shared": 5}


def test_a_parallel_environment_is_played_by_seat() -> None:
    environment = MatchEnvironment(Parallel(), ["0", "1"])
    assert environment.action_space(1).n == 4
    assert environment.reset(3) == [0, 0]
    result = environment.step([2, 1])
    assert list(result.rewards) == [1.0, 2.0] and not result.over
    assert result.infos[0]["total"] == environment.env.total


def test_a_dictionary_environment_with_common_flags_is_played_by_seat() -> None:
    environment = MatchEnvironment(Dictionary(), ["left", "right"])
    environment.reset(1)
    result = environment.step([0, 1])
    assert list(result.rewards) == [1.0, -1.0]
    assert list(result.truncated) == [True, True] and result.over
    assert result.infos[1] == {"shared": 5}


def test_a_gymnasium_environment_is_played_by_one_seat() -> None:
    environment = MatchEnvironment(gymnasium.make("CartPole-v1"), ["agent"])
    environment.reset(4)
    saved = environment.save()
    first = [environment.step([1]).observations[0].tolist() for _ in range(5)]
    environment.load(saved)
    assert [environment.step([1]).observations[0].tolist() for _ in range(5)] == first


def test_module_level_randomness_belongs_to_the_episode_and_to_its_snapshots() -> None:
    one, two = MatchEnvironment(Parallel(), ["0", "1"]), MatchEnvironment(Parallel(), ["0", "1"])
    totals: list[list[int]] = [[], []]
    one.reset(7)
    two.reset(7)
    for _ in range(6):
        for environment, seen in zip((one, two), totals, strict=True):
            environment.step([1, 1])
            seen.append(environment.env.total)
    assert totals[0] == totals[1]
    saved = one.save()
    after = one.step([1, 1]).infos[0]["total"]
    two.step([0, 0])
    one.load(saved)
    assert one.step([1, 1]).infos[0]["total"] == after
    assert state_hash(one.content(saved)) != state_hash(one.content(one.save()))


def test_saving_unused_module_randomness_again_costs_no_copy() -> None:
    randomness = ModuleRandomness()
    randomness.seed(1)
    assert randomness.save() is randomness.save()


@pytest.mark.parametrize(
    ("env", "seats", "says"),
    [
        (object(), ["0"], "reset"),
        (Parallel(), ["0", "2"], "agents 0, 1"),
        (Parallel(), ["0"], "agents 0, 1"),
        (gymnasium.make("CartPole-v1"), ["0", "1"], "one agent"),
    ],
)
def test_an_environment_that_does_not_fit_is_refused_with_the_reason(env: Any, seats: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        MatchEnvironment(env, seats)


def test_a_factory_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="nothing_here"):
        make_environment("math:nothing_here", {})


CONTEXT = {"condition": {"delay": 2}, "roles": ["cook"], "answers": {"0": {"ask.skill": 4}}}


@pytest.mark.parametrize(
    ("maker", "config", "told"),
    [
        (lambda condition, roles, answers: (condition, roles, answers), {}, tuple(CONTEXT.values())),
        (lambda *, roles, size=1: (roles, size), {"size": 3}, (["cook"], 3)),
        (lambda condition=None: condition, {"condition": "own"}, "own"),
        (lambda **config: config, {"size": 3}, {"size": 3}),
        (lambda: "nothing", {}, "nothing"),
        (dict, {"size": 3}, {"size": 3}),
    ],
)
def test_a_factory_is_told_what_it_has_a_parameter_for(
    maker: Any, config: dict[str, Any], told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("math.make_env", maker, raising=False)
    assert make_environment("math:make_env", config, CONTEXT) == told


def test_an_environment_cannot_change_what_the_next_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def make_env(condition: dict[str, Any]) -> dict[str, Any]:
        condition["delay"] += 1
        return condition

    monkeypatch.setattr("math.make_env", make_env, raising=False)
    assert [make_environment("math:make_env", {}, CONTEXT) for _ in range(2)] == [{"delay": 3}, {"delay": 3}]


def test_without_a_context_a_factory_is_called_with_its_configuration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("math.make_env", lambda size, condition="unknown": (size, condition), raising=False)
    assert make_environment("math:make_env", {"size": 3}) == (3, "unknown")


def test_gymnasiums_checker_is_taken_out_for_it_keeps_in_the_state_whether_a_picture_was_drawn() -> None:
    environment = MatchEnvironment(gymnasium.make("CartPole-v1"), ["agent"])
    environment.reset(4)
    environment.step([1])
    before = state_hash(environment.content(environment.save()))
    assert not any(kind.__name__ == "PassiveEnvChecker" for kind in wrappers(environment.env))
    with pytest.warns(UserWarning, match="render mode"):
        environment.render(0)
    assert state_hash(environment.content(environment.save())) == before


def wrappers(env: Any) -> list[type]:
    """The classes of an environment and of all that it wraps."""
    return [type(env), *(wrappers(vars(env)["env"]) if "env" in vars(env) else [])]
