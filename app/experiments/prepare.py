"""Fetches the browser files and prepares an experiment's runtime ahead of time, so that a server starts at once.

Run by `bootstrap.py` as `python -m app.experiments.prepare EXPERIMENT_FOLDER`; `gym-kiosk serve` prepares what is still
missing itself, but never fetches the third-party browser files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app import paths
from app.experiments.browser_fetch import fetch_browser_files
from app.experiments.config import load_experiment
from app.experiments.errors import InputError
from app.experiments.packages import prepare_runtime


def main(arguments: list[str]) -> int:
    """Prepare the experiment in the folder given; returns the exit code."""
    shown = [""]

    def say(text: str) -> None:
        if text != shown[0]:
            print(f"  {text}", file=sys.stderr, flush=True)
            shown[0] = text

    try:
        fetch_browser_files(paths.vendor_list(), paths.vendor_dir(), paths.cache_dir() / "downloads", say)
        experiment = load_experiment(Path(arguments[0]))
        if experiment.game_scenes:
            prepare_runtime(experiment, paths.cache_dir(), paths.vendor_dir(), lambda _fraction, label: say(label))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
