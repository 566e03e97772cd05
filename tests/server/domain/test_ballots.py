"""Answers that mean nothing, messages that are lost, and a server that dies at the worst moment."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.wire import words_to_hex
from app.server.domain.ballots import word_count
from app.server.domain.decisions import Persist, Send
from tests.server.domain.ballots_scenario import Match, holds, join, returning, sent, suspect, words

# -- messages that are lost, and a server that dies -----------------------------------------------------------------


def test_who_comes_back_gets_the_commits_it_lacks_before_anything_that_could_free_it() -> None:
    match = Match(people=4, after_departure="default_action")
    match.dropped(3)
    back = match.does("reconnected", 1, 0)
    assert [m["kind"] for m in sent(back, 1)] == ["commit", "abort"] and sent(back, 1)[1]["ballot"] == 1
    match.does("leave", 2)
    back = match.does("reconnected", 1, 1)
    assert [m["kind"] for m in sent(back, 1)] == ["prepare"], "no abort: it may have answered"
    assert sent(match.does("reconnected", 3, 0), 3) == [{"kind": "evicted", "view": 1}]


def test_a_report_of_an_earlier_view_is_answered_with_what_is_missing() -> None:
    match = Match(people=4, after_departure="default_action")
    match.dropped(3)
    match.does("leave", 2)
    told = match.says(1, holds(2, {2: 99}, view=0))
    assert [m["kind"] for m in sent(told, 1)] == ["commit", "prepare"]
    match.says(0, holds(2, {2: 99}, view=1))
    assert len(match.durable) == 1
    match.says(1, holds(2, {2: 98}, view=1))
    assert match.durable[1]["drop"] == {"2": 99}


def test_a_server_that_died_before_the_commit_was_durable_asks_afresh() -> None:
    match = Match()
    match.does("leave", 2)
    match.says(0, holds(1, {2: 99}))
    after = match.restarted()
    for seat in (0, 1):
        assert sent(after.does("reconnected", seat, 0), seat) == [{"kind": "abort", "ballot": 65_536}]
    after.says(1, holds(1, {2: 99}))
    assert not after.durable, "an answer to the dead server does not count"
    assert after.dropped(2, cut=97)["drop"] == {"2": 97}


def test_a_server_that_died_after_the_commit_was_durable_sends_that_one() -> None:
    match = Match()
    commit = match.dropped(2)
    after = match.restarted()
    assert after.arbiter.members == {0, 1} and after.arbiter.final == 101
    for seat in (0, 1):
        assert sent(after.does("reconnected", seat, 0), seat) == [commit, {"kind": "abort", "ballot": 65_536}]
    assert sent(after.does("reconnected", 2, 0), 2) == [{"kind": "evicted", "view": 1}]
    assert after.dropped(1, cut=95)["view"] == 2


def test_a_stranger_is_told_that_it_is_out() -> None:
    match = Match()
    match.dropped(2)
    assert sent(match.says(2, holds(1, {1: 99})), 2) == [{"kind": "evicted", "view": 1}]


@pytest.mark.parametrize(
    "broken",
    [
        {"accepted": 1},
        {"view": -1},
        {"view": 7},
        {"frame": "100"},
        {"stable": -2},
        {"stable": True},
        {"receipts": {}},
        {"receipts": {"2": 10**12}},
        {"receipts": {"2": 80}},
        {"receipts": [99]},
        {"inputs": {}},
        {"inputs": {"2": words(92, 9)}},
        {"inputs": {"2": words(91, 8)}},
        {"inputs": {"2": [91, "zz"]}},
        {"inputs": {"2": [91, "0907" * 2000]}},
        {"inputs": {"2": [91, "0007"]}},
        {"inputs": {"2": [91, "ffffffffff07"]}},
        {"inputs": {"2": [91, "09"]}},
        {"inputs": {"2": [91, 7]}},
        {"inputs": {"2": ["91", "0907"]}},
        {"inputs": None},
    ],
)
def test_a_report_that_means_nothing_is_no_report(broken: dict[str, Any]) -> None:
    match = Match()
    match.does("leave", 2)
    match.says(0, holds(1, {2: 99}))
    match.says(1, {**holds(1, {2: 99}), **broken})
    assert not match.durable and match.arbiter.ignored == 1
    match.says(1, holds(1, {2: 99}))
    assert match.durable


@pytest.mark.parametrize("count", [0, 1, 127, 128, 300, 4000])
@pytest.mark.parametrize("width", [1, 2, 9])
def test_inputs_are_counted_as_the_engine_writes_them(count: int, width: int) -> None:
    same = [bytes(width)] * count
    mixed = [bytes([at % 3] * width) for at in range(count)]
    for words_there in (same, mixed):
        assert word_count(bytes.fromhex(words_to_hex(words_there)), width) == count


@pytest.mark.parametrize(
    "message",
    [
        {}, {"kind": "commit"}, {"kind": ["report"]}, {"kind": "suspect", "seat": 1}, suspect(0), suspect(7),
        {"kind": "suspect", "seat": True, "silent_ms": 1}, {"kind": "join", "epoch": -1, "frame": 0}, {"kind": "heard"},
        {"kind": "report", "ballot": "1"},
    ],
)  # fmt: skip
def test_nonsense_changes_nothing_and_is_counted(message: dict[str, Any]) -> None:
    match = Match()
    assert match.says(0, message) == [] and match.arbiter.ignored == 1


def test_every_commit_is_durable_before_it_is_sent() -> None:
    match = returning()
    match.says(2, join())
    match.accepted(0, 1, 2)
    match.does("pause")
    match.accepted(0, 1, 2)
    match.does("resume")
    match.does("finish")
    match.accepted(0, 1, 2)
    assert [commit["view"] for commit in match.durable] == [1, 2, 3, 4, 5]
    durable: list[dict[str, Any]] = []
    for action in match.actions:
        if isinstance(action, Persist):
            durable.append(action.commit)
        elif isinstance(action, Send) and action.message["kind"] == "commit":
            assert action.message in durable
