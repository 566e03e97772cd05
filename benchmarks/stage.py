"""What the claims measure on: the example and its prepared runtime."""

from __future__ import annotations

import sys
from pathlib import Path

from app import paths
from app.experiments.config import Experiment, load_experiment
from app.experiments.packages import PreparedRuntime, prepare_runtime

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "overcooked_pair"


def say(text: str) -> None:
    """Tells on standard error how far things are; standard output is for the table."""
    print(text, file=sys.stderr, flush=True)


def prepared_example() -> tuple[Experiment, PreparedRuntime]:
    """The example and the browser files made of it, from the cache when they are there."""
    experiment = load_experiment(EXAMPLE)
    runtime = prepare_runtime(
        experiment, paths.cache_dir(), paths.vendor_dir(), lambda fraction, label: say(f"  {fraction:4.0%} {label}")
    )
    return experiment, runtime
