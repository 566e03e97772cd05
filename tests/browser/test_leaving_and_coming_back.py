"""What becomes of a match when a page is loaded again or closed, in two real Chromium browsers.

The page that comes back loads everything anew, steps the episode from the server's input log, and takes its seat again
at a frame that all have agreed on. Each match costs about a minute.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from tests.browser.rig.match import Plan, Played
from tests.browser.rig.player import Player
from tests.browser.rig.server import copy_experiment

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
SAVED = "d.stable >= 90 && d.acknowledged_frames > 0"
BACK = "(d.events.rejoined ?? 0) > 0 && !d.catching_up && d.overlay === null"
PlayMatch = Callable[[Plan], Played]


def experiment(folder: Path, frames: int, after_departure: str, more: str = "") -> Path:
    """The example with one episode, going on after departures as said."""
    settings = f'after_departure = "{after_departure}", reconnection_timeout_ms = 10000{more}'
    return copy_experiment(
        EXAMPLE,
        folder / "experiment",
        {
            "num_episodes = 2, max_steps = 900": f"num_episodes = 1, max_steps = {frames}",
            "reconnection_timeout_ms = 30000": settings,
        },
    )


def status_runs(played: Played, seat: int) -> list[tuple[str, int]]:
    """A seat's status over the longest record, as runs of equal ones."""
    assert played.exported is not None
    table = max(played.exported.seats, key=lambda table: len(table.rows))
    return [(status, len(list(run))) for status, run in groupby(table.column(f"status.{seat}"))]


@pytest.mark.parametrize("returning", [0, 1])
def test_a_page_that_is_loaded_again_takes_its_seat_back_and_both_records_are_identical_and_complete(
    returning: int, play_match: PlayMatch, tmp_path: Path
) -> None:
    """The seats' connections are offered by seat 0: both ways of coming back are tried."""
    seats: list[int] = []

    async def one_loads_the_page_again(players: list[Player]) -> None:
        await asyncio.gather(*(player.until(SAVED, 60, "three seconds of play are saved") for player in players))
        seats.extend([(await player.diagnostics())["seat"] for player in players])
        who = players[seats.index(returning)]
        await who.reload()
        await asyncio.gather(*(player.until(BACK, 45, "the page is back in the game") for player in players))
        connected = "d.connection_type === 'direct'"
        await asyncio.gather(*(player.until(connected, 20, "both hear each other directly") for player in players))

    plan = Plan(experiment(tmp_path, 900, "default_action"), seed=11, during=one_loads_the_page_again, rows=(900,))
    played = play_match(plan)

    assert played.exported is not None
    assert set(played.exported.matches.column("end_reason")) == {"COMPLETED"}
    assert all("SOUP-7291" in pages["end"] for pages in played.pages)
    (before, first), (away, missed), (after, last) = status_runs(played, returning)
    assert (before, away, after) == ("present", "disconnected", "present")
    assert first >= 90 and missed < 600 and last >= 60
    assert status_runs(played, 1 - returning) == [("present", 900)]
    assert [complaint for complaints in played.complaints for complaint in complaints] == []


def test_a_page_that_would_have_to_step_for_too_long_goes_on_from_the_partners_state(
    play_match: PlayMatch, tmp_path: Path
) -> None:
    """Here any stepping is too long: a computer on which a step takes a hundred milliseconds is not to be had."""
    returning: list[int] = []

    async def one_loads_the_page_again(players: list[Player]) -> None:
        await asyncio.gather(*(player.until(SAVED, 60, "three seconds of play are saved") for player in players))
        returning.append((await players[1].diagnostics())["seat"])
        await players[1].reload()
        await players[1].until("(d.events.state_taken ?? 0) === 1", 45, "the page has the partner's state")
        await asyncio.gather(*(player.until(BACK, 30, "the page is back in the game") for player in players))

    study = experiment(tmp_path, 900, "default_action", ", longest_stepping_ms = 0")
    played = play_match(Plan(study, seed=13, during=one_loads_the_page_again, rows=(900,)))

    assert played.exported is not None
    (match,) = [dict(zip(played.exported.matches.columns, row, strict=True)) for row in played.exported.matches.rows]
    seat, other = str(returning[0]), str(1 - returning[0])
    assert (match["end_reason"], match["complete"], match["records_agree"]) == ("COMPLETED", "TRUE", "TRUE")
    assert match[f"frames_missing.{seat}"] == match[f"frames_missing.{other}"] == match[f"frames_skipped.{other}"] == ""
    first, last = (int(frame) for frame in match[f"frames_skipped.{seat}"].removeprefix("0:").split("-"))
    report = json.loads(match[f"report.{seat}"])["returned"]
    assert (report["by"], report["skipped"]) == ("snapshot", [0, last]), "not a frame was stepped before the state came"
    assert 0 < first < last and 89 <= last < 899 and last % 30 == 29, "a hashed state, of after the saved seconds"
    assert int(match[f"frames_recorded.{seat}"]) == 900 - (last - first + 1)
    assert status_runs(played, 1 - returning[0]) == [("present", 900)]
    assert [complaint for complaints in played.complaints for complaint in complaints] == []


def test_where_the_study_says_so_the_game_goes_on_without_who_closed_the_page(
    play_match: PlayMatch, tmp_path: Path
) -> None:
    async def second_player_closes_the_window(players: list[Player]) -> None:
        staying, leaving = players
        await asyncio.gather(*(player.until(SAVED, 60, "three seconds of play are saved") for player in players))
        await leaving.close()
        await staying.until("(d.events.dropped ?? 0) > 0", 30, "the partner has left")
        await staying.until("d.overlay === null", 5, "nobody waits any more")

    plan = Plan(experiment(tmp_path, 600, "default_action"), seed=12, during=second_player_closes_the_window, leavers=1)
    played = play_match(plan)

    assert played.exported is not None
    stayed = played.diagnostics[0]
    assert stayed["acknowledged_frames"] == 600
    assert sorted(len(table.rows) for table in played.exported.seats)[-1] == 600
    (before, first), (after, rest) = status_runs(played, 1 - stayed["seat"])
    assert (before, after) == ("present", "disconnected") and first >= 90 and first + rest == 600
    assert status_runs(played, stayed["seat"]) == [("present", 600)]
    assert played.complaints[0] == []
