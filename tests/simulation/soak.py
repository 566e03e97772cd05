"""Many drawn schedules, on several cores: what fails is shrunk and written down.

    python -m tests.simulation.soak --seeds 20000 --jobs 2

Prints one table in Markdown; ends with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .generate import generate
from .oracle import check, is_vacuous
from .run import run
from .schedule import Schedule
from .shrink import shrink

FAILURES = Path(__file__).parents[2] / "build" / "soak"
PROGRESS_EVERY = 200
SHRINK_RUNS = 300


@dataclass
class Played:
    """What one seed came to."""

    seed: int
    violations: list[str] = field(default_factory=list)
    frames: int = 0
    rollbacks: int = 0
    rolled_back: int = 0
    deepest: int = 0
    packets: int = 0
    lost: int = 0
    drops: int = 0
    rejoins: int = 0
    vacuous: bool = False


def play(seed: int) -> Played:
    """Carry out one seed's schedule."""
    result = run(generate(seed))
    lives = [life.counters for life in result.lives]
    return Played(
        seed,
        [str(violation) for violation in check(result)],
        sum(len(life.rows) for life in result.lives),
        sum(counters.rollbacks for counters in lives),
        sum(counters.rolled_back_frames for counters in lives),
        max(counters.max_rollback_depth for counters in lives),
        result.network["sent"],
        result.network["lost"] + result.network["overflowed"],
        sum(len(commit["drop"]) for commit in result.commits),
        sum(len(commit["activate"]) for commit in result.commits),
        is_vacuous(result),
    )


def failing(schedule: Schedule) -> set[str]:
    """Return the invariants that a schedule violates."""
    return {violation.invariant for violation in check(run(schedule))}


def table(all_played: Sequence[Played], took_s: float) -> str:
    """Return the table of a soak."""
    frames = sum(played.frames for played in all_played) or 1
    rows = (
        ("schedules", f"{len(all_played):,}"),
        ("violations", f"{sum(bool(played.violations) for played in all_played)}"),
        ("in which everybody left", f"{sum(played.vacuous for played in all_played)}"),
        ("frames recorded", f"{frames:,}"),
        ("packets sent", f"{sum(played.packets for played in all_played):,}"),
        ("of these lost", f"{sum(played.lost for played in all_played):,}"),
        ("rollbacks a 100 frames", f"{100 * sum(played.rollbacks for played in all_played) / frames:.1f}"),
        ("frames a rollback", f"{_share(all_played):.2f}"),
        ("deepest rollback", f"{max(played.deepest for played in all_played)}"),
        ("seats cut", f"{sum(played.drops for played in all_played):,}"),
        ("seats that came back", f"{sum(played.rejoins for played in all_played):,}"),
        ("seconds", f"{took_s:.0f}"),
    )
    return "\n".join(["| soak | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])


def _share(all_played: Sequence[Played]) -> float:
    rollbacks = sum(played.rollbacks for played in all_played)
    return sum(played.rolled_back for played in all_played) / rollbacks if rollbacks else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20_000, help="how many schedules (default 20000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--no-shrink", action="store_true", help="write failing schedules down as they are")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    all_played: list[Played] = []
    failed = 0
    with multiprocessing.get_context("spawn").Pool(asked.jobs) as pool:
        for played in pool.imap_unordered(play, range(asked.first, asked.first + asked.seeds), chunksize=8):
            all_played.append(played)
            if played.violations:
                failed += 1
                print(f"seed {played.seed}: {played.violations[0]}", file=sys.stderr, flush=True)
            if len(all_played) % PROGRESS_EVERY == 0:
                rate = len(all_played) / (time.monotonic() - began)
                print(f"{len(all_played)} of {asked.seeds}, {rate:.1f} a second, {failed} failed", file=sys.stderr)
    for played in sorted(all_played, key=lambda played: played.seed):
        if played.violations:
            write_down(played, not asked.no_shrink)
    print(table(all_played, time.monotonic() - began))
    return 1 if failed else 0


def write_down(played: Played, smaller: bool) -> None:
    """Keep a failing schedule, shrunk; moved to `corpus/`, it is replayed by the tests from then on."""
    schedule = generate(played.seed)
    if smaller:
        schedule = shrink(schedule, failing, SHRINK_RUNS)
    FAILURES.mkdir(parents=True, exist_ok=True)
    path = FAILURES / f"seed_{played.seed}.json"
    path.write_text(schedule.to_json() + "\n", encoding="utf-8")
    print(f"{path.name}: {'; '.join(played.violations[:3])}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
