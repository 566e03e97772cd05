"""Claim: matches without channels cost the server a message a seat and frame, and fewer back than one a pair of seats.

Scripted pages on a real server over loopback, none of which reaches another but by it: 30 frames a second, a datagram
of 35 bytes for each partner in every frame. The seats' frames begin within a few milliseconds of each other, as the
pace control keeps them, or spread evenly over the frame, which is the worst that may happen to the bundling.
"""

from __future__ import annotations

import os
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.stage import say
from benchmarks.table import Ledger
from tests.browser.rig.server import ServedExperiment
from tests.server.crowd import FPS, copy_crowd, gather, turn
from tests.server.scripted_page import ScriptedPage

SEATS = (2, 3, 5, 6)
SPREADS_MS = (5.0, 1000 / FPS)
SECONDS = 8
SWITCH_S = 0.0002
"""All pages share one interpreter; with its usual interval they would measure how it turns from one to the next."""
LOST_S = 10
_STAMP = struct.Struct("<d27x")


class TimedPage(ScriptedPage):
    """A page that counts what it is sent, and how long it was under way."""

    def __init__(self, url: str) -> None:
        self.messages = 0
        self.delays_ms: list[float] = []
        self.expected = 0
        self.complete = threading.Event()
        super().__init__(url)

    def _take(self, packet: dict[str, Any]) -> None:
        if packet["type"] != 2 or packet["data"][0] != "relay":
            super()._take(packet)
            return
        now = time.perf_counter()
        self.messages += 1
        self.delays_ms += [1000 * (now - _STAMP.unpack(data)[0]) for _, data in packet["data"][1]["datagrams"]]
        if len(self.delays_ms) == self.expected:
            self.complete.set()


async def measure() -> list[Ledger]:
    """Plays with every number of seats; about two minutes."""
    how = f"{FPS} fps, {SECONDS} s each; scripted pages on this machine; processor: the server process, share of a core"
    columns = (
        "seats",
        "frames begin within",
        "messages/s in",
        "messages/s out",
        "datagrams/s",
        "processor",
        "delay, median / p95",
    )
    ledger = Ledger("Through the server", columns, how)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        for seats in SEATS:
            say(f"  {seats} seats")
            with tempfile.TemporaryDirectory() as name:
                ledger.rows += _rows(Path(name), seats, SPREADS_MS, SECONDS)
    finally:
        sys.setswitchinterval(usual)
    return [ledger]


def _rows(folder: Path, seats: int, spreads_ms: Sequence[float], seconds: float) -> list[Sequence[str]]:
    served = ServedExperiment(copy_crowd(folder / "crowd", seats), folder / "data", "127.0.0.1").start()
    try:
        rows = [_played(served, seats, spread_ms, seconds) for spread_ms in spreads_ms]
        served.stop()
    finally:
        served.kill()
    return rows


def _played(served: ServedExperiment, seats: int, spread_ms: float, seconds: float) -> Sequence[str]:
    seated = gather(served.participant_url, seats, TimedPage)
    frames = round(seconds * FPS)
    turns = [(frame / FPS + seat * spread_ms / seats / 1000, seat) for frame in range(frames) for seat in range(seats)]
    for page, _ in seated:
        page.expected = frames * (seats - 1)
    pace, began, used = threading.Event(), time.perf_counter(), _processor_s(served.process_id)
    for at, seat in turns:
        pace.wait(max(0.0, began + at - time.perf_counter()))
        page, matched = seated[seat]
        page.tell("relay", turn(matched, _STAMP.pack(time.perf_counter())))
    for page, _ in seated:
        assert page.complete.wait(LOST_S), f"{len(page.delays_ms)} of {page.expected} datagrams came"
    took = time.perf_counter() - began
    used = _processor_s(served.process_id) - used
    delays = sorted(delay for page, _ in seated for delay in page.delays_ms)
    for page, _ in seated:
        page.tell("leave", {"reason": "page_closed"})
        page.close()
    rates = (len(turns), sum(page.messages for page, _ in seated), len(delays))
    return (
        str(seats), f"{spread_ms:.0f} ms", *(f"{count / took:.0f}" for count in rates), f"{used / took:.0%}",
        f"{delays[len(delays) // 2]:.1f} / {delays[len(delays) * 95 // 100]:.1f} ms",
    )  # fmt: skip


def _processor_s(process_id: int) -> float:
    """What a process has used so far; its children not."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
