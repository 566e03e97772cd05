"""The researcher lets people go on who wait in a hold scene, and lowers hands; both come back as events."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import Study
from tests.server.domain.studies import asks, page, study

HOLD = {"id": "hold", "type": "hold"}


def release(it: Study, scene: str = "hold") -> int:
    return it.took(it.session.desk.release_hold(scene, "All are back", it.now))["released"]


def row(it: Study, who: str) -> dict[str, Any]:
    return next(each for each in it.monitor.snapshot()["participants"] if each["participant_id"] == who)


def test_everybody_waits_until_the_researcher_lets_them_go_on() -> None:
    it = study(HOLD, page("after"))
    people = [it.arrives() for _ in range(3)]
    assert all(it.scene(who) == "hold" and it.record_of(who)["status"] == "waiting" for who in people)
    assert row(it, people[0])["state"] == "holding" and row(it, people[0])["scene_id"] == "hold"
    it.took(it.session.disconnect(people[2], it.now))
    assert release(it) == 3
    for who in people:
        assert it.sent(who, "view")[-1]["scene"]["id"] == "after" and it.record_of(who)["status"] == "arrived"
    assert it.happened("hold_released") == [{"scene_id": "hold", "reason": "All are back", "count": 3}]
    assert release(it) == 0


def test_who_comes_after_the_release_passes_unless_the_scene_closes_again() -> None:
    for reopens, scene in ((False, "after"), (True, "hold")):
        it = study(HOLD | {"reopens": reopens}, page("after"))
        it.arrives()
        release(it)
        late = it.arrives()
        assert it.scene(late) == scene
        assert release(it) == int(reopens) and it.scene(late) == "after"


def test_a_hold_may_be_opened_before_anybody_comes() -> None:
    it = study(HOLD, asks("questions", "survey"))
    assert release(it) == 0
    who = it.arrives()
    assert it.scene(who) == "questions" and it.record_of(who)["status"] == "survey"


def test_each_run_of_a_repeated_hold_is_released_by_itself() -> None:
    it = study({"id": "round", "type": "repeat", "n": 2, "scenes": [HOLD, page("task")]})
    who, other = it.arrives(), it.arrives()
    assert release(it, "hold-1") == 2
    it.goes_on(who, "task-1")
    assert it.scene(who) == "hold-2" and it.scene(other) == "task-1"
    assert release(it, "hold-2") == 1 and it.scene(who) == "task-2" and it.scene(other) == "task-1"


def test_only_hold_scenes_are_released() -> None:
    it = study(HOLD, page("after"))
    it.arrives()
    for scene in ("after", "hold-1", "nowhere", "end"):
        with pytest.raises(Refused) as refused:
            release(it, scene)
        assert refused.value.code == "no_such_hold"
    assert it.happened("hold_released") == []


def test_who_withdraws_while_waiting_is_not_let_on() -> None:
    it = study(HOLD, page("after"))
    who = it.arrives()
    it.took(it.session.leave(who, "WITHDRAWN", it.now))
    assert release(it) == 0 and it.scene(who) == "end"


def test_the_researcher_sees_a_raised_hand_since_when_and_lowers_it() -> None:
    it = study(page("one"))
    who = it.arrives()
    it.now_ms = 5000
    it.took(it.session.pages.hand(who, True, it.now))
    assert row(it, who)["hand_raised_utc"] == it.now.utc
    it.took(it.session.desk.lower_hand(who, it.now))
    assert row(it, who)["hand_raised_utc"] is None and it.sent(who, "view")[-1]["hand_raised"] is False
    it.took(it.session.desk.lower_hand(who, it.now))
    assert len(it.happened("hand_lowered")) == 1
    with pytest.raises(Refused, match="no participant"):
        it.session.desk.lower_hand("p-none", it.now)


def test_the_monitor_shows_scene_step_and_condition() -> None:
    conditions = {"unit": "participant", "factors": {"tone": ["warm", "cold"]}}
    it = study(
        page("one"), asks("two", "survey", show_if="one.skipped"), asks("three", "survey"), conditions=conditions
    )
    who = it.arrives()
    shown = row(it, who)
    assert (shown["scene_type"], shown["progress"]) == ("static", {"step": 1, "of": 3})
    assert shown["condition"]["tone"] in ("warm", "cold")
    it.goes_on(who, "one")
    shown = row(it, who)
    assert (shown["scene_id"], shown["progress"], shown["state"]) == ("three", {"step": 2, "of": 2}, "survey")
    it.took(it.session.leave(who, "WITHDRAWN", it.now))
    shown = row(it, who)
    assert (shown["state"], shown["exit_scene"], shown["scene_type"]) == ("withdrawn", "three", "end")
