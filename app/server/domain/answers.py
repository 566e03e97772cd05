"""What people answer in surveys, feedback and quizzes: checked against the questions, graded, kept."""

from __future__ import annotations

import json
from typing import Any

from app.experiments.scenes import FeedbackScene, QuizScene, SurveyScene
from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.flow import Flow
from app.server.domain.journey import Journey
from app.server.domain.participants import Participant
from app.server.domain.quiz import Grade, grade, names_in

Answers = dict[str, Any]
Question = dict[str, Any]


class AnswerDesk:
    """Takes the answers of the step a participant is in.

    Args:
        flow: knows the questions.
        journey: goes on.
    """

    def __init__(self, flow: Flow, journey: Journey) -> None:
        self._flow = flow
        self._journey = journey

    def take(
        self, person: Participant, answers: Answers, questions: list[Question], now: Instant, out: Outcome
    ) -> dict[str, Any] | None:
        """Keep answers and go on; return the result of a quiz, None for other scenes.

        Args:
            person: who answers, in a scene that asks.
            answers: by question.
            questions: those that were shown, each with name, title, type, order and rt_ms.
            now: the moment.
            out: takes what follows.

        Raises:
            Refused: the scene asks nothing, or something else.
        """
        scene = self._flow.scene(person)
        if person.finished or not isinstance(scene, QuizScene | SurveyScene | FeedbackScene):
            raise Refused("nothing_asked", f"scene {person.step.id!r} asks nothing.")
        said = _as_text(answers, questions)
        step_id = person.step.id
        if isinstance(scene, QuizScene) and person.last_answer.get(step_id, ("", None))[0] == said:
            return person.last_answer[step_id][1]
        self._check(person, answers, questions)
        attempt = person.attempts.get(step_id, 0) + 1
        person.attempts[step_id] = attempt
        graded = grade(self._flow.survey(person), answers) if isinstance(scene, QuizScene) else None
        self._keep(person, attempt, answers, questions, graded, now, out)
        result = None
        if isinstance(scene, QuizScene) and graded is not None:
            result = self._quiz(person, scene, attempt, answers, graded, now, out)
        else:
            self._journey.complete(person, now, out, answers)
        person.last_answer[step_id] = (said, result)
        return result

    def repeated(self, person: Participant, step_id: str, answers: Answers, questions: list[Question]) -> Any:
        """Return the result of a quiz that somebody has left, when these are the answers they left it with."""
        said, result = person.last_answer.get(step_id, ("", None))
        return result if said == _as_text(answers, questions) else None

    def _check(self, person: Participant, answers: Answers, questions: list[Question]) -> None:
        known = names_in(self._flow.survey(person))
        asked = [question["name"] for question in questions]
        for name in [*answers, *asked]:
            if name not in known:
                raise Refused("no_such_question", f"scene {person.step.id!r} has no question {name!r}.")
        if len(set(asked)) < len(asked):
            raise Refused("no_such_question", "a question is told of twice.")

    def _keep(
        self, person: Participant, attempt: int, answers: Answers, questions: list[Question], graded: Grade | None,
        now: Instant, out: Outcome,
    ) -> None:  # fmt: skip
        shown = {question["name"]: question for question in questions}
        unknown = {"title": None, "type": None, "order": None, "rt_ms": None}
        rows = []
        for name in dict.fromkeys([*shown, *answers]):
            about = {key: shown.get(name, unknown)[key] for key in unknown}
            correct = graded.correct.get(name) if graded is not None else None
            rows.append({"question": name, "answer": answers.get(name), "correct": correct, **about})
        step = person.step
        out.keep(
            "add_answers",
            {
                "participant_id": person.participant_id,
                "step_id": step.id,
                "scene_id": step.scene_id,
                "runs": step.runs,
                "condition": person.condition,
                "attempt": attempt,
                "answered_utc": now.utc,
                "answers": rows,
            },
        )
        out.event(
            "answers_given", now, participant_id=person.participant_id, scene_id=step.id, attempt=attempt,
            score=graded.score if graded is not None else None,
        )  # fmt: skip

    def _quiz(
        self, person: Participant, scene: QuizScene, attempt: int, answers: Answers, graded: Grade, now: Instant,
        out: Outcome,
    ) -> dict[str, Any]:  # fmt: skip
        passed = graded.score >= scene.pass_score
        left = scene.attempts - attempt
        result = {"passed": passed, "attempts_left": left, "wrong": graded.wrong if scene.show_wrong else []}
        person.know({**answers, "score": graded.score, "passed": passed, "finished": False, "skipped": False})
        if passed or (left <= 0 and scene.exit_reason is None):
            self._journey.complete(person, now, out)
        elif left <= 0 and scene.exit_reason is not None:
            self._journey.leave(person, scene.exit_reason, now, out)
        return result


def _as_text(answers: Answers, questions: list[Question]) -> str:
    return json.dumps([answers, questions], sort_keys=True)
