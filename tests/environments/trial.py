"""Runs the sync test over the whole catalogue, in a process whose string hashes are those of the browsers.

`python -m tests.environments.trial` prints one JSON object, environment to findings; the cases for another process go
into the file that it is given. With `fresh` it is that other process.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.engine.episodes import Episodes, random_words
from app.engine.fresh_case import export_case, run_case
from app.engine.match_setup import MatchSetup
from app.engine.script_run import Begin
from app.engine.sync_test import SyncTest
from app.experiments.fresh_interpreter import stir_the_heap
from tests.environments.catalogue import CASES, Case

DISTANCE = 8


class Stage:
    """One case's environment, made as often as the test asks for it."""

    def __init__(self, case: Case) -> None:
        self.setup = MatchSetup.from_dict(case.setup())
        self._last = Episodes(self.setup, lambda episode: 100 + episode)
        self._last.begin(0)
        self.columns = self._last.columns
        self.script = random_words(self.setup, self._last.codecs, case.frames, np.random.default_rng(1))

    def make(self) -> Begin:
        self._last = Episodes(self.setup, lambda episode: 100 + episode)
        return self._last.begin

    def live(self) -> Any:
        return self._last.environment.state.live()

    def picture(self) -> object:
        return self._last.environment.render(0)

    def sync_test(self, go_on: Callable[[], bool] = lambda: True) -> SyncTest:
        return SyncTest(
            self.make, self.script, frames=self.setup.max_steps, distance=DISTANCE, rng=np.random.default_rng(2),
            columns=self.columns, live=self.live, picture=self.picture, go_on=go_on,
        )  # fmt: skip


def try_all(cases_file: Path) -> dict[str, Any]:
    """The sync test of every case; cases for another process of those that pass."""
    told: dict[str, Any] = {}
    exported = {}
    for case in CASES:
        stage = Stage(case)
        test = stage.sync_test()
        found = test.run()
        told[case.name] = {
            "frames": len(test.steps),
            "found": [[each.kind, each.path, each.sentence()] for each in found],
        }
        if not found:
            first_episode = stage.script[: stage.setup.max_steps]
            exported[case.name] = export_case(stage.make, first_episode, stage.columns)
    cases_file.write_bytes(pickle.dumps(exported))
    return told


def play_all(cases_file: Path) -> dict[str, Any]:
    """Every exported case, in this process."""
    kept = stir_the_heap()
    told = {}
    exported = pickle.loads(cases_file.read_bytes())
    for case in CASES:
        if case.name in exported:
            found = run_case(exported[case.name], lambda case=case: Stage(case).make())  # type: ignore[misc]
            told[case.name] = {"found": [[each.kind, each.path, each.sentence()] for each in found]}
    del kept
    return told


if __name__ == "__main__":
    work = play_all if sys.argv[1] == "fresh" else try_all
    print(json.dumps(work(Path(sys.argv[2]))))
