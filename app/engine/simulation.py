"""One episode of one environment: input words in, outcome and row out.

`RollbackSession` drives any object of the shape `Simulation`; `EpisodeSimulation` is the real one, and a fake of ten
lines is enough to test the session.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .actions import FLAG_ABSENT, FLAG_BOT, FLAG_FOCUSED, ActionCodec
from .differences import subtree_hashes
from .environment import MatchEnvironment, StepResult
from .failure import error_text, traceback_text
from .policies import SeatPolicy
from .snapshot import state_hash

PART_LEVELS, MOST_PARTS = 4, 400
"""How deep and how many of a state's parts are told where seats disagree; it is for a report, not for a record."""

_JSON = json.JSONEncoder(separators=(",", ":"))


class Outcome(NamedTuple):
    """What one frame came to.

    Attributes:
        row: The frame's canonical row, complete but for the state hash: a JSON list without its closing bracket.
        over: The environment ended the episode with this frame.
        error: What the environment or a policy raised instead of stepping.
        traceback: Where in the researcher's files it did.
    """

    row: str
    over: bool = False
    error: str | None = None
    traceback: str | None = None


class Simulation(Protocol):
    """What the session needs of an episode."""

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        """Advance by one frame."""
        ...

    def save(self) -> Any:
        """Return a private copy of the state."""
        ...

    def load(self, saved: Any) -> None:
        """Return to a saved state."""
        ...

    def hash(self, saved: Any) -> int:
        """Return the 64-bit hash of a saved state."""
        ...

    @property
    def changes_hands(self) -> bool:
        """Whether a state of another page can be taken over here."""
        ...

    def portable(self, saved: Any) -> Any:
        """Return a saved state as plain data, as far as it is; raises `NotPlain` where it cannot be."""
        ...

    def adopted(self, given: Any) -> Any:
        """Return plain data of another page as a saved state; raises where it is none."""
        ...


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NumPy numbers as numbers, arrays as lists, anything unknown as its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def json_text(value: Any) -> str:
    """Return a value as it stands in a row; the ordinary kinds without an encoder, for rows are made in every step."""
    kind = type(value)
    if kind is int or (kind is float and math.isfinite(value)):
        return repr(value)
    if kind is bool:
        return "true" if value else "false"
    return "null" if value is None else _JSON.encode(plain(value))


def canonical_columns(seats: Sequence[str], info: Sequence[str], observation_sizes: Sequence[int] = ()) -> list[str]:
    """Return the names of the columns that are identical at every seat, in the order of a row.

    Args:
        seats: The seats' names.
        info: The keys of `info` that the experiment records.
        observation_sizes: Numbers in each seat's observation, where observations are recorded.
    """
    columns = ["episode", "frame"]
    for seat in seats:
        columns += [f"action.{seat}", f"reward.{seat}", f"terminated.{seat}", f"truncated.{seat}"]
    columns += [f"info.{key}.{seat}" for key in info for seat in seats]
    for seat, size in zip(seats, observation_sizes, strict=False):
        columns += [f"obs.{index}.{seat}" for index in range(size)]
    columns += [f"is_focused.{seat}" for seat in seats]
    columns += [f"status.{seat}" for seat in seats]
    return [*columns, "state_hash"]


class EpisodeSimulation:
    """One episode of a `MatchEnvironment`.

    Args:
        environment: Reset already with the episode's seed.
        codecs: One a seat.
        episode: Its number from 0.
        info: The keys of `info` to record.
        observations: Whether observations are recorded.
        max_steps: The episode is truncated with this many frames.
        first_observations: What the reset returned; needed where policies play, or observations are recorded of an
            environment whose agents may leave.
        policies: By seat index, who plays where a word says that a policy does; see `seat_policies`.
    """

    def __init__(
        self,
        environment: MatchEnvironment,
        codecs: Sequence[ActionCodec],
        *,
        episode: int,
        info: Sequence[str],
        observations: bool,
        max_steps: int,
        first_observations: Sequence[Any] | None = None,
        policies: Mapping[int, SeatPolicy] | None = None,
    ) -> None:
        self._environment = environment
        self._codecs = list(codecs)
        self._episode = episode
        self._info = list(info)
        self._observations = observations
        self._last_frame = max_steps - 1
        self.rewards = [0.0] * len(self._codecs)
        self._policies = dict(sorted((policies or {}).items()))
        self._sizes: list[int] | None = None
        if first_observations is not None:
            self._sizes = [len(flat_observation(observation)) for observation in first_observations]
        # What every policy's seat saw last, a private copy; missing where the policy will not be asked next.
        self._seen: dict[int, Any] = {}
        self._see(0, first_observations or [None] * len(self._codecs))
        # What the environment was last told of who plays; None: nothing, or it does not want to know.
        self._told: tuple[str, ...] | None = None
        # Flags, and the end of a row as they make it.
        self._tail: tuple[Sequence[int], str] = (), ""

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        """Advance by one frame; what the environment or a policy raises becomes the outcome's error."""
        codecs = self._codecs
        actions: list[Any] = []
        flags: list[int] = []
        for codec, word in zip(codecs, words, strict=True):
            action, flag = codec.decode(word)
            actions.append(action)
            flags.append(flag)
        culprit = ""
        try:
            with self._environment.randomness:  # once for all that is asked here
                for seat, policy in self._policies.items():
                    culprit = f"{policy.name}: "
                    if not flags[seat] & FLAG_BOT:
                        policy.rest()
                    elif not policy.asks(frame) or self._seen[seat] is not None:  # who is gone sees and does nothing
                        actions[seat] = policy.act(frame, self._seen.get(seat))
                culprit = ""
                # Before the step: the environment may change an array that it is given.
                recorded = [codec.recorded(action) for codec, action in zip(codecs, actions, strict=True)]
                if self._environment.hears_statuses:
                    self._tell(tuple(status_of(flag) for flag in flags))
                result = self._environment.step(actions)
            row = self._row(frame, recorded, flags, result)
            if self._policies:
                self._see(frame + 1, result.observations)
        except Exception as error:  # noqa: BLE001 -- the researcher's code may raise anything; the session decides what it means
            return Outcome("", over=True, error=culprit + error_text(error), traceback=traceback_text(error))
        self.rewards = [total + reward for total, reward in zip(self.rewards, result.rewards, strict=True)]
        return Outcome(row, result.over)

    def save(self) -> Any:
        """Return the environment's state, the rewards so far, and what decides the policies' next actions."""
        minds = tuple(policy.save() for policy in self._policies.values())
        return self._environment.save(), tuple(self.rewards), self._told, tuple(self._seen.items()), minds

    def load(self, saved: Any) -> None:
        """Return to a saved state."""
        environment, rewards, self._told, seen, minds = saved
        self._environment.load(environment)
        self.rewards = list(rewards)
        self._seen = dict(seen)
        for policy, mind in zip(self._policies.values(), minds, strict=True):
            policy.load(mind)

    def hash(self, saved: Any) -> int:
        """Return the hash of a saved state's canonical bytes."""
        return state_hash(self.content(saved))

    def content(self, saved: Any) -> dict[str, Any]:
        """Return what of a saved state is hashed, under the names by which its parts are told to people."""
        environment, rewards, told, seen, minds = saved
        state, (own_random, numpy_random), agents = self._environment.content(environment)
        policies = {
            policy.name: policy.content(mind) for policy, mind in zip(self._policies.values(), minds, strict=True)
        }
        return {
            "env": state, "random": own_random, "numpy.random": numpy_random, "agents": agents, "rewards": rewards,
            "statuses": told, "seen": dict(seen), "policies": policies,
        }  # fmt: skip

    @property
    def changes_hands(self) -> bool:
        """Whether the environment declares its state, so that another page's can be taken over."""
        return self._environment.state.by_methods

    def portable(self, saved: Any) -> Any:
        """Return a saved state as another page may take it over, plain if all that the researcher's code keeps is.

        Raises:
            NotPlain: The environment or a policy that has a state has no `get_state`.
        """
        environment, rewards, told, seen, minds = saved
        plain_minds = tuple(policy.portable(mind) for policy, mind in zip(self._policies.values(), minds, strict=True))
        return self._environment.portable(environment), rewards, told, seen, plain_minds

    def adopted(self, given: Any) -> Any:
        """Return what another page's `portable` gave as a saved state.

        Raises:
            ValueError: It is none. What the environment makes of its own part shows when it is loaded.
        """
        environment, rewards, told, seen, minds = given
        seats = len(self._codecs)
        if len(rewards) != seats or not all(type(reward) is float for reward in rewards):
            raise ValueError("not the rewards of these seats")
        if told is not None and (len(told) != seats or not set(told) <= {"present", "bot", "disconnected"}):
            raise ValueError("not the statuses of these seats")
        if not dict(seen).keys() <= self._policies.keys() or len(minds) != len(self._policies):
            raise ValueError("not the policies of these seats")
        adopted_minds = tuple((state, rng, held) for state, rng, held in minds)
        return self._environment.adopted(environment), tuple(rewards), told, tuple(seen), adopted_minds

    def part_hashes(self, saved: Any) -> dict[str, str]:
        """Return the hashes of a saved state's parts by name, to tell in which one the seats differ."""
        hashes = subtree_hashes(self.content(saved), PART_LEVELS)
        return dict(list(hashes.items())[:MOST_PARTS])

    def _see(self, frame: int, observations: Sequence[Any]) -> None:
        """Keep what the policies see that are asked at a frame, apart from the environment's own objects."""
        self._seen = {}
        for seat, policy in self._policies.items():
            if observations[seat] is None:
                policy.rest()
            if policy.asks(frame):
                self._seen[seat] = copy.deepcopy(observations[seat])

    def _tell(self, statuses: tuple[str, ...]) -> None:
        if statuses != self._told:
            self._told = statuses
            self._environment.set_statuses(statuses)

    def _row(self, frame: int, recorded: Sequence[Any], flags: Sequence[int], result: StepResult) -> str:
        row = [f"[{self._episode},{frame}"]
        last = frame >= self._last_frame
        for action, reward, terminated, truncated in zip(
            recorded, result.rewards, result.terminated, result.truncated, strict=True
        ):
            row += (
                json_text(action), json_text(reward),
                "true" if terminated else "false", "true" if truncated or (last and not terminated) else "false",
            )  # fmt: skip
        row += [json_text(info.get(key)) for key in self._info for info in result.infos]
        if self._observations:
            for seat, observation in enumerate(result.observations):
                numbers = self._recorded_observation(seat, observation)
                row += [_JSON.encode(numbers)[1:-1]] if numbers else []
        if flags != self._tail[0]:  # they change when somebody looks away or leaves, not from frame to frame
            seen = [bool(flag & FLAG_FOCUSED) for flag in flags] + [status_of(flag) for flag in flags]
            self._tail = flags, _JSON.encode(seen)[1:-1]
        row.append(self._tail[1])
        return ",".join(row)

    def _recorded_observation(self, seat: int, observation: Any) -> list[Any]:
        if self._sizes is None:
            return flat_observation(observation)
        size = self._sizes[seat]
        if observation is None:  # the agent is gone
            return [None] * size
        numbers = flat_observation(observation)
        if len(numbers) != size:
            raise ValueError(
                f"the observation of seat {self._environment.seats[seat]} has {len(numbers)} numbers, after reset it "
                f"had {size}; recorded observations must keep their size"
            )
        return numbers


def status_of(flags: int) -> str:
    """Return who acted, as it stands in a row, from the flags of a word."""
    if flags & FLAG_BOT:
        return "bot"
    return "disconnected" if flags & FLAG_ABSENT else "present"


def flat_observation(observation: Any) -> list[Any]:
    """Return an observation's numbers in one list: arrays flattened, dictionaries by sorted key."""
    if isinstance(observation, dict):
        return [item for key in sorted(observation, key=str) for item in flat_observation(observation[key])]
    if isinstance(observation, (list, tuple)):
        return [item for part in observation for item in flat_observation(part)]
    if isinstance(observation, np.ndarray):
        return plain(observation.ravel())
    return [plain(observation)]
