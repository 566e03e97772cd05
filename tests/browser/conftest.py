"""Fixtures of the browser tests. Whoever plays an episode does it through `play_match`, which compares the records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.rig.match import Plan, Played, play
from tests.browser.rig.network import Router

ROUTER_SEED = 20_261_121


@pytest.fixture
def router() -> Iterator[Router]:
    """Two network namespaces and the host, joined by a router that impairs nothing yet."""
    with Router(namespaces=2, seed=ROUTER_SEED) as running:
        yield running


@pytest.fixture
def play_match(router: Router, tmp_path: Path) -> Callable[[Plan], Played]:
    """Plays a Plan; at its end all seats' exports have been compared and their rows counted."""

    def run(plan: Plan) -> Played:
        return asyncio.run(play(plan, router, tmp_path / "match"))

    return run
