"""Two hundred drawn schedules: every fault there is, and every invariant looked at. About 35 s."""

from __future__ import annotations

import pytest

from .generate import generate
from .network import CHANNEL
from .oracle import check
from .run import run
from .schedule import KINDS

SEEDS = range(200)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_invariant_holds_whatever_happens(seed: int) -> None:
    result = run(generate(seed))
    assert [str(violation) for violation in check(result)] == [], f"replay it with generate({seed})"


def test_the_fleet_contains_every_kind_of_event_and_every_size_of_match() -> None:
    schedules = [generate(seed) for seed in SEEDS]
    assert {event.kind for schedule in schedules for event in schedule.events} == set(KINDS)
    assert {schedule.peers for schedule in schedules} == {2, 3, 4, 5, 6}
    assert {schedule.after_departure for schedule in schedules} == {"end", "default_action", "policy"}
    assert {schedule.window for schedule in schedules} >= {0, 2, 4, 8, 12}
    assert {schedule.episodes for schedule in schedules} == {1, 2}
    assert {schedule.snapshots for schedule in schedules if schedule.of("reload")} == {True, False}


def test_in_every_schedule_somebody_stays_and_in_some_only_who_comes_back_hears_what_a_leaver_said_last() -> None:
    heard_by_one = 0
    for schedule in map(generate, range(1000)):
        going = {event.peer for event in schedule.events if event.kind in ("kill", "leave", "reload")}
        assert len(going) < schedule.peers, schedule.seed
        for leaves in (event for event in schedule.events if event.kind in ("kill", "leave")):
            silent = [event for event in schedule.of("block") if 0 < leaves.at_ms - event.at_ms <= 300]
            deaf = {event.to for event in silent if event.peer == leaves.peer and event.path == CHANNEL}
            back = {event.peer for event in schedule.of("reload") if event.at_ms + event.ms < leaves.at_ms}
            heard_by_one += {*range(schedule.peers)} - deaf - {leaves.peer} <= back
    assert heard_by_one > 50


def test_the_same_schedule_gives_the_same_run_to_the_last_byte() -> None:
    for seed in (3, 17, 44):
        assert run(generate(seed)).trace_hash == run(generate(seed)).trace_hash
    assert run(generate(3)).trace_hash != run(generate(17)).trace_hash
