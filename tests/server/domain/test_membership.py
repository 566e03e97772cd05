"""Who takes part in a match: departures, agreed frames, and a server that dies at the worst moment."""

from __future__ import annotations

import pytest

from app.server.domain.decisions import Persist
from tests.server.domain.ballots_scenario import Match, holds, report, sent, suspect, words


def test_a_departure_is_cut_at_the_greatest_receipt_of_all_who_remain() -> None:
    match = Match()
    match.does("leave", 2)
    asked = match.ballot(0)
    assert asked == {
        "kind": "prepare", "ballot": 1, "view": 1, "epoch": 0, "drop": [2], "fence": None, "activate": None,
    }  # fmt: skip
    assert match.ballot(1) == asked and not match.to(2)
    match.says(0, holds(1, {2: 97}, stable=95))
    assert not match.durable, "one answer of two is not enough"
    done = match.says(1, holds(1, {2: 99}, stable=94))
    assert match.durable == [
        {
            "kind": "commit", "view": 1, "epoch": 0, "drop": {"2": 99}, "inputs": {"2": words(95, 5)},
            "substitute": "default_action", "activate": {}, "final": 100, "pause": None, "resume": False,
        }
    ]  # fmt: skip
    assert isinstance(done[0], Persist), "durable before it is sent"
    assert match.to(0, "commit") == match.to(1, "commit") == match.durable
    assert match.to(2) == [{"kind": "evicted", "view": 1}]
    assert match.happened("dropped") == [{"seat": 2, "cut": 99, "view": 1, "epoch": 0, "returning": False}]
    assert match.arbiter.members == {0, 1}


@pytest.mark.parametrize(("after", "substitute"), [("default_action", "default_action"), ("policy", "policy")])
def test_a_study_may_let_something_play_on_for_who_has_left(after: str, substitute: str) -> None:
    commit = Match(after_departure=after).dropped(1)
    assert commit["final"] is None and commit["substitute"] == substitute


def test_two_who_leave_at_once_are_dropped_by_one_ballot_and_the_first_cut_ends_the_episode() -> None:
    match = Match(people=4)
    match.does("leave", 2)
    match.does("leave", 3)
    first, second = match.to(0, "prepare")
    assert (first["drop"], second["drop"]) == ([2], [2, 3]) and second["ballot"] > first["ballot"]
    match.says(0, holds(first["ballot"], {2: 99}))
    match.says(1, holds(first["ballot"], {2: 99}))
    assert not match.durable, "the first ballot is void"
    match.says(0, holds(second["ballot"], {2: 99, 3: 95}))
    match.says(1, holds(second["ballot"], {2: 98, 3: 96}))
    assert match.durable[0]["drop"] == {"2": 99, "3": 96} and match.durable[0]["final"] == 97


def test_a_later_departure_can_only_lower_the_final_frame() -> None:
    match = Match()
    assert match.dropped(2, cut=100)["final"] == 101
    assert match.dropped(1, cut=98)["final"] == 99
    match = Match()
    match.dropped(2, cut=100)
    assert match.dropped(1, cut=105)["final"] == 101


def test_when_nobody_remains_the_match_is_over_and_nothing_is_decided() -> None:
    match = Match(people=2)
    match.does("leave", 0)
    match.does("leave", 1)
    assert match.happened("empty") == [{}] and not match.durable
    match.passes(60_000)
    assert match.happened("empty") == [{}] and match.arbiter.over


def test_a_departure_before_the_first_episode_is_decided_in_it() -> None:
    match = Match(begun=False)
    assert match.does("leave", 2) == [] and match.arbiter.deciding_drop
    assert match.does("begin_episode", 0, 900) == [], "the pages hear `begin` first"
    match.passes(250)
    assert match.ballot(0)["epoch"] == 0
    for seat in (0, 1):
        match.says(seat, holds(match.ballot(seat)["ballot"], {2: 0}, stable=-1))
    assert match.durable[0]["drop"] == {"2": 0}


def test_a_departure_between_episodes_is_asked_again_in_the_new_one() -> None:
    match = Match(after_departure="default_action")
    match.does("leave", 2)
    begun = match.does("begin_episode", 1, 900)
    assert sent(begun, 0) == [{"kind": "abort", "ballot": 1}] and match.arbiter.deciding_drop
    match.passes(250)
    assert match.ballot(0)["epoch"] == 1
    match.says(0, report(2, accepted=False))
    assert not match.durable, "it has not begun the episode yet"
    match.passes(1000)
    assert match.to(0, "prepare")[-1]["ballot"] == 2, "so it is asked again"
    for seat in (0, 1):
        match.says(seat, holds(2, {2: 0}, stable=-1))
    assert match.durable[0]["epoch"] == 1


def test_a_question_is_asked_again_until_it_is_answered() -> None:
    match = Match()
    match.does("leave", 2)
    match.says(0, holds(1, {2: 99}))
    again = match.passes(3000)
    assert len(sent(again, 1, "prepare")) == 3 and not sent(again, 0)


def test_a_silent_member_has_its_own_grace_and_then_goes_with_the_other() -> None:
    match = Match(people=4)
    match.does("leave", 3)
    for seat in (0, 1):
        match.says(seat, holds(1, {3: 99}))
    match.passes(5000)
    assert match.happened("suspected") == [{"seat": 2, "by": None, "silent_ms": 5000}]
    match.passes(29_500)
    assert match.ballot(0)["ballot"] == 1
    match.passes(500)
    assert match.ballot(0) == {**match.ballot(1), "ballot": 2, "drop": [2, 3]}
    match.says(2, holds(1, {3: 101}))
    assert not match.durable, "what it says to a void ballot does not count"
    for seat in (0, 1):
        match.says(seat, holds(2, {2: 95, 3: 99}))
    assert match.durable[0]["drop"] == {"2": 95, "3": 99}


def test_a_slow_member_that_answers_in_its_grace_stays() -> None:
    match = Match()
    match.does("leave", 2)
    match.says(0, holds(1, {2: 99}))
    match.passes(34_000)
    match.says(1, holds(1, {2: 98}))
    assert match.arbiter.members == {0, 1} and match.durable[0]["drop"] == {"2": 99}


# -- suspicion ---------------------------------------------------------------------------------------------------


def test_the_first_accusation_counts_when_two_accuse_each_other() -> None:
    match = Match()
    match.says(0, suspect(1))
    match.says(1, suspect(0))
    assert match.ballot(2)["drop"] == [1] and len(match.to(2, "prepare")) == 1


def test_an_accuser_that_the_server_cannot_reach_does_not_count() -> None:
    match = Match()
    match.says(0, suspect(1))
    match.does("interrupted", 0)
    assert match.to(2, "abort") == [{"kind": "abort", "ballot": 1}]
    match.says(1, suspect(0))
    assert match.ballot(2)["drop"] == [0]


def test_who_was_cut_off_itself_accuses_nobody_before_a_whole_grace_time() -> None:
    match = Match()
    match.does("interrupted", 0)
    match.passes(40_000)
    match.does("reconnected", 0, 0)
    match.says(0, suspect(1))
    match.says(0, suspect(2))
    match.passes(29_000)
    assert not match.to(1, "prepare")
    match.says(0, {"kind": "heard", "seat": 2})
    match.passes(1000)
    assert match.ballot(2)["drop"] == [1]


def test_somebody_who_is_heard_again_stays_and_the_ballot_is_taken_back() -> None:
    match = Match()
    match.says(0, suspect(2))
    match.says(1, suspect(2))
    match.says(0, {"kind": "heard", "seat": 2})
    assert not match.to(0, "abort"), "one still accuses"
    match.says(1, {"kind": "heard", "seat": 2})
    assert match.to(0, "abort") == match.to(2, "abort") == [{"kind": "abort", "ballot": 1}]
    match.says(0, holds(1, {2: 99}))
    match.says(1, holds(1, {2: 99}))
    assert not match.durable


def test_what_was_said_before_a_ballot_was_taken_back_does_not_count_for_the_next_of_the_same_seat() -> None:
    match = Match()
    match.says(0, suspect(2))
    match.says(0, holds(1, {2: 95}))
    match.says(0, {"kind": "heard", "seat": 2})
    match.says(0, suspect(2))
    assert match.ballot(0) == {**match.ballot(1), "ballot": 2, "drop": [2]}
    match.says(1, holds(1, {2: 95}))
    match.says(1, holds(2, {2: 97}))
    assert not match.durable, "it has taken more in between, perhaps"
    match.says(0, holds(2, {2: 98}))
    assert match.durable[0]["drop"] == {"2": 98}
