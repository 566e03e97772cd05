"""Who leaves, comes back, pauses or ends a match: real sessions, the real arbiter, one story each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .network import CHANNEL, RELAY
from .oracle import check
from .peer import Kept
from .result import Result
from .run import run
from .schedule import Event, Schedule

LINE = {"delay_ms": 45.0, "jitter_ms": 20.0, "loss": 0.04}


def play(*events: Event, **changes: Any) -> Result:
    """Carry out a story; every invariant must hold."""
    usual: dict[str, Any] = {"peers": 3, "frames": 200, "channel": LINE, "relay": {"delay_ms": 20.0}, "grace_ms": 1000}
    result = run(Schedule(seed=3, input_seed=9, events=events, **usual | changes))
    assert [str(violation) for violation in check(result)] == []
    return result


def fates(result: Result) -> list[str]:
    return [life.fate for life in sorted(result.lives, key=lambda life: (life.seat, life.number))]


def statuses(life: Kept, seat: int, peers: int = 3, epoch: int = 0) -> list[str]:
    """Return a seat's status in every frame of a record."""
    rows = [json.loads(row.row + "]") for row in life.rows if row.epoch == epoch]
    return [row[3 + peers + seat] for row in rows]


def changes(result: Result, kind: str) -> list[dict[str, int]]:
    """Return the commits of a kind that say something."""
    return [commit[kind] for commit in result.commits if commit[kind]]


def test_who_dies_is_absent_from_the_cut_on_and_the_others_play_to_the_end() -> None:
    result = play(Event(2000, "kill", 1))
    [cut] = changes(result, "drop")
    survivor = next(life for life in result.lives if life.seat == 0)
    assert statuses(survivor, 1) == ["present"] * (cut["1"] + 1) + ["disconnected"] * (199 - cut["1"])
    assert fates(result) == ["member", "killed", "member"]


def test_a_policy_takes_the_seat_where_the_study_says_so() -> None:
    result = play(Event(2000, "kill", 1), after_departure="policy")
    survivor = next(life for life in result.lives if life.seat == 0)
    assert set(statuses(survivor, 1)) == {"present", "bot"}
    assert statuses(survivor, 1)[-1] == "bot"


def test_the_episode_ends_at_one_frame_for_all_where_the_study_says_so() -> None:
    result = play(Event(2000, "kill", 1), after_departure="end", episodes=2)
    ends = {life.lasts[0] for life in result.lives if life.fate == "member"}
    assert len(ends) == 1 and ends.pop() < 199
    assert all(row.epoch == 0 for life in result.lives for row in life.rows)


def test_who_leaves_by_themselves_is_cut_without_a_grace() -> None:
    result = play(Event(2000, "leave", 1), grace_ms=10_000)
    assert changes(result, "drop") and result.ended_ms < 9000


@pytest.mark.parametrize("apart_ms", [0, 30, 150, 900])
def test_two_who_die_one_after_the_other_are_both_cut_at_frames_that_all_accept(apart_ms: float) -> None:
    result = play(Event(2000, "kill", 1), Event(2000 + apart_ms, "kill", 3), peers=4)
    assert {seat for drop in changes(result, "drop") for seat in drop} == {"1", "3"}
    assert fates(result) == ["member", "killed", "member", "killed"]


@pytest.mark.parametrize("after_ms", [1010, 1040, 1080, 1120, 1300])
def test_somebody_who_dies_while_a_departure_is_decided_is_cut_too(after_ms: float) -> None:
    result = play(Event(2000, "kill", 1), Event(2000 + after_ms, "kill", 0), peers=4)
    assert fates(result) == ["killed", "killed", "member", "member"]


def test_who_is_left_alone_plays_to_the_end() -> None:
    result = play(Event(1500, "kill", 1), Event(2500, "leave", 2))
    assert fates(result) == ["member", "killed", "left"]


def test_who_reloads_comes_back_within_the_episode() -> None:
    result = play(Event(1500, "reload", 1, ms=400), frames=320)
    [activated] = changes(result, "activate")
    first = next(life for life in result.lives if life.seat == 0)
    again = next(life for life in result.lives if life.number == 1)
    present = statuses(first, 1)
    assert present[activated["1"] - 1] == "disconnected" and present[activated["1"]] == "present"
    assert [row.row for row in again.rows] == [row.row for row in first.rows]


def test_who_reloads_near_the_end_comes_back_with_the_next_episode() -> None:
    result = play(Event(5800, "reload", 1, ms=400), episodes=2)
    activated = [commit for commit in result.commits if commit["activate"]]
    assert [(commit["epoch"], commit["activate"]) for commit in activated] == [(1, {"1": 0})]


@pytest.mark.parametrize("apart_ms", [0, 200, 700, 1500])
def test_two_who_reload_at_about_the_same_time_both_come_back(apart_ms: float) -> None:
    events = (Event(1000, "reload", 1, ms=400), Event(1000 + apart_ms, "reload", 2, ms=400), Event(3000, "heal"))
    result = play(*events, frames=450)
    assert {seat for change in changes(result, "activate") for seat in change} == {"1", "2"}
    assert fates(result) == ["member", "reloaded", "member", "reloaded", "member"]


def test_who_reloads_twice_comes_back_twice() -> None:
    events = (Event(1000, "reload", 1, ms=300), Event(5500, "reload", 1, ms=300), Event(6000, "heal"))
    result = play(*events, frames=480)
    assert len(changes(result, "activate")) == 2


def test_who_reloads_and_dies_while_catching_up_holds_nobody_up() -> None:
    result = play(Event(1000, "reload", 1, ms=300), Event(1900, "kill", 1), frames=250)
    assert fates(result) == ["member", "reloaded", "killed", "member"]


def test_a_page_that_slept_too_long_hears_that_it_is_out_and_its_record_is_a_beginning_of_the_others() -> None:
    result = play(Event(1500, "sleep", 1, ms=4000), frames=250)
    assert fates(result) == ["member", "evicted", "member"]
    awake, asleep = (next(life for life in result.lives if life.seat == seat) for seat in (0, 1))
    assert asleep.rows == awake.rows[: len(asleep.rows)] and asleep.rows


def test_a_short_sleep_costs_nobody_a_seat() -> None:
    result = play(Event(1500, "sleep", 1, ms=800))
    assert result.commits == []
    assert any(event["name"] == "interrupted" for life in result.lives for event in life.events)


def test_silence_on_the_direct_path_alone_is_no_departure() -> None:
    cut = [Event(1500, "block", a, b, path=CHANNEL) for a, b in ((0, 1), (1, 0))]
    over = [Event(2100, "set_paths", a, b, path=RELAY) for a, b in ((0, 1), (1, 0))]
    assert play(*cut, *over).commits == []


def test_a_pause_stops_all_before_the_same_frame_and_a_resume_lets_them_go_on() -> None:
    result = play(Event(1500, "pause"), Event(6000, "resume"))
    [paused] = [commit["pause"] for commit in result.commits if commit["pause"] is not None]
    held = [p.confirmed for p in result.probes if 5000 < p.at_ms < 6000]
    assert held and set(held) == {paused - 1}


def test_an_early_finish_ends_the_episode_at_one_frame_for_all() -> None:
    result = play(Event(1500, "finish"), episodes=2)
    [final] = [commit["final"] for commit in result.commits if commit["final"] is not None]
    assert {life.lasts[0] for life in result.lives} == {final}


@pytest.mark.parametrize("crash_ms", [2950, 3000, 3020, 3040, 3060, 3080, 3120])
def test_a_server_that_dies_while_it_decides_decides_the_same_when_it_is_back(crash_ms: float) -> None:
    result = play(Event(2000, "kill", 1), Event(crash_ms, "server_crash"), Event(crash_ms + 600, "server_back"))
    assert [list(drop) for drop in changes(result, "drop")] == [["1"]]


def test_without_the_server_nobody_is_cut_and_all_wait() -> None:
    events = (Event(1500, "server_crash"), Event(1600, "kill", 1), Event(6000, "server_back"))
    result = play(*events)
    waited = {p.confirmed for p in result.probes if 3500 < p.at_ms < 6000}
    assert len(waited) <= 2 and result.commits[0]["drop"]
