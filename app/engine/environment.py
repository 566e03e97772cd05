"""One face for the environments that researchers bring: Gymnasium, PettingZoo parallel, and dictionary ones.

The engine speaks of seats by index; `MatchEnvironment` translates to the environment's own agent ids and back, and
knows nothing of peers or frames.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import Surface, draw_list
from .randomness import ModuleRandomness
from .snapshot import EnvironmentState


@dataclass(frozen=True)
class StepResult:
    """What one step returned, by seat index.

    Attributes:
        rewards: One number a seat.
        terminated: Whether the seat's task ended.
        truncated: Whether the seat was cut off.
        infos: The environment's own dictionaries; it may reuse them at the next step.
        observations: The environment's own observations; likewise.
        over: Nobody acts any more.
    """

    rewards: Sequence[float]
    terminated: Sequence[bool]
    truncated: Sequence[bool]
    infos: Sequence[Mapping[str, Any]]
    observations: Sequence[Any]
    over: bool


def make_environment(factory: str, config: Mapping[str, Any]) -> Any:
    """Make the environment that `module:object` names.

    Raises:
        ValueError: The module has no such object, or it is not callable.
    """
    module_name, _, name = factory.partition(":")
    maker = getattr(importlib.import_module(module_name), name or "make_env", None)
    if not callable(maker):
        raise ValueError(f"environment.factory = {factory!r}: module {module_name} has no callable {name!r}")
    return maker(**config)


class MatchEnvironment:
    """An environment whose agents are the seats of a match.

    Args:
        env: A PettingZoo parallel environment, a Gymnasium environment for one seat, or a Gymnasium environment whose
            actions, rewards and flags are dictionaries by agent id.
        seats: The seats' names: `str(agent id)` of each, in seat order.

    Raises:
        ValueError: A seat names no agent, or the environment lacks `reset` or `step`.
    """

    def __init__(self, env: Any, seats: Sequence[str]) -> None:
        for method in ("reset", "step"):
            if not callable(getattr(env, method, None)):
                raise ValueError(
                    f"the environment {type(env).__name__} has no {method}(); "
                    f"give it the Gymnasium or PettingZoo parallel methods reset and step"
                )
        self.seats = list(seats)
        self.state = EnvironmentState(env)
        self.randomness = ModuleRandomness()
        self._viewer_is_told: bool | None = None
        agents = _agents_of(env)
        self._single = agents is None
        if agents is None:
            if len(self.seats) != 1:
                raise ValueError(
                    f"the environment {type(env).__name__} is for one agent, the experiment has {len(self.seats)} seats"
                )
            self._agents: list[Any] = [None]
        else:
            by_name = {str(agent): agent for agent in agents}
            missing = [seat for seat in self.seats if seat not in by_name]
            if missing or len(by_name) != len(self.seats):
                raise ValueError(
                    f"seats {', '.join(self.seats)} must be the environment's agents {', '.join(sorted(by_name))}"
                )
            self._agents = [by_name[seat] for seat in self.seats]

    @property
    def env(self) -> Any:
        """The environment as it stands now; a rollback may have replaced the object."""
        return self.state.env

    def action_space(self, seat: int) -> Any:
        """Return the action space of a seat."""
        agent = self._agents[seat]
        if self._single:
            return self.env.action_space
        space: Any = getattr(self.env, "action_space", None)
        if callable(space) and not hasattr(space, "spaces"):
            return space(agent)
        spaces = getattr(self.env, "action_spaces", None)
        return (spaces if spaces is not None else space.spaces)[agent]

    def reset(self, seed: int) -> list[Any]:
        """Start an episode; return the observations by seat."""
        self.randomness.seed(seed)
        result = self.env.reset(seed=seed)
        observations = result[0] if isinstance(result, tuple) else result
        return [observations] if self._single else [observations.get(agent) for agent in self._agents]

    def step(self, actions: Sequence[Any]) -> StepResult:
        """Advance by one frame with one action a seat."""
        self.randomness.enter()
        if self._single:
            observation, reward, terminated, truncated, info = self.env.step(actions[0])
            return StepResult(
                (float(reward),), (bool(terminated),), (bool(truncated),), (info,), (observation,),
                bool(terminated) or bool(truncated),
            )  # fmt: skip
        agents = self._agents
        observations, rewards, terminated, truncated, infos = self.env.step(dict(zip(agents, actions, strict=True)))
        by_agent = isinstance(terminated, Mapping)
        ended = [bool(terminated.get(a, True)) if by_agent else bool(terminated) for a in agents]
        cut = [bool(truncated.get(a, False)) if isinstance(truncated, Mapping) else bool(truncated) for a in agents]
        return StepResult(
            [float(rewards.get(a, 0.0)) if isinstance(rewards, Mapping) else float(rewards) for a in agents],
            ended,
            cut,
            [_info_of(infos, agent) for agent in agents],
            [observations.get(agent) if isinstance(observations, Mapping) else observations for agent in agents],
            all(a or b for a, b in zip(ended, cut, strict=True)) or (by_agent and bool(terminated.get("__all__"))),
        )

    def save(self) -> tuple[Any, Any]:
        """Return a private copy of everything that decides the next steps."""
        self.randomness.enter()
        return self.state.save(), self.randomness.save()

    def load(self, saved: tuple[Any, Any]) -> None:
        """Return to what `save` gave."""
        self.state.load(saved[0])
        self.randomness.load(saved[1])

    def content(self, saved: tuple[Any, Any]) -> tuple[Any, Any]:
        """Return what of a saved state is hashed."""
        return self.state.content(saved[0]), saved[1]

    def render(self, viewer: int) -> str | None:
        """Return the picture of the state now as a draw list's JSON text, or None if the environment draws none.

        Args:
            viewer: The seat that looks. An environment whose `render` takes a `viewer` may show who one is.

        Raises:
            ValueError: What `render()` returned is no draw list.
        """
        render = getattr(self.env, "render", None)
        if not callable(render):
            return None
        if self._viewer_is_told is None:
            self._viewer_is_told = "viewer" in inspect.signature(render).parameters
        picture = render(viewer=self._agents[viewer]) if self._viewer_is_told else render()
        if isinstance(picture, Surface):
            return picture.to_json()
        return json.dumps(draw_list(picture), separators=(",", ":")) if isinstance(picture, dict) else None


def _agents_of(env: Any) -> list[Any] | None:
    """Return the agent ids of an environment for several agents, None for a single-agent one."""
    agents = getattr(env, "possible_agents", None)
    if agents is not None:
        return list(agents)
    spaces = getattr(getattr(env, "action_space", None), "spaces", None)
    if isinstance(spaces, Mapping):
        return list(spaces)
    spaces = getattr(env, "action_spaces", None)
    return list(spaces) if isinstance(spaces, Mapping) else None


def _info_of(infos: Any, agent: Any) -> Mapping[str, Any]:
    info = infos.get(agent, infos) if isinstance(infos, Mapping) else {}
    return info if isinstance(info, Mapping) else {}
