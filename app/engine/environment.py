"""One face for the environments that researchers bring: Gymnasium, PettingZoo parallel, and dictionary ones.

The engine speaks of seats by index; `MatchEnvironment` translates to the environment's own agent ids and back, and
knows nothing of peers or frames.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from .drawing import Surface, draw_list
from .randomness import ModuleRandomness, check_portable
from .snapshot import EnvironmentState

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class StepResult(NamedTuple):
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


CONTEXT = ("condition", "roles", "answers")


def make_environment(factory: str, config: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> Any:
    """Make the environment that `module:object` names.

    Args:
        factory: `module:object` in the experiment's folder.
        config: Its keyword arguments.
        context: What else it may be told of the match, the same at every seat: `condition` (the level of each factor),
            `roles` (by seat, in order), `answers` (by seat name, earlier answers by `scene.question`). It is told those
            for which it has a parameter of that name.

    Raises:
        ValueError: The module has no such object, or it is not callable.
    """
    module_name, _, name = factory.partition(":")
    maker = getattr(importlib.import_module(module_name), name or "make_env", None)
    if not callable(maker):
        raise ValueError(f"environment.factory = {factory!r}: module {module_name} has no callable {name!r}")
    context = context or {}
    told = {name: context[name] for name in taken_context(maker) if name in context and name not in config}
    # A copy: an environment that changes what it was told must not change it for the next one that is made.
    return maker(**config, **copy.deepcopy(told))


def taken_context(maker: Any) -> list[str]:
    """Return which parts of the context a factory has a parameter for; `**anything` is none."""
    try:
        parameters = inspect.signature(maker).parameters.values()
    except (TypeError, ValueError):
        return []
    named = {each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    return [name for name in CONTEXT if name in named]


class MatchEnvironment:
    """An environment whose agents are the seats of a match.

    An agent may end before the others. From then on its flags stay as they were and its reward is 0; a PettingZoo
    environment, which takes it out of `agents`, gets no action for it any more.

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
        env = _without_checker(env)
        self.state = EnvironmentState(env)
        self.randomness = ModuleRandomness()
        self._viewer_is_told: bool | None = None
        self.hears_statuses = callable(getattr(env, "set_seat_status", None))
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
        self._everybody = tuple(self._agents)
        self._parallel = not self._single and hasattr(env, "possible_agents")
        self._flags: tuple[tuple[bool, bool], ...] = ((False, False),) * len(self.seats)

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
        with self.randomness:
            result = self.env.reset(seed=seed)
        self._flags = ((False, False),) * len(self.seats)
        observations = result[0] if isinstance(result, tuple) else result
        return [observations] if self._single else [observations.get(agent) for agent in self._agents]

    def step(self, actions: Sequence[Any]) -> StepResult:
        """Advance by one frame with one action a seat."""
        if self._single:
            with self.randomness:
                observation, reward, terminated, truncated, info = self.env.step(actions[0])
            return StepResult(
                (float(reward),), (bool(terminated),), (bool(truncated),), (info,), (observation,),
                bool(terminated) or bool(truncated),
            )  # fmt: skip
        agents, present = self._agents, self._present()
        given = dict(zip(agents, actions, strict=True))
        if present is not None and present != self._everybody:
            # Other kinds say by flags alone who has ended, and are given every action.
            given = {agent: action for agent, action in given.items() if agent in present}
        with self.randomness:
            observations, rewards, terminated, truncated, infos = self.state.env.step(given)
        rewards, terminated = _by_agent(rewards, agents), _by_agent(terminated, agents)
        truncated, observations = _by_agent(truncated, agents), _by_agent(observations, agents)
        told_by_agent = type(infos) is dict or isinstance(infos, Mapping)
        flags, earned, said = [], [], []
        for agent, before in zip(agents, self._flags, strict=True):
            if agent not in given:
                flags.append(before)
                earned.append(0.0)
                said.append(_NOTHING)
                continue
            # One that acted and is not mentioned has ended.
            flags.append((bool(terminated.get(agent, True)), bool(truncated.get(agent, False))))
            earned.append(float(rewards.get(agent, 0.0)))
            info = infos.get(agent, infos) if told_by_agent else _NOTHING
            said.append(info if type(info) is dict or isinstance(info, Mapping) else _NOTHING)
        self._flags = tuple(flags)
        ended, cut = zip(*flags, strict=True)
        over = all(map(any, flags)) or bool(terminated.get("__all__")) or self._present() == ()
        return StepResult(earned, ended, cut, said, [observations.get(agent) for agent in agents], over)

    def set_statuses(self, statuses: Sequence[str]) -> None:
        """Tell an environment that has `set_seat_status` who plays: "present", "bot" or "disconnected" by agent."""
        names = self.seats if self._single else self._agents
        with self.randomness:
            self.env.set_seat_status(dict(zip(names, statuses, strict=True)))

    def save(self) -> tuple[Any, Any, Any]:
        """Return a private copy of everything that decides the next steps."""
        with self.randomness:
            return self.state.save(), self.randomness.save(), (self._flags, self._present())

    def load(self, saved: tuple[Any, Any, Any]) -> None:
        """Return to what `save` gave."""
        with self.randomness:
            self.state.load(saved[0])
            self.randomness.load(saved[1])
        self._flags, present = saved[2]
        if present is not None and present != self._present():
            # Environments empty `agents` at their end and forget it in get_state: a predicted end would be for ever.
            holder = _holder(self.env, "agents")
            if holder is not None:
                holder.agents = list(present)

    def content(self, saved: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """Return what of a saved state is hashed."""
        return self.state.content(saved[0]), saved[1], saved[2]

    def portable(self, saved: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """Return a saved state as another page may take it over.

        Raises:
            NotPlain: The environment has no `get_state`.
        """
        return self.state.portable(saved[0]), saved[1], saved[2]

    def adopted(self, given: Any) -> tuple[Any, Any, Any]:
        """Return what another page's `portable` gave as a saved state of this environment.

        Raises:
            ValueError: It is none.
        """
        state, randomness, (flags, present) = given
        if len(flags) != len(self.seats) or not all(type(flag) is bool for pair in flags for flag in pair):
            raise ValueError("not the flags of these seats")
        if present is not None and not set(present) <= set(self._agents):
            raise ValueError("not the agents of this environment")
        return state, check_portable(randomness), (tuple((ended, cut) for ended, cut in flags), present)

    def _present(self) -> tuple[Any, ...] | None:
        """Return PettingZoo's `agents`, those who still play; None where there is no such list."""
        if not self._parallel:
            return None
        agents = getattr(self.state.env, "agents", None)
        return tuple(agents) if isinstance(agents, list) else None

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


def _without_checker(env: Any) -> Any:
    """Take Gymnasium's checker out of its wrappers: it keeps in its state what it has seen, pictures included."""
    outer, inner = None, env
    while inner is not None:
        if type(inner).__name__ != "PassiveEnvChecker":
            outer = inner
        elif outer is None:
            env = inner.env
        else:
            outer.env = inner.env
        inner = vars(inner).get("env") if hasattr(inner, "__dict__") else None
    return env


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


def _holder(env: Any, attribute: str) -> Any:
    """Return the environment, or the one inside its wrappers, that holds an attribute itself; None if none does."""
    while env is not None and attribute not in getattr(env, "__dict__", {}):
        env = getattr(env, "__dict__", {}).get("env")
    return env


def _by_agent(told: Any, agents: Sequence[Any]) -> Mapping[Any, Any]:
    """Return what a step told by agent, also where it told one thing for all.

    The type is asked first, here and above, because asking an abstract class takes ten times as long.
    """
    return told if type(told) is dict or isinstance(told, Mapping) else dict.fromkeys(agents, told)
