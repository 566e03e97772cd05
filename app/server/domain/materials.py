"""What a study's scenes show: texts and questionnaires, read from its folder before anybody comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.experiments.scenes import FeedbackScene, GameScene, Scene
from app.experiments.texts import Texts


@dataclass(frozen=True)
class Materials:
    """The files of a study as pages get them.

    Attributes:
        bodies: safe HTML by the name of its file, for every file that any condition names.
        surveys: SurveyJS JSON by the name of its file, likewise, right answers included.
    """

    bodies: dict[str, str] = field(default_factory=dict)
    surveys: dict[str, dict[str, Any]] = field(default_factory=dict)

    def html(self, scene: Scene) -> str:
        """Return the text of a scene."""
        name = scene.instructions if isinstance(scene, GameScene) else scene.body
        return self.bodies.get(name, "") if name is not None else ""

    def survey(self, scene: Scene, texts: Texts) -> dict[str, Any]:
        """Return the questions of a scene; a feedback scene without a file has three that are ready."""
        name = getattr(scene, "survey", None)
        if name is not None:
            return self.surveys[name]
        assert isinstance(scene, FeedbackScene)
        return {
            "elements": [
                {
                    "type": "rating", "name": "rating", "title": texts.say("feedback.rating"),
                    "rateMin": 1, "rateMax": 5,
                    "minRateDescription": texts.say("feedback.worst"), "maxRateDescription": texts.say("feedback.best"),
                },
                {"type": "comment", "name": "trouble", "title": texts.say("feedback.trouble"), "maxLength": 2000},
                {"type": "comment", "name": "remarks", "title": texts.say("feedback.remarks"), "maxLength": 2000},
            ]
        }  # fmt: skip
