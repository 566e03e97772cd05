"""Plays a case of the sync test in another Python process, as another participant's browser would.

`environment_trial.py` makes the case and asks for it; the process is the trial's own program again, told to play the
case (`play_here`) instead of trying the environment. See `app.engine.fresh_case` for what that shows.
"""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from app import paths
from app.engine.episodes import Episodes
from app.engine.fresh_case import run_case
from app.engine.script_run import Begin

Answer = dict[str, Any]


def play_elsewhere(case: bytes, job: dict[str, Any], limit_s: float) -> list[str]:
    """Play a case in a new process; return what was found there, as sentences.

    Args:
        case: What `export_case` returned in this process.
        job: The trial's job; its `setup` is what the episodes are made of.
        limit_s: How long it may take.
    """
    told = {**job, "case": base64.b64encode(case).decode("ascii")}
    try:
        done = subprocess.run(
            trial_command(), input=json.dumps(told) + "\n", capture_output=True, encoding="utf-8", errors="replace",
            timeout=limit_s, env=trial_variables(), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [
            f"another Python process took longer than {limit_s:g} seconds for the same frames; find what waits there."
        ]
    try:
        return list(json.loads(done.stdout.splitlines()[-1])["found"])
    except (IndexError, ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        return [f"another Python process ended with exit code {done.returncode} ({last[:300]}); correct it."]


def play_here(job: dict[str, Any], seed_of: Callable[[int], int]) -> Answer:
    """Play the case of a job; this is the other process."""
    kept = stir_the_heap()

    def make() -> Begin:
        return Episodes(job["setup"], seed_of).begin

    found = run_case(base64.b64decode(job["case"]), make)
    del kept
    return {"found": [each.sentence() for each in found]}


def stir_the_heap() -> list[Any]:
    """Leave holes in the memory of this process, so that new objects do not simply lie in the order of their making.

    Returns:
        What must be kept for as long as the holes are to stay.
    """
    dice = random.Random(1)
    kept: list[Any] = []
    for size in range(0, 64, 2):
        made = [(object(), [None] * size, {str(index): None for index in range(size % 9)}) for index in range(200)]
        dice.shuffle(made)
        kept.append(made[:100])
    return kept


def trial_command() -> list[str]:
    """The program that tries environments, as a command line."""
    if paths.is_frozen():
        return [sys.executable, "try-environment"]
    return [sys.executable, "-m", "app.experiments.environment_trial"]


def trial_variables() -> dict[str, str]:
    """The environment variables of such a process: strings are hashed as in every browser, so a set has one order."""
    path = os.pathsep.join(filter(None, (str(paths.resource_root()), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path}
