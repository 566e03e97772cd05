"""The example played by two real browsers over each of the five networks: `python -m benchmarks --matrix`.

Every match goes the whole way, as in the tests: served pages, Pyodide in a worker, WebRTC through the impaired network,
chunks, export; a match whose records do not agree to the last frame ends the run. Needs root and /dev/net/tun.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import mean, median

from benchmarks.networks import NETWORKS, Network
from benchmarks.stage import EXAMPLE, say
from benchmarks.table import Ledger
from tests.browser.rig import match as rig
from tests.browser.rig.network import Router
from tests.browser.rig.server import copy_experiment

FPS = 30
FRAMES = 30 * FPS
SEED = 20_261_121
COLUMNS = (
    "network (round trip)",
    "measured ping, ms",
    "measured loss",
    "frames/s",
    "rollbacks per 100 frames",
    "deepest",
    "stalls a minute",
    "key to step, ms",
    "key to screen, ms (p95)",
    "kB/s each way",
    "records",
)


async def measure() -> Ledger:
    """Plays one match in each network; about six minutes.

    Raises:
        AssertionError: a match did not go as every match must, or its records differ.
    """
    how = (
        f"{FRAMES} frames each at {FPS} fps, two Chromium on one computer; kB/s is what the network carried,"
        " headers and all"
    )
    ledger = Ledger("The example between two browsers", COLUMNS, how)
    for network in NETWORKS:
        with Router(namespaces=2, seed=SEED) as router, tempfile.TemporaryDirectory() as name:
            played = await rig.play(plan_for(network, Path(name)), router, Path(name) / "match")
        ledger.rows.append(row_of(network, played))
        say("  " + ", ".join(ledger.rows[-1]))
    return ledger


def plan_for(network: Network, folder: Path) -> rig.Plan:
    """One episode of the example, with all its rows wanted from both seats."""
    changes = {"num_episodes = 2, max_steps = 900": f"num_episodes = 1, max_steps = {FRAMES}"}
    between = rig.Network(network.round_trip_ms / 2, network.jitter_ms / 2, network.loss)
    experiment = copy_experiment(EXAMPLE, folder / "experiment", changes)
    return rig.Plan(experiment, seed=NETWORKS.index(network) + 1, network=between, rows=(FRAMES,))


def row_of(network: Network, played: rig.Played) -> tuple[str, ...]:
    """A network's figures, the slower seat's where it is one seat's matter."""
    seats = played.diagnostics
    packets = played.packets
    playing = [d["fps"] for seat in played.samples for d in seat if d.get("state") == "playing" and d.get("fps")]
    minutes = FRAMES / FPS / 60
    return (
        network.name,
        f"{median(played.pings_ms()):.0f}",
        f"{packets.dropped / (packets.dropped + packets.delivered):.1%}",
        f"{mean(playing):.1f}",
        f"{mean(seat['rollbacks'] for seat in seats) * 100 / FRAMES:.1f}",
        f"{max(seat['max_rollback_depth'] for seat in seats)}",
        f"{mean(seat['stalls'] for seat in seats) / minutes:.1f}",
        f"{max(seat['input_to_step_ms']['median'] for seat in seats):.0f}",
        f"{max(seat['input_to_paint_ms']['median'] for seat in seats):.0f}"
        f" ({max(seat['input_to_paint_ms']['p95'] for seat in seats):.0f})",
        f"{packets.bytes / 2 / (minutes * 60) / 1000:.1f}",
        "equal",
    )
