"""`python -m benchmarks`: measures every claim in Chromium and prints one table."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import engine, key_latency, page_ready
from benchmarks.stage import say
from benchmarks.table import Result, as_markdown, as_text, machine_facts
from tests.browser.rig.browsers import chromium_executable
from tests.browser.rig.namespaces import RigUnavailable

RESULTS_FILE = Path(__file__).with_name("results.md")
CLAIMS: dict[str, Callable[[], Awaitable[list[Result]]]] = {
    "engine": engine.measure,
    "page_ready": page_ready.measure,
    "key_latency": key_latency.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the table when asked.

    Returns:
        The exit code: 0 when measured, whatever the numbers say; 2 when this machine cannot measure.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("claims", nargs="*", metavar="claim", help=f"some of {', '.join(CLAIMS)}; all by default")
    parser.add_argument("--write", action="store_true", help=f"write the table to {RESULTS_FILE.name}")
    parser.add_argument("--date", help="date of the measurement, YYYY-MM-DD; today by default")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.claims) - set(CLAIMS))
    if unknown:
        print(f"There is no claim {unknown[0]!r}; use some of {', '.join(CLAIMS)}.", file=sys.stderr)
        return 2
    results: list[Result] = []
    # What else the machine does is part of the numbers.
    load = os.getloadavg()[0]
    try:
        for name in chosen.claims or CLAIMS:
            say(f"measuring {name}")
            results += asyncio.run(measured(name))
        version = chromium_version()
    except RigUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    print(as_text(results))
    if chosen.write:
        date = chosen.date or datetime.date.today().isoformat()
        facts = f"Measured on {date}: {machine_facts(version)}; load average {load:.1f} at the start."
        RESULTS_FILE.write_text(f"# Last results\n\n{facts}\n\n{as_markdown(results)}\n", encoding="utf-8")
        say(f"written to {RESULTS_FILE.name}")
    return 0


async def measured(name: str) -> list[Result]:
    """The results of one claim."""
    return await CLAIMS[name]()


def chromium_version() -> str:
    """What the browser calls itself."""
    done = subprocess.run([chromium_executable(), "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "Chromium"


if __name__ == "__main__":
    sys.exit(main())
