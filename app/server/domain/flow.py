"""Which page a participant sees: scenes in order, and the view that is sent to the page."""

from __future__ import annotations

from typing import Any

from app.experiments.config import EndScene, Experiment, GameScene, StartScene
from app.server.domain.participants import Participant

#: Said on the end page when nothing more particular is known.
REASON_TEXTS = {
    "COMPLETED": "You have completed the study. Thank you for taking part.",
    "LOBBY_TIMEOUT": "Nobody else came in time, so the game could not start. Thank you for waiting.",
    "PARTNER_LEFT": "The game ended early because your partner left. Thank you for taking part.",
    "DROPPED_OUT": "You left the study before its end.",
    "WITHDRAWN": "You have left the study, as you wished.",
    "TECH_PROBLEM": "A technical problem ended the study early. Thank you for taking part.",
}
#: What participants read whose page was not heard for too long: they have not left by their own doing.
SILENT_MESSAGE = (
    "Your connection was interrupted for too long, so the game could not wait for you. This is not your fault."
)
OTHER_REASON = "The study has ended for you. Thank you."


class Flow:
    """The study's scenes as a way through.

    Args:
        experiment: the study.
        html: the text of each scene by id, already rendered to safe HTML.
    """

    def __init__(self, experiment: Experiment, html: dict[str, str]) -> None:
        self._experiment = experiment
        self._html = html
        self._scenes = list(experiment.scenes)

    @property
    def end_index(self) -> int:
        """Position of the end scene."""
        return len(self._scenes) - 1

    def scene(self, index: int) -> StartScene | GameScene | EndScene:
        """Return the scene at a position."""
        return self._scenes[index]

    def index_of(self, scene_id: str) -> int | None:
        """Return the position of a scene, or None when there is none of this name."""
        return next((index for index, scene in enumerate(self._scenes) if scene.id == scene_id), None)

    def code(self, reason: str) -> str | None:
        """Return the completion code for an exit reason, if the study has one."""
        return self._experiment.end_scene.codes.get(reason)

    def first_view(self) -> dict[str, Any]:
        """Return what somebody sees who has not pressed Start."""
        return {"scene": self._scene(0, "Start"), "state": "reading"}

    def view(self, participant: Participant, waiting: dict[str, int] | None = None) -> dict[str, Any]:
        """Return what a participant's page shows now.

        Args:
            participant: whose page.
            waiting: the waiting room's facts, while they wait.
        """
        scene = self._scenes[participant.scene_index]
        goes_on = isinstance(scene, StartScene) or (isinstance(scene, GameScene) and participant.state == "ended")
        view: dict[str, Any] = {
            "scene": self._scene(participant.scene_index, "Continue" if goes_on else None),
            "state": participant.state,
        }
        if waiting is not None:
            view["waiting"] = waiting
        if isinstance(scene, EndScene):
            reason = participant.exit_reason or "COMPLETED"
            message = participant.farewell or REASON_TEXTS.get(reason, OTHER_REASON)
            view["end"] = {"reason": reason, "code": self.code(reason), "message": message}
        return view

    def _scene(self, index: int, button: str | None) -> dict[str, Any]:
        scene = self._scenes[index]
        return {
            "id": scene.id,
            "type": scene.type,
            "title": scene.title or self._experiment.experiment.title,
            "html": self._html.get(scene.id, ""),
            "button": button,
        }
