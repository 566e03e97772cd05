"""Schedules are data, and a failing one is made small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .game import ToyGame, script
from .generate import generate
from .oracle import check
from .run import run
from .schedule import Event, Schedule
from .shrink import shrink


@pytest.mark.parametrize("seed", range(30))
def test_a_schedule_survives_its_text(seed: int) -> None:
    schedule = generate(seed)
    assert Schedule.from_json(schedule.to_json()) == schedule
    assert generate(seed) == schedule


def test_a_schedule_of_another_version_or_with_unknown_words_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        Schedule.from_json('{"version": 0}')
    with pytest.raises(ValueError, match="piers"):
        Schedule.from_json('{"version": 1, "piers": 3}')
    with pytest.raises(ValueError, match="explode"):
        Event(0, "explode")


def test_what_is_played_is_the_same_in_whatever_order_it_is_asked_for() -> None:
    forwards, backwards = script(3), script(3)
    asked = [forwards(seat, frame) for seat in range(2) for frame in range(200)]
    assert [backwards(seat, frame) for seat in (1, 0) for frame in range(199, -1, -1)] == asked[::-1]
    assert len(set(asked)) == 7


def test_of_a_failing_schedule_only_what_makes_it_fail_is_left() -> None:
    tried: list[Schedule] = []

    def fails(schedule: Schedule) -> set[str]:
        tried.append(schedule)
        kinds = {event.kind for event in schedule.events}
        return {"made-up"} if {"kill", "pause"} <= kinds and schedule.peers >= 3 else set()

    events = [Event(100.0 * index, kind) for index, kind in enumerate(("stall", "kill", "hide", "pause", "heal"))]
    found = shrink(replace(generate(5), peers=5, events=tuple(events)), fails)
    assert [event.kind for event in found.events] == ["kill", "pause"]
    assert (found.peers, found.channel, found.relay, found.episodes) == (3, {}, {}, 1)
    assert len(tried) <= 500


def test_shrinking_keeps_to_its_number_of_runs_and_to_the_invariant_that_failed() -> None:
    runs = 0

    def fails(schedule: Schedule) -> set[str]:
        nonlocal runs
        runs += 1
        return {"first"} if runs == 1 else {"another"}

    schedule = generate(7)
    assert shrink(schedule, fails, most_runs=20) == schedule
    assert runs == 20


def test_a_real_failure_is_shrunk_to_almost_nothing() -> None:
    def break_state(frame: int, game: ToyGame) -> None:
        game.state += frame == 20

    def fails(schedule: Schedule) -> set[str]:
        return {violation.invariant for violation in check(run(schedule, faults={0: break_state}))}

    found = shrink(generate(8), fails, most_runs=120)
    assert found.events == () and found.peers == 2 and found.frames < 60
