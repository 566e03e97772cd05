"""Edges of the arbiter's rules that only several events together reach."""

from __future__ import annotations

from .ballots_scenario import FRAMES, Match


def suspect(seat: int) -> dict[str, object]:
    return {"kind": "suspect", "seat": seat, "silent_ms": 30_000}


def test_what_was_said_of_a_silent_member_does_not_outlive_the_episode() -> None:
    match = Match()
    match.does("interrupted", 0)
    match.does("reconnected", 0, 0)
    match.says(0, suspect(1))  # does not count yet: seat 0 was cut off itself
    match.passes(20_000)
    match.does("begin_episode", 1, FRAMES)
    match.passes(40_000)
    assert not match.to(2, "prepare"), "the page has begun another episode and never takes it back"
    match.says(0, suspect(1))
    assert match.ballot(2)["drop"] == [1]


def test_an_episode_that_is_begun_again_by_a_server_that_was_started_again_forgets_no_accusation() -> None:
    match = Match()
    match.does("begin_episode", 0, FRAMES)
    match.says(0, suspect(1))
    match.does("begin_episode", 0, FRAMES)
    match.passes(250)
    assert match.ballot(2)["drop"] == [1]
