"""The scenes that ask: quiz, survey and feedback, each with a SurveyJS file. Part of `experiment.toml`.

`surveys.py` reads and checks the files; `scenes.py` puts the kinds of scene together.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.experiments.names import LEAVE_PATTERN, PageFile, SurveyFile
from app.experiments.scene_base import InnerScene
from app.experiments.section import unit, use


class QuizScene(InnerScene):
    """Questions with right answers, which are graded by the server."""

    type: Literal["quiz"] = "quiz"
    body: PageFile | None = Field(default=None, description="Markdown or HTML file shown above the questions")
    survey: SurveyFile = Field(description="SurveyJS file (JSON) whose questions have a correctAnswer")
    attempts: int = Field(
        default=3, ge=1, le=100, description="how often the quiz may be handed in", json_schema_extra=unit("attempts")
    )
    pass_score: float = Field(
        default=1.0, ge=0, le=1, description="share of right answers from which on the quiz is passed"
    )
    on_fail: str = Field(
        default="leave:FAILED_QUIZ", pattern=f"^(continue|{LEAVE_PATTERN})$",
        description="what follows when the last attempt has failed: continue, or the end with a reason's code",
        json_schema_extra=use('"continue", or "leave:" and a reason, such as "leave:FAILED_QUIZ"'),
    )  # fmt: skip
    show_wrong: bool = Field(
        default=True, description="whether the questions that were answered wrongly are marked after an attempt"
    )

    @property
    def exit_reason(self) -> str | None:
        """The reason with which a participant leaves after the last attempt, None: they go on."""
        return self.on_fail.partition(":")[2] or None


class SurveyScene(InnerScene):
    """Questions without right answers."""

    type: Literal["survey"] = "survey"
    body: PageFile | None = Field(default=None, description="Markdown or HTML file shown above the questions")
    survey: SurveyFile = Field(description="SurveyJS file (JSON)")


class FeedbackScene(InnerScene):
    """Questions about the study itself; three of them are ready."""

    type: Literal["feedback"] = "feedback"
    body: PageFile | None = Field(default=None, description="Markdown or HTML file shown above the questions")
    survey: SurveyFile | None = Field(
        default=None,
        description="SurveyJS file (JSON); unset: how it went (1 to 5), technical trouble, remarks",
    )
