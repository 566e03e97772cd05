"""Who takes part: pseudonymous ids, secret tokens, and where each one stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
        scene_index: position in the experiment's scenes.
        state: what the page shows: reading, loading, waiting, matched, playing or ended.
        match_id: the match they sit in; kept after its end until they go on.
        exit_reason: set as soon as it is known how they will end, before the end scene is shown.
        finished: the end scene is reached.
        page: names the loaded page of theirs; another one means that the page was loaded again.
        farewell: what the end page says instead of the text for their exit reason.
    """

    participant_id: str
    token: str
    label: str
    scene_index: int
    state: str = "reading"
    status: str = "arrived"
    connected: bool = True
    match_id: str | None = None
    exit_reason: str | None = None
    finished: bool = False
    page: str | None = None
    farewell: str | None = None


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
