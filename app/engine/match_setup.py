"""What a match is, before anybody sits in it: the part of an experiment that decides what happens in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .policies import people_of
from .wire import VERSION

PACE_ONLY = (
    "input_delay", "adaptive_input_delay", "prediction_window", "predictor", "reconnection_timeout_ms",
    "longest_stepping_ms",
)  # fmt: skip
"""What may differ between seats without changing a record; `input_delay` does for the frames it fills at the start, but
everybody has it from the same message."""


@dataclass(frozen=True)
class MatchSetup:
    """What is known of a match before it exists; the fields are those of the experiment's game scene.

    Attributes:
        factory: `module:object` that makes the environment.
        config: Its keyword arguments.
        context: What else the environment may be told, see `make_environment`; empty while no match is made.
        seats: The seats' names, in order.
        policies: By seat name, who plays where no person sits, or sits any more; see `policies.PolicyPlan`.
        fps: Frames a second.
        max_steps: Frames of an episode at most.
        num_episodes: Episodes of the match.
        default_action: The action when nobody acts.
        keys: `event.code` to action.
        mouse: What the mouse does, or None.
        gamepad: What a gamepad does, or None.
        input_mode: `pressed_keys` or `single_keystroke`.
        input_delay: Frames.
        adaptive_input_delay: Whether the delay follows the measured lag.
        prediction_window: Frames; 0 is lockstep.
        predictor: `repeat_last`, `default` or a researcher's `module:object`.
        reconnection_timeout_ms: Silence after which the server is asked to go on without a seat.
        longest_stepping_ms: A page that comes back and would step for longer takes another seat's state instead.
        record: `observations` (bool) and `info` (keys).
    """

    factory: str
    seats: list[str]
    fps: int
    max_steps: int
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    num_episodes: int = 1
    default_action: Any = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    mouse: Mapping[str, Any] | None = None
    gamepad: Mapping[str, Any] | None = None
    input_mode: str = "pressed_keys"
    input_delay: int = 0
    adaptive_input_delay: bool = False
    prediction_window: int = 8
    predictor: str = "repeat_last"
    reconnection_timeout_ms: float = 30_000.0
    longest_stepping_ms: float = 5000.0
    record: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MatchSetup:
        """Return the setup in a message; what concerns the page alone (size, colours) is passed over."""
        return cls(**{key: values[key] for key in cls.__dataclass_fields__ if key in values})

    @property
    def people(self) -> list[int]:
        """The indexes of the seats that persons play."""
        return people_of(self.policies, self.seats)

    def digest(self, engine_hash: str, episode_seeds: list[int]) -> str:
        """Return the hash of everything that decides what is recorded, apart from the inputs.

        Two pages whose digests differ would play two different games.

        Args:
            engine_hash: Of the engine's and environment's files.
            episode_seeds: One an episode.
        """
        deciding = {key: value for key, value in asdict(self).items() if key not in PACE_ONLY}
        text = json.dumps([VERSION, engine_hash, episode_seeds, deciding], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
