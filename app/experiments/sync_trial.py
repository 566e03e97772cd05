"""Whether a researcher's environment can be played by rollback: the sync test at preflight, in the trial's process.

It takes a few seconds: as many frames as the environment's own cost allows, every one of them rolled back, and then
once more in another Python process.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from app.engine.episodes import Episodes, random_words
from app.engine.fresh_case import export_case
from app.engine.match_setup import MatchSetup
from app.engine.script_run import Begin, Script
from app.engine.sync_test import SyncTest
from app.experiments.fresh_interpreter import play_elsewhere

WANTED_MS = 2_000.0
"""What the sync test should take; its frames are chosen by the measured costs of a step and a snapshot."""
LIMIT_S = 10.0
"""Of the processor's time, so that a busy computer tests as much as an idle one. After this it ends with what it has
seen, and a note says so; an environment that waits is the business of the time limit of the whole trial."""
ELSEWHERE_LIMIT_S = 20.0
FEWEST_FRAMES, MOST_FRAMES = 20, 100
FRAMES_ELSEWHERE = 50
STEPS_A_FRAME, SAVES_A_FRAME = 14, 10
"""What testing one frame takes at a window of eight, with all the times it is played."""
_SEED = 20261121


def seed_of(episode: int) -> int:
    """Return the seed of a trial's episode; the same in both processes."""
    return _SEED + episode


class SyncTrial:
    """Tests one scene's environment.

    Args:
        job: The trial's job, with `setup`, the experiment's `folder` and the packages' `paths`.
        cost: What a frame costs here, `step_ms` and `save_ms`.
    """

    def __init__(self, job: dict[str, Any], cost: dict[str, float]) -> None:
        self._job = job
        self._setup = MatchSetup.from_dict(job["setup"])
        a_frame_ms = STEPS_A_FRAME * (cost["step_ms"] + 0.2) + SAVES_A_FRAME * (cost["save_ms"] + 0.3)
        self._frames = int(min(MOST_FRAMES, max(FEWEST_FRAMES, WANTED_MS / a_frame_ms)))
        self._viewer = 0
        self.tested_frames = 0
        self.make()(0)
        self._columns = self._last.columns
        self._script: Script = random_words(
            self._setup, self._last.codecs, self._frames, np.random.default_rng(_SEED)
        )  # fmt: skip

    def make(self) -> Begin:
        """Make an environment anew; return how its episodes are begun."""
        self._last = Episodes(self._setup, seed_of)
        return self._last.begin

    def draw(self) -> None:
        """Draw the environment that was made last, for one seat after the other."""
        self._viewer = (self._viewer + 1) % len(self._setup.seats)
        self._last.environment.render(self._viewer)

    def problem(self) -> str | None:
        """Return what would make two participants' games differ, as a sentence; None if nothing was found."""
        until = time.process_time() + LIMIT_S
        # With one person nobody's actions are guessed, and in lockstep they are waited for: nothing is rolled back.
        alone = len(self._setup.people) < 2
        test = SyncTest(
            self.make,
            self._script,
            frames=self._setup.max_steps,
            distance=0 if alone else self._setup.prediction_window,
            rng=np.random.default_rng(_SEED),
            columns=self._columns,
            live=lambda: self._last.environment.state.live(),
            picture=self.draw,
            go_on=lambda: time.process_time() < until,
        )
        found = test.run()
        self.tested_frames = test.rolled_back_frames
        if found:
            return found[0].sentence()
        frames = min(FRAMES_ELSEWHERE, self._setup.max_steps)
        case = export_case(self.make, self._script[:frames], self._columns)
        return next(iter(play_elsewhere(case, self._job, ELSEWHERE_LIMIT_S)), None)

    def notes(self, where: str) -> list[str]:
        """Return what is done otherwise than the environment may expect.

        Args:
            where: The scene, as a table of `experiment.toml`.
        """
        notes = []
        if self.tested_frames < self._frames:
            notes.append(
                f"environment: only {self.tested_frames} of {self._frames} frames could be tested for going back, for "
                f"that took {LIMIT_S:g} seconds; give it a smaller state, or get_state() and set_state()."
            )
        unrecorded = sorted(self._info_keys() - set(self._setup.record.get("info", [])))
        if not unrecorded:
            return notes
        names = ", ".join(f'"{key}"' for key in unrecorded[:8]) + (" and others" if len(unrecorded) > 8 else "")
        return [
            *notes,
            f"environment: step() returns {names} in info, which no table will have; name in "
            f"{where}.record.info what you need."
        ]  # fmt: skip

    def _info_keys(self) -> set[str]:
        self.make()(0)
        environment, codecs = self._last.environment, self._last.codecs
        keys: set[str] = set()
        for words in self._script[: self._setup.max_steps]:
            actions = [codec.decode(word)[0] for codec, word in zip(codecs, words, strict=True)]
            result = environment.step(actions)
            keys |= {str(key) for info in result.infos for key in info}
            if result.over:
                break
        return keys
