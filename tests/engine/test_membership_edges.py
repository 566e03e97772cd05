"""What goes wrong between a decision and those who have not heard of it yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from .table import FRAME, Table, act, commit, prepare


def decided(table: Table, view: int, members: Sequence[int], leavers: Sequence[int]) -> dict[str, Any]:
    """Ask the members about leavers; return the commit that follows, which nobody has heard of."""
    asked = prepare(view, view=view, drop=list(leavers))
    reports = [table.control(seat, asked).server[0] for seat in members]
    drop, inputs = {}, {}
    for leaver in map(str, leavers):
        best = max(reports, key=lambda report: (report["receipts"][leaver], -report["stable"]))
        drop[leaver], inputs[leaver] = best["receipts"][leaver], best["inputs"][leaver]
    return commit(view, drop=drop, inputs=inputs)


def hear(table: Table, seats: Sequence[int], message: dict[str, Any]) -> None:
    for seat in seats:
        table.control(seat, message)


def leave(table: Table, view: int, members: Sequence[int], leavers: Sequence[int]) -> dict[str, Any]:
    """Let seats leave, and everybody hear it."""
    message = decided(table, view, members, leavers)
    hear(table, members, message)
    for seat in leavers:
        del table.sessions[seat]
    table.play(10)
    return message


def come_back(table: Table, seat: int, commits: Sequence[dict[str, Any]], members: Sequence[int]) -> None:
    """Let a seat's new page follow the others."""
    log = table[members[0]].stable_words(0, table[members[0]].stable)
    table.sessions[seat] = table.session(seat)
    table[seat].preload(commits, log)
    table.rows[seat] = []
    hear(table, members, {"kind": "observe", "seat": seat, "on": True})


def differing(table: Table, one: int, other: int) -> list[int]:
    """Return the frames whose rows differ between two seats' records."""
    rows = {row.frame: row.row for row in table.rows[one]}
    return [row.frame for row in table.rows[other] if rows.get(row.frame, row.row) != row.row]


@pytest.mark.parametrize("delay", [0, 2])
def test_who_is_asked_again_keeps_its_promise_though_it_stands_before_the_fence_by_now(delay: int) -> None:
    table = Table(frames=100, input_delay=delay)
    table.play(10)
    fence = table[0].frame + 12
    assert all(table.control(seat, prepare(1, fence=fence)).server[0]["accepted"] for seat in (0, 1))
    table.play(30)
    assert table.control(0, prepare(1, fence=fence)).server[0]["accepted"]
    table.play(5)
    assert table[0].frame == fence
    hear(table, (0, 1), commit(1, final=fence - 1))
    table.play(3)
    assert table[0].finished and len(table.rows[0]) == len(table.rows[1]) == fence
    assert table.rows[0][-1].state_hash == table.rows[1][-1].state_hash != ""


def test_a_question_that_follows_a_lost_decision_frees_nobody() -> None:
    table = Table(4, frames=100)
    table.play(10)
    for seat in range(4):
        table.tick(seat, 2)
    late = [letter for letter in table.mail if letter[0] == 3]
    table.mail = [letter for letter in table.mail if letter[0] != 3]
    table.deliver()
    first = decided(table, 1, (0, 1, 2), [3])
    hear(table, (1, 2), first)  # on its way to seat 0 it is lost
    answer = table.control(0, prepare(2, view=2, drop=[2])).server[0]
    assert (answer["accepted"], answer["view"]) == (False, 0)  # the server sends what it lacks, and asks again
    table.mail = late
    table.deliver(3, 0)
    for _ in range(3):
        for seat in (0, 1, 2):
            table.tick(seat)
        table.deliver()
    table.control(0, first)
    table.play(5)
    assert table.rows[0] and differing(table, 0, 1) == []


def test_who_watches_takes_nothing_of_a_leaver_beyond_a_cut_that_it_has_not_heard_of() -> None:
    table = Table(4, frames=100)
    table.play(10)
    first = leave(table, 1, (0, 1, 2), [3])
    come_back(table, 3, [first], (0, 1, 2))
    table.play(20)
    table.now += FRAME
    for seat in (0, 1, 2):
        table.tick(seat, 3)
    table.deliver(2, 3)  # the leaver's last inputs reach nobody else
    table.mail = [letter for letter in table.mail if letter[0] != 2]
    table.deliver()
    second = decided(table, 2, (0, 1), [2])
    hear(table, (0, 1), second)
    leaver = table.sessions.pop(2)
    for _ in range(6):
        table.now += FRAME
        for seat in (0, 1, 3):
            table.tick(seat, 1)
        table.deliver()
        for to, data in leaver.tick(table.now, lambda: act(5)).sends:
            if to == 3:
                table.noted(3, table[3].receive(table.now, data))
    assert table[3].rows.recorded <= second["drop"]["2"]
    table.control(3, second)
    table.play(5)
    assert table[3].rows.recorded > second["drop"]["2"] and differing(table, 0, 3) == []


def test_who_watches_does_not_pass_the_frame_at_which_another_comes_back() -> None:
    table = Table(4, frames=200, input_delay=3)
    table.play(20)
    first = leave(table, 1, (0, 1), [2, 3])
    for seat in (2, 3):
        come_back(table, seat, [first], (0, 1))
    table.play(10)
    back = table[0].frame + 20
    for seat in (0, 1, 2):
        assert table.control(seat, prepare(2, view=2, fence=back, activate=2)).server[0]["accepted"]
    table.play(40)  # the decision takes long, and inputs are made three frames ahead
    assert table[3].frame <= back
    hear(table, (0, 1, 2, 3), commit(2, activate={"2": back}))
    hear(table, (2,), {"kind": "observe", "seat": 3, "on": True})
    table.play(20)
    assert differing(table, 0, 3) == [] and table[3].rows.recorded > back + 5


def test_nobody_waits_because_somebody_who_is_back_was_far_behind_while_it_caught_up() -> None:
    table = Table(3, frames=500)
    table.play(200)
    first = leave(table, 1, (0, 1), [2])
    come_back(table, 2, [first], (0, 1))
    table.play(18)
    back = table[0].frame + 40
    for seat in (0, 1, 2):
        assert table.control(seat, prepare(2, view=2, fence=back, activate=2)).server[0]["accepted"]
    hear(table, (0, 1, 2), commit(2, activate={"2": back}))
    table.play(60)
    assert [table[seat].counters.skipped_frames for seat in (0, 1)] == [0, 0]


def test_who_is_back_is_not_silent_since_the_episode_began() -> None:
    table = Table(3, frames=400)
    table.play(120)
    leave(table, 1, (0, 1), [2])
    hear(table, (0, 1), {"kind": "observe", "seat": 2, "on": True})
    back = table[0].frame + 30
    for seat in (0, 1):
        assert table.control(seat, prepare(2, view=2, fence=back, activate=2)).server[0]["accepted"]
    hear(table, (0, 1), commit(2, activate={"2": back}))
    turn = table.tick(0)
    assert turn.server == [] and turn.events == []


def test_what_waited_for_a_log_is_told_once_it_is_there() -> None:
    table = Table(4, frames=100)
    table.play(10)
    first = leave(table, 1, (0, 1, 2), [3])
    log = table[0].stable_words(0, table[0].stable)
    page = table.session(3)
    page.preload([first], log)
    page.tick(table.now, lambda: act(0))
    known = len(log[1])
    page.control(table.now, commit(2, drop={"1": known + 5}, inputs={"1": [known + 3, "030001"]}))
    assert page.needs_log
    for message in (prepare(5, view=3, fence=60, activate=3), commit(3, activate={"3": 60})):
        assert page.control(table.now, message).events == []
    page.top_up({**log, 1: [*log[1], *[act(0)] * 6]})
    turn = page.tick(table.now, lambda: act(0))
    assert [event["name"] for event in turn.events if event["name"] in ("dropped", "rejoined")] == [
        "dropped",
        "rejoined",
    ]
    assert page.membership.view == 3 and [message["kind"] for message in turn.server] == ["report"]
