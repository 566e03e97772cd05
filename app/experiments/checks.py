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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.engine.budget import BROWSER_FACTOR, advice
from app.experiments.browser_files import verify_browser_files
from app.experiments.conditions import Cell
from app.experiments.config import Experiment, GameScene
from app.experiments.errors import InputError
from app.experiments.explain import shown
from app.experiments.fresh_interpreter import trial_command, trial_variables
from app.experiments.packages import engine_files, experiment_files
from app.experiments.wheels import gather_wheels

TIME_LIMIT_S = 60.0
_TRIAL_FILES = ("environment_trial", "frame_cost", "sync_trial", "fresh_interpreter")
_FORMAT = "4"


def check_environment(
    experiment: Experiment,
    *,
    cache_dir: Path,
    vendor_dir: Path,
    progress: Callable[[float, str], None] = lambda _fraction, _label: None,
    time_limit_s: float = TIME_LIMIT_S,
) -> list[str]:
    """Try the environment of every game scene, under every condition in which it is another one.

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
    notes = experiment.words.notes()
    for scene, condition, setup in _setups_to_try(experiment, takes := {}):
        passed = cache_dir / "checks" / _digest(experiment, setup, scene.id)
        if passed.is_file():
            answer = json.loads(passed.read_text(encoding="utf-8"))
        else:
            under = _in_words(condition)
            progress(0.0, f"trying the environment{f' under {under}' if under else ''}")
            packages = _package_folders(experiment, cache_dir, vendor_dir)
            try:
                answer = _try(experiment, setup, scene.id, packages, time_limit_s)
            except InputError as error:
                raise InputError(f"{error} (Under {under}.)" if under else str(error)) from None
            passed.parent.mkdir(parents=True, exist_ok=True)
            passed.write_text(json.dumps(answer), encoding="utf-8")
        takes[setup["factory"]] = answer["takes"]
        notes += answer["notes"]
        cost = answer["cost"]
        note = advice(
            BROWSER_FACTOR * cost["step_ms"], BROWSER_FACTOR * cost["save_ms"], fps=scene.rendering.fps,
            window=scene.multiplayer.prediction_window, people=len(experiment.under(condition).people),
            where=f"scenes.{scene.id}",
        )  # fmt: skip
        if note is not None:
            notes.append(f"experiment.toml: {note}")
    return list(dict.fromkeys(notes))


def _setups_to_try(
    experiment: Experiment, takes: dict[str, list[str]]
) -> Iterator[tuple[GameScene, Cell | None, dict[str, Any]]]:
    """Yield every game under every condition that makes a difference to it.

    Args:
        experiment: the experiment.
        takes: by factory, what of a match's context it takes, once that is known.
    """
    for game in experiment.game_scenes:
        tried = set()
        for condition in experiment.conditions_of(game):
            setup = experiment.match_setup(game, condition=condition)
            if _without_untaken(setup, takes) in tried:
                continue
            scene = experiment.under(condition).scene(game.id)
            assert isinstance(scene, GameScene)
            yield scene, condition, setup
            tried.add(_without_untaken(setup, takes))


def _without_untaken(setup: dict[str, Any], takes: dict[str, list[str]]) -> str:
    """Return a setup as text, without the context that its factory is known not to take."""
    taken = takes.get(setup["factory"], list(setup["context"]))
    context = {name: value for name, value in setup["context"].items() if name in taken}
    return json.dumps(setup | {"context": context}, sort_keys=True, default=str)


def _in_words(condition: Cell | None) -> str:
    return ", ".join(f"{factor} = {shown(level)}" for factor, level in (condition or {}).items())


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
