"""What a participant does on the pages that are read and filled in: go on, agree, answer, raise a hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.experiments.scenes import (
    ConsentScene,
    DebriefScene,
    EndScene,
    GameScene,
    InstructionScene,
    StartScene,
    StaticScene,
)
from app.server.domain.answers import AnswerDesk
from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.flow import Flow
from app.server.domain.journey import Journey
from app.server.domain.participants import Participant, Participants
from app.server.domain.play import Play

View = dict[str, Any]


class PageMessages:
    """The door of a session for pages; `Session.pages` is one. Every answer has the present view.

    What comes late or twice changes nothing and is answered alike; what belongs to a later step is refused.

    Args:
        flow: knows each scene as a person has it.
        journey: moves people on.
        participants: the session's.
        play: knows what became of a match.
        view: what a participant's page shows now.
    """

    def __init__(
        self,
        flow: Flow,
        journey: Journey,
        participants: Participants,
        play: Play,
        view: Callable[[Participant, Instant], View],
    ) -> None:
        self._flow = flow
        self._journey = journey
        self._participants = participants
        self._play = play
        self._view = view
        self._answers = AnswerDesk(flow, journey)

    def advance(self, participant_id: str, scene_id: str, now: Instant) -> Outcome:
        """Continue was pressed in a step."""
        out = Outcome()
        person = self._participants.get(participant_id)
        if self._is_present(person, scene_id):
            self._go_on(person, now, out)
        out.reply = {"view": self._view(person, now)}
        return out

    def consent(self, participant_id: str, scene_id: str, agreed: bool, now: Instant) -> Outcome:
        """Somebody agreed to take part, or did not, and leaves then."""
        out = Outcome()
        person = self._participants.get(participant_id)
        if self._is_present(person, scene_id):
            scene = self._flow.scene(person)
            if not isinstance(scene, ConsentScene):
                raise Refused("nothing_to_agree", f"scene {scene_id!r} asks for no consent.")
            out.event(
                "consent_given" if agreed else "consent_refused", now, participant_id=participant_id,
                scene_id=scene_id, version=scene.version,
            )  # fmt: skip
            if agreed:
                update = {"participant_id": participant_id, "consent_version": scene.version, "consented_utc": now.utc}
                out.store("update_participant", update)
                person.reached = "consented" if person.reached == "arrived" else person.reached
                self._journey.complete(person, now, out, {"agreed": True})
            else:
                person.know({"agreed": False, "finished": True, "skipped": False})
                self._journey.leave(person, "NO_CONSENT", now, out)
        out.reply = {"view": self._view(person, now)}
        return out

    def answer(
        self,
        participant_id: str,
        scene_id: str,
        answers: dict[str, Any],
        questions: list[dict[str, Any]],
        now: Instant,
    ) -> Outcome:
        """A survey, feedback or quiz was filled in; the reply's `quiz` says how a quiz went."""
        out = Outcome()
        person = self._participants.get(participant_id)
        if self._is_present(person, scene_id):
            result = self._answers.take(person, answers, questions, now, out)
        else:
            result = self._answers.repeated(person, scene_id, answers, questions)
        out.reply = {"view": self._view(person, now), "quiz": result}
        return out

    def hand(self, participant_id: str, raised: bool, now: Instant) -> Outcome:
        """Somebody asks for the researcher, or no longer does."""
        out = Outcome()
        person = self._participants.get(participant_id)
        if person.hand_raised != raised:
            person.hand_raised = raised
            name = "hand_raised" if raised else "hand_lowered"
            out.event(name, now, participant_id=participant_id, scene_id=person.step.id)
        out.reply = {"view": self._view(person, now)}
        return out

    def _is_present(self, person: Participant, step_id: str) -> bool:
        """Whether somebody is in a step; False when they have left it behind.

        Raises:
            Refused: their plan has no such step, or it comes later.
        """
        position = person.position_of(step_id)
        if position is None:
            raise Refused("no_such_scene", f"there is no scene {step_id!r}.")
        if position > person.position:
            raise Refused("not_there_yet", f"scene {step_id!r} comes later.")
        return position == person.position

    def _go_on(self, person: Participant, now: Instant, out: Outcome) -> None:
        scene = self._flow.scene(person)
        match scene:
            case EndScene() | StartScene():
                return
            case DebriefScene() if person.finished:
                self._journey.close(person, now, out)
            case GameScene():
                self._after_the_game(person, now, out)
            case StaticScene() | InstructionScene() | DebriefScene():
                left_ms = getattr(scene, "min_time_ms", 0) - (now.monotonic_ms - person.entered_ms)
                if left_ms > 0:
                    raise Refused("too_early", f"this page stays for another {left_ms / 1000:.0f} s.")
                if isinstance(scene, InstructionScene):
                    person.reached = "instructed"
                self._journey.complete(person, now, out)
            case _:
                raise Refused("not_done", f"scene {person.step.id!r} is not done.")

    def _after_the_game(self, person: Participant, now: Instant, out: Outcome) -> None:
        if person.state != "ended":
            raise Refused("not_over", "the game is not over.")
        facts = self._play.facts(person)
        if person.exit_reason is None:
            self._journey.complete(person, now, out, facts)
        else:
            person.know({**facts, "finished": False, "skipped": False})
            self._journey.leave(person, person.exit_reason, now, out)
