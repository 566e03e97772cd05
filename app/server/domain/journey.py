"""The way through a study: which status follows which, which step follows which, and how people leave it.

Nobody is ever without a next step: behind every step stands a later one of the plan, and behind all the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from app.experiments import show_if
from app.experiments.config import Experiment
from app.experiments.plan import Step, unfold
from app.experiments.scenes import DebriefScene, EndScene, FeedbackScene, GameScene, HoldScene, SurveyScene
from app.server.domain.allocations import Allocations
from app.server.domain.commands import Instant, Outcome
from app.server.domain.flow import Flow
from app.server.domain.participants import END_STATUS, Participant

ENDS = frozenset(END_STATUS.values())
_READING = frozenset(("arrived", "consented", "instructed"))
_BETWEEN = _READING | {"waiting", "survey"}
#: Which status may follow which; every end may follow each of these but the ends.
_NEXT = {
    "invited": frozenset(("arrived",)),
    "arrived": _BETWEEN,
    "consented": _BETWEEN - {"arrived"},
    "instructed": _BETWEEN - {"arrived", "consented"},
    "waiting": _BETWEEN | {"matched"},
    "matched": _BETWEEN | {"playing", "paused"},
    "playing": _BETWEEN | {"paused"},
    "paused": _BETWEEN | {"playing"},
    "survey": _BETWEEN,
    # Closing the page is no end until the session is closed: they may come back.
    "dropped_out": _BETWEEN,
}
#: They have not taken part, so there is nothing to be told about it.
_NEVER_TOOK_PART = frozenset(("NO_CONSENT", "SCREENED_OUT", "OVERBOOKED"))
#: Of the random streams of a study's units; `matchmaking.py` has the ones before.
_PLANS = 3


def may_follow(status: str, following: str) -> bool:
    """Whether a participant of one status may get another one."""
    known = _NEXT.get(status, frozenset())
    return following == status or following in known or (following in ENDS and bool(known))


def set_status(person: Participant, status: str) -> None:
    """Give a participant another status; a step the machine does not have is a programming error."""
    assert may_follow(person.status, status), f"{person.participant_id}: {person.status} to {status}"
    person.status = status


class Journey:
    """Moves participants through their plans.

    Args:
        experiment: the study.
        flow: knows each scene as a person has it.
        allocations: knows the condition of each step.
    """

    def __init__(self, experiment: Experiment, flow: Flow, allocations: Allocations) -> None:
        self._experiment = experiment
        self._flow = flow
        self._allocations = allocations
        self._open_holds: set[str] = set()

    def plan(self, number: int) -> list[Step]:
        """Return the steps of the study's participant of this number, in their order."""
        seed = np.random.SeedSequence(self._experiment.experiment.master_seed, spawn_key=(number, _PLANS))
        return unfold(self._experiment, np.random.default_rng(seed))

    def go_on(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Into the next step of the plan that is shown to this person; those passed over are noted."""
        while not person.finished:
            person.position += 1
            self._allocations.stand(person, now, out)
            scene = self._flow.scene(person)
            if isinstance(scene, EndScene):
                self.finish(person, "COMPLETED", now, out)
            elif not self._is_shown(person):
                person.know({"skipped": True, "finished": False})
                out.event("scene_skipped", now, participant_id=person.participant_id, scene_id=person.step.id)
            else:
                self._enter(person, now, out)
                if not isinstance(scene, HoldScene) or scene.reopens or person.step.id not in self._open_holds:
                    return
                person.know({"finished": True, "skipped": False})

    def complete(
        self, person: Participant, now: Instant, out: Outcome, facts: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """The present step is done: note what is known of it and go on."""
        # Last, so that no question of this name can say so.
        person.know({**facts, "finished": True, "skipped": False})
        self.go_on(person, now, out)

    def leave(self, person: Participant, reason: str, now: Instant, out: Outcome) -> None:
        """End somebody's part early; a debriefing that is for leavers comes before the end page."""
        if person.finished:
            return
        self._record_end(person, reason, now, out)
        self.close(person, now, out)

    def close(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Show who has left the next page that is still for them."""
        assert person.finished and person.exit_reason is not None
        last = len(person.plan) - 1
        while person.position < last:
            person.position += 1
            self._allocations.stand(person, now, out)
            scene = self._flow.scene(person)
            debriefs = isinstance(scene, DebriefScene) and scene.for_leavers
            if debriefs and person.exit_reason not in _NEVER_TOOK_PART and self._is_shown(person):
                self._arrive(person, now, out)
                person.state = "reading"
                return
        self._arrive(person, now, out)
        person.state = "ended"

    def finish(self, person: Participant, reason: str, now: Instant, out: Outcome) -> None:
        """End somebody's part, with the end page at once."""
        if person.finished:
            return
        self._record_end(person, reason, now, out)
        person.position = len(person.plan) - 1
        self._allocations.stand(person, now, out)
        self._arrive(person, now, out)
        person.state = "ended"

    def come_back(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Somebody who had closed the page is back where they were."""
        self.set_state(person, person.state, self._status(person), now, out)

    def load_again(self, person: Participant, now: Instant, out: Outcome) -> None:
        """The page of somebody in a game scene was loaded again, so that the game is loaded anew."""
        self.set_state(person, "loading", person.reached, now, out)

    def release(self, step_id: str, people: list[Participant]) -> list[Participant]:
        """Open a hold scene; return who waits in it and may go on now."""
        self._open_holds.add(step_id)
        return [person for person in people if person.step.id == step_id and self.holds(person)]

    def holds(self, person: Participant) -> bool:
        """Whether somebody waits in a hold scene."""
        return not person.finished and isinstance(self._flow.scene(person), HoldScene)

    def is_hold(self, step_id: str, people: list[Participant]) -> bool:
        """Whether there is a hold scene of this id in anybody's plan, or in the study."""
        holds = {scene.id for scene in self._experiment.all_scenes if isinstance(scene, HoldScene)}
        return step_id in holds or any(
            step.id == step_id and step.scene_id in holds for person in people for step in person.plan
        )

    def set_state(self, person: Participant, state: str, status: str, now: Instant, out: Outcome, **more: Any) -> None:
        """Say what somebody's page shows, and the status of their record."""
        set_status(person, status)
        person.state = state
        exit_reason = "DROPPED_OUT" if status == "dropped_out" else None
        update = {"participant_id": person.participant_id, "status": status, "exit_reason": exit_reason}
        out.store("update_participant", update)
        shown = status if status == "dropped_out" else self._shown_state(person)
        out.event("participant_state", now, participant_id=person.participant_id, state=shown, **more)

    def facts(self, person: Participant) -> dict[str, dict[str, Any]]:
        """Return all that a rule may ask of somebody."""
        return person.facts | {show_if.CONDITION: person.condition or {}, show_if.ATTRIBUTE: person.attributes}

    def _enter(self, person: Participant, now: Instant, out: Outcome) -> None:
        person.match_id, person.entered_ms = None, now.monotonic_ms
        self._arrive(person, now, out)
        state = "loading" if isinstance(self._flow.scene(person), GameScene) else "reading"
        person.state = state
        self.set_state(person, state, self._status(person), now, out)

    def _arrive(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Note in which step somebody is now."""
        scene, place = self._flow.scene(person), self._flow.progress(person)
        out.store("update_participant", {"participant_id": person.participant_id, "position": person.position})
        out.event(
            "participant_advanced", now, participant_id=person.participant_id, scene_id=person.step.id,
            scene_type=scene.type, condition=person.condition, progress=place,
        )  # fmt: skip

    def _record_end(self, person: Participant, reason: str, now: Instant, out: Outcome) -> None:
        person.finished, person.exit_reason = True, reason
        if person.exit_scene is None and reason != "COMPLETED":
            person.exit_scene = person.step.id
        set_status(person, END_STATUS[reason])
        out.store(
            "update_participant",
            {
                "participant_id": person.participant_id,
                "status": person.status,
                "exit_reason": reason,
                "exit_scene": person.exit_scene,
                "completion_code": self._flow.code(person, reason),
                "ended_utc": now.utc,
            },
        )
        out.event(
            "participant_finished", now, participant_id=person.participant_id, exit_reason=reason,
            exit_scene=person.exit_scene, state=person.status,
        )  # fmt: skip

    def _is_shown(self, person: Participant) -> bool:
        rule = self._flow.experiment(person).rule(person.step.scene_id)
        return rule is None or rule.holds(self.facts(person))

    def _status(self, person: Participant) -> str:
        """Return the status of somebody who is in the present step and does nothing with others."""
        scene = self._flow.scene(person)
        if isinstance(scene, SurveyScene | FeedbackScene):
            return "survey"
        waits = isinstance(scene, HoldScene) or person.state == "waiting"
        return "waiting" if waits else person.reached

    def _shown_state(self, person: Participant) -> str:
        """Return the state as the researcher sees it."""
        if person.state != "reading":
            return person.state
        scene = self._flow.scene(person)
        kinds = ((HoldScene, "holding"), (SurveyScene, "survey"), (FeedbackScene, "survey"))
        return next((word for kind, word in kinds if isinstance(scene, kind)), "reading")
