"""Claim: an own key is on the screen within about a frame, and the network's delay does not change that.

Plays one episode of the example between two Chromium browsers, once on a direct path and once through 100 ms of round
trip. A key's time is the browser's event; "on screen" is the animation frame in which its picture was drawn.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.stage import EXAMPLE, say
from benchmarks.table import Result
from tests.browser.rig.match import Network, Plan, play
from tests.browser.rig.network import Router
from tests.browser.rig.server import copy_experiment

FRAMES = 600
ONE_WAY_MS = (0, 50)
MEDIAN_AIM_MS = 35
FRAME_MS = 1000 / 30
BLOCK_AIM_MS = 50


async def measure() -> list[Result]:
    """Plays twice; about a minute and a half."""
    results: list[Result] = []
    medians: list[float] = []
    blocks: list[float] = []
    for one_way_ms in ONE_WAY_MS:
        with Router(namespaces=2) as router, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            changes = {"num_episodes = 2, max_steps = 900": f"num_episodes = 1, max_steps = {FRAMES}"}
            experiment = copy_experiment(EXAMPLE, folder / "experiment", changes)
            plan = Plan(experiment, seed=one_way_ms + 1, network=Network(one_way_ms=one_way_ms), rows=(FRAMES,))
            played = await play(plan, router, folder / "match")
        to_paint = [seat["input_to_paint_ms"]["median"] for seat in played.diagnostics]
        to_step = [seat["input_to_step_ms"]["median"] for seat in played.diagnostics]
        worst = max(seat["input_to_paint_ms"]["p95"] for seat in played.diagnostics)
        ping = median(played.pings_ms())
        say(f"  ping {ping:.0f} ms: key to screen {to_paint} ms")
        medians.append(max(to_paint))
        blocks.append(max(seat["longest_main_thread_block_ms"] for seat in played.diagnostics))
        note = f"slower seat; to step {max(to_step):.0f} ms, p95 {worst:.0f} ms, measured ping {ping:.0f} ms"
        results.append(
            Result(f"key to own action on screen at {2 * one_way_ms} ms", medians[-1], "ms", MEDIAN_AIM_MS, note)
        )
    difference = abs(medians[1] - medians[0])
    results.append(Result("the same at 0 and 100 ms: difference", difference, "ms", round(FRAME_MS, 1), "one frame"))
    results.append(Result("longest main-thread block, loading and playing", max(blocks), "ms", BLOCK_AIM_MS))
    return results
