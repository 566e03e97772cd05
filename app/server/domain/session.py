"""One run of an experiment, from open to close: the door through which everything that happens comes in.

Every public method takes what happened and the moment, changes the session's state, and returns an `Outcome`:
what to answer, send, store and tell. Web code (web/participant_socket.py) carries it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.experiments.config import Experiment, GameScene, StartScene
from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.flow import Flow
from app.server.domain.matchmaking import find_match
from app.server.domain.participants import END_STATUS, Participant, Participants
from app.server.domain.play import Play
from app.server.domain.seat_messages import SeatMessages
from app.server.domain.waiting_room import WaitingRoom

CLOSED_MESSAGE = "The researcher has closed the study. Thank you for taking part."


class Session:
    """A session of a study.

    Attributes:
        seats: takes what the pages say as seats of a match.

    Args:
        experiment: the study.
        html: the text of each scene by id, rendered to safe HTML.
        session_id: id of this session.
        environment_hash: what every participant's browser must have loaded.
        new_id: makes a new id of a kind ("participant", "match") or a secret ("token").
        first_match_number: how many matches the study has had before.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        html: dict[str, str],
        session_id: str,
        environment_hash: str,
        new_id: Callable[[str], str],
        first_match_number: int = 0,
    ) -> None:
        self.session_id = session_id
        self.experiment = experiment
        self._environment_hash = environment_hash
        self._new_id = new_id
        self._flow = Flow(experiment, html)
        self._participants = Participants()
        self._play = Play(
            experiment, self._flow, self._participants, session_id, new_id, first_match_number, self._lost
        )
        self._rooms = {
            scene.id: WaitingRoom(scene.id, len(experiment.people), scene.waitroom.timeout_ms)
            for scene in experiment.game_scenes
        }
        self.seats = SeatMessages(self._play)
        self._closed = False

    # -- a page comes and goes -----------------------------------------------------------------------------------

    def connect(self, token: str | None, now: Instant, page: str | None = None) -> Outcome:
        """A page connected. A known token resumes its participant; the reply has their id, or None, and the view.

        Args:
            token: the participant's secret, if the page has one.
            now: the moment.
            page: names the loaded page, if it says so. Another page than before has lost what a match needs.
        """
        out = Outcome()
        participant = self._participants.by_token(token)
        if participant is None:
            out.reply = {"participant_id": None, "view": self._flow.first_view()}
            return out
        participant.connected = True
        out.event("participant_connected", now, participant_id=participant.participant_id)
        reloaded = page is not None and participant.page is not None and page != participant.page
        participant.page = page or participant.page
        match = self._play.running(participant)
        seat = match.seat_of(participant.participant_id) if match is not None else None
        if match is not None and seat is not None and (reloaded or seat.closed_since_ms is not None):
            if self._play.may_return(match, seat):
                self._play.reloaded(match, seat, now, out)
            else:
                self._play.lose(match, seat, "DROPPED_OUT", now, out)
        elif match is not None:
            self._play.resumed(match, match.seat_of(participant.participant_id), now, out)
        elif reloaded and participant.state == "waiting":
            self._leave_room(participant, now, out)
            self._set_state(participant, "loading", "arrived", now, out)
        elif participant.status == "dropped_out" and not participant.finished:
            # Back after closing the page outside a match: nothing of theirs is lost.
            self._set_state(participant, participant.state, "arrived", now, out)
        self._fill_matches(now, out)
        out.reply = {"participant_id": participant.participant_id, "view": self._view(participant, now)}
        return out

    def disconnect(self, participant_id: str, now: Instant) -> Outcome:
        """A participant's page lost its connection; they may come back."""
        out = Outcome()
        participant = self._participants.get(participant_id)
        participant.connected = False
        out.event("participant_disconnected", now, participant_id=participant_id)
        match = self._play.running(participant)
        if match is not None:
            self._play.interrupted(match, match.seat_of(participant_id), now, out)
        return out

    def leave(self, participant_id: str, reason: str, now: Instant) -> Outcome:
        """A participant leaves.

        Args:
            participant_id: who.
            reason: `WITHDRAWN` (Leave was pressed), `TECH_PROBLEM` (the page cannot go on), else the page goes away.
            now: the moment.
        """
        out = Outcome()
        participant = self._participants.get(participant_id)
        if participant.finished:
            return out
        out.event("participant_left", now, participant_id=participant_id, reason=reason)
        exit_reason = reason if reason in ("WITHDRAWN", "TECH_PROBLEM") else "DROPPED_OUT"
        match = self._play.running(participant)
        if match is not None:
            seat = match.seat_of(participant_id)
            if exit_reason == "DROPPED_OUT" and self._play.may_return(match, seat):
                self._play.closed(match, seat, now, out)
            else:
                self._play.lose(match, seat, exit_reason, now, out)
            return out
        self._leave_room(participant, now, out)
        if exit_reason == "DROPPED_OUT":
            # They may come back: what they had reached stays, except the place in the waiting room.
            state = "loading" if participant.state == "waiting" else participant.state
            self._set_state(participant, state, "dropped_out", now, out)
        else:
            self._finish(participant, exit_reason, now, out)
            out.send(participant_id, "view", self._view(participant, now))
        return out

    # -- the way through the study -------------------------------------------------------------------------------

    def start(self, participant_id: str | None, now: Instant, page: str | None = None) -> Outcome:
        """Start was pressed: the page's person becomes a participant. Pressing again changes nothing."""
        out = Outcome()
        if self._closed:
            raise Refused("closed", CLOSED_MESSAGE)
        if participant_id is None:
            number = len(self._participants) + 1
            participant = Participant(
                self._new_id("participant"), self._new_id("token"), f"P{number:03d}", scene_index=0, page=page
            )
            self._participants.add(participant)
            out.store(
                "add_participant",
                {
                    "participant_id": participant.participant_id,
                    "session_id": self.session_id,
                    "label": participant.label,
                    "created_utc": now.utc,
                    "attributes": {},
                },
            )
            out.event("participant_arrived", now, participant_id=participant.participant_id, label=participant.label)
            self._enter(participant, 1, now, out)
        else:
            participant = self._participants.get(participant_id)
        out.reply = {
            "participant_id": participant.participant_id,
            "token": participant.token,
            "view": self._view(participant, now),
        }
        return out

    def advance(self, participant_id: str, scene_id: str, now: Instant) -> Outcome:
        """Continue was pressed in a scene. A press that comes late or twice only answers with the present view."""
        out = Outcome()
        participant = self._participants.get(participant_id)
        index = self._flow.index_of(scene_id)
        if index is None:
            raise Refused("no_such_scene", f"there is no scene {scene_id!r}.")
        if index > participant.scene_index:
            raise Refused("not_there_yet", f"scene {scene_id!r} comes later.")
        if index == participant.scene_index:
            scene = self._flow.scene(index)
            if isinstance(scene, GameScene) and participant.state != "ended":
                raise Refused("not_over", "the game is not over.")
            if isinstance(scene, StartScene | GameScene):
                if participant.exit_reason is None:
                    self._enter(participant, index + 1, now, out)
                else:
                    self._finish(participant, participant.exit_reason, now, out)
        out.reply = {"view": self._view(participant, now)}
        return out

    def ready(
        self, participant_id: str, scene_id: str, environment_hash: str, ready_ms: float, now: Instant
    ) -> Outcome:
        """The page's browser can play: into the waiting room of its game scene."""
        out = Outcome()
        participant = self._participants.get(participant_id)
        scene = self._flow.scene(participant.scene_index)
        if scene.id != scene_id or not isinstance(scene, GameScene):
            raise Refused("wrong_scene", f"you are in scene {scene.id!r}, not in {scene_id!r}.")
        if environment_hash != self._environment_hash:
            raise Refused("other_environment", "this page has loaded another version of the game; reload the page.")
        if participant.state == "loading":
            out.event("participant_ready", now, participant_id=participant_id, ready_ms=ready_ms)
            room = self._rooms[scene_id]
            room.enter(participant_id, now.monotonic_ms)
            self._set_state(participant, "waiting", "waiting", now, out)
            self._room_changed(room, now, out, but=participant_id)
            self._fill_matches(now, out)
        out.reply = {"view": self._view(participant, now)}
        return out

    # -- time and the end ----------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> Outcome:
        """Time has passed: end the waits and matches whose time is over."""
        out = Outcome()
        for match in self._play.running_matches():
            self._play.tick(match, now, out)
        for scene in self.experiment.game_scenes:
            for participant_id in self._rooms[scene.id].overdue(now.monotonic_ms):
                participant = self._participants.get(participant_id)
                self._leave_room(participant, now, out)
                reason = scene.waitroom.exit_reason if participant.connected else "DROPPED_OUT"
                self._finish(participant, reason, now, out)
                out.send(participant_id, "view", self._view(participant, now))
        return out

    def open(self, now: Instant) -> Outcome:
        """Open the session: participants may come."""
        out = Outcome()
        out.event("session_opened", now)
        return out

    def close(self, now: Instant) -> Outcome:
        """Close the session: matches end, nobody is admitted any more."""
        out = Outcome()
        self._closed = True
        for match in self._play.running_matches():
            self._play.end(match, "TECH_PROBLEM", None, now, out, message=CLOSED_MESSAGE)
        for participant in self._participants:
            if not participant.finished:
                self._leave_room(participant, now, out)
                self._finish(participant, participant.exit_reason or "DROPPED_OUT", now, out)
                out.send(participant.participant_id, "view", self._view(participant, now))
        out.event("session_closed", now)
        out.store("close_session", {"session_id": self.session_id, "ended_utc": now.utc})
        return out

    # -- inside --------------------------------------------------------------------------------------------------

    def _enter(self, participant: Participant, index: int, now: Instant, out: Outcome) -> None:
        scene = self._flow.scene(index)
        if index == self._flow.end_index:
            self._finish(participant, "COMPLETED", now, out)
            return
        participant.scene_index = index
        participant.match_id = None
        out.event("participant_advanced", now, participant_id=participant.participant_id, scene_id=scene.id)
        self._set_state(participant, "loading" if isinstance(scene, GameScene) else "reading", "arrived", now, out)

    def _finish(self, participant: Participant, reason: str, now: Instant, out: Outcome) -> None:
        participant.scene_index = self._flow.end_index
        participant.state, participant.finished = "ended", True
        participant.exit_reason, participant.status = reason, END_STATUS[reason]
        out.store(
            "update_participant",
            {
                "participant_id": participant.participant_id,
                "status": participant.status,
                "exit_reason": reason,
                "completion_code": self._flow.code(reason),
                "ended_utc": now.utc,
            },
        )
        out.event(
            "participant_finished", now, participant_id=participant.participant_id, exit_reason=reason,
            scene_id=self._flow.scene(self._flow.end_index).id, state=participant.status,
        )  # fmt: skip

    def _lost(self, leaver: Participant, exit_reason: str, now: Instant, out: Outcome) -> None:
        """Somebody is out of their match for good."""
        self._finish(leaver, exit_reason, now, out)
        out.send(leaver.participant_id, "view", self._flow.view(leaver))

    def _fill_matches(self, now: Instant, out: Outcome) -> None:
        for scene in self.experiment.game_scenes:
            room = self._rooms[scene.id]
            while group := find_match(
                [entry for entry in room.row() if self._participants.get(entry.participant_id).connected], room.needed
            ):
                people = [self._participants.get(participant_id) for participant_id in group]
                for person in people:
                    room.leave(person.participant_id)
                self._play.create(scene, people, now, out)
                self._room_changed(room, now, out)

    def _leave_room(self, participant: Participant, now: Instant, out: Outcome) -> None:
        for room in self._rooms.values():
            if room.leave(participant.participant_id):
                self._room_changed(room, now, out)

    def _room_changed(self, room: WaitingRoom, now: Instant, out: Outcome, but: str | None = None) -> None:
        out.event("waiting_changed", now, scene_id=room.scene_id, present=len(room), needed=room.needed)
        for entry in room.row():
            if entry.participant_id != but:
                participant = self._participants.get(entry.participant_id)
                out.send(entry.participant_id, "view", self._view(participant, now))

    def _set_state(self, participant: Participant, state: str, status: str, now: Instant, out: Outcome) -> None:
        participant.state, participant.status = state, status
        exit_reason = "DROPPED_OUT" if status == "dropped_out" else None
        update = {"participant_id": participant.participant_id, "status": status, "exit_reason": exit_reason}
        out.store("update_participant", update)
        shown = status if status == "dropped_out" else state
        room = self._rooms.get(self._flow.scene(participant.scene_index).id)
        wait = {"waiting_timeout_ms": room.timeout_ms} if room and state == "waiting" else {}
        out.event("participant_state", now, participant_id=participant.participant_id, state=shown, **wait)

    def _view(self, participant: Participant, now: Instant) -> dict[str, Any]:
        room = self._rooms.get(self._flow.scene(participant.scene_index).id)
        inside = room is not None and participant.participant_id in room
        facts = room.facts(participant.participant_id, now.monotonic_ms) if room and inside else None
        return self._flow.view(participant, facts)
