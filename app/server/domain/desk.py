"""What the researcher does during a session: everything that they do comes back as an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.journey import Journey
from app.server.domain.participants import Participant, Participants


class ResearcherMessages:
    """The door of a session for the researcher; `Session.desk` is one.

    Args:
        journey: moves people on.
        participants: the session's.
        view: what a participant's page shows now.
    """

    def __init__(
        self, journey: Journey, participants: Participants, view: Callable[[Participant, Instant], dict[str, Any]]
    ) -> None:
        self._journey = journey
        self._participants = participants
        self._view = view

    def release_hold(self, scene_id: str, reason: str, now: Instant) -> Outcome:
        """Let everybody go on who waits in a hold scene; the reply says how many there were.

        Raises:
            Refused: there is no such hold scene.
        """
        out = Outcome()
        people = list(self._participants)
        if not self._journey.is_hold(scene_id, people):
            raise Refused("no_such_hold", f"there is no hold scene {scene_id!r}.")
        released = self._journey.release(scene_id, people)
        out.event("hold_released", now, scene_id=scene_id, reason=reason, count=len(released))
        for person in released:
            self._journey.complete(person, now, out)
            out.send(person.participant_id, "view", self._view(person, now))
        out.reply = {"released": len(released)}
        return out

    def lower_hand(self, participant_id: str, now: Instant) -> Outcome:
        """Lower a participant's hand: they were helped.

        Raises:
            Refused: there is no such participant.
        """
        out = Outcome()
        person = next((each for each in self._participants if each.participant_id == participant_id), None)
        if person is None:
            raise Refused("no_such_participant", f"there is no participant {participant_id!r}.")
        if person.hand_raised:
            person.hand_raised = False
            out.event("hand_lowered", now, participant_id=participant_id, scene_id=person.step.id)
            out.send(participant_id, "view", self._view(person, now))
        return out
