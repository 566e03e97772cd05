"""Who takes part: pseudonymous ids, secret tokens, and where each one stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.experiments.plan import Step

#: Exit reason to the status word a participant's record ends with.
END_STATUS = {
    "COMPLETED": "completed",
    "NO_CONSENT": "no_consent",
    "SCREENED_OUT": "screened_out",
    "FAILED_QUIZ": "failed_quiz",
    "LOBBY_TIMEOUT": "lobby_timeout",
    "PARTNER_LEFT": "partner_left",
    "DROPPED_OUT": "dropped_out",
    "EXCLUDED": "excluded",
    "OVERBOOKED": "overbooked",
    "WITHDRAWN": "withdrawn",
    "TECH_PROBLEM": "tech_problem",
}


@dataclass
class Participant:
    """One person in one session.

    Attributes:
        number: counts the study's participants from 0; with the master seed it fixes the plan and the allocation.
        plan: the steps in this person's order, the start first and the end last.
        position: of the present step.
        entered_ms: since when they are in it.
        state: what the page shows: reading, loading, waiting, matched, playing or ended.
        status: the status word of the record.
        reached: the furthest of arrived, consented and instructed.
        condition: the cell of the design they are under now, if any.
        order: the cells they or their group were given, in the order in which they are played under.
        attributes: what the address, the researcher or the study says of them.
        facts: what is known of each step they were in, by the step's id: finished, skipped, score, answers and so on.
        attempts: how often each quiz was tried.
        last_answer: the last answer message to each step, with the reply, for a page that did not hear it.
        hand_raised: they ask for the researcher.
        match_id: the match they sit in; kept after its end until they go on.
        exit_reason: set as soon as it is known how they will end, before the end scene is shown.
        exit_scene: the step in which they left.
        finished: how they ended is recorded; who left early may still be shown a debriefing.
        page: names the loaded page of theirs; another one means that the page was loaded again.
        farewell: key of what the end page says instead of the text for their exit reason.
    """

    participant_id: str
    token: str
    label: str
    number: int
    plan: list[Step]
    position: int = 0
    entered_ms: float = 0.0
    state: str = "reading"
    status: str = "arrived"
    reached: str = "arrived"
    connected: bool = True
    condition: dict[str, Any] | None = None
    order: list[dict[str, Any]] = field(default_factory=list)
    group_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    last_answer: dict[str, tuple[str, dict[str, Any] | None]] = field(default_factory=dict)
    hand_raised: bool = False
    match_id: str | None = None
    exit_reason: str | None = None
    exit_scene: str | None = None
    finished: bool = False
    page: str | None = None
    farewell: str | None = None

    @property
    def step(self) -> Step:
        """The present step."""
        return self.plan[self.position]

    def position_of(self, step_id: str) -> int | None:
        """Return where a step stands in the plan, or None when it has no such step."""
        return next((index for index, step in enumerate(self.plan) if step.id == step_id), None)

    def know(self, facts: dict[str, Any]) -> None:
        """Note facts about the present step."""
        self.facts.setdefault(self.step.id, {}).update(facts)


class Participants:
    """All participants of a session, found by id or by token."""

    def __init__(self) -> None:
        self._by_id: dict[str, Participant] = {}
        self._by_token: dict[str, Participant] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Participant]:
        return iter(self._by_id.values())

    def add(self, participant: Participant) -> None:
        """Add a participant; ids and tokens are unique by how they are made."""
        assert participant.participant_id not in self._by_id
        assert participant.token not in self._by_token
        self._by_id[participant.participant_id] = participant
        self._by_token[participant.token] = participant

    def get(self, participant_id: str) -> Participant:
        """Return the participant with this id, which must exist."""
        return self._by_id[participant_id]

    def by_token(self, token: str | None) -> Participant | None:
        """Return whose secret this is, if anybody's."""
        return self._by_token.get(token) if token else None
