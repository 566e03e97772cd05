"""What becomes of a match when a cable is pulled and put back, in two real Chromium browsers whose pages live on.

Each match costs about a minute and a half.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from tests.browser.rig.match import Plan, Played
from tests.browser.rig.network import Router
from tests.browser.rig.player import Player
from tests.browser.rig.server import copy_experiment

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
SAVED = "d.stable >= 90 && d.acknowledged_frames > 0"
BACK = "(d.events.rejoined ?? 0) > 0 && !d.catching_up && d.overlay === null"
DIRECT = "d.connection_type === 'direct'"
# Longer than the second and a half that a lost packet's repetition may take, shorter than any patience.
OUTAGE_S = 4.0
CUT = 1
PlayMatch = Callable[[Plan], Played]


def experiment(folder: Path, episodes: str, multiplayer: str) -> Path:
    """The example with other episodes and other settings for who is silent."""
    changes = {
        "num_episodes = 2, max_steps = 900": episodes,
        "reconnection_timeout_ms = 30000": multiplayer,
    }
    return copy_experiment(EXAMPLE, folder / "experiment", changes)


def journal(folder: Path) -> list[str]:
    """The names of what the server has journalled, in order."""
    (database,) = folder.rglob("study.db")
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [name for (name,) in connection.execute("SELECT event FROM events ORDER BY event_id")]
    finally:
        connection.close()


async def both(players: list[Player], condition: str, limit_s: float, meaning: str) -> None:
    """Waits until a condition has come about on every page."""
    await asyncio.gather(*(player.until(condition, limit_s, meaning) for player in players))


def test_after_an_outage_of_seconds_the_same_pages_play_on_and_lose_no_row(
    play_match: PlayMatch, router: Router, tmp_path: Path
) -> None:
    """First everything of one page is cut, then its line to the server alone, until after the end of an episode."""
    pages: list[float] = []

    async def one_cable_is_pulled_twice(players: list[Player]) -> None:
        await both(players, SAVED, 60, "three seconds of play are saved")
        pages.extend([await player.browser.page.evaluate("performance.timeOrigin") for player in players])
        router.cut(CUT)
        await both(players, "d.overlay === 'interrupted'", 5, "the page says that the partner is not reached")
        # The outage's own length: there is nothing to wait for in it.
        await asyncio.sleep(OUTAGE_S)
        frames = [(await player.diagnostics())["frame"] for player in players]
        router.clear()
        on = f"d.overlay === null && d.frame > {max(frames) + 30}"
        await both(players, on, 20, "play goes on")
        await both(players, DIRECT, 20, "both hear each other directly again")

        away = players[CUT]
        router.cut(CUT, host_only=True)
        await away.until("!d.online", 25, "the page says that the study's server is not reached")
        await both(players, DIRECT, 1, "the channel carries the game")
        await away.until("scene === 'break'", 40, "the episode has come to its end without the server")
        router.clear()
        await both(players, "d.online && d.episode === 1 && d.frame > 30", 30, "the next episode is played by both")

    plan = Plan(
        experiment(tmp_path, "num_episodes = 2, max_steps = 900", "reconnection_timeout_ms = 30000"),
        seed=21, during=one_cable_is_pulled_twice, rows=(900, 900),
    )  # fmt: skip
    played = play_match(plan)

    assert played.exported is not None
    assert set(played.exported.matches.column("end_reason")) == {"COMPLETED"}
    assert all("SOUP-7291" in pages["end"] for pages in played.pages)
    for table in played.exported.seats:
        for seat in (0, 1):
            assert set(table.column(f"status.{seat}")) == {"present"}
    happened = journal(tmp_path / "match")
    assert happened.index("seat_silent") < happened.index("seat_heard") < happened.index("seat_interrupted")
    assert happened.count("seat_interrupted") == happened.count("seat_resumed") == 1
    assert not {"seat_suspected", "seat_dropped", "seat_returning"} & set(happened)
    assert played.complaints[1 - CUT] == []
    assert not [complaint for complaint in played.complaints[CUT] if complaint.startswith("page error")]
    assert pages, "both pages were asked which they are"


@pytest.mark.parametrize("line", ["holds", "is lost, too"])
def test_a_page_that_the_game_went_on_without_comes_back_by_itself_and_its_record_is_complete(
    line: str, play_match: PlayMatch, router: Router, tmp_path: Path
) -> None:
    """The page is cut off for longer than the grace time, and perhaps until its line to the server breaks."""
    seats: list[int] = []

    async def one_cable_is_pulled_for_too_long(players: list[Player]) -> None:
        await both(players, SAVED, 60, "three seconds of play are saved")
        seats.extend([(await player.diagnostics())["seat"] for player in players])
        away, stays = players[CUT], players[1 - CUT]
        router.cut(CUT)
        await stays.until("(d.events.dropped ?? 0) > 0 && d.overlay === null", 30, "the game goes on without the page")
        if line != "holds":
            await away.until("!d.online", 25, "the page has lost the server, too")
        with away.reloading():
            router.clear()
            await both(players, BACK, 60, "the page is back in the game")
        await both(players, DIRECT, 20, "both hear each other directly")

    # However busy this computer is, the page steps what it has missed, so that its record has every row.
    stepping = "longest_stepping_ms = 60000"
    settings = f'after_departure = "default_action", reconnection_timeout_ms = 5000, {stepping}'
    plan = Plan(
        experiment(tmp_path, "num_episodes = 1, max_steps = 1500", settings),
        seed=22, during=one_cable_is_pulled_for_too_long, rows=(1500,),
    )  # fmt: skip
    played = play_match(plan)

    assert played.exported is not None
    matches = played.exported.matches
    assert set(matches.column("end_reason")) == {"COMPLETED"} and set(matches.column("complete")) == {"TRUE"}
    assert all("SOUP-7291" in pages["end"] for pages in played.pages)
    table = played.exported.seats[0]
    (before, first), (away, _), (after, last) = [
        (status, len(list(run))) for status, run in groupby(table.column(f"status.{seats[CUT]}"))
    ]
    assert (before, away, after) == ("present", "disconnected", "present") and first >= 90 and last >= 60
    assert set(table.column(f"status.{seats[1 - CUT]}")) == {"present"}
    happened = journal(tmp_path / "match")
    assert [happened.count(name) for name in ("seat_dropped", "seat_returning", "seat_rejoined")] == [1, 1, 1]
    assert "seat_rejoin_failed" not in happened
    assert played.complaints[1 - CUT] == []
    assert not [complaint for complaint in played.complaints[CUT] if complaint.startswith("page error")]
