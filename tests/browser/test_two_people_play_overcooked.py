"""Two people play the Overcooked example in two real Chromium browsers, and the two records agree.

The whole way: served pages, Pyodide in a worker, WebRTC between two network namespaces, chunks into the store, export,
comparison. The two full matches cost about a minute and a half each, the others less than a minute.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.rig.match import Network, Plan, Played
from tests.browser.rig.player import Player
from tests.browser.rig.server import copy_experiment

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
FRAMES = 900
EPISODES = 2
PlayMatch = Callable[[Plan], Played]


def assert_all_went_well(played: Played, frames: int, connection_type: str) -> None:
    """What holds after every match that was played to its end."""
    assert [complaint for complaints in played.complaints for complaint in complaints] == []
    for diagnostics in played.diagnostics:
        assert diagnostics["connection_type"] == connection_type
        assert diagnostics["recorded_frames"] == frames
        assert diagnostics["acknowledged_frames"] == frames
    assert len({diagnostics["match_id"] for diagnostics in played.diagnostics}) == 1
    assert sorted(diagnostics["seat"] for diagnostics in played.diagnostics) == [0, 1]
    assert all("SOUP-7291" in pages["end"] for pages in played.pages), "the code for a match played to its end"
    assert played.exported is not None
    assert set(played.exported.matches.column("end_reason")) == {"COMPLETED"}


def keys_were_pressed(played: Played) -> bool:
    """Whether both seats acted; a match of default actions only would prove nothing."""
    assert played.exported is not None
    table = played.exported.seats[0]
    return all(len(set(table.column(f"action.{seat}"))) >= 5 for seat in (0, 1))


def test_undisturbed_both_records_are_identical_and_complete(play_match: PlayMatch) -> None:
    played = play_match(Plan(EXAMPLE, seed=1, rows=(FRAMES,) * EPISODES))
    assert_all_went_well(played, FRAMES * EPISODES, "direct")
    assert keys_were_pressed(played)
    assert statistics.median(played.pings_ms()) < 40
    assert played.packets.dropped == 0


def test_at_100_ms_round_trip_with_jitter_and_loss_both_records_are_identical_and_complete(
    play_match: PlayMatch,
) -> None:
    network = Network(one_way_ms=50, jitter_ms=10, loss=0.05)
    played = play_match(Plan(EXAMPLE, seed=2, network=network, rows=(FRAMES,) * EPISODES))
    assert_all_went_well(played, FRAMES * EPISODES, "direct")
    assert keys_were_pressed(played)
    # No less than what the router was asked for, or it did not reach the channel; above it, what two browsers on a
    # busy machine add while a packet waits for a page's turn.
    pings = played.pings_ms()
    assert len(pings) > 60 and 95 <= statistics.median(pings) <= 200
    assert 0.03 < played.packets.dropped / (played.packets.dropped + played.packets.delivered) < 0.07
    assert all(diagnostics["rollbacks"] > 0 for diagnostics in played.diagnostics)


def test_where_no_channel_comes_up_the_match_runs_through_the_server(play_match: PlayMatch, tmp_path: Path) -> None:
    played = play_match(Plan(shorter(tmp_path), seed=3, network=Network(block_udp=True), rows=(150,)))
    assert_all_went_well(played, 150, "server")
    assert keys_were_pressed(played)
    assert played.packets.blocked > 0


def test_a_partner_who_closes_the_page_ends_the_match_with_the_data_so_far(
    play_match: PlayMatch, tmp_path: Path
) -> None:
    async def second_player_closes_the_window(players: list[Player]) -> None:
        staying, leaving = players
        saved = "d.stable >= 60 && d.acknowledged_frames > 0"
        await asyncio.gather(*(player.until(saved, 60, "two seconds of play are saved") for player in players))
        await leaving.close()

    experiment = shorter(tmp_path, frames=1800, reconnection_timeout_ms=2000)
    played = play_match(Plan(experiment, seed=4, during=second_player_closes_the_window, leavers=1))
    assert played.exported is not None
    assert set(played.exported.matches.column("end_reason")) == {"PARTNER_LEFT"}
    assert "partner has left" in played.pages[0]["partner_left"]
    assert "PART-3516" in played.pages[0]["end"], "the code for this ending"
    assert played.complaints[0] == []
    # Everything that was certain when the partner left is there, at least what the hook waited for.
    for table in played.exported.seats:
        assert len(table.rows) > 0
    longest = max(len(table.rows) for table in played.exported.seats)
    assert longest > 60 and longest == played.diagnostics[0]["acknowledged_frames"]


def shorter(folder: Path, frames: int = 150, reconnection_timeout_ms: int = 30_000) -> Path:
    """The example with one short episode."""
    return copy_experiment(
        EXAMPLE,
        folder / "experiment",
        {
            "num_episodes = 2, max_steps = 900": f"num_episodes = 1, max_steps = {frames}",
            "reconnection_timeout_ms = 30000": f"reconnection_timeout_ms = {reconnection_timeout_ms}",
        },
    )
