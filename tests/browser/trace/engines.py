"""Runs one program in the participants' Python of every engine there is: Chromium, Firefox, Node."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from app import paths
from app.experiments.node import find_node
from app.experiments.packages import PreparedRuntime, prepare_runtime
from tests.browser.rig.browsers import open_browser
from tests.browser.rig.firefox import open_firefox
from tests.browser.rig.runtime_site import RESULT, runtime_site
from tests.third_party import slimevb_folder

HERE = Path(__file__).parent
PROGRAM = HERE / "played_trace.py"
EXAMPLE = paths.resource_root() / "examples" / "overcooked_pair"
RUN_UNDER_NODE = HERE.parent / "rig" / "run_under_node.mjs"
TIMEOUT_S = 180

Trace = dict[str, list[list[str]]]
"""By game: `[state hash, row]` of each frame."""


@dataclass(frozen=True)
class Environment:
    """What preparing a runtime needs to know of an experiment's environment."""

    factory: str
    packages: tuple[str, ...]


@dataclass(frozen=True)
class TraceExperiment:
    """A folder with the modules of every environment that is traced."""

    folder: Path
    environment: Environment = Environment("tells_browsers_apart:TellsBrowsersApart", ("cogrid==0.3.2",))


def prepared_for_traces(folder: Path) -> PreparedRuntime:
    """The runtime with all traced environments in it, from the cache when it is there.

    Args:
        folder: an empty folder.
    """
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, folder)
    shutil.copy(HERE / "tells_browsers_apart.py", folder)
    shutil.copytree(slimevb_folder(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return prepare_runtime(TraceExperiment(folder), paths.cache_dir(), paths.vendor_dir())


def in_chromium(runtime: PreparedRuntime, games: list[dict[str, Any]], folder: Path) -> Trace:
    """Plays the games in a page of Chromium."""

    async def run(address: str) -> Trace:
        async with async_playwright() as playwright:
            browser = await open_browser(playwright, folder / "profile")
            try:
                await browser.page.goto(address)
                trace = json.loads(await browser.page.evaluate(f"(async () => {RESULT})()"))
                warnings = await browser.page.evaluate("warnings")
            finally:
                await browser.close()
        assert [*browser.trouble.all(), *warnings] == []
        return dict(trace)

    with runtime_site(runtime, [PROGRAM], games) as address:
        return asyncio.run(run(address))


def in_firefox(runtime: PreparedRuntime, games: list[dict[str, Any]], folder: Path) -> Trace:
    """Plays the games in a page of Firefox."""
    with runtime_site(runtime, [PROGRAM], games) as address, open_firefox(folder) as page:
        page.goto(address)
        trace = json.loads(page.evaluate(f"(async () => {RESULT})()", TIMEOUT_S))
        warnings = json.loads(page.evaluate("JSON.stringify(warnings)"))
    assert [*page.complaints, *warnings] == []
    return dict(trace)


def under_node(runtime: PreparedRuntime, games: list[dict[str, Any]], folder: Path) -> Trace:
    """Plays the games under Node, where replays and preparations run."""
    job = folder / "job.json"
    content = {"runtime": runtime.manifest, "folder": str(paths.cache_dir() / "runtime"), "programs": [str(PROGRAM)]}
    job.write_text(json.dumps({**content, "argument": json.dumps(games)}), encoding="utf-8")
    node = find_node()
    assert node is not None
    command = [str(node), str(RUN_UNDER_NODE), str(job)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["warnings"] == []
    return dict(answer["result"])


ENGINES: dict[str, Callable[[PreparedRuntime, list[dict[str, Any]], Path], Trace]] = {
    "Chromium": in_chromium,
    "Firefox": in_firefox,
    "Node": under_node,
}


def first_difference(game: str, traces: dict[str, Trace]) -> str | None:
    """Where the engines' traces of a game differ first, in words; None when they are equal to the last frame."""
    (first, reference), *others = ((engine, trace[game]) for engine, trace in traces.items())
    for engine, trace in others:
        for frame, (one, other) in enumerate(zip(reference, trace, strict=False)):
            for what, ours, theirs in zip(("state", "row"), one, other, strict=True):
                if ours != theirs:
                    return f"{game}, frame {frame}, {what}: {first} has {ours}, {engine} has {theirs}"
        if len(reference) != len(trace):
            return f"{game}: {first} played {len(reference)} frames, {engine} {len(trace)}"
    return None
