"""A seat's part in membership: what it promises, and how a commit changes an episode."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.membership import Membership
from app.engine.wire import words_from_hex, words_to_hex

from .table import Held, commit, dropped, prepare

W = [bytes((n,)) for n in range(120)]
PLAIN = {"kind": "report", "ballot": 5, "view": 0, "stable": -1, "receipts": {}, "inputs": {}}


def three(first: int = 10, second: int = 8, third: int = 6, local: int = 0, **more: Any) -> Held:
    """Return a match of three that holds so many words of each."""
    return Held([W[:first], W[:second], W[:third]], local, **more)


def known(held: Held, seat: int, until: int = 12) -> list[bytes]:
    return held.tracks[seat].words(0, until)


# -- who is in a match ------------------------------------------------------------------------------------------------


def test_in_the_beginning_every_person_takes_part_and_policies_play_the_rest() -> None:
    it = Membership(5, 2, [3, 0, 2])
    assert it.members == (0, 2, 3) and it.policies == (1, 4) and it.observers == () and it.absent == {}
    assert (it.view, it.ballot, it.evicted, it.paused_at, it.since, it.waiting) == (0, 0, False, None, [0] * 5, {})
    assert it.local_seat == 2


def test_a_drop_takes_a_seat_out_and_an_activation_puts_it_back() -> None:
    it = Membership(4, 0, [0, 1, 2, 3])
    it.apply(dropped(1, 2, 5, substitute="policy"))
    assert it.members == (0, 1, 3) and it.absent == {2: "policy"} and it.since == [0, 0, 1, 0] and it.view == 1
    it.observe(2, True)
    it.apply(commit(2, activate={"2": 40}))
    assert it.members == (0, 1, 2, 3) and it.absent == {} and it.since == [0, 0, 2, 0] and it.observers == ()


def test_two_seats_may_go_in_one_commit() -> None:
    it = Membership(3, 0, [0, 1, 2])
    it.apply(commit(1, drop={"1": 3, "2": 4}))
    assert it.members == (0,) and it.absent == {1: "default_action", 2: "default_action"} and it.since == [0, 1, 1]


def test_who_catches_up_is_noted_once_and_never_if_it_takes_part() -> None:
    it = Membership(4, 0, [0, 1, 2, 3])
    it.observe(3, True)
    assert it.observers == ()
    it.apply(commit(1, drop={"3": 1, "1": 1}))
    for seat in (3, 1, 3):
        it.observe(seat, True)
    assert it.observers == (1, 3)
    it.observe(1, False)
    it.observe(2, False)
    assert it.observers == (3,)


def test_a_pause_holds_until_it_is_lifted_and_other_commits_leave_it() -> None:
    it = Membership(2, 0, [0, 1])
    it.apply(commit(1, pause=0))
    assert it.paused_at == 0
    it.apply(commit(2))
    assert it.paused_at == 0
    it.apply(commit(3, resume=True))
    assert it.paused_at is None


def test_a_pause_ends_with_its_episode() -> None:
    held = three()
    held.membership.apply(commit(1, pause=30))
    assert held.views.limit == 30
    Held([[], [], []], membership=held.membership, epoch=1)
    assert held.membership.paused_at is None


def test_what_an_observer_could_not_follow_holds_when_the_next_episode_begins() -> None:
    membership = Membership(3, 0, [0, 1, 2])
    membership.waiting = {
        1: dropped(1, 1, 5), 2: commit(2, activate={"1": 9}), 3: dropped(3, 2, 5, epoch=1), 9: commit(9),
    }  # fmt: skip
    Held([[], [], []], membership=membership, epoch=1)
    assert membership.view == 2 and membership.members == (0, 1, 2) and set(membership.waiting) == {3, 9}


def test_what_the_server_said_meanwhile_holds_too_up_to_what_concerns_the_next_episode() -> None:
    membership = Membership(3, 0, [0, 1, 2])
    later = [dropped(3, 2, 5, epoch=1), {"kind": "observe", "seat": 2, "on": True}]
    membership.waiting = {1: dropped(1, 1, 5)}
    observe = {"kind": "observe", "seat": 1, "on": True}
    membership.deferred = [observe, prepare(4, epoch=1), commit(2, pause=7), *later]
    membership.go_on(1)
    assert (membership.view, membership.members, membership.observers) == (2, (0, 2), (1,))
    assert membership.deferred == later and membership.paused_at is None and membership.ballot == 0
    membership.go_on(2)
    assert (membership.view, membership.members, membership.observers) == (3, (0,), (1, 2))
    assert membership.deferred == []


def test_what_follows_a_commit_of_the_next_episode_waits_with_it() -> None:
    membership = Membership(3, 0, [0, 1, 2])
    membership.apply(dropped(1, 1, 5))
    membership.waiting = {2: commit(2, epoch=1, activate={"1": 0})}
    membership.deferred = [{"kind": "observe", "seat": 1, "on": True}]
    membership.go_on(1)
    assert membership.observers == () and len(membership.deferred) == 1 and membership.view == 1


# -- an episode begins ------------------------------------------------------------------------------------------------


def test_a_policys_seat_is_closed_from_its_first_frame_on() -> None:
    held = Held([[], [], []], people=[0, 2])
    assert held.views.members == (0, 2) and held.views.frozen == frozenset() and held.views.fence is None
    assert [track.closed for track in held.tracks] == [False, True, False]
    assert known(held, 1, 3) == [b"b"] * 3


@pytest.mark.parametrize(("substitute", "word"), [("default_action", b"a"), ("policy", b"b")])
def test_who_left_in_an_earlier_episode_is_absent_from_this_ones_first_frame_on(substitute: str, word: bytes) -> None:
    membership = Membership(3, 0, [0, 1, 2])
    membership.apply(dropped(1, 1, 70, substitute=substitute))
    held = Held([[], [], []], membership=membership, epoch=1)
    assert held.views.members == (0, 2) and known(held, 1, 3) == [word] * 3


def test_packets_go_to_the_other_members_and_to_who_catches_up() -> None:
    held = three(local=1)
    assert held.views.others() == [0, 2] == held.views.peers() and held.views.takes_part
    held.views.on_commit(dropped(1, 2, 5))
    assert held.views.others() == [0] == held.views.peers()
    held.membership.observe(2, True)
    assert held.views.others() == [0] and held.views.peers() == [0, 2]
    held.membership.observe(1, True)
    assert held.views.peers() == [0, 2], "nothing is sent to oneself"
    watching = three(local=2)
    watching.views.members = (0, 1)
    assert not watching.views.takes_part and watching.views.others() == [0, 1]


def test_the_limit_is_the_least_of_end_fence_and_pause() -> None:
    held = three(frames=50)
    assert held.views.limit == 50 == held.views.frames
    held.views.on_prepare(prepare(1, fence=40), 9)
    assert held.views.limit == 40 == held.views.fence
    held.membership.paused_at = 30
    assert held.views.limit == 30


# -- prepare and report -----------------------------------------------------------------------------------------------


def test_a_prepare_freezes_the_leaver_and_reports_what_is_held_of_it() -> None:
    held = three()
    held.truth.all_hold(2)
    held.advance()
    assert held.truth.stable == 2
    report = held.views.on_prepare(prepare(5, drop=[2]), 9)
    assert report == {
        "kind": "report", "ballot": 5, "accepted": True, "view": 0, "frame": 9, "stable": 2,
        "receipts": {"2": 5}, "inputs": {"2": [3, words_to_hex(W[3:6])]},
    }  # fmt: skip
    assert held.views.frozen == {2} and held.views.fence is None and held.membership.ballot == 5


def test_a_report_names_every_leaver_and_what_was_never_held_is_empty() -> None:
    held = three(third=0)
    report = held.views.on_prepare(prepare(1, drop=[1, 2]), 9)
    assert report is not None
    assert report["receipts"] == {"1": 7, "2": -1}
    assert report["inputs"] == {"1": [0, words_to_hex(W[:8])], "2": [0, ""]}


def test_a_ballot_that_is_void_is_not_answered_and_the_newest_may_be_asked_again() -> None:
    held = three()
    held.views.on_prepare(prepare(5, drop=[2]), 9)
    assert held.views.on_prepare(prepare(4, drop=[1]), 9) is None
    assert held.views.frozen == {2} and held.membership.ballot == 5
    again = held.views.on_prepare(prepare(5, drop=[2]), 9)
    assert again is not None and again["accepted"]


def test_a_greater_ballot_replaces_what_an_earlier_one_asked_for() -> None:
    held = three()
    held.views.on_prepare(prepare(5, fence=40), 9)
    held.views.on_prepare(prepare(6, drop=[1, 2]), 9)
    assert held.views.frozen == {1, 2} and held.views.fence is None and held.views.limit == 100


@pytest.mark.parametrize(("epoch", "fence"), [(1, None), (1, 40), (0, 9), (0, 8)])
def test_what_comes_too_late_is_refused_and_promises_nothing(epoch: int, fence: int | None) -> None:
    held = three()
    report = held.views.on_prepare(prepare(5, epoch=epoch, fence=fence, drop=[2], activate=2), 9)
    assert report == PLAIN | {"accepted": False, "frame": 9}
    assert held.views.frozen == frozenset() and held.views.fence is None and held.membership.ballot == 5
    assert held.views.limit == 100 and held.tracks[2].last == 5


def test_a_refusal_takes_back_what_was_promised_before() -> None:
    held = three()
    held.views.on_prepare(prepare(5, drop=[2]), 9)
    held.views.on_prepare(prepare(6, fence=3), 9)
    assert held.views.frozen == frozenset()


def test_a_fence_is_refused_when_the_frame_before_it_may_be_recorded() -> None:
    for confirmed, accepted in ((7, True), (8, False), (9, False)):
        held = three()
        held.truth.confirmed = confirmed
        report = held.views.on_prepare(prepare(1, fence=9), 8)
        assert report is not None and report["accepted"] is accepted


def test_a_fence_right_after_the_newest_input_is_kept() -> None:
    report = three().views.on_prepare(prepare(1, fence=10), 9)
    assert report is not None and report["accepted"] and report["frame"] == 9


def test_while_a_return_is_being_agreed_the_seat_is_not_known_beyond_the_fence() -> None:
    held = three()
    held.views.on_commit(dropped(1, 2, 5))
    assert held.tracks[2].last == 99
    held.views.on_prepare(prepare(5, fence=40, activate=2), 9)
    assert held.tracks[2].last == 39
    held.views.on_abort({"ballot": 5})
    assert held.tracks[2].last == 99
    held.views.on_prepare(prepare(6, fence=50, activate=2), 9)
    held.views.on_prepare(prepare(7, drop=[1]), 9)
    assert held.tracks[2].last == 99


def test_an_abort_lifts_every_promise_up_to_its_ballot() -> None:
    held = three()
    held.views.on_prepare(prepare(5, drop=[2], fence=40), 9)
    held.views.on_abort({"ballot": 4})
    assert held.views.frozen == {2} and held.views.fence == 40 and held.membership.ballot == 5
    held.views.on_abort({"ballot": 5})
    assert held.views.frozen == frozenset() and held.views.fence is None
    held.views.on_abort({"ballot": 9})
    assert held.membership.ballot == 9 and held.views.on_prepare(prepare(8), 9) is None


# -- commits ----------------------------------------------------------------------------------------------------------


def test_a_cut_takes_the_backfill_and_lets_the_fill_stand_from_there_on() -> None:
    held = three()
    held.views.on_prepare(prepare(1, drop=[2]), 9)
    assert held.views.on_commit(dropped(1, 2, 8, 4, W[4:9]))
    assert known(held, 2) == [*W[:9], b"a", b"a", b"a"]
    assert held.views.members == (0, 1) == held.membership.members and held.membership.absent == {2: "default_action"}
    assert held.views.frozen == frozenset() and held.views.fence is None
    assert held.views.take_events() == [{"name": "dropped", "seat": 2, "cut": 8, "view": 1}]
    assert held.views.take_events() == []
    assert held.advance()[0] == 7, "the two who remain count"


def test_a_cut_at_or_below_what_is_held_needs_no_backfill_and_takes_the_rest_away() -> None:
    for cut in (5, 3, -1):
        held = three()
        held.views.on_commit(dropped(1, 2, cut, 0, W[: cut + 1]))
        assert known(held, 2, 7) == [*W[: cut + 1], *[b"a"] * (6 - cut)]


def test_a_backfill_that_is_not_needed_may_begin_anywhere() -> None:
    held = three()
    held.views.on_commit(dropped(1, 2, 5, 5, [b"x"]))
    assert known(held, 2, 7) == [*W[:6], b"a"], "what is known stays as it is"


def test_a_policy_may_take_the_seat() -> None:
    held = three()
    held.views.on_commit(dropped(1, 2, 4, substitute="policy"))
    assert known(held, 2, 7) == [*W[:5], b"b", b"b"]


def test_several_seats_are_cut_each_at_its_own_frame() -> None:
    held = three()
    inputs = {"1": [6, words_to_hex(W[6:9])], "2": [6, words_to_hex([])]}
    held.views.on_commit(commit(1, drop={"1": 8, "2": 5}, inputs=inputs))
    assert known(held, 1, 10) == [*W[:9], b"a"] and known(held, 2, 7) == [*W[:6], b"a"]
    assert [event["seat"] for event in held.views.take_events()] == [1, 2] and held.views.others() == []


def test_a_backfill_that_leaves_a_gap_is_a_violation() -> None:
    with pytest.raises(AssertionError, match="INV-7: seat 2 is cut at 8, known to 5"):
        three().views.on_commit(dropped(1, 2, 8, 7, W[7:9]))
    with pytest.raises(AssertionError, match="INV-7: seat 2 is cut at 8, known to 7"):
        three().views.on_commit(dropped(1, 2, 8, 6, W[6:8]))


def test_a_backfill_that_is_no_words_is_a_violation() -> None:
    for text in ("zz", "0000", words_to_hex(W[:10])):
        broken = dropped(1, 2, 8) | {"inputs": {"2": [0, text]}}
        with pytest.raises(AssertionError, match="INV-7: the inputs of seat 2 in the commit of view 1"):
            three().views.on_commit(broken)


def test_who_reads_of_its_own_departure_is_out() -> None:
    held = three()
    held.views.on_commit(dropped(1, 1, 7))
    assert not held.membership.evicted
    held.views.on_commit(dropped(2, 0, 9))
    assert held.membership.evicted and not held.views.takes_part


def test_a_seat_that_comes_back_needs_real_words_from_that_frame_on() -> None:
    held = three()
    held.views.on_commit(dropped(1, 2, 5))
    held.views.on_prepare(prepare(5, fence=20, activate=2), 9)
    held.views.take_events()
    assert held.views.on_commit(commit(2, activate={"2": 20}))
    assert held.tracks[2].last == 19 and not held.tracks[2].closed and known(held, 2, 20) == [*W[:6], *[b"a"] * 14]
    assert held.views.members == (0, 1, 2) and held.views.fence is None
    assert held.views.take_events() == [{"name": "rejoined", "seat": 2, "at": 20, "view": 2}]
    held.truth.told(1, (0, 0, 50), 1, 100)
    assert held.truth.rows[1][2] == 19, "an acknowledgement from before it knew"
    held.views.on_abort({"ballot": 5})
    assert held.tracks[2].last == 19


def test_an_end_lowers_the_frames_and_never_raises_them() -> None:
    held = three()
    held.views.on_commit(commit(1, final=40))
    assert held.views.frames == 41
    held.views.on_commit(commit(2, final=60))
    assert held.views.frames == 41


def test_commits_are_applied_in_order_of_view_and_each_once() -> None:
    held = three()
    assert not held.views.on_commit(commit(3, final=30))
    assert not held.views.on_commit(dropped(2, 1, 7))
    assert held.membership.view == 0 and held.views.frames == 100
    assert held.views.on_commit(dropped(1, 2, 5))
    assert held.membership.view == 3 and held.views.frames == 31 and held.views.members == (0,)
    assert held.views.on_commit(dropped(2, 1, 7)) is False and held.views.on_commit(dropped(3, 1, 3)) is False
    assert held.membership.waiting == {} and len(held.views.take_events()) == 2


def test_a_commit_of_the_next_episode_changes_the_match_but_not_this_episode() -> None:
    held = three()
    held.views.on_commit(dropped(1, 2, 5))
    held.views.on_prepare(prepare(5, fence=40), 9)
    assert held.views.on_commit(commit(2, epoch=1, activate={"2": 0}, final=3))
    assert held.membership.members == (0, 1, 2) and held.views.members == (0, 1)
    assert held.tracks[2].closed and held.views.frames == 100 and held.views.fence is None
    after = Held([[], [], []], membership=held.membership, epoch=1)
    assert after.views.members == (0, 1, 2) and not after.tracks[2].closed


# -- properties -------------------------------------------------------------------------------------------------------


@given(st.data())
def test_all_who_remain_apply_the_same_cut_whatever_each_of_them_held(data: st.DataObject) -> None:
    """Prepare, report and commit between three members; the arbiter's rule is the greatest receipt."""
    counts = data.draw(st.tuples(*[st.integers(0, 20)] * 3))
    stables = [data.draw(st.integers(0, min(counts))) - 1 for _ in counts]
    members = [Held([W[:30], W[:30], W[:30], W[:count]], local) for local, count in enumerate(counts)]
    reports = []
    for held, stable in zip(members, stables, strict=True):
        held.truth.stable = stable
        report = held.views.on_prepare(prepare(1, drop=[3]), 29)
        assert report is not None and report["receipts"] == {"3": held.tracks[3].last}
        reports.append(report)
    cut, start = max(count - 1 for count in counts), min(stables) + 1
    best = next(report for report in reports if report["receipts"]["3"] == cut)
    first, text = best["inputs"]["3"]
    words = [*W[start:first], *(words_from_hex(text, 1, 200) or [])]
    for held in members:
        assert held.views.on_commit(dropped(1, 3, cut, start, words))
        assert known(held, 3, 40) == [*W[: cut + 1], *[b"a"] * (39 - cut)]
        assert held.views.members == (0, 1, 2)
