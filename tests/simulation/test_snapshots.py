"""Coming back by another seat's state in a simulated network: real sessions, one story each."""

from __future__ import annotations

from typing import Any

import pytest

from .network import RELAY
from .peer import Kept
from .result import Result
from .schedule import Event
from .test_membership import changes, fates, play, statuses


def comes_back(*events: Event, **more: Any) -> tuple[Result, Kept]:
    """Let seat 1 reload with states allowed; return the run and the page that came back."""
    usual: dict[str, Any] = {"frames": 400, "snapshots": True}
    result = play(Event(3000, "reload", 1, ms=400), *events, **usual | more)
    return result, next(life for life in result.lives if (life.seat, life.number) == (1, 1))


def assert_taken(result: Result, again: Kept) -> None:
    first = next(life for life in result.lives if life.seat == 0)
    skipped = range(again.skipped[0][0], again.skipped[0][1] + 1)
    assert len(skipped) >= 60 and again.refused == []
    assert again.rows == [row for row in first.rows if row.frame not in skipped]
    [activated] = changes(result, "activate")
    assert statuses(first, 1)[activated["1"]] == "present"


@pytest.mark.parametrize("changed", [{}, {"window": 0}, {"delay": 4, "window": 12}, {"ai_seats": 1}, {"peers": 2}])
def test_who_comes_back_by_a_state_records_what_the_others_record_but_for_what_was_skipped(
    changed: dict[str, Any],
) -> None:
    if changed.get("peers") == 2 or "ai_seats" in changed:  # a row of another width than `statuses` reads
        result, again = comes_back(**changed)
        assert again.skipped[0][1] >= 60 and changes(result, "activate")
    else:
        assert_taken(*comes_back(**changed))


def test_a_slow_and_lossy_line_to_the_server_only_makes_it_later() -> None:
    assert_taken(*comes_back(relay={"delay_ms": 90.0, "jitter_ms": 30.0, "loss": 0.1}))


def test_two_that_come_back_at_once_both_get_a_state() -> None:
    result, again = comes_back(Event(3100, "reload", 2, ms=400), Event(6000, "heal"), frames=500)
    other = next(life for life in result.lives if (life.seat, life.number) == (2, 1))
    assert again.skipped and other.skipped
    assert fates(result) == ["member", "reloaded", "member", "reloaded", "member"]


def test_where_the_donor_dies_who_comes_back_steps_everything() -> None:
    result, again = comes_back(Event(3650, "kill", 0), frames=500)
    assert again.skipped or again.refused == ["donor_gone"]
    assert fates(result) == ["killed", "reloaded", "member", "member"]


def test_where_the_servers_line_breaks_who_comes_back_steps_everything() -> None:
    block = [Event(3480, "block", 1, path=RELAY), Event(9000, "unblock", 1, path=RELAY)]
    result, again = comes_back(*block, frames=600, grace_ms=20_000)
    assert 0 in again.skipped or again.refused == ["no_progress"]
    assert fates(result) == ["member", "reloaded", "member", "member"]


def test_where_the_server_forgets_who_asked_it_is_no_harm() -> None:
    crash = [Event(3700, "server_crash"), Event(4200, "server_back"), Event(5000, "heal")]
    result, again = comes_back(*crash, frames=600, grace_ms=3000)
    assert 0 in again.skipped or again.refused
    assert fates(result)[1:3] == ["reloaded", "member"]


def test_without_states_every_frame_is_stepped() -> None:
    result, again = comes_back(snapshots=False)
    assert again.skipped == {} and [row.frame for row in again.rows] == list(range(400))
