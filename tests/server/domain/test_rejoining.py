"""Coming back to a match that goes on, and frames at which all agree to stop."""

from __future__ import annotations

from app.server.domain.decisions import Persist
from tests.server.domain.ballots_scenario import Match, holds, join, report, returning, sent

# -- coming back --------------------------------------------------------------------------------------------------


def test_a_page_that_was_loaded_again_watches_until_it_has_caught_up() -> None:
    match = returning()
    assert match.to(0, "observe") == match.to(1, "observe") == [{"kind": "observe", "seat": 2, "on": True}]
    assert match.to(2) == match.durable, "the new page hears the commit, not that it is evicted"
    assert match.happened("dropped")[0]["returning"]
    match.says(2, join())
    asked = match.ballot(2)
    # Frame 100 is known, 9 frames may be ahead of it, then a second.
    assert asked == {**match.ballot(0), "drop": [], "activate": 2, "fence": 100 + 9 + 1 + 30}
    match.accepted(0, 1)
    assert match.arbiter.members == {0, 1}
    match.accepted(2)
    assert match.durable[-1]["activate"] == {"2": 140} and match.arbiter.members == {0, 1, 2}
    assert all(match.to(seat, "commit")[-1] == match.durable[-1] for seat in range(3))
    assert match.happened("rejoined") == [{"seat": 2, "frame": 140, "view": 2, "epoch": 0}]


def test_a_fence_that_came_too_late_is_taken_back_and_the_next_lies_further() -> None:
    match = returning()
    match.says(2, join())
    first = match.ballot(0)
    refused = match.says(1, report(first["ballot"], accepted=False, view=1, frame=180))
    for seat in range(3):
        assert [m["kind"] for m in sent(refused, seat)] == ["abort", "prepare"]
    assert match.ballot(0)["fence"] == 180 + 9 + 1 + 60
    match.says(0, report(first["ballot"], view=1))
    match.accepted(1, 2)
    assert match.arbiter.members == {0, 1}, "an answer to the void ballot does not count"


def test_an_observer_that_is_not_ready_must_join_again() -> None:
    match = returning()
    match.says(2, join())
    match.says(2, report(match.ballot(2)["ballot"], accepted=False, view=1))
    asked = len(match.to(0, "prepare"))
    match.passes(2000)
    assert len(match.to(0, "prepare")) == asked
    match.says(2, join())
    match.passes(250)
    assert len(match.to(0, "prepare")) == asked + 1


def test_a_silent_observer_is_given_up_after_half_a_minute_and_may_try_again() -> None:
    match = returning()
    match.passes(31_000)
    assert match.happened("rejoin_failed") == [{"seat": 2}]
    assert match.to(0, "observe")[-1] == {"kind": "observe", "seat": 2, "on": False}
    match.does("observe", 2)
    match.says(2, join())
    match.accepted(0, 1, 2)
    assert match.arbiter.members == {0, 1, 2}


def test_a_departure_during_an_activation_comes_first() -> None:
    match = returning(people=4)
    match.says(2, join())
    asked = match.ballot(2)
    done = match.does("leave", 3)
    assert sent(done, 2) == [{"kind": "abort", "ballot": asked["ballot"]}]
    assert [m["kind"] for m in sent(done, 0)] == ["abort", "prepare"] and match.ballot(0)["drop"] == [3]
    for seat in (0, 1):
        match.says(seat, holds(match.ballot(seat)["ballot"], {3: 100}, view=1))
    assert match.durable[-1]["drop"] == {"3": 100} and match.to(2, "commit")[-1] == match.durable[-1]
    assert match.ballot(2)["activate"] == 2
    match.accepted(0, 1, 2)
    assert match.arbiter.members == {0, 1, 2}


def test_an_observer_that_leaves_is_only_no_longer_watched_for() -> None:
    match = returning()
    match.says(2, join())
    left = match.does("leave", 2)
    for seat in (0, 1):
        assert [m["kind"] for m in sent(left, seat)] == ["abort", "observe"]
    assert len(match.durable) == 1 and not match.arbiter.deciding_drop


def test_who_has_caught_up_takes_part_from_the_first_frame_of_the_next_episode() -> None:
    match = returning()
    match.arbiter.begin_episode(0, 120, match.now_ms)
    match.arbiter.known_frame(0, 100)
    match.says(2, join())
    assert all(message["activate"] is None for message in match.to(0, "prepare")), "too short for a fence"
    match.passes(60_000)
    assert not match.happened("rejoin_failed"), "it does not depend on the page"
    begun = match.does("begin_episode", 1, 900)
    assert isinstance(begun[0], Persist) and begun[0].commit["activate"] == {"2": 0} and begun[0].commit["epoch"] == 1
    assert sent(begun, 2) == [begun[0].commit]


def test_where_the_study_ends_with_a_departure_a_reload_does_not_end_it_but_a_failed_return_does() -> None:
    match = returning("end")
    assert match.durable[-1]["final"] is None and not match.arbiter.finishing
    match.passes(31_000)
    assert match.happened("rejoin_failed") and match.arbiter.finishing
    fence = match.ballot(0)["fence"]
    match.accepted(0, 1)
    assert match.durable[-1]["final"] == fence - 1


def test_who_lacks_more_than_anybody_has_kept_must_come_back_once_more() -> None:
    match = Match(people=4, after_departure="default_action")
    match.does("leave", 3)
    match.says(0, holds(1, {3: 100}, stable=95))
    match.says(1, holds(1, {3: 99}, stable=95))
    match.says(2, holds(1, {3: 90}, stable=80))
    assert not match.durable and match.ballot(0)["drop"] == [2, 3]
    for seat in (0, 1):
        match.says(seat, holds(2, {2: 99, 3: 100}, stable=95))
    assert match.durable[0]["drop"] == {"2": 99, "3": 100}


# -- early end and pause -------------------------------------------------------------------------------------------


def test_an_early_end_lies_before_a_frame_that_nobody_has_reached() -> None:
    match = Match(people=2)
    match.arbiter.known_frame(0, 500)
    match.does("finish")
    assert match.ballot(0)["fence"] == 500 + 9 + 1 + 30
    match.accepted(0, 1)
    assert match.durable[-1]["final"] == 539
    assert match.happened("final") == [{"epoch": 0, "frame": 539}]
    assert match.does("finish") == []


def test_an_episode_that_is_almost_over_ends_by_itself() -> None:
    match = Match(people=2)
    match.does("begin_episode", 1, 100)
    match.arbiter.known_frame(0, 80)
    match.does("finish")
    assert match.arbiter.finishing and not match.to(0, "prepare")


def test_a_pause_holds_all_before_the_same_frame_until_it_is_over() -> None:
    match = Match(people=2)
    match.does("pause")
    fence = match.ballot(0)["fence"]
    match.accepted(0, 1)
    assert match.durable[-1]["pause"] == fence and match.arbiter.paused
    resumed = match.does("resume")
    assert isinstance(resumed[0], Persist) and resumed[0].commit["resume"] and not match.arbiter.paused
    assert not match.does("resume")


def test_a_pause_that_is_taken_back_before_it_is_decided_never_happens() -> None:
    match = Match(people=2)
    match.does("pause")
    match.does("resume")
    match.accepted(0, 1)
    assert not match.durable and match.to(0, "abort")


def test_a_paused_match_that_is_to_end_goes_on_to_its_end() -> None:
    match = Match(people=2)
    match.does("pause")
    match.accepted(0, 1)
    match.does("finish")
    assert match.durable[-1]["resume"]
    match.accepted(0, 1)
    assert match.durable[-1]["final"] is not None


def test_a_fence_that_somebody_does_not_answer_is_taken_back_and_tried_again() -> None:
    match = Match(people=2)
    match.does("finish")
    match.accepted(0)
    match.passes(5000)
    assert match.to(0, "abort")
    match.passes(1000)
    assert match.ballot(1)["ballot"] == 2 and match.arbiter.members == {0, 1}
