"""How a participant comes in: what the address they opened says about them, and whether they may take part.

Recruiting platforms and lab software add parameters to a study's address. Those that are known are kept, those the
study names become attributes, and everything else is dropped. Who somebody is elsewhere is kept in the store's table
of external ids and here as long as the session runs; it stands in no event, no log and no message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.server.domain.errors import Refused

#: URL parameter -> the name under which it is kept.
EXTERNAL_IDS = {
    "PROLIFIC_PID": "PROLIFIC_PID",
    "STUDY_ID": "prolific_study_id",
    "SESSION_ID": "prolific_session_id",
    "assignmentId": "assignmentId",
    "hitId": "hitId",
    "workerId": "workerId",
    "participant_label": "participant_label",
    "hash": "participant_label_hash",
    "participantKey": "participantKey",
    "participant": "participant",
    "survey_code": "survey_code",
}
#: Those of them that name a person; the others name a study, a sitting or a task.
OF_A_PERSON = frozenset(
    ("PROLIFIC_PID", "workerId", "participant_label", "participantKey", "participant", "survey_code")
)
#: URL parameter -> attribute, in every study.
ATTRIBUTES = {"seat": "station"}
#: What MTurk says while a worker only looks at a task.
_NOTHING = frozenset(("", "ASSIGNMENT_ID_NOT_AVAILABLE"))


@dataclass(frozen=True)
class Entry:
    """What is kept of an address.

    Attributes:
        external_ids: who the person is elsewhere, by name.
        attributes: what matchmakers, show-if rules and exports may use.
    """

    external_ids: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def person(self) -> set[tuple[str, str]]:
        """The external ids that name a person."""
        return {(name, value) for name, value in self.external_ids.items() if name in OF_A_PERSON}


def read(parameters: Mapping[str, str], *, attributes: Iterable[str], require: Iterable[str]) -> Entry:
    """Sort the parameters of an address.

    Args:
        parameters: by name, as they stood in the address.
        attributes: the parameters that the study keeps as attributes.
        require: the parameters without which nobody takes part.

    Raises:
        Refused: `entry_incomplete`, when a required one is missing; the sentence names it.
    """
    said = {name: value.strip() for name, value in parameters.items() if value.strip() not in _NOTHING}
    missing = [name for name in require if name not in said]
    if missing:
        raise Refused(
            "entry_incomplete",
            f"the address of this page lacks {', '.join(missing)}; open the study by the link you were given.",
            names=", ".join(missing),
        )
    kept = {name: said[name] for name in attributes if name in said}
    kept |= {attribute: said[name] for name, attribute in ATTRIBUTES.items() if name in said}
    return Entry({kept_as: said[name] for name, kept_as in EXTERNAL_IDS.items() if name in said}, kept)


class Guests:
    """Who has come to this study before, by external id.

    Args:
        once: whether somebody may take part only once.
        earlier: the external ids of those whose part in an earlier session is over, as (name, value).
    """

    def __init__(self, once: bool, earlier: Iterable[tuple[str, str]] = ()) -> None:
        self._once = once
        self._known = set(earlier)

    def admit(self, entry: Entry) -> None:
        """Take somebody in.

        Raises:
            Refused: `taken_part`, when they take part already or have done so.
        """
        if self._once and entry.person & self._known:
            raise Refused("taken_part", "you take part in this study already, or have done so; it can be done once.")
        self._known |= entry.person
