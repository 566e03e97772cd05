"""Which cell of the design people are under: given to a participant on arrival, or to a group when it is matched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.experiments.allocation import Allocator
from app.experiments.config import Experiment
from app.experiments.plan import Step
from app.server.domain.commands import Instant, Outcome
from app.server.domain.participants import Participant


class Allocations:
    """Hands out the cells of a study's design in the order that the master seed fixes.

    Args:
        experiment: the study.
        session_id: for the store.
        first_group_number: how many groups the study has allocated before this session.
    """

    def __init__(self, experiment: Experiment, session_id: str, first_group_number: int = 0) -> None:
        self._design = experiment.conditions
        self._allocator = (
            Allocator(self._design, experiment.experiment.master_seed) if self._design is not None else None
        )
        self._session_id = session_id
        self._next_group = first_group_number

    def arrived(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Give a participant their cells, where participants are the unit."""
        if self._design is not None and self._design.unit == "participant":
            person.order = self._draw(person.number, person.participant_id, now, out)

    def matched(self, people: list[Participant], new_id: Callable[[], str], now: Instant, out: Outcome) -> None:
        """Give people who are matched for the first time their cells, where groups are the unit."""
        if self._design is None or self._design.unit != "group" or any(person.order for person in people):
            return
        group_id = new_id()
        order = self._draw(self._next_group, group_id, now, out)
        self._next_group += 1
        for person in people:
            person.order, person.group_id = order, group_id
            update = {"participant_id": person.participant_id, "group_id": group_id}
            out.store("update_participant", update)
            self.stand(person, now, out)

    def condition_at(self, person: Participant, step: Step) -> dict[str, Any] | None:
        """Return the cell a person is under in a step, None where none applies."""
        if self._design is None or not person.order:
            return None
        if self._design.within is None:
            return person.order[0]
        run = step.runs.get(self._design.within)
        return None if run is None else person.order[run - 1]

    def stand(self, person: Participant, now: Instant, out: Outcome) -> None:
        """Bring a person's condition into line with their present step."""
        condition = self.condition_at(person, person.step)
        if condition == person.condition:
            return
        person.condition = condition
        out.store("update_participant", {"participant_id": person.participant_id, "condition": condition})
        out.event("condition_changed", now, participant_id=person.participant_id, condition=condition)

    def class_of(self, person: Participant) -> str:
        """Name the people a person may be matched with: those under the same condition, or of the same order."""
        by_group = self._design is not None and self._design.unit == "group"
        return json.dumps(person.order if by_group else person.condition, sort_keys=True)

    def _draw(self, number: int, unit_id: str, now: Instant, out: Outcome) -> list[dict[str, Any]]:
        assert self._allocator is not None and self._design is not None
        order = [dict(cell) for cell in self._allocator.order(number)]
        allocation = {
            "unit_id": unit_id, "unit": self._design.unit, "number": number, "session_id": self._session_id,
            "method": self._design.method, "order": order, "allocated_utc": now.utc,
        }  # fmt: skip
        out.store("add_allocation", allocation)
        out.event("unit_allocated", now, unit=self._design.unit, unit_id=unit_id, number=number, order=order)
        return order
