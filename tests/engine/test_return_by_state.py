"""Coming back by another seat's state instead of by stepping: record and hashes are those of who stepped everything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.donor import PART_BYTES
from app.engine.plain_state import MOST_BYTES
from app.engine.recipient import NO_PROGRESS_MS

from . import players
from .hall import TURN_MS, Hall

NAME = "tests_return_players"
HELD = {"ArrowUp": 1, "ArrowDown": 2, "KeyA": 3}
CAREFUL = {"c": {"policy": f"{NAME}:Careful", "frame_skip": 2}}
WANDERING = {"c": {"policy": f"{NAME}:wander", "config": {"step": 2}, "frame_skip": 3}}
FRAMES = 210


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sys.modules[NAME] = players
    yield
    del sys.modules[NAME]


def setup(**changes: Any) -> dict[str, Any]:
    return {
        "factory": f"{NAME}:Field", "config": {}, "seats": ["a", "b", "c"], "fps": 30, "max_steps": FRAMES,
        "num_episodes": 1, "default_action": 0, "keys": HELD, "policies": CAREFUL, "longest_stepping_ms": 0, **changes,
    }  # fmt: skip


def keys(seat: int, turn: int) -> list[str]:
    return [] if (turn // 5 + seat) % 3 else [list(HELD)[(turn // 7 + seat) % 3]]


class Coming(Hall):
    """A match of which seat 1's page is loaded again after some seconds."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(setup(**changes))
        self.begin(0)
        self.play(100, keys)
        self.stepped: list[int] = []

    def page(self, seat: int, rejoin: dict[str, Any] | None = None) -> Any:
        engine = super().page(seat, rejoin)
        self.newest = engine
        return engine

    def comes_back(self, turns: int = FRAMES) -> dict[str, Any]:
        """Load the page again and play to the end; return how it says that it came back."""
        self.reload(1)
        self.watch()
        return self.plays_on(turns)

    def plays_on(self, turns: int = FRAMES) -> dict[str, Any]:
        """Play to the end; return how the page says that it came back."""
        self.play(turns, keys)
        report: dict[str, Any] = json.loads(self.pages[1].finish())["returned"]
        self.keep(1, self.pages[1])
        return report

    def watch(self) -> None:
        """Note which frames the new page steps."""
        simulation = self.newest._match.simulation
        step = simulation.step

        def noted(frame: int, words: Any) -> Any:
            self.stepped.append(frame)
            return step(frame, words)

        simulation.step = noted

    def ended_alike(self) -> None:
        """Check that both pages came to the same end, and that what they recorded is the same."""
        assert self.done[0, 0] == self.done[0, 1]
        assert self.agree(0) == FRAMES and len(self.rows[0]) == FRAMES
        assert self.failures == []


def assert_stepped_all(coming: Coming, report: dict[str, Any], reason: str) -> None:
    assert report["by"] == "stepping" and report["reason"].startswith(reason), report
    assert report["skipped"] is None and coming.skipped[1] == []
    assert set(coming.stepped) >= set(range(100))
    coming.ended_alike()
    assert len(coming.rows[1]) == FRAMES


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prediction_window": 0},
        {"policies": WANDERING},
        {"policies": {}, "seats": ["a", "b"], "config": {"players": 2}},
        {"record": {"observations": True}},
        {"input_delay": 3, "prediction_window": 12},
    ],
    ids=["policy with a state", "lockstep", "policy without a state", "people only", "observations", "input delay"],
)
def test_who_begins_from_a_state_comes_to_the_same_rows_and_hashes_as_who_stepped_all(changes: dict[str, Any]) -> None:
    coming = Coming(**changes)
    report = coming.comes_back()
    assert report["by"] == "snapshot", report
    first, last = report["skipped"]
    assert last % 30 == 29 and last >= 89, "a state that is hashed everywhere, and a new one"
    assert not set(coming.stepped) & set(range(first, last + 1)), "what was skipped was never stepped"
    ((said_first, said_last),) = coming.skipped[1]
    assert said_last == last and said_first > first, "what the server had from before is not missing"
    recorded = {frame for _, frame in coming.rows[1]}
    assert recorded == set(range(FRAMES)) - set(range(said_first, said_last + 1))
    assert coming.input_log()["through"] == FRAMES - 1
    assert coming.events[1].count("state_taken") == 1
    coming.ended_alike()


def test_a_page_that_came_back_by_a_state_gives_one_to_the_next() -> None:
    coming = Coming()
    coming.comes_back(60)
    assert coming.skipped[1]
    coming.reload(0)
    coming.play(FRAMES, keys)
    report = json.loads(coming.pages[0].finish())["returned"]
    assert report["by"] == "snapshot"
    coming.keep(0, coming.pages[0])
    assert coming.done[0, 0] == coming.done[0, 1] and coming.failures == []
    assert coming.agree(0) == FRAMES


def test_who_is_level_soon_by_stepping_does_not_ask() -> None:
    coming = Coming(longest_stepping_ms=5000)
    assert_stepped_all(coming, coming.comes_back(), "quick_enough")


def test_an_environment_without_a_state_of_its_own_is_stepped() -> None:
    coming = Coming(factory=f"{NAME}:Meadow")
    assert_stepped_all(coming, coming.comes_back(), "no_get_state")


def test_a_policy_that_is_copied_whole_is_stepped() -> None:
    coming = Coming(policies={"c": {"policy": f"{NAME}:Chaser"}})
    assert_stepped_all(coming, coming.comes_back(), "not_plain: the state is all of a _Mind")


def test_a_state_with_an_object_in_it_is_refused_by_the_donor_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players.Field, "planted", players.Careful())
    coming = Coming()
    report = coming.comes_back()
    assert_stepped_all(coming, report, "not_plain: 0.0.planted is tests.engine.players.Careful")


def test_a_state_that_is_too_large_is_refused_by_the_donor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players.Field, "padding", MOST_BYTES + 1)
    coming = Coming()
    assert_stepped_all(coming, coming.comes_back(), "too_large")


def test_a_state_of_several_parts_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players.Field, "padding", 5 * PART_BYTES + 7)
    coming = Coming()
    assert coming.comes_back()["by"] == "snapshot"
    coming.ended_alike()


def test_a_state_that_was_changed_on_the_way_is_not_played_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players.Field, "padding", 2 * PART_BYTES)
    coming = Coming()
    monkeypatch.setattr(coming, "on_the_way", lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:])
    report = coming.comes_back()
    assert report["reason"].partition(":")[0] in ("other_state", "not_taken")
    assert_stepped_all(coming, report, report["reason"])


def bends(coming: Coming, **changes: Any) -> None:
    """Let the page that comes back take over a state that says something else of the environment."""
    simulation = coming.newest._match.simulation
    adopted = simulation.adopted

    def bent(given: Any) -> Any:
        (state, *rest), *more = adopted(given)
        return (({**state, **changes}, *rest), *more)

    simulation.adopted = bent


def test_a_state_that_the_environment_cannot_take_leaves_it_as_it_was() -> None:
    coming = Coming()
    coming.reload(1)
    coming.watch()
    bends(coming, total=-1, board=None)
    report = coming.plays_on()
    assert_stepped_all(coming, report, "not_taken: AttributeError: 'NoneType' object has no attribute 'copy'")


def test_a_state_that_does_not_hash_alike_here_is_not_played_on() -> None:
    coming = Coming()
    coming.reload(1)
    coming.watch()
    bends(coming, total=-1)
    assert_stepped_all(coming, coming.plays_on(), "other_state")


def test_a_state_after_other_inputs_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = Coming()
    answer = coming.donations.answer
    monkeypatch.setattr(
        coming.donations, "answer", lambda seat, message: answer(seat, {**message, "inputs_hash": "0" * 16})
    )
    assert_stepped_all(coming, coming.comes_back(), "other_inputs")


def asks(coming: Coming) -> Any:
    """Load the page again and play until it has asked for a state; return its recipient."""
    coming.reload(1)
    coming.watch()
    recipient = coming.newest._match.session.transfer.recipient
    for _ in range(40):  # the log reaches the cut when the partner's next chunk is there
        if not recipient.asked:
            coming.play(1)
    assert recipient.waits and coming.stepped == [], "with no time for stepping, it waits"
    return recipient


def test_where_nothing_comes_for_five_seconds_it_goes_on_by_stepping(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = Coming()
    monkeypatch.setattr(coming, "donate", lambda seat, message: None)
    recipient = asks(coming)
    coming.play(int(NO_PROGRESS_MS / TURN_MS))
    assert recipient.waits and coming.stepped == []
    coming.play(1)
    assert recipient.reason == "no_progress" and coming.stepped


def test_a_donor_that_is_gone_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = Coming()
    ask = coming.donations.ask
    monkeypatch.setattr(coming.donations, "ask", lambda *question: ask(*question)[:0])  # the donor never hears of it
    recipient = asks(coming)
    coming.act(coming.donations.look([1], []))
    assert recipient.reason == "donor_gone"
    coming.play(1)
    assert coming.stepped
