"""`[entry]`: what a participant's link may bring along, and who may take part. Part of `experiment.toml`.

The domain's `entry.py` reads the parameters of a link by this.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from app.experiments.errors import PartError, did_you_mean
from app.experiments.names import WORD_REMEDY, Word
from app.experiments.section import Section

#: Parameters that recruiting services and other programs put into a link; they are known without being declared.
URL_PARAMETERS = (
    "PROLIFIC_PID", "STUDY_ID", "SESSION_ID", "assignmentId", "hitId", "workerId", "participant_label", "hash",
    "participantKey", "participant", "survey_code", "seat",
)  # fmt: skip
#: Attributes that a link may give without being declared: `seat=PC07` is the station.
GIVEN_ATTRIBUTES = ("station",)


class Entry(Section):
    """`[entry]`: what is taken from the address a participant comes with; everything else in it is dropped."""

    attributes: list[Word] = Field(
        default_factory=list,
        description="parameters of the link that are kept with the participant, for rules and the data",
        json_schema_extra=WORD_REMEDY,
    )
    once_per: Literal["external_id", "none"] = Field(
        default="external_id",
        description="external_id: who comes again with the same id, such as PROLIFIC_PID, is refused; none: nobody is",
    )
    require: list[str] = Field(
        default_factory=list, description="parameters without which a link is not valid, such as PROLIFIC_PID"
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Entry:
        for name in self.attributes:
            if name in (*URL_PARAMETERS, *GIVEN_ATTRIBUTES):
                raise PartError("attributes", f'holds "{name}", which is known already; leave it out')
            if self.attributes.count(name) > 1:
                raise PartError("attributes", f'holds "{name}" twice; name it once')
        known = (*URL_PARAMETERS, *self.attributes)
        for name in self.require:
            if name not in known:
                near = did_you_mean(name, known)
                hint = f"perhaps {near} is meant" if near else "add it to attributes, or use " + ", ".join(known)
                raise PartError("require", f'holds "{name}", which no link brings; {hint}')
        return self
