"""The edges that must be decided alike everywhere, on whole pages and with the arbiter that really decides."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from .hall import TURN_MS, Hall
from .players import Meadow

SETUP: dict[str, Any] = {
    "factory": "edge_environment:make_env", "config": {}, "seats": ["a", "b", "c"], "fps": 30, "max_steps": 120,
    "num_episodes": 2, "default_action": 0, "keys": {"ArrowUp": 1, "ArrowDown": 2},
    "record": {"observations": True, "info": []}, "reconnection_timeout_ms": 3000,
}  # fmt: skip


class Strange(Meadow):
    """Another game that looks the same."""

    def step(self, actions: dict[str, int]) -> tuple[dict, ...]:
        self.total += 1
        return super().step(actions)


@pytest.fixture(autouse=True)
def edge_environment() -> Iterator[types.ModuleType]:
    module = types.ModuleType("edge_environment")
    module.make_env = Meadow  # type: ignore[attr-defined]
    sys.modules["edge_environment"] = module
    yield module
    del sys.modules["edge_environment"]


def keys(seat: int, turn: int) -> list[str]:
    return [["ArrowUp"], [], ["ArrowDown"]][(turn // 5 + seat) % 3]


def hall(after_departure: str = "default_action", **changes: Any) -> Hall:
    """Return a match whose first episode has begun."""
    made = Hall({**SETUP, **changes}, after_departure=after_departure)
    made.begin(0)
    return made


def column(made: Hall, seat: int, name: str, frame: int, episode: int = 0) -> Any:
    """Return a cell of what a seat has recorded."""
    names = made.pages[seat]._match._recorder._columns  # type: ignore[union-attr]
    return made.rows[seat][episode, frame][names.index(name)]


def report(made: Hall, seat: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.pages[seat].finish())
    made.keep(seat, made.pages[seat])
    return found


def test_a_page_loaded_again_takes_part_again_and_every_record_is_whole() -> None:
    made = hall(max_steps=150)
    made.play(40, keys)
    made.reload(1)
    made.play(130, keys)
    assert made.agree(0) == 150 and [len(rows) for rows in made.rows.values()] == [150, 150, 150]
    cut = next(frame for frame in range(150) if column(made, 0, "status.b", frame) == "disconnected")
    back = next(frame for frame in range(cut, 150) if column(made, 0, "status.b", frame) == "present")
    assert {column(made, 2, "action.b", frame) for frame in range(cut, back)} == {0}
    assert made.events[0].count("dropped") == made.events[0].count("rejoined") == 1
    made.begin(1)
    made.play(160, keys)
    assert made.agree(1) == 150
    assert made.done[1, 0] == made.done[1, 1] == made.done[1, 2]


def test_an_episode_that_begins_while_a_page_is_coming_back_leaves_both_records_whole() -> None:
    made = hall(max_steps=70)
    made.play(48, keys)
    made.reload(1)
    made.play(16, keys)
    made.deaf = {1}  # it is nearly there when the others reach the end
    made.play(8, keys)
    made.deaf = set()
    assert (0, 0) in made.done and (0, 1) not in made.done
    made.begin(1)
    made.play(80, keys)
    assert made.agree(0) == made.agree(1) == 70
    frames = [frame for episode, frame in made.rows[1] if episode == 0]
    assert 60 < max(frames) < 69  # what it has of the first one is handed over, though it never reached its end
    assert made.done[1, 0] == made.done[1, 2]


def test_what_the_server_asks_before_the_log_is_there_is_answered_with_the_first_turn() -> None:
    made = hall()
    made.play(40, keys)
    made.reload(1)
    page = made.pages[1]
    asked = {"kind": "prepare", "ballot": 9, "view": 2, "epoch": 0, "drop": [], "fence": 118, "activate": 1}
    assert json.loads(page.control(made.now, json.dumps(asked)))["server"] == []
    made.play(40, keys, asleep=[1])  # until the log reaches the cut
    assert page.join(json.dumps(made.input_log()))
    answers = json.loads(page.tick(made.now))["server"]
    assert [(answer["kind"], answer["ballot"], answer["accepted"]) for answer in answers] == [("report", 9, True)]


def test_two_who_leave_at_once_are_cut_by_one_decision() -> None:
    made = hall()
    made.play(40, keys)
    del made.pages[1], made.pages[2]
    made.act([*made.arbiter.leave(1, made.now), *made.arbiter.leave(2, made.now)])
    made.play(100, keys)
    assert [sorted(commit["drop"]) for commit in made.arbiter.commits] == [["1", "2"]]
    assert made.agree(0) == len(made.rows[0]) == 120
    assert column(made, 0, "status.b", 119) == column(made, 0, "status.c", 119) == "disconnected"


def test_a_pause_holds_every_page_before_the_same_frame_until_it_is_lifted() -> None:
    made = hall(max_steps=200)
    made.play(20, keys)
    made.act(made.arbiter.known_frame(0, 19))
    made.act(made.arbiter.pause(made.now))
    made.play(100, keys)
    (commit,) = made.arbiter.commits
    stands = [json.loads(page.status(made.now))["frame"] for page in made.pages.values()]
    assert stands == [commit["pause"] - 1] * 3
    assert json.loads(made.pages[0].tick(made.now))["paused"]
    made.act(made.arbiter.resume(made.now))
    made.play(200, keys)
    assert made.agree(0) == 200 and len(made.done) == 3


def test_an_early_end_comes_after_the_same_frame_at_every_page_with_the_same_hash() -> None:
    made = hall()
    made.play(20, keys)
    made.act(made.arbiter.known_frame(0, 19))
    made.act(made.arbiter.finish(made.now))
    made.play(100, keys)
    final = made.arbiter.final
    assert final is not None and final < 119
    assert made.agree(0) == final + 1
    assert [made.done[0, seat]["frame"] for seat in range(3)] == [final] * 3
    assert len({column(made, seat, "state_hash", final) for seat in range(3)} - {""}) == 1


def test_a_hidden_page_plays_on_without_acting_and_nobody_waits_for_it() -> None:
    made = hall()
    made.play(20, keys)
    made.pages[1].focus(False, made.now)
    made.play(60)
    made.pages[1].focus(True, made.now)
    made.play(60, keys)
    assert made.agree(0) == 120
    hidden = [frame for frame in range(120) if not column(made, 0, "is_focused.b", frame)]
    assert len(hidden) == 60 and hidden == list(range(hidden[0], hidden[0] + 60))
    assert {column(made, 2, "action.b", frame) for frame in hidden} == {0}
    assert {column(made, 2, "status.b", frame) for frame in hidden} == {"present"}
    assert [report(made, seat)["stalls"] for seat in range(3)] == [0, 0, 0]


def test_a_page_says_after_three_seconds_of_whom_nothing_comes_and_until_it_does() -> None:
    made = hall(reconnection_timeout_ms=30_000)
    made.play(30, keys)

    def silent(seat: int) -> dict[str, int]:
        return json.loads(made.pages[seat].status(made.now))["silent_ms"]

    made.play(90, keys, asleep=[1])
    assert silent(0) == silent(2) == {}, "not quite three seconds"
    made.play(3, keys, asleep=[1])
    assert silent(0).keys() == silent(2).keys() == {"1"} and 3000 <= silent(0)["1"] < 3200
    made.play(5, keys)
    assert [silent(seat) for seat in range(3)] == [{}] * 3
    made.play(200, keys, asleep=[1])
    assert silent(0).keys() == {"1"}
    made.act(made.arbiter.leave(1, made.now))
    made.play(5, keys, asleep=[1])
    assert silent(0) == silent(2) == {}, "nobody misses who takes part no more"


def test_a_page_that_slept_catches_up_by_one_extra_step_a_tick() -> None:
    made = hall(prediction_window=12)
    made.play(30, keys)
    made.play(20, keys, asleep=[1])
    before = json.loads(made.pages[1].status(made.now))["frame"]
    most = 0
    for _ in range(30):
        made.play(1, keys)
        frame = json.loads(made.pages[1].status(made.now))["frame"]
        most, before = max(most, frame - before), frame
    assert most == 2
    frames = [json.loads(page.status(made.now))["frame"] for page in made.pages.values()]
    assert max(frames) - min(frames) <= 3
    assert made.events[0] == ["stalled", "interrupted", "resumed", "unstalled"]
    told = report(made, 0)
    assert told["stalled_ms_by_seat"].keys() == {"1"} and told["stalled_ms_by_seat"]["1"] > 100
    assert report(made, 1)["caught_up_frames"] > 5


def test_a_partner_who_is_gone_for_good_is_counted_as_waited_for_though_no_step_follows() -> None:
    made = hall("end")
    made.play(40, keys)
    del made.pages[2]
    made.play(int(3000 / TURN_MS) + 20, keys)
    assert (0, 0) in made.done and made.done[0, 0] == made.done[0, 1]
    told = report(made, 0)
    assert told["stalls"] == 1 and told["stalled_ms_by_seat"]["2"] == pytest.approx(told["stalled_ms"])
    assert 2400 < told["stalled_ms"] < 3200


def test_the_metrics_of_a_match_reach_its_report() -> None:
    made = hall()
    made.play(20, keys)
    made.pages[0].receive(made.now, b"\xff garbage")
    made.deaf = {1}
    made.play(4, keys)
    made.deaf = set()
    made.play(130, keys)
    told = report(made, 0)
    assert sum(told["rollback_depths"]) == told["rollbacks"] > 0
    assert told["rollback_depths"][told["max_rollback_depth"]] > 0
    assert told["confirmation_lag_frames"]["mean"] > 0 and told["stable_lag_frames"]["p99"] > 0
    assert told["packets_sent"]["input"] > 0 and told["bytes_received"]["checksum"] > 0
    assert sum(told["packets_rejected"].values()) == 1 and told["equivocations"] == 0
    assert told["recorded_frames"] == 120 and told["desyncs"] == []


def test_a_predictor_of_the_researchers_changes_how_often_is_rolled_back_and_no_record(
    edge_environment: types.ModuleType,
) -> None:
    edge_environment.guess = lambda last, default: (last + 1) % 5  # type: ignore[attr-defined]
    records, rollbacks = [], []
    for predictor in ("repeat_last", "edge_environment:guess"):
        made = hall(predictor=predictor)
        made.play(130, keys)
        assert made.agree(0) == 120
        records.append(made.rows[0])
        rollbacks.append(report(made, 0)["rollbacks"])
    assert records[0] == records[1]
    assert rollbacks[1] > rollbacks[0] > 0


def test_a_lag_that_lasts_becomes_input_delay_where_the_study_allows_it() -> None:
    made = hall(adaptive_input_delay=True, max_steps=240)
    slow: list[Any] = []
    for _ in range(150):  # what is sent takes seven turns more
        made.play(1, keys)
        slow.append(made._mail)
        made._mail = slow.pop(0) if len(slow) > 6 else []
    grown = [json.loads(page.status(made.now))["input_delay"] for page in made.pages.values()]
    assert all(delay > 0 for delay in grown) and "input_delay" in made.events[0]
    made._mail = [letter for letters in slow for letter in letters]
    made.play(150, keys)
    assert made.agree(0) == 240
    assert report(made, 0)["filled_frames"] > 0


def test_a_game_that_is_too_slow_for_its_window_gets_a_smaller_one() -> None:
    made = Hall({**SETUP, "max_steps": 410, "seats": ["a", "b"], "config": {"players": 2}})
    clock = [0.0]
    for page in made.pages.values():
        page._match._timer = lambda: clock[0]  # type: ignore[union-attr]
    made.begin(0)
    for page in made.pages.values():
        simulation = page._match.session._timeline._simulation  # type: ignore[union-attr]

        def dear(frame: int, words: Any, step: Any = simulation.step) -> Any:
            clock[0] += 9.0
            return step(frame, words)

        simulation.step = dear  # type: ignore[method-assign]
    made.play(430, keys)
    assert "prediction_window" in made.events[0] and "prediction_window" in made.events[1]
    assert made.agree(0) == 410


def test_where_the_games_differ_both_reports_tell_the_part_by_its_hash() -> None:
    made = Hall(SETUP)
    made.agrees = False
    made.pages[1]._environment.env.__class__ = Strange  # type: ignore[union-attr]
    made.begin(0)
    made.play(60, keys)
    one, other = (report(made, seat)["desyncs"][0] for seat in (0, 1))
    assert one["kind"] == other["kind"] == "state" and one["frame"] == other["frame"] == 30
    differing = {part for part, value in one["parts"].items() if other["parts"].get(part) != value}
    assert "env.total" in differing and not any("random" in part or "agents" in part for part in differing)


def test_the_last_frame_is_stepped_without_waiting_for_the_others() -> None:
    made = hall(max_steps=40)
    made.play(34, keys)
    made.deaf = {0}
    made.play(20, keys)
    status = json.loads(made.pages[0].status(made.now))
    assert status["frame"] == 39 and status["confirmed"] < 36  # that it is the last one is no guess
    turn = json.loads(made.pages[0].tick(made.now))
    assert not turn["stalled"] and turn["finished_episode"] is None
    made.deaf = set()
    made.play(20, keys)
    assert made.agree(0) == 40 and len(made.done) == 3
