"""One run of an experiment, from open to close: the door through which everything that happens comes in.

Every public method takes what happened and the moment, changes the session's state, and returns an `Outcome`:
what to answer, send, store and tell. Web code (web/participant_socket.py) carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.experiments.config import Experiment
from app.experiments.scenes import GameScene
from app.server.domain import entry as entries
from app.server.domain.allocations import Allocations
from app.server.domain.commands import Instant, Outcome
from app.server.domain.desk import ResearcherMessages
from app.server.domain.errors import Refused
from app.server.domain.flow import Flow
from app.server.domain.journey import Journey
from app.server.domain.lobby import Lobby
from app.server.domain.materials import Materials
from app.server.domain.pages import PageMessages
from app.server.domain.participants import Participant, Participants
from app.server.domain.play import Play
from app.server.domain.seat_messages import SeatMessages

NO_ENTRY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Before:
    """What a study has had before this session: numbers go on from there, so that no draw comes twice.

    Attributes:
        matches: how many.
        participants: how many.
        groups: how many were given a condition.
        external_ids: of those whose part is over, as (name, value).
    """

    matches: int = 0
    participants: int = 0
    groups: int = 0
    external_ids: Iterable[tuple[str, str]] = ()


class Session:
    """A session of a study.

    Attributes:
        seats: takes what the pages say as seats of a match.
        pages: takes what participants do on pages that are read or filled in.
        desk: takes what the researcher does.

    Args:
        experiment: the study.
        materials: what its scenes show.
        session_id: id of this session.
        environment_hash: what every participant's browser must have loaded.
        new_id: makes a new id of a kind ("participant", "match", "group") or a secret ("token").
        before: what the study has had before.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        materials: Materials,
        session_id: str,
        environment_hash: str,
        new_id: Callable[[str], str],
        before: Before | None = None,
    ) -> None:
        before = before or Before()
        self.session_id = session_id
        self.experiment = experiment
        self._environment_hash = environment_hash
        self._new_id = new_id
        self._first_number = before.participants
        self._guests = entries.Guests(experiment.entry.once_per == "external_id", before.external_ids)
        self._flow = Flow(experiment, materials)
        self._participants = Participants()
        self._allocations = Allocations(experiment, session_id, before.groups)
        self._journey = Journey(experiment, self._flow, self._allocations)
        self._play = Play(experiment, self._flow, self._participants, session_id, new_id, before.matches, self._lost)
        self._lobby = Lobby(self._flow, self._participants, self._allocations, self._match)
        self.seats = SeatMessages(self._play)
        self.pages = PageMessages(self._flow, self._journey, self._participants, self._play, self._lobby.view)
        self.desk = ResearcherMessages(self._journey, self._participants, self._lobby.view)
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
            self._lobby.leave(participant, now, out)
            self._journey.load_again(participant, now, out)
        elif participant.status == "dropped_out" and not participant.finished:
            # Back after closing the page outside a match: nothing of theirs is lost.
            self._journey.come_back(participant, now, out)
        self._lobby.fill(now, out)
        out.reply = {"participant_id": participant.participant_id, "view": self._lobby.view(participant, now)}
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

    def leave(self, participant_id: str, reason: str, now: Instant, data: str = "keep") -> Outcome:
        """A participant leaves.

        Args:
            participant_id: who.
            reason: `WITHDRAWN` (Leave was pressed), `TECH_PROBLEM` (the page cannot go on), else the page goes away.
            now: the moment.
            data: what who withdraws wishes to happen to their data: "keep" or "delete".
        """
        out = Outcome()
        participant = self._participants.get(participant_id)
        if participant.finished:
            return out
        out.event("participant_left", now, participant_id=participant_id, reason=reason)
        exit_reason = reason if reason in ("WITHDRAWN", "TECH_PROBLEM") else "DROPPED_OUT"
        if exit_reason == "WITHDRAWN":
            out.store("update_participant", {"participant_id": participant_id, "data_wish": data})
            out.event("participant_withdrew", now, participant_id=participant_id, data=data)
        match = self._play.running(participant)
        if match is not None:
            seat = match.seat_of(participant_id)
            if exit_reason == "DROPPED_OUT" and self._play.may_return(match, seat):
                self._play.closed(match, seat, now, out)
            else:
                self._play.lose(match, seat, exit_reason, now, out)
            return out
        self._lobby.leave(participant, now, out)
        if exit_reason == "DROPPED_OUT":
            # They may come back: what they had reached stays, except the place in the waiting room.
            state = "loading" if participant.state == "waiting" else participant.state
            self._journey.set_state(participant, state, "dropped_out", now, out)
        else:
            self._lost(participant, exit_reason, now, out)
        return out

    # -- the way through the study -------------------------------------------------------------------------------

    def start(
        self, participant_id: str | None, now: Instant, page: str | None = None, entry: Mapping[str, str] = NO_ENTRY
    ) -> Outcome:
        """Start was pressed: the page's person becomes a participant. Pressing again changes nothing.

        Args:
            participant_id: who presses, None for somebody new.
            now: the moment.
            page: names the loaded page, if it says so.
            entry: the parameters of the address that was opened.

        Raises:
            Refused: the study is closed, or they may not take part.
        """
        out = Outcome()
        if self._closed:
            raise Refused("closed", "the researcher has closed the study.")
        if participant_id is None:
            settings = self.experiment.entry
            person = entries.read(entry, attributes=settings.attributes, require=settings.require)
            self._guests.admit(person)
            participant = self._admit(person, page, now, out)
            self._journey.go_on(participant, now, out)
        else:
            participant = self._participants.get(participant_id)
        out.reply = {
            "participant_id": participant.participant_id,
            "token": participant.token,
            "view": self._lobby.view(participant, now),
        }
        return out

    def ready(
        self, participant_id: str, scene_id: str, environment_hash: str, ready_ms: float, now: Instant
    ) -> Outcome:
        """The page's browser can play: into the waiting room of its game scene."""
        out = Outcome()
        participant = self._participants.get(participant_id)
        step = participant.step
        if step.id != scene_id or not isinstance(self._flow.scene(participant), GameScene):
            raise Refused("wrong_scene", f"you are in scene {step.id!r}, not in {scene_id!r}.")
        if environment_hash != self._environment_hash:
            raise Refused("other_environment", "this page has loaded another version of the game; reload the page.")
        if participant.state == "loading":
            out.event("participant_ready", now, participant_id=participant_id, ready_ms=ready_ms)
            self._lobby.enter(participant, now)
            timeout_ms = self._lobby.timeout_ms(participant)
            self._journey.set_state(participant, "waiting", "waiting", now, out, waiting_timeout_ms=timeout_ms)
            self._lobby.entered(participant, now, out)
            self._lobby.fill(now, out)
        out.reply = {"view": self._lobby.view(participant, now)}
        return out

    # -- time and the end ----------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> Outcome:
        """Time has passed: end the waits and matches whose time is over."""
        out = Outcome()
        for match in self._play.running_matches():
            self._play.tick(match, now, out)
        for participant in self._lobby.overdue(now):
            scene = self._flow.scene(participant)
            assert isinstance(scene, GameScene)
            self._lobby.leave(participant, now, out)
            reason = scene.waitroom.exit_reason if participant.connected else "DROPPED_OUT"
            self._lost(participant, reason, now, out)
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
            self._play.end(match, "TECH_PROBLEM", None, now, out, text="stopped.text_closed")
        for participant in self._participants:
            if not participant.finished:
                self._lobby.leave(participant, now, out)
                self._journey.finish(participant, participant.exit_reason or "DROPPED_OUT", now, out)
                out.send(participant.participant_id, "view", self._lobby.view(participant, now))
        out.event("session_closed", now)
        out.store("close_session", {"session_id": self.session_id, "ended_utc": now.utc})
        return out

    # -- inside --------------------------------------------------------------------------------------------------

    def _admit(self, person: entries.Entry, page: str | None, now: Instant, out: Outcome) -> Participant:
        """Make somebody a participant, in the first step of a plan of their own."""
        count = len(self._participants)
        number = self._first_number + count
        participant = Participant(
            self._new_id("participant"), self._new_id("token"), f"P{count + 1:03d}", number,
            self._journey.plan(number), attributes=dict(person.attributes), page=page,
        )  # fmt: skip
        self._participants.add(participant)
        participant_id = participant.participant_id
        out.store(
            "add_participant",
            {
                "participant_id": participant_id,
                "session_id": self.session_id,
                "label": participant.label,
                "created_utc": now.utc,
                "attributes": participant.attributes,
                "number": number,
                "plan": [vars(step) for step in participant.plan],
            },
        )
        for name, value in person.external_ids.items():
            out.store("add_external_id", {"participant_id": participant_id, "name": name, "value": value})
        out.event("participant_arrived", now, participant_id=participant_id, label=participant.label, number=number)
        self._allocations.arrived(participant, now, out)
        return participant

    def _match(self, people: list[Participant], now: Instant, out: Outcome) -> None:
        self._allocations.matched(people, lambda: self._new_id("group"), now, out)
        self._play.create(people, now, out)

    def _lost(self, leaver: Participant, exit_reason: str, now: Instant, out: Outcome) -> None:
        """Somebody leaves before the end, out of a match or not."""
        if leaver.match_id is not None:
            # A debriefing may ask what became of the match.
            leaver.know({**self._play.facts(leaver), "finished": False, "skipped": False})
        self._journey.leave(leaver, exit_reason, now, out)
        out.send(leaver.participant_id, "view", self._lobby.view(leaver, now))
