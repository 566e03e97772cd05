"""Claim: a rollback costs what its steps cost, and the engine's own share of a frame is small.

Runs engine_costs.py in Chromium, in a worker that was booted as a participant's is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from benchmarks.stage import engine_page, prepared_example
from benchmarks.table import Result
from tests.browser.rig.browsers import open_browser

ROLLBACK_AIM = 1.15


async def measure() -> list[Result]:
    """Measures in one browser; about a minute."""
    experiment, runtime = prepared_example()
    with engine_page(experiment, runtime) as address, tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await open_browser(playwright, Path(folder) / "profile")
            try:
                await browser.page.goto(address)
                costs = await browser.page.evaluate("measured")
            finally:
                await browser.close()
    assert browser.trouble.all() == [], browser.trouble.all()
    share = f"of the {costs['frame_ms']:.1f} ms of a frame"
    results = [
        Result(
            f"rollback of {depth} frame{'s' if depth != '1' else ''} against as many plain steps",
            ratio,
            "x",
            ROLLBACK_AIM,
            f"{costs['rollback_ms'][depth]:.1f} ms; load, steps with saving, records of what became stable",
        )
        for depth, ratio in costs["rollback_ratio"].items()
    ]
    results += [
        Result("a turn with one step, against the step alone", costs["tick_ms"] / costs["step_ms"], "x"),
        Result(
            "step of the environment",
            costs["step_ms"],
            "ms",
            note=f"{costs['step_ms'] / costs['frame_ms']:.0%} {share}",
        ),
        Result("turn of the engine: sample, step, save, send", costs["tick_ms"], "ms"),
        Result("arrival of a packet that was guessed rightly", costs["arrival_ms"], "ms"),
        Result("snapshot: save", costs["save_ms"], "ms"),
        Result("snapshot: load", costs["load_ms"], "ms"),
        Result("snapshot: hash", costs["hash_ms"], "ms", note="once a second"),
        Result("picture: draw list as JSON", costs["draw_ms"], "ms"),
    ]
    return results
