"""The places in a match: who sits there, a person or an AI player. Part of `experiment.toml`; see `config.py`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from app.experiments.errors import PartError
from app.experiments.names import POLICY_REMEDY, FrameSkip, PolicyName
from app.experiments.section import Section, unit, use

MOST_SEATS = 8


class Seat(Section):
    """`[seats.<agent id>]`: a place in a match; the key is the agent id of the environment."""

    role: str = Field(
        min_length=1, max_length=64, description="what the experiment calls this seat, such as cook_a",
        json_schema_extra=use("1 to 64 characters"),
    )  # fmt: skip
    filled_by: Literal["human", "policy"] | None = Field(
        default=None, description="who sits there: human, or policy; unset: policy if policy names one, else human"
    )
    policy: PolicyName | None = Field(
        default=None, description="module:object of the AI player who sits there", json_schema_extra=POLICY_REMEDY
    )
    frame_skip: FrameSkip = Field(
        default=4, description="frames for which the AI player keeps an action", json_schema_extra=unit("frames")
    )
    policy_config: dict[str, Any] = Field(
        default_factory=dict, description="keyword arguments of the AI player's class or factory"
    )

    @model_validator(mode="after")
    def _one_sits_there(self) -> Seat:
        if self.policy is None:
            for key in ("frame_skip", "policy_config"):
                if key in self.model_fields_set:
                    raise PartError(key, 'is for an AI player; add policy, such as "players:Chaser"')
            if self.filled_by == "policy":
                raise PartError("policy", 'is missing; add it, such as "players:Chaser"')
        elif self.filled_by == "human":
            raise PartError("filled_by", '= "human", but policy names an AI player; leave one of them out')
        return self

    @property
    def is_persons(self) -> bool:
        """Whether a person sits there."""
        return self.policy is None
