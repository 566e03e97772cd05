"""The waiting rooms of a session: one for each game step and condition, and who is matched from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.experiments.scenes import GameScene
from app.server.domain.allocations import Allocations
from app.server.domain.commands import Instant, Outcome
from app.server.domain.flow import Flow
from app.server.domain.matchmaking import find_match
from app.server.domain.participants import Participant, Participants
from app.server.domain.waiting_room import WaitingRoom


class Lobby:
    """Who waits where.

    Args:
        flow: knows each scene as a person has it.
        participants: the session's.
        allocations: says who may play with whom.
        match: makes a match of people.
    """

    def __init__(
        self,
        flow: Flow,
        participants: Participants,
        allocations: Allocations,
        match: Callable[[list[Participant], Instant, Outcome], None],
    ) -> None:
        self._flow = flow
        self._participants = participants
        self._allocations = allocations
        self._match = match
        self._rooms: dict[tuple[str, str], WaitingRoom] = {}
        self._inside: dict[str, WaitingRoom] = {}

    def enter(self, person: Participant, now: Instant) -> None:
        """Let somebody in a game step wait for partners."""
        room = self._room(person)
        room.enter(person.participant_id, now.monotonic_ms)
        self._inside[person.participant_id] = room

    def leave(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Take somebody out of the room they wait in, if they wait."""
        room = self._inside.pop(person.participant_id, None)
        if room is not None:
            room.leave(person.participant_id)
            self.changed(room, now, out)

    def timeout_ms(self, person: Participant) -> int:
        """Return the longest wait of somebody who waits."""
        return int(self._inside[person.participant_id].timeout_ms)

    def overdue(self, now: Instant) -> list[Participant]:
        """Return whose longest wait is over."""
        ids = [each for room in self._rooms.values() for each in room.overdue(now.monotonic_ms)]
        return [self._participants.get(participant_id) for participant_id in ids]

    def view(self, person: Participant, now: Instant) -> dict[str, Any]:
        """Return what somebody's page shows, the waiting room included while they are in it."""
        room = self._inside.get(person.participant_id)
        return self._flow.view(person, room.facts(person.participant_id, now.monotonic_ms) if room else None)

    def fill(self, now: Instant, out: Outcome) -> None:
        """Make every match for which enough people wait."""
        for room in list(self._rooms.values()):
            while group := find_match([each for each in room.row() if self._is_here(each.participant_id)], room.needed):
                people = [self._participants.get(participant_id) for participant_id in group]
                for person in people:
                    room.leave(person.participant_id)
                    del self._inside[person.participant_id]
                self._match(people, now, out)
                self.changed(room, now, out)

    def entered(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Tell the others in somebody's room that they came."""
        self.changed(self._inside[person.participant_id], now, out, but=person.participant_id)

    def changed(self, room: WaitingRoom, now: Instant, out: Outcome, but: str | None = None) -> None:
        """Tell a room's people, all or all but one, how many they are."""
        present = sum(len(each) for each in self._rooms.values() if each.scene_id == room.scene_id)
        out.event("waiting_changed", now, scene_id=room.scene_id, present=present, needed=room.needed)
        for entry in room.row():
            if entry.participant_id != but:
                person = self._participants.get(entry.participant_id)
                out.send(entry.participant_id, "view", self.view(person, now))

    def _is_here(self, participant_id: str) -> bool:
        return self._participants.get(participant_id).connected

    def _room(self, person: Participant) -> WaitingRoom:
        key = (person.step.id, self._allocations.class_of(person))
        if key not in self._rooms:
            scene = self._flow.scene(person)
            assert isinstance(scene, GameScene)
            needed = len(self._flow.experiment(person).people)
            self._rooms[key] = WaitingRoom(person.step.id, needed, scene.waitroom.timeout_ms)
        return self._rooms[key]
