"""What a participant's page shows: the scene as this person has it, and the view that is sent to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.experiments.config import Experiment
from app.experiments.scenes import (
    ConsentScene,
    DebriefScene,
    EndScene,
    FeedbackScene,
    GameScene,
    InstructionScene,
    QuizScene,
    Scene,
    StaticScene,
    SurveyScene,
)
from app.experiments.texts import Texts
from app.server.domain.materials import Materials
from app.server.domain.participants import Participant
from app.server.domain.quiz import without_right_answers


class Flow:
    """The study's scenes, under the condition of each person.

    Args:
        experiment: the study.
        materials: what its scenes show.
    """

    def __init__(self, experiment: Experiment, materials: Materials) -> None:
        self._experiment = experiment
        self._materials = materials

    def experiment(self, person: Participant) -> Experiment:
        """Return the study as it is for a person now."""
        return self._experiment.under(person.condition)

    def scene(self, person: Participant) -> Scene:
        """Return the scene a person is in."""
        return self.experiment(person).scene(person.step.scene_id)

    def survey(self, person: Participant) -> dict[str, Any]:
        """Return the questions of the scene a person is in, right answers included."""
        return self._materials.survey(self.scene(person), self.texts(person))

    def texts(self, person: Participant) -> Texts:
        """Return the program's own sentences as this person reads them."""
        return self.experiment(person).words

    def code(self, person: Participant, reason: str) -> str | None:
        """Return the completion code for an exit reason, if the study has one."""
        return self.experiment(person).end_scene.codes.get(reason)

    def progress(self, person: Participant) -> dict[str, int] | None:
        """Return which step somebody is in and of how many, not counting start, end, and what was passed over."""
        last = len(person.plan) - 1
        if not 0 < person.position < last:
            return None
        passed = sum(bool(facts.get("skipped")) for facts in person.facts.values())
        return {"step": person.position - passed, "of": last - 1 - passed}

    def first_view(self) -> dict[str, Any]:
        """Return what somebody sees who has not pressed Start."""
        first = self._experiment.start_scene
        start = self._experiment.words.say("buttons.start")
        return self._view(self._experiment, first, first.id, start) | {"state": "reading"}

    def view(self, person: Participant, waiting: dict[str, int] | None = None) -> dict[str, Any]:
        """Return what a participant's page shows now.

        Args:
            person: whose page.
            waiting: the waiting room's facts, while they wait.
        """
        experiment, scene = self.experiment(person), self.scene(person)
        view = self._view(experiment, scene, person.step.id, self._button(person, scene)) | {
            "state": person.state,
            "progress": None if person.finished else self.progress(person),
            "hand_raised": person.hand_raised,
            "can_withdraw": not person.finished,
            "content": self._content(person, scene),
        }
        if waiting is not None:
            view["waiting"] = waiting
        if own := self.texts(person).other_than(self._experiment.words):
            view |= {"texts": own, "language": self.texts(person).language}
        if isinstance(scene, EndScene):
            view["end"] = self._end(person, scene)
        return view

    def _view(self, experiment: Experiment, scene: Scene, step_id: str, button: str | None) -> dict[str, Any]:
        return {
            "scene": {
                "id": step_id,
                "type": scene.type,
                "title": scene.title or experiment.experiment.title,
                "html": self._materials.html(scene),
                "button": button,
            },
            "progress": None,
            "hand_raised": False,
            "can_withdraw": False,
            "content": {},
        }

    def _button(self, person: Participant, scene: Scene) -> str | None:
        if isinstance(scene, StaticScene) and scene.button is not None:
            return scene.button
        read = isinstance(scene, StaticScene | InstructionScene | DebriefScene)
        over = isinstance(scene, GameScene) and person.state == "ended"
        return self.texts(person).say("buttons.continue") if read or over else None

    def _content(self, person: Participant, scene: Scene) -> dict[str, Any]:
        """Return what a page of this kind needs beside its text."""
        describe: dict[type, Callable[[Participant, Any], dict[str, Any]]] = {
            StaticScene: lambda _person, static: {"min_time_ms": static.min_time_ms},
            ConsentScene: self._consent,
            InstructionScene: self._instructions,
            SurveyScene: self._questions,
            FeedbackScene: self._questions,
            QuizScene: self._quiz,
        }
        return describe[type(scene)](person, scene) if type(scene) in describe else {}

    def _consent(self, person: Participant, scene: ConsentScene) -> dict[str, Any]:
        texts = self.texts(person)
        return {
            "agree": scene.agree or texts.say("consent.agree"),
            "decline": scene.decline or texts.say("consent.decline"),
        }

    def _instructions(self, person: Participant, scene: InstructionScene) -> dict[str, Any]:
        game = self.experiment(person).game_of(scene)
        return {
            "keys": [{"code": code, "label": game.key_labels.get(code, "")} for code in game.keys] if game else [],
            "mouse": game is not None and game.mouse is not None,
            "gamepad": game is not None and game.gamepad is not None,
            "try_keys": scene.try_keys,
        }

    def _questions(self, person: Participant, _scene: Scene) -> dict[str, Any]:
        return {"survey": without_right_answers(self.survey(person))}

    def _quiz(self, person: Participant, scene: QuizScene) -> dict[str, Any]:
        left = scene.attempts - person.attempts.get(person.step.id, 0)
        return {"survey": without_right_answers(self.survey(person)), "attempts_left": left}

    def _end(self, person: Participant, scene: EndScene) -> dict[str, Any]:
        reason, texts = person.exit_reason or "COMPLETED", self.texts(person)
        return {
            "reason": reason,
            "code": scene.codes.get(reason),
            "message": texts.say(person.farewell) if person.farewell else texts.say(f"reasons.{reason}"),
            "redirect_url": scene.redirect_url(reason, participant_id=person.participant_id, label=person.label),
        }
