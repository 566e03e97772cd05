"""Coming back to an episode that goes on: unseen at first, then as a member."""

from __future__ import annotations

from typing import Any

from app.engine.simulation import Outcome
from app.engine.turn import Turn

from ..simulation.game import WORDS, ToyGame
from .table import FRAME, Table, act, commit, dropped, prepare
from .test_session import assert_agreement, canonical
from .test_session_membership import gone, three


class Return:
    """Three have played; seat 2 was cut, and its new page has been given the log."""

    def __init__(self, played: int = 12, cut: int = 9, frames: int = 100, **more: Any) -> None:
        self.table = table = three(frames=frames, **more)
        gone(table, 2)
        self.commits = [dropped(1, 2, cut)]
        for seat in (0, 1):
            table.control(seat, self.commits[0])
        table.people = [0, 1]
        table.play(played)
        self.log = table[0].stable_words(0, table[0].stable)
        table.people = [0, 1, 2]
        self.page = table.session(2)

    def begin(self) -> Table:
        table = self.table
        for seat in (0, 1):
            table.control(seat, {"kind": "observe", "seat": 2, "on": True})
        self.page.preload(self.commits, self.log)
        table.sessions[2] = self.page
        table.rows[2] = []
        return table


def test_who_comes_back_steps_unseen_until_it_is_near() -> None:
    back = Return()
    table = back.begin()
    assert back.page.catching_up and back.page.frame == 0
    stable = table[0].stable
    assert back.page.stable == back.page.confirmed == stable
    turn = table.tick(2)
    assert turn.catching_up and turn.stepped is None and not turn.stalled and back.page.frame == 16
    assert turn.server == [] and [row.frame for row in turn.rows] == list(range(16))
    assert table.sent(turn, 0).words == [] and table.sent(turn, 0).acks == (stable,) * 2 + (99,)
    table.play(4)
    assert table.server[2] == [{"kind": "join", "epoch": 0, "frame": table.server[2][0]["frame"]}]
    assert table[0].counters.packets_rejected.get("member") is None
    assert canonical(table, 2) == canonical(table, 0)[: len(table.rows[2])]


def test_who_comes_back_takes_part_from_the_agreed_frame_on() -> None:
    table = Return().begin()
    table.play(4)
    here = max(table[seat].frame for seat in (0, 1))
    reports = [table.control(seat, prepare(3, view=2, fence=here + 5, activate=2)).server[0] for seat in range(3)]
    assert all(report["accepted"] for report in reports) and reports[2]["frame"] == table[2].frame - 1
    table.play(3)
    back = commit(2, activate={"2": here + 5})
    for seat in range(3):
        turn = table.control(seat, back)
        assert turn.events == [{"name": "rejoined", "seat": 2, "at": here + 5, "view": 2}]
    assert not table[2].catching_up and table[2].own.next_frame == here + 5
    table.play(100, lambda seat, turn: seat + 2)
    assert_agreement(table, 100)
    assert table[0]._tracks[2].words(here + 5, here + 7) == [act(4)] * 2
    assert table[0]._tracks[2].words(here + 3, here + 5) == [WORDS.absent] * 2


def test_an_observer_goes_no_further_than_a_fence_or_what_is_certain() -> None:
    back = Return()
    table = back.begin()
    refused = table.control(2, prepare(3, view=2, fence=7, activate=2)).server[0]
    assert refused["accepted"] is False and refused["frame"] == -1, "frames beyond it are certain already"
    for _ in range(3):
        table.tick(2)
    assert back.page.frame == back.page.confirmed + 1
    fenced = Return()
    table = fenced.begin()
    fenced.page._views.fence = 7
    table.tick(2)
    assert fenced.page.frame == 7


def test_an_observer_does_not_step_beyond_an_end() -> None:
    back = Return(game=lambda seat: ToyGame(0, 12), played=40, input_delay=4)
    table = back.begin()
    for _ in range(5):
        table.play(1)
    assert back.page.confirmed >= back.page.frame
    assert back.page.frame == table[0].frame < 99 and back.page.finished


def test_a_page_that_comes_back_is_heard_as_a_new_one() -> None:
    table = three()
    for seat in (0, 1):
        table.control(seat, dropped(1, 2, 9))
    link = table[0].links[2]
    link.newest_frame, link._newest_seq = 50, 900
    assert min(table[0]._truth.rows[2]) > -1
    table.control(0, {"kind": "observe", "seat": 2, "on": True})
    assert table[0].membership.observers == (2,) and link._newest_seq is None and link.newest_frame == -1
    assert table[0]._truth.rows[2] == [-1, -1, -1]
    link.newest_frame = 50
    table[0]._truth.all_hold(3)
    table.control(0, {"kind": "observe", "seat": 2, "on": False})
    assert table[0].membership.observers == () and link.newest_frame == 50 and table[0]._truth.rows[2] == [3, 3, 3]
    table.control(0, {"kind": "observe", "seat": 0, "on": True})


class Gap:
    """Seat 3 is coming back to a match of four, and a commit cuts seat 1 beyond what it holds."""

    def __init__(self) -> None:
        self.table = table = Table(4, frames=100)
        table.play(10)
        gone(table, 3)
        first = dropped(1, 3, 9)
        for seat in range(3):
            table.control(seat, first)
        table.people = [0, 1, 2]
        table.play(5)
        log = table[0].stable_words(0, table[0].stable)
        self.page = table.session(3)
        self.page.preload([first], log)
        self.page.tick(0.0, lambda: act(0))
        later = table[0]._tracks[1].words(0, 15)
        self.later = {0: later, 1: [*later, act(1), act(1)], 2: later, 3: log[3]}
        self.second = dropped(2, 1, 20, 17, [act(1)] * 4)

    def control(self, message: dict[str, Any]) -> Turn:
        return self.page.control(0.0, message)


def test_an_observer_that_missed_what_a_leaver_did_last_asks_for_a_later_log() -> None:
    gap = Gap()
    assert not gap.page.needs_log
    assert gap.control(gap.second).events == [] and gap.page.needs_log
    gap.page.top_up(gap.later)
    assert not gap.page.needs_log and gap.page.membership.view == 2 and gap.page.membership.members == (0, 2)


def test_what_the_server_says_while_the_log_is_missing_waits_for_it_in_its_order() -> None:
    gap = Gap()
    gap.control(gap.second)
    for message in (
        prepare(5, view=3, fence=60),
        {"kind": "abort", "ballot": 5},
        prepare(6, view=3, fence=70),
        {"kind": "observe", "seat": 1, "on": True},
    ):
        turn = gap.control(message)
        assert turn.server == [] and turn.events == []
    assert gap.page.tick(1.0, lambda: act(0)).server == [] and gap.page.membership.ballot == 0
    gap.page.top_up(gap.later)
    reports = gap.page.tick(2.0, lambda: act(0)).server
    assert [report["ballot"] for report in reports if report["kind"] == "report"] == [5, 6]
    assert gap.page._views.fence == 70 and gap.page.membership.observers == (1,)
    assert gap.page.tick(3.0, lambda: act(0)).server == []


def test_who_is_out_hears_it_even_while_the_log_is_missing() -> None:
    gap = Gap()
    gap.control(gap.second)
    assert gap.control({"kind": "evicted", "view": 2}).events == [{"name": "evicted"}]
    assert gap.page.membership.evicted and not gap.page.catching_up


def test_an_observer_does_not_step_beyond_an_end_with_the_first_frame() -> None:
    page = Return().page
    page._truth.confirmed = 5
    page._stepping.step()
    assert page._may_follow()
    page._timeline._outcomes[0] = Outcome("[", True)
    assert not page._may_follow()


def test_a_later_log_is_true_at_once() -> None:
    back = Return()
    table = back.begin()
    before, session = table[2].confirmed, table[0]
    table.people = [0, 1]
    for _ in range(6):
        table.now += FRAME
        for seat in (0, 1):
            table.tick(seat)
        table.deliver(to=0)
        table.deliver(to=1)
    for seat in (0, 1):
        table[2]._truth.told(seat, [session.stable] * 3, 1, 100)
    assert table[2].confirmed == before < session.stable
    table[2].top_up(session.stable_words(0, session.stable))
    assert table[2].confirmed == session.stable


def test_steps_of_who_catches_up_are_bounded_by_the_turns_time() -> None:
    clock = [0.0]
    back = Return(timer=lambda: clock[0])

    def takes(frame: int, game: ToyGame) -> None:
        clock[0] += 3.0

    back.page._timeline._simulation._fault = takes  # type: ignore[attr-defined]
    clock[0] = 7000.0
    back.begin().tick(2)
    assert back.page.frame == 3


def test_a_commit_after_the_end_changes_nothing() -> None:
    table = Table(3, frames=20)
    table.play(25)
    turn = table.control(0, dropped(1, 2, 19))
    assert turn.rolled_back == 0 and table[0].finished and table[0].frame == 20 and turn.rows == []


def test_who_would_have_to_step_for_too_long_asks_for_a_state_and_goes_on_stepping_meanwhile() -> None:
    clock = [0.0]

    def takes(frame: int, game: ToyGame) -> None:
        clock[0] += 3.0

    for limit, asks in ((60.0, 1), (600.0, 0)):
        back = Return(timer=lambda: clock[0], longest_stepping_ms=limit, played=60, frames=200)
        back.page._timeline._simulation._fault = takes  # type: ignore[attr-defined]
        table = back.begin()
        before = [table.tick(2).server for _ in range(6)]
        assert before == [[]] * 6 and back.page.frame == 18, "not enough was measured"
        for _ in range(5):
            table.tick(2)
        asked = [message for message in table.server[2] if message["kind"] == "snapshot"]
        assert asked == [{"kind": "snapshot", "epoch": 0}] * asks and back.page.frame == 33
