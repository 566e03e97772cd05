"""Two hundred drawn schedules: every fault there is, and every invariant looked at. About 35 s."""

from __future__ import annotations

import pytest

from .generate import generate
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


def test_the_same_schedule_gives_the_same_run_to_the_last_byte() -> None:
    for seed in (3, 17, 44):
        assert run(generate(seed)).trace_hash == run(generate(seed)).trace_hash
    assert run(generate(3)).trace_hash != run(generate(17)).trace_hash
