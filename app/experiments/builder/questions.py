"""The builder's scenes that ask: quiz, survey and feedback. Their questions are SurveyJS files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from app.experiments import question_scenes
from app.experiments.builder.scene import Page
from app.experiments.builder.values import UNSET, file_name


class QuizScene(Page):
    """Questions with right answers, which the server grades; the answers of every attempt are recorded.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file shown above the questions, if any; or use `content`.
        survey: SurveyJS file (`.json`) of the experiment's folder, with a `correctAnswer` in its questions.
        attempts: how often the quiz may be handed in, 1 to 100; unset: 3.
        pass_score: share of right answers, 0 to 1, from which on it is passed; unset: 1, all of them.
        on_fail: what follows after the last failed attempt: `"continue"`, or the end with a reason's code, such as
            `"leave:FAILED_QUIZ"`, which it is if unset.
        show_wrong: whether the questions that were answered wrongly are marked after an attempt; unset: they are.
    """

    model: ClassVar[type[BaseModel]] = question_scenes.QuizScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        survey: str | Path = UNSET,
        attempts: int = UNSET,
        pass_score: float = UNSET,
        on_fail: str = UNSET,
        show_wrong: bool = UNSET,
    ) -> None:
        super().__init__(
            scene_id,
            title=title,
            show_if=show_if,
            body=file_name(body),
            survey=file_name(survey),
            attempts=attempts,
            pass_score=pass_score,
            on_fail=on_fail,
            show_wrong=show_wrong,
        )


class SurveyScene(Page):
    """Questions without right answers.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file shown above the questions, if any; or use `content`.
        survey: SurveyJS file (`.json`) of the experiment's folder.
    """

    model: ClassVar[type[BaseModel]] = question_scenes.SurveyScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        survey: str | Path = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, show_if=show_if, body=file_name(body), survey=file_name(survey))


class FeedbackScene(Page):
    """Questions about the study itself.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file shown above the questions, if any; or use `content`.
        survey: SurveyJS file (`.json`) of the experiment's folder; unset: how it went (1 to 5), technical trouble,
            remarks.
    """

    model: ClassVar[type[BaseModel]] = question_scenes.FeedbackScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        survey: str | Path = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, show_if=show_if, body=file_name(body), survey=file_name(survey))
