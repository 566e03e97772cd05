"""The rig itself: impairment reaches a DataChannel between two Chromium pages, blocking stops it, nothing stays.

Costs about ten seconds. The page under test is the rig's own, so a failure here is the rig's and not the product's.
"""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.browser.rig import namespaces
from tests.browser.rig.browsers import open_browser
from tests.browser.rig.network import ROUTER_PROCESS, Router

pytestmark = pytest.mark.browser

PAGES = Path(__file__).parent / "rig" / "pages"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves the rig's pages without a line on standard error for each."""

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def channel_page(router: Router) -> Iterator[str]:
    """Address of the rig's page, on plain http at the host's end of the router."""
    handler = functools.partial(QuietHandler, directory=str(PAGES))
    with http.server.ThreadingHTTPServer((router.host_address, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{router.host_address}:{server.server_port}/channel.html"
        server.shutdown()
        thread.join()


async def connect(one: Page, other: Page) -> None:
    offer = await one.evaluate("rig.describe()")
    assert ".local" in offer["sdp"], "the page was given its address in clear; participants' pages are not"
    await other.evaluate("(description) => rig.accept(description)", offer)
    answer = await other.evaluate("rig.describe()")
    await one.evaluate("(description) => rig.accept(description)", answer)


async def on_two_pages(router: Router, url: str, folder: Path, measure: Any) -> Any:
    async with async_playwright() as playwright:
        opened = [
            await open_browser(playwright, folder / f"profile{number}", place.namespace)
            for number, place in enumerate(router.places)
        ]
        try:
            for browser in opened:
                await browser.page.goto(url)
            await connect(opened[0].page, opened[1].page)
            result = await measure(opened[0].page)
            assert [browser.trouble.all() for browser in opened] == [[], []]
            return result
        finally:
            for browser in opened:
                await browser.close()


def test_delay_jitter_and_loss_reach_the_data_channel(router: Router, channel_page: str, tmp_path: Path) -> None:
    router.impair(one_way_ms=50, jitter_ms=10, loss=0.05)

    async def measure(page: Page) -> tuple[dict[str, Any], dict[str, Any]]:
        await page.evaluate("rig.opened(15000)")
        impaired = await page.evaluate("rig.measure(200, 10, 150)")
        router.clear()
        return impaired, await page.evaluate("rig.measure(100, 10, 90)")

    impaired, clear = asyncio.run(on_two_pages(router, channel_page, tmp_path, measure))
    assert 95 <= statistics.median(impaired["roundTripsMs"]) <= 115
    assert max(impaired["roundTripsMs"]) - min(impaired["roundTripsMs"]) > 20
    assert impaired["sequence"] != sorted(impaired["sequence"]), "jitter reordered nothing"
    assert len(impaired["roundTripsMs"]) < 200, "nothing was lost"
    assert statistics.median(clear["roundTripsMs"]) < 20
    counts = router.between_namespaces()
    assert counts.dropped > 5 and counts.delayed > 300


def test_with_udp_blocked_no_data_channel_comes_up(router: Router, channel_page: str, tmp_path: Path) -> None:
    router.impair(block_udp=True)

    async def measure(page: Page) -> dict[str, str]:
        return await page.evaluate("rig.opened(3000)")

    state = asyncio.run(on_two_pages(router, channel_page, tmp_path, measure))
    assert state["channel"] == "connecting"
    assert router.between_namespaces().blocked > 0


def test_a_router_whose_tests_were_killed_removes_its_namespaces(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from tests.browser.rig.network import Router\n"
        "with Router(1) as router:\n"
        "    print(router.places[0].namespace, router._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    name, process_id = done.stdout.split()
    wait_for_exit(int(process_id))
    assert name not in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout


def test_a_namespace_of_a_dead_router_is_removed_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, str(ROUTER_PROCESS), "1", "1"]
    dead = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert dead.stdin and dead.stdout
    name = json.loads(dead.stdout.readline())["ports"][1]["namespace"]
    dead.kill()
    dead.wait()
    dead.stdin.close()
    dead.stdout.close()
    assert name in namespaces.remove_leftovers()


def test_without_rights_the_reason_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(namespaces, "TUN_DEVICE", Path("/nonexistent/tun"))
    with pytest.raises(namespaces.RigUnavailable, match="need the rights of root and a readable and writable"):
        namespaces.require_network_rights()


def wait_for_exit(process_id: int) -> None:
    """Returns when the process has ended; it need not be our child."""
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        readable, _, _ = select.select([descriptor], [], [], 10)
    finally:
        os.close(descriptor)
    assert readable, f"process {process_id} still runs"
