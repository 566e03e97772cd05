"""Claim: a rollback costs what its steps cost, and the engine's own share of a frame is small.

Runs engine_costs.py in Chromium, in a worker that was booted as a participant's is: for the example, whose step costs
milliseconds, and for a CartPole, whose step costs next to nothing.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from benchmarks.stage import prepared_example
from benchmarks.table import Result
from tests.browser.rig.browsers import open_browser
from tests.browser.rig.runtime_site import RESULT, runtime_site

HERE = Path(__file__).parent
PROGRAMS = [HERE / "engine_costs.py", HERE / "pushed_cart.py"]

ROLLBACK_AIM = 1.10
SHARE_AIM = 0.10
OVERHEAD_AIM_MS = 0.5
# Of an environment whose step costs 0.02 ms: what a rollback costs at all, and for each frame of it.
CART_ROLLBACK_AIM_MS = 0.5
CART_FRAME_AIM_MS = 0.1
CART = {"seats": ["left", "right"], "fps": 30, "max_steps": 900, "default_action": 0}


async def measure() -> list[Result]:
    """Measures in one browser; about a minute and a half."""
    experiment, runtime = prepared_example()
    setups = {
        "overcooked": experiment.match_setup(experiment.game_scenes[0]),
        "cart": {**CART, "factory": "pushed_cart:PushedCart"},
        "cart_with_state": {**CART, "factory": "pushed_cart:PushedCartWithState"},
    }
    with runtime_site(runtime, PROGRAMS, setups) as address, tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await open_browser(playwright, Path(folder) / "profile")
            try:
                await browser.page.goto(address)
                costs = json.loads(await browser.page.evaluate(f"(async () => {RESULT})()"))
            finally:
                await browser.close()
    assert browser.trouble.all() == [], browser.trouble.all()
    return [
        *of_overcooked(costs["overcooked"]),
        *of_cart(costs["cart_with_state"], "CartPole"),
        *of_cart(costs["cart"], "CartPole without get_state"),
    ]


def of_overcooked(costs: dict[str, Any]) -> list[Result]:
    """The lines about the example."""
    overhead = costs["engine_ms"]
    counted = "a turn less a bare step of the same frame"
    share = f"{costs['step_ms'] / costs['frame_ms']:.0%} of the {costs['frame_ms']:.1f} ms of a frame"
    bare = costs["rollback_bare_ratio"]
    return [
        *(
            Result(
                f"rollback of {frames(depth)} against as many plain frames",
                ratio,
                "x",
                ROLLBACK_AIM,
                f"{costs['rollback_ms'][depth]:.1f} ms, {bare[depth]:.2f} x bare steps; load, step, save, rows",
            )
            for depth, ratio in costs["rollback_ratio"].items()
        ),
        Result("engine's part of a turn, against the step", overhead / costs["step_ms"], "%", SHARE_AIM, "Overcooked"),
        Result("engine's part of a turn: sample, save, row, send", overhead, "ms", OVERHEAD_AIM_MS, counted),
        Result("bare step of the environment", costs["step_ms"], "ms", note=share),
        Result("plain frame: decode, step, row", costs["plain_ms"], "ms"),
        Result("turn of the engine with its step", costs["tick_ms"], "ms"),
        Result("arrival of a packet that was guessed rightly", costs["arrival_ms"], "ms"),
        Result("snapshot: save", costs["save_ms"], "ms"),
        Result("snapshot: load", costs["load_ms"], "ms"),
        Result("snapshot: hash", costs["hash_ms"], "ms", note="once a second"),
        Result("picture: draw list as JSON", costs["draw_ms"], "ms"),
    ]


def of_cart(costs: dict[str, Any], name: str) -> list[Result]:
    """The lines about an environment whose step costs next to nothing."""
    saved = f"save {costs['save_ms']:.3f}, load {costs['load_ms']:.3f}, hash {costs['hash_ms']:.3f} ms"
    return [
        *(
            Result(
                f"{name}: rollback of {frames(depth)}",
                took_ms,
                "ms",
                CART_ROLLBACK_AIM_MS + int(depth) * CART_FRAME_AIM_MS,
            )
            for depth, took_ms in costs["rollback_ms"].items()
        ),
        Result(f"{name}: engine's part of a turn", costs["engine_ms"], "ms", OVERHEAD_AIM_MS, saved),
        Result(f"{name}: bare step", costs["step_ms"], "ms"),
    ]


def frames(depth: str) -> str:
    """The depth of a rollback in words."""
    return f"{depth} frame{'s' if depth != '1' else ''}"
