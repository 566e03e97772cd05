"""Claim: from opening the page to a started environment takes two seconds, and the page answers all the while.

Cold is a browser that has never seen the page, warm one that has. `ready_ms` and the longest block of the main thread
are the page's own, from kioskDiagnostics(): milliseconds since the navigation began, and its longest task.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from playwright.async_api import async_playwright

from benchmarks.stage import EXAMPLE, say
from benchmarks.table import Result
from tests.browser.rig.browsers import open_browser
from tests.browser.rig.player import Player
from tests.browser.rig.server import ServedExperiment

BROWSERS = 5
COLD_AIM_MS = 2000
WARM_AIM_MS = 1300
BLOCK_AIM_MS = 50

LONG = "of {} visits; 0 where no task took 50 ms"
DRAWING_LIBRARY_IS_READ = """async () => {
    await (await import("/client/render/renderer.js")).preloadRenderer();
    await new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)));
}"""
"""The longest task of the page comes after the environment is ready; two idle moments later it has been reported."""


async def measure() -> list[Result]:
    """Opens the page twice in each of several fresh browsers; about half a minute."""
    cold: list[float] = []
    warm: list[float] = []
    blocks: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        served = ServedExperiment(EXAMPLE, folder / "data", "127.0.0.1").start()
        try:
            async with async_playwright() as playwright:
                for number in range(BROWSERS):
                    browser = await open_browser(playwright, folder / f"profile{number}")
                    try:
                        for measured in (cold, warm):
                            player = Player("visitor", browser, served.participant_url, [], 0)
                            await player.open()
                            await player.runtime_ready()
                            diagnostics = await player.diagnostics()
                            measured.append(diagnostics["ready_ms"])
                            await browser.page.evaluate(DRAWING_LIBRARY_IS_READ)
                            blocks.append((await player.diagnostics())["longest_main_thread_block_ms"])
                            await browser.page.goto("about:blank")
                    finally:
                        await browser.close()
                    say(f"  browser {number + 1} of {BROWSERS}: cold {cold[-1]:.0f} ms, warm {warm[-1]:.0f} ms")
            served.stop()
        finally:
            served.kill()
    return [
        Result("page open to ready, cold", median(cold), "ms", COLD_AIM_MS, f"{_span(cold)}; fresh profile, loopback"),
        Result("page open to ready, warm", median(warm), "ms", WARM_AIM_MS, f"{_span(warm)}; second visit"),
        Result("longest main-thread block while loading", max(blocks), "ms", BLOCK_AIM_MS, LONG.format(len(blocks))),
    ]


def _span(values: list[float]) -> str:
    return f"{min(values):.0f} to {max(values):.0f} ms in {len(values)}"
