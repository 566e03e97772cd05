"""Whether an environment can be played by rollback: the sync test.

It plays a script of legal actions several times over and compares rows and states: twice from the start, with a saved
state at every frame, with pictures in between, and with a rollback at every frame, after frames with other actions, as
a wrong prediction steps them. Everything is told: no clock, no global randomness. What only another process shows is in
`fresh_case.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .anatomy import REMEDY
from .canonical import canonical_bytes
from .differences import first_unreadable
from .failure import error_text
from .findings import Finding, differing_column, finding, state_finding
from .script_run import Begin, Played, Script, ScriptRun, content_of
from .simulation import Outcome, Simulation

RESET_FRAMES = 20
"""Frames that are played before an episode is begun again, and compared after that."""
HARMLESS_TO_OTHERS = ("reset", "render")
"""Kinds of findings after which the other parts of the test still tell something."""


class SyncTest:
    """Tests one environment.

    Args:
        make: Makes an environment anew and returns how its episodes are begun; see `Episodes.begin`.
        script: The words of the frames to play, legal ones; where an episode ends, the next goes on with them.
        frames: An episode's frames at most.
        distance: The deepest rollback.
        rng: Chooses how far to go back and with what to go wrong.
        columns: The names of a row's columns.
        live: Returns the state itself, not a copy, of the environment that `make` made last.
        picture: Draws that environment; None where nothing is drawn.
        go_on: Asked before every frame; False ends a part of the test with what it has seen so far.
    """

    def __init__(
        self,
        make: Callable[[], Begin],
        script: Script,
        *,
        frames: int,
        distance: int,
        rng: np.random.Generator,
        columns: Sequence[str] = (),
        live: Callable[[], Any] | None = None,
        picture: Callable[[], object] | None = None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._runs, self._script = ScriptRun(make, script, frames, go_on), script
        self._distance, self._rng, self._columns = distance, rng, columns
        self._live, self._picture = live, picture
        self.steps: list[Played] = []
        self.hashes: list[int] = []
        self.rolled_back_frames = 0
        self._ends: dict[int, Any] = {}

    def run(self) -> list[Finding]:
        """Run all of it; return what was found. A finding ends the parts that would but find it again."""
        findings: list[Finding] = []
        for part in (
            self._is_readable,
            self._plays,
            self._repeats,
            self._resets,
            self._saves,
            self._draws,
            self._rolls_back,
        ):
            try:
                part()
            except _Found as found:
                findings.append(found.finding)
                if found.finding.kind not in HARMLESS_TO_OTHERS:
                    break
        return findings

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _is_readable(self) -> None:
        """The state can be copied and read at all, and a copy is what the state is."""
        self._saved(0, self._runs.make()(0))

    def _plays(self) -> None:
        """Every action is taken; this is the run that the others are compared with."""
        for played, simulation in self._runs.play(len(self._script)):
            self.steps.append(played)
            _raise_error(played.at, played.outcome)
            if played.last:
                self._ends[played.at] = content_of(simulation, self._saved(played.at, simulation)[0])

    def _repeats(self) -> None:
        """Nothing but seed and actions decides."""
        for played, simulation in self._runs.play(len(self.steps)):
            self._same_row("repeat", played.at, simulation, played.outcome)
            if played.at in self._ends:
                content = content_of(simulation, simulation.save())
                _same_content("repeat", played.at, self._ends[played.at], content)

    def _resets(self) -> None:
        """An episode does not depend on the one before it."""
        begin, fresh = self._runs.make(), self._runs.make()(0)
        before = begin(1)
        for frame, words in enumerate(self._script[:RESET_FRAMES]):
            if before.step(frame, words).over:
                break
        again = begin(0)
        for played in self.steps[:RESET_FRAMES]:
            if played.episode:
                break
            one, other = (each.step(played.frame, self._script[played.at]).row for each in (fresh, again))
            if one != other or played.at in (0, RESET_FRAMES - 1) or played.last:
                _same_content("reset", played.at, *(content_of(each, each.save()) for each in (fresh, again)))
            if one != other:
                raise _Found(finding("reset", played.at, differing_column(one, other, self._columns)))

    def _saves(self) -> None:
        """Saving changes nothing, and what was saved stays as it is."""
        kept: list[tuple[int, Any]] = []
        for played, simulation in self._runs.play(len(self.steps)):
            self._same_row("save", played.at, simulation, played.outcome)
            saved, value = self._saved(played.at, simulation)
            self.hashes.append(value)
            kept.append((played.at, saved))
            while len(kept) > (0 if played.last else self._distance):
                at, state = kept.pop(0)
                self._unchanged(simulation, at, state, self.hashes[at])

    def _draws(self) -> None:
        """Pictures change nothing."""
        if self._picture is None:
            return
        for played, simulation in self._runs.play(len(self.hashes)):
            self._same_row("render", played.at, simulation, played.outcome)
            self._picture()
            self._same_state("render", played.at, simulation, simulation.save())

    def _rolls_back(self) -> None:
        """At every frame: on for a while with other actions, back by some frames, and the right ones again."""
        states: list[tuple[int, Any, int]] = []  # place in the script, state after it, hash

        def began(at: int, simulation: Simulation) -> None:
            states[:] = [(at - 1, *self._saved(at, simulation))]

        for played, simulation in self._runs.play(len(self.hashes), began):
            self._same_row("rollback", played.at, simulation, played.outcome)
            self.rolled_back_frames = played.at + 1
            saved = simulation.save()
            self._same_state("rollback", played.at, simulation, saved)
            states[:] = [*states, (played.at, saved, self.hashes[played.at])][-self._distance - 1 :]
            if played.outcome.over:
                continue
            self._go_wrong(simulation, played)
            simulation.load(saved)
            self._same_state("reload", played.at, simulation, simulation.save())
            at, state, expected = states[int(self._rng.integers(len(states)))]
            simulation.load(state)
            for known in self.steps[at + 1 : played.at + 1]:
                outcome = simulation.step(known.frame, self._script[known.at])
                self._same_row("rollback", known.at, simulation, outcome)
            self._same_state("rollback", played.at, simulation, simulation.save())
            self._unchanged(simulation, at, state, expected)

    # -- what they share ----------------------------------------------------------------------------------------------

    def _go_wrong(self, simulation: Simulation, played: Played) -> None:
        """Step some frames with words from elsewhere in the script, as a wrong prediction does."""
        for ahead in range(int(self._rng.integers(self._distance + 1))):
            words = self._script[int(self._rng.integers(len(self._script)))]
            outcome = simulation.step(played.frame + 1 + ahead, words)
            _raise_error(played.at, outcome)
            if outcome.over:
                return

    def _saved(self, at: int, simulation: Simulation) -> tuple[Any, int]:
        """Save a state; return it with its hash once it is certain that it is a copy."""
        try:
            saved = simulation.save()
            value = simulation.hash(saved)
            copied = None if self._live is None else canonical_bytes(content_of(simulation, saved)["env"])
        except Exception as error:  # noqa: BLE001 -- an object's own methods may raise anything
            raise _Found(self._unreadable(at, error)) from None
        if self._live is not None and copied != canonical_bytes(self._live()):
            parts = ({"env": self._live()}, {"env": content_of(simulation, saved)["env"]})
            raise _Found(state_finding("copy", at, *parts))
        return saved, value

    def _unreadable(self, at: int, error: Exception) -> Finding:
        unreadable = None if self._live is None else first_unreadable({"env": self._live()})
        if unreadable is None:
            cause = f"the state cannot be copied ({error_text(error)})"
            return Finding("unreadable", at, "env", cause, REMEDY)
        path, told = unreadable
        cause, _, remedy = told.partition("; ")
        return Finding("unreadable", at, path, cause, remedy or REMEDY)

    def _same_row(self, kind: str, at: int, simulation: Simulation, outcome: Outcome) -> None:
        known = self.steps[at].outcome
        if outcome.error is not None and known.error is None:
            raise _Found(finding(kind, at, detail=f"step() now fails: {outcome.error}"))
        if outcome.row != known.row:
            column = differing_column(known.row, outcome.row, self._columns)
            found = self._named(kind, at, simulation, simulation.save())
            detail = f"first seen in {column}" if found.path and column else ""
            raise _Found(replace(found, path=found.path or column, detail=detail))

    def _same_state(self, kind: str, at: int, simulation: Simulation, saved: Any) -> None:
        if simulation.hash(saved) != self.hashes[at]:
            raise _Found(self._named(kind, at, simulation, saved))

    def _unchanged(self, simulation: Simulation, at: int, saved: Any, expected: int) -> None:
        if simulation.hash(saved) != expected:
            raise _Found(self._named("alias", at, simulation, saved))

    def _named(self, kind: str, at: int, simulation: Simulation, saved: Any) -> Finding:
        """Name what differs from the state that a run of its own has after the same frame."""
        for played, reference in self._runs.play(at + 1):
            if played.at == at:
                expected = content_of(reference, reference.save())
                return state_finding(kind, at, expected, content_of(simulation, saved))
        return finding(kind, at)


class _Found(Exception):
    """Something was found, and the part of the test is over."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.sentence())
        self.finding = found


def _raise_error(at: int, outcome: Outcome) -> None:
    if outcome.error is not None:
        raise _Found(finding("error", at, detail=outcome.error))


def _same_content(kind: str, at: int, expected: Any, found: Any) -> None:
    if canonical_bytes(expected) != canonical_bytes(found):
        raise _Found(state_finding(kind, at, expected, found))
