"""Who is behind catches up, who is ahead waits; and what can never be is a violation."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.session import BEHIND_FRAMES

from ..simulation.game import ToyGame
from .table import Table, act

# -- pacing -----------------------------------------------------------------------------------------------------------


def behind(timer: Any = None) -> Table:
    """Return a table whose seat 0 has slept while seat 1 went on as far as it could."""
    table = Table(timer=timer)
    table.play(5)
    for turn in range(7):
        table.tick(1, turn)
    table.deliver(to=0)
    return table


def test_who_is_behind_everybody_steps_twice_a_tick_until_it_is_near() -> None:
    table = behind()
    assert table[0].links[1].newest_frame - table[0].frame == 6
    stepped = [table.tick(0).stepped for _ in range(4)]
    assert stepped == [6, 8, 9, 10] and table[0].counters.caught_up_frames == 2
    assert BEHIND_FRAMES == 2


@pytest.mark.parametrize(("step_ms", "twice"), [(7.9, True), (8.0, False), (30.0, False)])
def test_a_second_step_is_made_only_in_what_is_left_of_the_turn(step_ms: float, twice: bool) -> None:
    clock = [5000.0]
    table = behind(lambda: clock[0])

    def takes(frame: int, game: ToyGame) -> None:
        clock[0] += step_ms

    table[0]._timeline._simulation._fault = takes  # type: ignore[attr-defined]
    table.tick(0)
    assert (table[0].counters.caught_up_frames == 1) is twice


def test_two_frames_behind_are_enough_for_a_second_step() -> None:
    for behind_by, stepped in ((2, 6), (1, 5)):
        table = Table()
        table.play(5)
        table[0].links[1].newest_frame = 6 + behind_by
        assert table.tick(0).stepped == stepped


def test_a_stall_that_begins_with_the_second_step_counts_from_there() -> None:
    table = Table(prediction_window=2)
    table.play(5)
    table[0].links[1].newest_frame = 50
    table.tick(0, now=1000.0)
    assert table[0].frame == 6 and table.events[0] == []
    table.tick(0, now=1100.0)
    assert [event["name"] for event in table.events[0] if event["name"] == "stalled"] == ["stalled"]


def test_lags_are_measured_with_every_step_and_told_to_the_others() -> None:
    table = Table()
    assert [table.sent(table.tick(0), 1).lag_to_you for _ in range(3)] == [1, 2, 3]
    table[0].links[1].newest_frame = 2
    assert table.sent(table.tick(0), 1).lag_to_you == 1


def test_snapshots_are_as_far_apart_as_asked_for_or_as_the_window_allows() -> None:
    table = Table(snapshot_spacing=5)
    for _ in range(7):
        table.tick(0)
    assert sorted(table[0]._timeline._snapshots) == [0, 5]
    assert [Table(prediction_window=window)[0]._timeline._most_apart for window in (0, 2, 8)] == [1, 2, 8]


def test_no_snapshot_is_kept_of_what_is_certain() -> None:
    table = Table()
    table.play(9)
    assert table[0]._timeline.first_open == table[0].confirmed + 1


def test_who_is_waited_for_is_who_lacks_the_first_frame_that_is_missing() -> None:
    table = Table(3)
    for seat in (1, 1, 2):
        table.tick(seat)
        table.deliver(to=0)
    while not (turn := table.tick(0)).stalled:
        table.lose()
    assert table[0].confirmed == 0 and table[0].frame == 8 and turn.waiting_for == (2,)


def test_whoever_is_slowest_says_whether_we_are_behind() -> None:
    table = Table(3)
    table.play(5)
    for turn in range(7):
        table.tick(1, turn)
    table.deliver(to=0)
    table.tick(0)
    assert table[0].counters.caught_up_frames == 0


def test_who_is_far_ahead_waits_for_some_frames_and_goes_on() -> None:
    table = Table()
    for frame in range(40):
        table[0]._timesync.stepped(frame, {1: frame - 16})
        table[0]._timesync.told(1, 2)
    turns = [table.tick(0) for _ in range(9)]
    assert [turn.stepped for turn in turns] == [None] * 7 + [0, 1]
    assert not any(turn.stalled for turn in turns) and table[0].counters.skipped_frames == 7
    assert table[0].own.next_frame == 2


def test_the_rate_is_that_of_the_time_sync() -> None:
    table = Table()
    for frame in range(40):
        table[0]._timesync.stepped(frame, {1: frame - 8})
        table[0]._timesync.told(1, 2)
    assert table[0].ahead() == 3 and table[0].predicted_frames() == 8
    assert table.tick(0).rate == pytest.approx(0.95)


def test_a_packet_is_stamped_with_when_it_leaves_not_with_when_the_turn_began() -> None:
    clock = iter(range(5000, 10_000, 7))
    table = Table(timer=lambda: float(next(clock)))
    turn = table.tick(0, now=1000.0)
    assert 1000 + 7 <= table.sent(turn, 1).sent_at < 1100
    assert table.sent(Table().tick(0, now=1000.0), 1).sent_at == 1000


def test_what_steps_and_snapshots_cost_is_measured() -> None:
    clock = iter(range(1_000_000))
    table = Table(frames=200, timer=lambda: float(next(clock)))
    table.play(150)
    costs = table[0].costs()
    assert costs == (1.0, 1.0)


def test_silence_is_noticed_by_the_tick() -> None:
    table = Table()
    table.play(3)
    table.tick(0, now=table.now + 600.0)
    assert {"name": "interrupted", "seat": 1} in table.events[0]
    table.tick(0, now=table.now + 3000.0)
    assert table.server[0] == [{"kind": "suspect", "seat": 1, "silent_ms": 3000}]


def test_a_seat_that_says_two_things_about_one_frame_flags_the_session() -> None:
    table = Table()
    impostor = table.session(1)
    for who in (table[1], impostor):
        data = who.tick(0.0, lambda who=who: act(1 if who is impostor else 2)).sends[0][1]
        table.noted(0, table[0].receive(0.0, data))
    assert table[0].flagged and table.events[0] == [{"name": "equivocation", "seat": 1, "frame": 0}]


def test_a_rollback_to_the_frame_that_is_about_to_be_stepped_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    table.play(5)
    for target, message in ((table[0].frame, "INV-2: .* < .* < "), (table[0].confirmed, "INV-2: ")):
        monkeypatch.setattr(table[0]._stepping, "first_mismatch", lambda first, end, target=target: target)
        with pytest.raises(AssertionError, match=message):
            table[0]._roll_back()


def test_a_rollback_deeper_than_any_window_was_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(prediction_window=2)
    table.play(20)
    table[0]._truth.confirmed = 10
    monkeypatch.setattr(table[0]._stepping, "first_mismatch", lambda first, end: 12)
    with pytest.raises(AssertionError, match="INV-2: a rollback of 8 frames"):
        table[0]._roll_back()


@pytest.mark.parametrize(("window", "deepest"), [(0, 1), (2, 2), (8, 8)])
def test_a_rollback_as_deep_as_the_window_is_none(window: int, deepest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(prediction_window=window)
    table.play(20)
    session = table[0]
    session._truth.confirmed = session.frame - 12
    session._timeline._snapshots.setdefault(session.frame - deepest - 1, session._timeline._simulation.save())
    monkeypatch.setattr(session._stepping, "again", lambda target, until: session.frame - target)
    monkeypatch.setattr(session._stepping, "first_mismatch", lambda first, end: session.frame - deepest)
    assert session._roll_back() == deepest
    monkeypatch.setattr(session._stepping, "first_mismatch", lambda first, end: session.frame - deepest - 1)
    with pytest.raises(AssertionError, match=f"INV-2: a rollback of {deepest + 1} frames"):
        session._roll_back()
