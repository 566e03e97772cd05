"""What has happened, in the past tense. The journal, the monitor and the tests all read the same events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Every event and what it means; an event outside this table is a programming error.
MEANINGS = {
    "session_opened": "the experiment is open to participants",
    "session_closed": "the experiment is closed",
    "participant_arrived": "a participant took a place with Start",
    "participant_connected": "a participant's page has a connection",
    "participant_disconnected": "a participant's page lost its connection",
    "participant_left": "a participant left by their own doing",
    "participant_advanced": "a participant went on to another scene",
    "participant_withdrew": "a participant withdrew and said what is to happen to the data",
    "scene_skipped": "a scene was not shown to a participant, because its rule does not hold",
    "consent_given": "a participant agreed to take part",
    "consent_refused": "a participant did not agree to take part",
    "answers_given": "a participant's answers to a survey, feedback or quiz are stored",
    "hand_raised": "a participant asks for the researcher",
    "hand_lowered": "a participant no longer asks for the researcher, or was helped",
    "hold_released": "the researcher let everybody in a hold scene go on",
    "unit_allocated": "a participant or a group was given cells of the design",
    "condition_changed": "a participant is under another condition now",
    "participant_ready": "a participant's browser can play",
    "participant_state": "a participant's page is in another state: reading, survey, holding, loading, waiting, "
    "matched, playing, ended",
    "participant_finished": "how a participant's part ended is recorded",
    "waiting_changed": "the number of people in a waiting room changed",
    "match_created": "seats were assigned",
    "match_validating": "the seats are trying to reach each other",
    "match_connected": "a seat said how it reaches its partners",
    "match_playing": "an episode begins",
    "episode_done": "all seats are stable through an episode's last frame",
    "desync": "the seats of a match disagree about an episode",
    "incompatible": "the pages of a match have loaded different games, so it ends before it begins",
    "match_ended": "a match is over",
    "seat_interrupted": "a seat's connection is lost for now",
    "seat_resumed": "a seat is back in time",
    "seat_silent": "a partner's page has heard nothing of a seat for seconds, on any path",
    "seat_heard": "a partner's page hears a seat again",
    "seat_suspected": "a seat is accused of silence: by a partner, or because it does not answer the server",
    "seat_dropped": "a seat takes part no more after a frame that the server has decided",
    "seat_returning": "a participant's page was loaded again during a match and comes back",
    "seat_rejoined": "a seat takes part again from a frame that the server has decided",
    "seat_rejoin_failed": "a seat did not come back in time",
    "match_finishing": "the episode ends early, at a frame that the server has decided",
    "match_paused": "a match is paused before a frame that the server has decided",
    "match_resumed": "a paused match goes on",
    "environment_error": "the environment raised an exception in a participant's browser",
    "status_reported": "a seat's page reported how it plays",
    "frames_acknowledged": "frames of a seat are committed",
    "message_refused": "a message from a page was refused",
}

#: Too frequent to keep in the journal; what they say is also in the chunks or only of passing interest.
NOT_JOURNALLED = frozenset({"status_reported", "frames_acknowledged", "waiting_changed", "message_refused"})


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        name: a key of `MEANINGS`.
        utc: when, ISO 8601 with Z.
        utc_ms: the same in milliseconds since 1970.
        data: plain JSON values.
    """

    name: str
    utc: str
    utc_ms: int
    data: dict[str, Any]

    def __post_init__(self) -> None:
        assert self.name in MEANINGS, f"event {self.name!r} is not declared in MEANINGS"

    @property
    def journalled(self) -> bool:
        """Whether the event belongs in the durable journal."""
        return self.name not in NOT_JOURNALLED
