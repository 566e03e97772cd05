"""AI players: the seats that a researcher's policy plays, from the first frame or after a person has left.

A policy runs inside every browser's simulation, identically: the action that it chooses is part of the step, never of a
message. So everything that decides its next action (its own state, its random generator, the action it holds, what it
sees) is saved, loaded and hashed together with the environment.
"""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .actions import ActionCodec
from .randomness import ModuleRandomness
from .snapshot import EnvironmentState

FRAME_SKIP = 4
"""Frames from one question to the next, where the experiment does not say: people do not decide faster either."""


@dataclass(frozen=True)
class PolicyPlan:
    """What the experiment says of one seat's policy; the same fields as in `MatchSetup.policies`.

    Attributes:
        policy: `module:object`.
        config: Keyword arguments of the object.
        frame_skip: Frames from one question to the next; in between the action is held.
        departure: Whether it plays only once the seat's person has left.
    """

    policy: str
    config: Mapping[str, Any] = field(default_factory=dict)
    frame_skip: int = FRAME_SKIP
    departure: bool = False


def plans_of(policies: Mapping[str, Mapping[str, Any]], seats: Sequence[str]) -> dict[int, PolicyPlan]:
    """Return the plans by seat index, from what a match setup says by seat name."""
    return {index: PolicyPlan(**policies[seat]) for index, seat in enumerate(seats) if seat in policies}


def people_of(policies: Mapping[str, Mapping[str, Any]], seats: Sequence[str]) -> list[int]:
    """Return the indexes of the seats on which people sit, in order."""
    plans = plans_of(policies, seats)
    return [index for index in range(len(seats)) if index not in plans or plans[index].departure]


class SeatPolicy:
    """One seat's policy in one episode.

    Args:
        plan: What the experiment says of it.
        seat: The seat's index.
        name: The seat's name, for what is said when the policy fails.
        codec: Of the seat's action space.
        seed: The episode's seed; every seat has a generator of its own from it.
        randomness: The environment's share of the module-level generators, in which the policy runs too.

    Raises:
        ValueError: There is no such object, or making or resetting it fails.
    """

    def __init__(
        self, plan: PolicyPlan, seat: int, name: str, codec: ActionCodec, seed: int, randomness: ModuleRandomness
    ) -> None:
        self.name = f'policy "{plan.policy}" of seat {name}'
        self.frame_skip = plan.frame_skip
        self._codec, self._randomness = codec, randomness
        self._held: Any = None
        own = np.random.SeedSequence(seed, spawn_key=(seat,))  # what spawn() gives for this seat
        try:
            with randomness:
                player = _made(plan)
                self._act(player)
                if callable(getattr(player, "reset", None)):
                    player.reset(int(own.spawn(1)[0].generate_state(1)[0]))
        except Exception as error:
            raise ValueError(f"{self.name} cannot be made ({type(error).__name__}: {error})") from error
        self._mind = _Mind(player, np.random.default_rng(own))
        by_methods = callable(getattr(player, "get_state", None)) and callable(getattr(player, "set_state", None))
        # A player that is copied is copied together with its generator, so that one it has kept stays the same one.
        self._state = None if inspect.isroutine(player) else EnvironmentState(player if by_methods else self._mind)
        self._copies_mind = self._state is not None and not by_methods

    def asks(self, frame: int) -> bool:
        """Say whether the policy would be asked at a frame, if it plays then."""
        return self._held is None or frame % self.frame_skip == 0

    def act(self, frame: int, observation: Any) -> Any:
        """Return the seat's action for a frame: what the policy says, or what it said last.

        Args:
            frame: The frame to step.
            observation: The seat's observation after the frame before; never given away, the policy gets a copy.

        Raises:
            ValueError: The answer is not in the action space.
            Exception: Whatever the policy raises.
        """
        if self.asks(frame):
            with self._randomness:
                chosen = self._act(self._mind.player)(copy.deepcopy(observation), self._mind.rng)
            # Floats are quantised as a person's are, so that what is stepped is what is recorded.
            self._held = self._codec.decode(self._codec.encode(chosen))[0]
        return self._held.copy() if isinstance(self._held, np.ndarray) else self._held

    def rest(self) -> None:
        """Forget the action held: somebody else plays this frame."""
        self._held = None

    def save(self) -> tuple[Any, Any, Any]:
        """Return a private copy of everything that decides the next actions."""
        state = self._state.save() if self._state else None
        return state, None if self._copies_mind else self._mind.rng.bit_generator.state, self._held

    def load(self, saved: tuple[Any, Any, Any]) -> None:
        """Return to what `save` gave."""
        state, rng, self._held = saved
        if rng is not None:
            self._mind.rng.bit_generator.state = rng
        if self._state is not None:
            self._state.load(state)
            if self._copies_mind:
                self._mind = self._state.env

    def content(self, saved: tuple[Any, Any, Any]) -> tuple[Any, ...]:
        """Return what of a saved state is hashed."""
        return (self._state.content(saved[0]) if self._state else None, *saved[1:])

    def portable(self, saved: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """Return a saved mind as another page may take it over.

        Raises:
            NotPlain: The player has a state and no `get_state`.
        """
        state, rng, held = saved
        return self._state.portable(state) if self._state else None, rng, held

    @staticmethod
    def _act(player: Any) -> Callable[[Any, np.random.Generator], Any]:
        act = getattr(player, "act", player)
        if not callable(act):
            raise ValueError(f"{type(player).__name__} has no act(observation, rng)")
        return act


class _Mind:
    """A player and its generator, copied as one."""

    def __init__(self, player: Any, rng: np.random.Generator) -> None:
        self.player, self.rng = player, rng


def seat_policies(
    policies: Mapping[str, Mapping[str, Any]],
    seats: Sequence[str],
    codecs: Sequence[ActionCodec],
    seed: int,
    randomness: ModuleRandomness,
) -> dict[int, SeatPolicy]:
    """Make the policies of an episode anew, after the environment was reset: nothing is carried over from another.

    Args:
        policies: By seat name, as in the match setup.
        seats: The seats' names.
        codecs: One a seat.
        seed: The episode's.
        randomness: The environment's.

    Raises:
        ValueError: One of them cannot be made.
    """
    return {
        index: SeatPolicy(plan, index, seats[index], codecs[index], seed, randomness)
        for index, plan in plans_of(policies, seats).items()
    }


def named_object(name: str) -> Any:
    """Return what `module:object` names.

    Raises:
        ValueError: The module has no such object, or it cannot be called.
    """
    module_name, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module_name), attribute, None)
    if not callable(found):
        raise ValueError(f"module {module_name} has no class or function {attribute!r}")
    return found


def _made(plan: PolicyPlan) -> Any:
    """Return the player: what the class or factory gives, or the function itself if it takes an `rng`."""
    maker = named_object(plan.policy)
    if inspect.isfunction(maker) and "rng" in inspect.signature(maker).parameters:
        return lambda observation, rng: maker(observation, rng, **plan.config)
    return maker(**plan.config)
