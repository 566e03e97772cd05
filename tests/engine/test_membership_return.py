"""What who comes back takes from the server: commits, the input log, and a later one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.engine.membership import Membership, ViewChanges
from app.engine.wire import words_to_hex

from .table import Held, commit, dropped
from .test_membership import W, known, three


def watching(**more: Any) -> Held:
    """Return seat 2, catching up in a match that seats 0 and 1 play on with; it holds ten frames of each."""
    held = Held([W[:10], W[:10], W[:10]], 2)
    held.views.on_commit(dropped(1, 2, 9))
    held.views.take_events()
    return held


def test_an_observer_waits_for_a_later_log_when_a_commit_leaves_a_gap() -> None:
    held = watching()
    assert not held.views.lacks_log
    assert not held.views.on_commit(dropped(2, 1, 15, 12, W[12:16]))
    assert held.views.lacks_log and held.membership.view == 1 and 1 in held.views.members
    held.views.top_up({0: W[:11], 1: W[:11]})
    assert held.views.lacks_log and held.tracks[1].last == 10 and held.tracks[0].last == 10
    held.views.top_up({0: W[:12], 1: W[:12], 2: [b"x"] * 12})
    assert not held.views.lacks_log and held.membership.view == 2 and held.views.members == (0,)
    assert known(held, 1, 18) == [*W[:16], b"a", b"a"] and known(held, 2, 11)[9:] == [W[9], b"a"]


def test_an_observer_that_holds_what_the_backfill_continues_needs_no_log() -> None:
    held = watching()
    assert held.views.on_commit(dropped(2, 1, 15, 10, W[10:16])) and known(held, 1, 17) == [*W[:16], b"a"]
    late = watching()
    assert late.views.on_commit(dropped(2, 1, 8, 9, [])), "the cut is below what it holds"


def test_one_gap_among_several_leavers_is_enough_to_wait() -> None:
    held = watching()
    inputs = {"0": [10, words_to_hex(W[10:13])], "1": [11, words_to_hex(W[11:13])]}
    assert not held.views.on_commit(commit(2, drop={"0": 12, "1": 12}, inputs=inputs))
    assert held.views.lacks_log


def test_a_gap_in_another_episode_is_nobodys_business() -> None:
    held = watching()
    assert held.views.on_commit(dropped(2, 1, 50, 40, W[40:51], epoch=1))


def test_a_member_never_waits_for_a_log() -> None:
    held = three()
    held.membership.waiting[1] = dropped(1, 2, 50, 40, W[40:51])
    assert not held.views.lacks_log


def test_a_log_reaches_far_enough_when_every_cut_lies_in_it() -> None:
    commits = [dropped(1, 2, 9), commit(2, drop={"0": 4, "1": 12})]
    assert ViewChanges.covers(commits, 12) and not ViewChanges.covers(commits, 11) and ViewChanges.covers([], -1)


def restored(commits: Sequence[dict[str, Any]], log: dict[int, list[bytes]], **more: Any) -> Held:
    held = Held([[], [], []], 2, **more)
    held.views.restore(commits, log)
    return held


def test_who_comes_back_takes_the_log_and_what_was_decided() -> None:
    held = restored([dropped(1, 2, 5)], {0: W[:20], 1: W[:20], 2: [*W[:6], *[b"a"] * 14]})
    assert held.views.members == (0, 1) and held.membership.view == 1 and held.membership.since == [0, 0, 1]
    assert known(held, 0, 25) == W[:20] and known(held, 2, 8) == [*W[:6], b"a", b"a"]
    assert held.tracks[2].closed and not held.tracks[0].closed
    assert held.truth.rows == [[19] * 3] * 3
    assert held.advance() == (19, 19)
    held.truth.told(0, (25, 25, 99), 1, 100)
    held.truth.told(1, (25, 25, 99), 1, 100)
    assert held.advance() == (19, 19)


def test_without_a_log_nothing_is_held() -> None:
    held = restored([dropped(1, 2, -1)], {})
    assert held.truth.rows == [[-1] * 3] * 3 and held.views.members == (0, 1)


def test_a_log_that_has_hardly_begun_lacks_nothing_that_is_known_by_definition() -> None:
    held = restored([dropped(1, 2, 0)], {0: [b"x"], 1: [b"y"], 2: [b"z"]}, delay=3)
    assert known(held, 0) == [b"x", b"d", b"d"] and held.tracks[0].last == 2
    assert known(held, 2, 4) == [b"z", b"a", b"a", b"a"]
    assert restored([], {0: W[:5], 1: W[:5], 2: W[:5]}, delay=3).tracks[0].last == 4


def test_a_shorter_log_of_one_seat_is_what_everybody_holds() -> None:
    assert restored([dropped(1, 2, 5)], {0: W[:20], 1: W[:12], 2: W[:30]}).truth.rows[0] == [11] * 3


def test_who_left_in_an_earlier_episode_stays_away_in_the_log() -> None:
    membership = Membership(3, 2, [0, 1, 2])
    membership.apply(dropped(1, 1, 70, substitute="policy"))
    held = restored([dropped(2, 2, 5)], {1: [b"b"] * 9, 0: W[:9], 2: W[:9]}, membership=membership)
    assert known(held, 0) == W[:9]
    assert held.tracks[1].closed and known(held, 1, 3) == [b"b"] * 3 and held.tracks[1].last == 99


def test_who_left_in_this_episode_is_cut_where_that_was_decided() -> None:
    held = restored([dropped(1, 2, 5), dropped(2, 0, 7, substitute="policy")], dict.fromkeys(range(3), W[:10]))
    assert known(held, 0, 10) == [*W[:8], b"b", b"b"] and known(held, 2, 8) == [*W[:6], b"a", b"a"]
    assert held.views.members == (1,)


def test_who_left_and_came_back_meanwhile_is_open_again() -> None:
    left = dropped(1, 1, 3, substitute="policy")
    log = {0: W[:20], 1: [*W[:4], *[b"b"] * 6, *W[10:20]], 2: W[:20]}
    held = restored([left, dropped(2, 2, 5), commit(3, activate={"1": 10})], log)
    assert not held.tracks[1].closed and known(held, 1, 30) == log[1] and held.views.members == (0, 1)
    held.truth.told(0, (19, 90, 19), 2, 100)
    assert held.truth.rows[0][1] == 19
    held.truth.told(0, (19, 90, 19), 3, 100)
    assert held.truth.rows[0][1] == 90


def test_who_comes_back_later_than_the_log_reaches_is_filled_up_to_there() -> None:
    left = dropped(1, 1, 3, substitute="policy")
    log = {0: W[:8], 1: [*W[:4], *[b"b"] * 4], 2: W[:8]}
    held = restored([left, dropped(2, 2, 5), commit(3, activate={"1": 12})], log)
    assert held.tracks[1].last == 11 and known(held, 1, 30) == [*W[:4], *[b"b"] * 8]


def test_who_came_back_from_an_earlier_episode_is_filled_with_what_stood_in_for_it() -> None:
    membership = Membership(3, 2, [0, 1, 2])
    membership.apply(dropped(1, 1, 70, substitute="policy"))
    log = {0: W[:4], 1: [b"b"] * 4, 2: W[:4]}
    held = restored([dropped(2, 2, 3), commit(3, activate={"1": 6})], log, membership=membership)
    assert known(held, 1, 30) == [b"b"] * 6 and held.views.members == (0, 1)


def test_who_came_back_and_left_again_is_cut() -> None:
    log = {0: W[:20], 1: [*W[:4], *[b"a"] * 6, *W[10:20]], 2: W[:20]}
    commits = [dropped(1, 1, 3), dropped(2, 2, 5), commit(3, activate={"1": 10}), dropped(4, 1, 14)]
    held = restored(commits, log)
    assert held.tracks[1].closed and known(held, 1, 17) == [*log[1][:15], b"a", b"a"]
    assert held.tracks[1].last == 99


def test_an_early_end_that_was_decided_holds_for_who_comes_back() -> None:
    held = restored([dropped(1, 2, 5, final=30)], dict.fromkeys(range(3), W[:10]))
    assert held.views.frames == 31
