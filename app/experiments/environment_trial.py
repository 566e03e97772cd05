"""Tries a researcher's environment: imports it, makes it, resets and steps it. Runs in a process of its own.

`checks.py` starts this and reads one JSON line: `{"problem": "sentence"}`, or `{"problem": null, "cost": {...},
"notes": [...], "takes": [...]}` with what a frame costs here and what of the match's context the factory takes. A job
that has a `case` is played instead (`fresh_interpreter.py`). The experiment's code may hang, print, crash or exit here
without harm to anybody else.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

STEPS = 3


class Problem(Exception):
    """What is wrong, as one sentence."""


def main() -> int:
    """Read what to try from standard input, answer on standard output; return the exit code."""
    job = json.loads(sys.stdin.readline())
    answers = os.dup(1)
    # Whatever the experiment's code prints goes to standard error, so that it cannot be taken for the answer.
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    sys.path[:0] = [job["folder"], *job["paths"]]
    answer: dict[str, Any]
    try:
        if "case" in job:
            from app.experiments.fresh_interpreter import play_here
            from app.experiments.sync_trial import seed_of

            answer = play_here(job, seed_of)
        else:
            cost = try_environment(job["setup"], job["scene"], Path(job["folder"]))
            notes = try_rollback(job, cost)
            answer = {"problem": None, "cost": cost, "notes": notes, "takes": context_taken(job["setup"])}
    except Problem as error:
        answer = {"problem": str(error)}
    os.write(answers, json.dumps(answer).encode() + b"\n")
    return 0


def try_environment(setup: dict[str, Any], scene: str, folder: Path) -> dict[str, float]:
    """Make the environment of `setup`, check its seats, actions and players, and play some hundred steps.

    Args:
        setup: see `Experiment.match_setup`.
        scene: the scene's id, for what is said.
        folder: the experiment's folder, to name a line of its own code.

    Returns:
        What a frame costs on this computer: `step_ms` and `save_ms`.

    Raises:
        Problem: with the sentence.
    """
    from app.engine.environment import MatchEnvironment, make_environment
    from app.experiments.frame_cost import CannotPlay, TrialPlay

    module = setup["factory"].partition(":")[0]
    file = module.replace(".", "/") + ".py"
    with _explained(folder, f"{file}: cannot be imported", "correct it, or name the package in environment.packages"):
        __import__(module)
    context = setup.get("context", {})
    given = setup["config"] | {name: context[name] for name in context_taken(setup) if name in context}
    call = f"{setup['factory'].partition(':')[2]}({', '.join(f'{k}={v!r}' for k, v in given.items())})"
    with _explained(folder, f"{file}: {call} failed", "correct it, or environment.config in experiment.toml"):
        env = make_environment(setup["factory"], setup["config"], context)
    with _explained(folder, f"{file}: what {call} returns cannot be played", "correct it or the seats"):
        environment = MatchEnvironment(env, setup["seats"])
    codecs = _check_actions(setup, scene, environment)
    with _explained(folder, f"{file}: reset(seed=0) failed", "correct it"):
        environment.reset(0)
    with _explained(folder, f"{file}: step() with the default action failed", "correct it"):
        for _ in range(STEPS):
            if environment.step([setup["default_action"]] * len(setup["seats"])).over:
                break
    _check_state(environment, file)
    with _explained(folder, "a player that experiment.toml names cannot be used", "correct it"):
        play = TrialPlay(setup, environment, codecs)
    with _explained(folder, f"{file}: its state cannot be saved", "correct it, or give it get_state() and set_state()"):
        try:
            play.try_players()
            return play.measure()
        except CannotPlay as error:
            raise Problem(f"{str(error).rstrip('.')}; correct it.") from None


def context_taken(setup: dict[str, Any]) -> list[str]:
    """Return what of the match's context the environment's factory is told, once its module can be imported."""
    from app.engine.environment import taken_context

    module, _, name = setup["factory"].partition(":")
    taken = taken_context(getattr(sys.modules.get(module), name, None))
    return [name for name in taken if name not in setup["config"]]


def _check_state(environment: Any, file: str) -> None:
    from app.engine.differences import first_unreadable

    unreadable = first_unreadable({"env": environment.state.live()})
    if unreadable is not None:
        path, why = unreadable
        raise Problem(f"{file}: {path}: {why}.")


def try_rollback(job: dict[str, Any], cost: dict[str, float]) -> list[str]:
    """Play the environment as rollback does, here and in another process; return notes for the researcher.

    Raises:
        Problem: with the sentence: two participants' games would differ, or drawing fails.
    """
    from app.experiments.sync_trial import SyncTrial

    folder, file = Path(job["folder"]), job["setup"]["factory"].partition(":")[0].replace(".", "/") + ".py"
    with _explained(folder, f"{file}: it cannot be made and reset several times over", "correct it"):
        trial = SyncTrial(job, cost)
    with _explained(folder, f"{file}: render() failed", "correct it"):
        trial.draw()
    with _explained(folder, f"{file}: it cannot be played over and over", "correct it"):
        found = trial.problem()
        if found is not None:
            raise Problem(f"{file}: {found}")
        return trial.notes(f"scenes.{job['scene']}")


def _check_actions(setup: dict[str, Any], scene: str, environment: Any) -> list[Any]:
    from app.engine.actions import codec_for
    from app.engine.policies import people_of

    where = f"experiment.toml: scenes.{scene}"
    for index, seat in enumerate(setup["seats"]):
        try:
            space = environment.action_space(index)
        except (AttributeError, KeyError, TypeError, IndexError):
            raise Problem(f"environment: there is no action space for seat {seat}; give the environment one.") from None
        try:
            codec = codec_for(space)
        except ValueError as error:
            raise Problem(f"environment: {str(error).rstrip('.')}.") from None
        named = {"gameplay.default_action": setup["default_action"]}
        if index in people_of(setup["policies"], setup["seats"]):
            named |= {f"keys.{code}": action for code, action in setup["keys"].items()}
        for key, action in named.items():
            try:
                codec.encode(action)
            except (ValueError, TypeError):
                told = f"is not in the action space of seat {seat}, {space}; use one of its actions"
                raise Problem(f"{where}.{key} = {action!r} {told}.") from None
    return [codec_for(environment.action_space(i), setup["default_action"]) for i in range(len(setup["seats"]))]


class _explained:
    """Turns whatever the experiment's code raises into one sentence with the line of its own code."""

    def __init__(self, folder: Path, what: str, remedy: str) -> None:
        self._folder, self._what, self._remedy = folder, what, remedy

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, Problem | KeyboardInterrupt):
            return
        lines = [f for f in traceback.extract_tb(trace) if Path(f.filename).is_relative_to(self._folder)]
        place = ""
        if lines and not isinstance(error, SyntaxError):  # which names file and line itself
            place = f" in {Path(lines[-1].filename).relative_to(self._folder).as_posix()}, line {lines[-1].lineno}"
        text = " ".join(str(error).split())[:300].rstrip(".")
        reason = text if type(error) is ValueError and not lines else f"{type(error).__name__}: {text}"
        raise Problem(f"{self._what} ({reason}{place}); {self._remedy}.") from None


if __name__ == "__main__":
    sys.exit(main())
