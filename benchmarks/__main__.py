"""`python -m benchmarks`: measures the claims and prints tables.

Without further words all claims; `--matrix` plays real matches over five networks instead, `--soak` many drawn
schedules in the simulated one; `--mutation` asks the engine's tests how many small mistakes they notice.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks import engine, key_latency, matrix, netcode, page_ready, server_path
from benchmarks.stage import ROOT, say
from benchmarks.table import Ledger, Result, as_markdown, as_text, machine_facts
from tests.browser.rig.browsers import chromium_executable
from tests.browser.rig.namespaces import RigUnavailable

RESULTS_FILE = Path(__file__).with_name("results.md")
MATRIX_FILE = Path(__file__).with_name("matrix.md")
SOAK_SEEDS = 20_000
CLAIMS: dict[str, Callable[[], Awaitable[Sequence[Result | Ledger]]]] = {
    "engine": engine.measure,
    "netcode": netcode.measure,
    "page_ready": page_ready.measure,
    "key_latency": key_latency.measure,
    "server_path": server_path.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the tables when asked.

    Returns:
        The exit code: 0 when measured, whatever the numbers say; 2 when this machine cannot measure; of a soak
        and of mutations their own.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("claims", nargs="*", metavar="claim", help=f"some of {', '.join(CLAIMS)}; all by default")
    parser.add_argument("--write", action="store_true", help=f"write the tables to {RESULTS_FILE.name}")
    parser.add_argument("--date", help="date of the measurement, YYYY-MM-DD; today by default")
    parser.add_argument(
        "--matrix", action="store_true", help=f"play real matches over five networks; writes {MATRIX_FILE.name}"
    )
    parser.add_argument(
        "--soak", nargs="?", type=int, const=SOAK_SEEDS, metavar="N", help=f"play N drawn schedules ({SOAK_SEEDS})"
    )
    parser.add_argument(
        "--mutation", action="store_true", help="count the small mistakes in the engine's core that its tests notice"
    )
    chosen = parser.parse_args(arguments)
    if chosen.mutation:
        return alone("tests.mutation", *chosen.claims)
    unknown = sorted(set(chosen.claims) - set(CLAIMS))
    if unknown:
        print(f"There is no claim {unknown[0]!r}; use some of {', '.join(CLAIMS)}.", file=sys.stderr)
        return 2
    if chosen.soak is not None:
        return soak(chosen.soak)
    date = chosen.date or datetime.date.today().isoformat()
    # What else the machine does is part of the numbers.
    load = os.getloadavg()[0]
    try:
        measured = asyncio.run(matrix_of_networks() if chosen.matrix else all_of(chosen.claims or list(CLAIMS)))
        facts = f"Measured on {date}: {machine_facts(chromium_version())}; load average {load:.1f} at the start."
    except RigUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    print(as_text(measured))
    if chosen.matrix or chosen.write:
        file, title = (MATRIX_FILE, "Five networks") if chosen.matrix else (RESULTS_FILE, "Last results")
        file.write_text(f"# {title}\n\n{facts}\n\n{as_markdown(measured)}\n", encoding="utf-8")
        say(f"written to {file.name}")
    return 0


async def all_of(claims: Sequence[str]) -> list[Result | Ledger]:
    """The results of some claims, one claim after another."""
    measured: list[Result | Ledger] = []
    for name in claims:
        say(f"measuring {name}")
        measured += await CLAIMS[name]()
    return measured


async def matrix_of_networks() -> list[Result | Ledger]:
    """The table of real matches."""
    return [await matrix.measure()]


def soak(seeds: int) -> int:
    """Plays drawn schedules in processes of their own, one a core; returns their exit code."""
    return alone("tests.simulation.soak", "--seeds", str(seeds), "--jobs", str(os.cpu_count() or 1))


def alone(module: str, *arguments: str) -> int:
    """Runs another program of ours; returns its exit code."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode


def chromium_version() -> str:
    """What the browser calls itself."""
    done = subprocess.run([chromium_executable(), "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "Chromium"


if __name__ == "__main__":
    sys.exit(main())
