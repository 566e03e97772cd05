"""One match from the participants' address to the compared export: the only way a browser test plays an episode."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.browser.rig.browsers import open_browser
from tests.browser.rig.network import Counts, Router
from tests.browser.rig.player import Player
from tests.browser.rig.records import Exported, assert_frames_without_gaps, assert_seats_agree, export_study
from tests.browser.rig.server import ServedExperiment

# Beside the match's own length: countdowns, the last frames becoming stable, the last chunks' acknowledgement.
SLACK_S = 60
ENDED = "d.state === 'ended'"
SAVED = "d.recorded_frames > 0 && d.acknowledged_frames === d.recorded_frames"

Hook = Callable[[list[Player]], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Network:
    """What lies between the participants from before they meet until the match is over; see Router.impair."""

    one_way_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    block_udp: bool = False
    include_host: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be played.

    Attributes:
        experiment: its folder.
        seed: of the key presses and of the network.
        network: impairment between the participants.
        during: called when both play; None plays to the end. It may close a player's browser.
        leavers: how many browsers `during` closes, the last ones.
        rows: rows each episode must have at every seat, in order; None asks only that they agree so far as both go.
    """

    experiment: Path
    seed: int = 1
    network: Network = Network()
    during: Hook | None = None
    leavers: int = 0
    rows: tuple[int, ...] | None = None


@dataclass
class Played:
    """What came of it.

    Attributes:
        diagnostics: of each participant still there at the end, taken when everything recorded was acknowledged.
        pages: what each of them then read, `data-scene` -> text, down to the last page.
        samples: of each participant, diagnostics about once a second.
        complaints: page errors, console errors, failed requests, of each participant.
        packets: between the namespaces while the match ran.
        exported: all seats' records, already compared.
        server_errors: the server's standard error.
    """

    diagnostics: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, str]] = field(default_factory=list)
    samples: list[list[dict[str, Any]]] = field(default_factory=list)
    complaints: list[list[str]] = field(default_factory=list)
    packets: Counts = field(default_factory=Counts)
    exported: Exported | None = None
    server_errors: str = ""

    def pings_ms(self) -> list[float]:
        """Every ping measured while playing, of all participants."""
        return [d["ping_ms"] for seat in self.samples for d in seat if d.get("state") == "playing" and d.get("ping_ms")]


async def play(plan: Plan, router: Router, folder: Path) -> Played:
    """Serves, seats two participants, plays, stops, exports, compares.

    Args:
        plan: what to play.
        router: a running one with two namespaces.
        folder: an empty folder for profiles, data and export.

    Raises:
        AssertionError: anything that must hold for every match does not; the message says where.
    """
    settings = tomllib.loads((plan.experiment / "experiment.toml").read_text())
    game = next(scene for scene in settings["scenes"] if scene["type"] == "game")
    duration_s = game["gameplay"]["num_episodes"] * game["gameplay"]["max_steps"] / game["rendering"]["fps"]
    played = Played()
    served = ServedExperiment(plan.experiment, folder / "data", router.host_address).start()
    try:
        async with async_playwright() as playwright:
            players = [
                Player(
                    name=f"player {number}",
                    browser=await open_browser(playwright, folder / f"profile{number}", place.namespace),
                    url=served.participant_url,
                    keys=list(game["keys"]),
                    seed=plan.seed * 1000 + number,
                )
                for number, place in enumerate(router.places)
            ]
            try:
                await _meet(players, router, plan.network)
                before = router.between_namespaces()
                await _play_to_the_end(players, plan, duration_s)
                played.packets = router.between_namespaces() - before
                for player in players[: len(players) - plan.leavers]:
                    played.diagnostics.append(await player.diagnostics())
                    played.pages.append(await player.read_to_the_end())
                played.samples = [player.samples for player in players]
                played.complaints = [player.browser.trouble.all() for player in players]
            finally:
                router.clear()
                for player in players:
                    await player.close()
        served.stop()
    except BaseException as error:
        error.add_note(f"The server's errors:\n{served.errors()}")
        raise
    finally:
        served.kill()
    played.server_errors = served.errors()
    played.exported = export_study(served.study_folder, folder / "export")
    assert_seats_agree(played.exported, prefix=plan.rows is None)
    for table in played.exported.seats:
        skipped = played.exported.skipped(table)
        assert_frames_without_gaps(table, skipped)
        if plan.rows is not None:
            rows = {episode: count + sum(episode == of for of, _ in skipped) for episode, count in
                    table.rows_per_episode().items()}  # fmt: skip
            assert rows == dict(enumerate(plan.rows)), table.file.name
    return played


async def _meet(players: list[Player], router: Router, network: Network) -> None:
    await asyncio.gather(*(player.open() for player in players))
    await asyncio.gather(*(player.runtime_ready() for player in players))
    # From here on, so that the connection itself comes up through the impaired network.
    router.impair(
        network.one_way_ms,
        network.jitter_ms,
        network.loss,
        block_udp=network.block_udp,
        include_host=network.include_host,
    )
    await asyncio.gather(*(player.enter() for player in players))
    await asyncio.gather(*(player.until("d.state === 'playing'", 45, "the match begins") for player in players))


async def _play_to_the_end(players: list[Player], plan: Plan, duration_s: float) -> None:
    limit_s = duration_s * 1.5 + SLACK_S
    staying = players[: len(players) - plan.leavers]
    hook = asyncio.create_task(plan.during(players)) if plan.during else None
    # Those who leave press keys too, until their browser is gone.
    leaving = [asyncio.create_task(player.play(ENDED, limit_s, "gone")) for player in players[len(staying) :]]
    await asyncio.gather(*(player.play(ENDED, limit_s, "the match is over") for player in staying))
    if hook is not None:
        await hook
    await asyncio.gather(*leaving, return_exceptions=True)
    await asyncio.gather(*(player.until(SAVED, SLACK_S, "every recorded frame is acknowledged") for player in staying))
