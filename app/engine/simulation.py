"""One episode of one environment: input words in, outcome and row out.

`RollbackSession` drives any object of the shape `Simulation`; `EpisodeSimulation` is the real one, and a fake of ten
lines is enough to test the session.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .actions import FLAG_BOT, FLAG_FOCUSED, ActionCodec
from .environment import MatchEnvironment, StepResult


@dataclass(frozen=True)
class Outcome:
    """What one frame came to.

    Attributes:
        row: The frame's canonical row, complete but for the state hash: a JSON list without its closing bracket.
        over: The environment ended the episode with this frame.
        error: What the environment raised instead of stepping.
    """

    row: str
    over: bool = False
    error: str | None = None


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
    ) -> None:
        self._environment = environment
        self._codecs = list(codecs)
        self._episode = episode
        self._info = list(info)
        self._observations = observations
        self._last_frame = max_steps - 1
        self.rewards = [0.0] * len(self._codecs)

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        """Advance by one frame; what the environment raises becomes the outcome's error."""
        decoded = [codec.decode(word) for codec, word in zip(self._codecs, words, strict=True)]
        try:
            result = self._environment.step([action for action, _ in decoded])
        except Exception as error:  # noqa: BLE001 -- the researcher's code may raise anything; the session decides what it means
            return Outcome("", over=True, error=f"{type(error).__name__}: {error}")
        self.rewards = [total + reward for total, reward in zip(self.rewards, result.rewards, strict=True)]
        return Outcome(self._row(frame, decoded, result), result.over)

    def save(self) -> Any:
        """Return the environment's state and the rewards so far."""
        return self._environment.save(), tuple(self.rewards)

    def load(self, saved: Any) -> None:
        """Return to a saved state."""
        self._environment.load(saved[0])
        self.rewards = list(saved[1])

    def hash(self, saved: Any) -> int:
        """Return the hash of a saved state's canonical bytes."""
        from .snapshot import state_hash

        return state_hash((self._environment.content(saved[0]), saved[1]))

    def _row(self, frame: int, decoded: Sequence[tuple[Any, int]], result: StepResult) -> str:
        row: list[Any] = [self._episode, frame]
        last = frame >= self._last_frame
        for seat, (action, _) in enumerate(decoded):
            terminated = result.terminated[seat]
            truncated = result.truncated[seat] or (last and not terminated)
            row += [self._codecs[seat].recorded(action), plain(float(result.rewards[seat])), terminated, truncated]
        row += [plain(info.get(key)) for key in self._info for info in result.infos]
        if self._observations:
            for observation in result.observations:
                row += flat_observation(observation)
        row += [bool(flags & FLAG_FOCUSED) for _, flags in decoded]
        row += ["bot" if flags & FLAG_BOT else "present" for _, flags in decoded]
        return json.dumps(row, separators=(",", ":"))[:-1]


def flat_observation(observation: Any) -> list[Any]:
    """Return an observation's numbers in one list: arrays flattened, dictionaries by sorted key."""
    if isinstance(observation, dict):
        return [item for key in sorted(observation, key=str) for item in flat_observation(observation[key])]
    if isinstance(observation, (list, tuple)):
        return [item for part in observation for item in flat_observation(part)]
    if isinstance(observation, np.ndarray):
        return plain(observation.ravel())
    return [plain(observation)]
