"""Whether an experiment can be played, found before a participant comes.

`check_environment` runs the experiment's code in a process of its own with a time limit, so that code that hangs or
crashes costs one sentence. What has passed is remembered by the hash of everything that went into it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.engine.budget import BROWSER_FACTOR, advice
from app.experiments.browser_files import verify_browser_files
from app.experiments.config import Experiment
from app.experiments.errors import InputError
from app.experiments.fresh_interpreter import trial_command, trial_variables
from app.experiments.packages import engine_files, experiment_files
from app.experiments.wheels import gather_wheels

TIME_LIMIT_S = 60.0
_TRIAL_FILES = ("environment_trial", "frame_cost", "sync_trial", "fresh_interpreter")
_FORMAT = "3"


def check_environment(
    experiment: Experiment,
    *,
    cache_dir: Path,
    vendor_dir: Path,
    progress: Callable[[float, str], None] = lambda _fraction, _label: None,
    time_limit_s: float = TIME_LIMIT_S,
) -> list[str]:
    """Try the environment of every game scene.

    Args:
        experiment: the experiment.
        cache_dir: where passed checks and unpacked packages are kept.
        vendor_dir: the browser files.
        progress: called with (fraction from 0 to 1, what is being done) when something has to be done.
        time_limit_s: how long one scene's trial may take, in seconds.

    Returns:
        Notes for the researcher: what can be played, but not well, and what to change.

    Raises:
        InputError: the environment cannot be imported, made, reset or stepped, keys and actions do not fit, or two
            participants' games would differ.
    """
    notes = []
    for scene in experiment.game_scenes:
        setup = experiment.match_setup(scene)
        passed = cache_dir / "checks" / _digest(experiment, setup, scene.id)
        if passed.is_file():
            answer = json.loads(passed.read_text(encoding="utf-8"))
        else:
            progress(0.0, "trying the environment")
            packages = _package_folders(experiment, cache_dir, vendor_dir)
            answer = _try(experiment, setup, scene.id, packages, time_limit_s)
            passed.parent.mkdir(parents=True, exist_ok=True)
            passed.write_text(json.dumps(answer), encoding="utf-8")
        notes += answer["notes"]
        cost = answer["cost"]
        note = advice(
            BROWSER_FACTOR * cost["step_ms"], BROWSER_FACTOR * cost["save_ms"], fps=scene.rendering.fps,
            window=scene.multiplayer.prediction_window, people=len(experiment.people), where=f"scenes.{scene.id}",
        )  # fmt: skip
        if note is not None:
            notes.append(f"experiment.toml: {note}")
    return notes


def _digest(experiment: Experiment, setup: dict[str, Any], scene_id: str) -> str:
    """Return a hash of everything the answer depends on."""
    trial = {name: Path(__file__).with_name(f"{name}.py") for name in _TRIAL_FILES}
    files = {**experiment_files(experiment.folder), **engine_files(), **trial}
    hashes = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}
    facts = [_FORMAT, scene_id, setup, experiment.environment.packages, hashes, sys.version]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _package_folders(experiment: Experiment, cache_dir: Path, vendor_dir: Path) -> list[str]:
    """Unpack the experiment's own packages, so that the trial imports the versions the browsers will."""
    vendored = verify_browser_files(vendor_dir, vendor_dir.with_name("vendor.json"))
    given = [vendor_dir / file.to for file in vendored if file.is_wheel]
    folders = []
    for wheel in gather_wheels(experiment.environment.packages, given, experiment.folder, cache_dir):
        folder = cache_dir / "unpacked" / wheel.stem
        if not folder.is_dir():
            making = folder.with_name(f"{folder.name}.{os.getpid()}")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(making)
            making.rename(folder)
        folders.append(str(folder))
    return folders


def _try(
    experiment: Experiment, setup: dict[str, Any], scene_id: str, packages: list[str], limit_s: float
) -> dict[str, Any]:
    job = {"folder": str(experiment.folder), "paths": packages, "setup": setup, "scene": scene_id}
    name = f"{setup['factory'].partition(':')[0].replace('.', '/')}.py"
    try:
        done = subprocess.run(
            _command(), input=json.dumps(job) + "\n", capture_output=True, encoding="utf-8", errors="replace",
            timeout=limit_s, env=trial_variables(), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{name}: importing, making, resetting and stepping it took longer than {limit_s:g} seconds; "
            "find what waits there, or make it quicker."
        ) from None
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
        problem = answer["problem"]
    except (IndexError, ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise InputError(
            f"{name}: trying it ended its process with exit code {done.returncode} ({last[:300]}); correct it."
        ) from None
    if problem is not None:
        raise InputError(problem)
    return answer


def _command() -> list[str]:
    return trial_command()
