"""From step to step: which one follows, which are passed over, and how people leave."""

from __future__ import annotations

import itertools

import pytest

from app.server.domain.errors import Refused
from app.server.domain.journey import ENDS, may_follow
from tests.server.domain.studies import WRONG, agrees, answers, asks, game, is_ready, page, plays, study

ACTIVE = ("arrived", "consented", "instructed", "waiting", "matched", "playing", "paused", "survey")


def test_a_person_goes_through_every_kind_of_scene_to_the_code() -> None:
    it = study(
        page("consent", "consent", version="2"), page("intro", "instructions"), asks("quiz", "quiz"), game(),
        asks("questions", "survey"), {"id": "remarks", "type": "feedback"}, page("debrief", "debrief"), seats=1,
    )  # fmt: skip
    who = it.arrives()
    seen = [it.view(who)]
    statuses = [it.record_of(who)["status"]]

    def note() -> None:
        seen.append(it.view(who))
        statuses.append(it.record_of(who)["status"])

    agrees(it, who)
    note()
    it.goes_on(who, "intro")
    note()
    assert answers(it, who, "quiz", {"soup": 3, "tools": ["pot", "plate"]})["quiz"]["passed"]
    note()
    is_ready(it, who)
    plays(it, who)
    it.goes_on(who, "game")
    note()
    answers(it, who, "questions", {"fun": 5})
    note()
    answers(it, who, "remarks", {"rating": 4})
    note()
    it.goes_on(who, "debrief")
    note()
    kinds = ["consent", "instructions", "quiz", "game", "survey", "feedback", "debrief", "end"]
    assert [view["scene"]["type"] for view in seen] == kinds
    assert [view["progress"] and view["progress"]["step"] for view in seen] == [1, 2, 3, 4, 5, 6, 7, None]
    assert {view["progress"]["of"] for view in seen[:-1]} == {7}
    words = ["arrived", "consented", "instructed", "instructed", "survey", "survey", "instructed", "completed"]
    assert statuses == words
    assert seen[-1]["end"] == {
        "reason": "COMPLETED", "code": "DONE", "redirect_url": None,
        "message": "You have completed the study. Thank you for taking part.",
    }  # fmt: skip
    record = it.record_of(who)
    assert (record["consent_version"], record["consented_utc"]) == ("2", it.now.utc)
    assert record["position"] == 8 and record["exit_scene"] is None and record["number"] == 0


def test_a_scene_whose_rule_does_not_hold_is_passed_over_and_not_counted() -> None:
    it = study(
        asks("first", "survey"), page("old", show_if="first.age >= 60"), page("young", show_if="first.age < 60"),
        page("both", show_if="old.skipped and young.finished"),
    )  # fmt: skip
    who = it.arrives()
    assert it.view(who)["progress"] == {"step": 1, "of": 4}
    view = answers(it, who, "first", {"age": 30})["view"]
    assert view["scene"]["id"] == "young" and view["progress"] == {"step": 2, "of": 3}
    assert [event["scene_id"] for event in it.happened("scene_skipped")] == ["old"]
    with pytest.raises(Refused, match="comes later"):
        it.goes_on(who, "both")
    assert it.goes_on(who, "young")["scene"]["id"] == "both"
    assert it.goes_on(who, "both")["scene"]["type"] == "end"
    assert it.goes_on(who, "old")["scene"]["type"] == "end", "a press for a scene that was passed over changes nothing"


def test_a_rule_is_looked_at_on_entering_and_asks_the_latest_run() -> None:
    scenes = [page("early", show_if="questions.fun == 5"), asks("questions", "survey")]
    it = study({"id": "round", "type": "repeat", "n": 2, "scenes": scenes})
    who = it.arrives()
    assert it.scene(who) == "questions-1"
    answers(it, who, "questions-1", {"fun": 5})
    assert it.scene(who) == "early-2", "the latest run's answer counts"


def test_wrappers_unfold_into_steps_of_their_own_names_and_all_are_gone_through_once() -> None:
    block = {"id": "mixed", "type": "random_order", "scenes": [page("a"), page("b"), page("c")]}
    it = study({"id": "twice", "type": "repeat", "n": 2, "scenes": [block, page("pause")]})
    orders = set()
    for _ in range(8):
        who, seen = it.arrives(), []
        while (scene := it.view(who)["scene"])["type"] != "end":
            seen.append(scene["id"])
            it.goes_on(who, scene["id"])
        assert sorted(seen[:3]) == ["a-1", "b-1", "c-1"] and seen[3] == "pause-1"
        assert sorted(seen[4:7]) == ["a-2", "b-2", "c-2"] and seen[7] == "pause-2"
        orders.add(tuple(seen))
    assert len(orders) > 3
    plans = [[step["id"] for step in stored["plan"]] for stored in it.stored("add_participant")]
    assert {tuple(plan[1:-1]) for plan in plans} == orders, "the plan is stored when somebody arrives"


def test_the_plan_depends_on_the_seed_and_the_participants_number_alone() -> None:
    block = {"id": "mixed", "type": "random_order", "scenes": [page("a"), page("b"), page("c"), page("d")]}
    first, second = study(block), study(block)
    for _ in range(3):
        first.arrives()
    first.goes_on("participant1", first.scene("participant1"))
    for _ in range(3):
        second.arrives()
    plans = [[stored["plan"] for stored in each.stored("add_participant")] for each in (first, second)]
    assert plans[0] == plans[1] and len({str(plan) for plan in plans[0]}) > 1


def test_who_withdraws_sees_the_debriefing_for_leavers_and_then_the_end() -> None:
    it = study(
        page("consent", "consent"), page("before", "debrief"), asks("questions", "survey"),
        page("all", "debrief"), page("done", "debrief", for_leavers=False),
    )  # fmt: skip
    who = it.arrives()
    agrees(it, who)
    it.goes_on(who, "before")
    it.took(it.session.leave(who, "WITHDRAWN", it.now, "delete"))
    view = it.sent(who, "view")[-1]
    assert (view["scene"]["id"], view["state"], view["can_withdraw"], view["progress"]) == (
        "all",
        "reading",
        False,
        None,
    )
    record = it.record_of(who)
    assert (record["status"], record["exit_scene"], record["data_wish"]) == ("withdrawn", "questions", "delete")
    assert record["completion_code"] == "WITH" and record["ended_utc"] == it.now.utc
    it.took(it.session.leave(who, "WITHDRAWN", it.now, "keep"))
    assert it.record_of(who)["data_wish"] == "delete", "the wish was said once"
    end = it.goes_on(who, "all")
    assert end["scene"]["id"] == "end" and end["end"]["reason"] == "WITHDRAWN" and end["state"] == "ended"
    assert it.goes_on(who, "all") == end and it.goes_on(who, "end") == end


def test_who_does_not_agree_leaves_without_a_debriefing() -> None:
    it = study(page("consent", "consent"), page("debrief", "debrief"))
    who = it.arrives()
    view = agrees(it, who, agreed=False)
    assert view["end"]["reason"] == "NO_CONSENT" and view["end"]["code"] == "NONE"
    assert agrees(it, who, agreed=True) == view, "there is no way back"
    assert it.record_of(who)["status"] == "no_consent" and "consented_utc" not in it.record_of(who)
    assert len(it.happened("consent_refused")) == 1 and it.happened("consent_given") == []


def test_a_debriefing_for_leavers_keeps_its_rule() -> None:
    it = study(asks("quiz", "quiz", attempts=1), page("debrief", "debrief", show_if="quiz.score > 0.9"))
    who = it.arrives()
    assert answers(it, who, "quiz", WRONG)["view"]["end"]["reason"] == "FAILED_QUIZ"


def test_who_closes_the_page_finds_the_same_step_and_status_again() -> None:
    it = study(page("consent", "consent"), asks("questions", "survey"), page("last"))
    reply = it.took(it.session.start(None, it.now, page="one"))
    who, token = reply["participant_id"], reply["token"]
    agrees(it, who)
    it.took(it.session.leave(who, "page_closed", it.now))
    assert it.record_of(who)["status"] == "dropped_out"
    again = it.took(it.session.connect(token, it.now, page="two"))["view"]
    assert again["scene"]["id"] == "questions" and it.record_of(who)["status"] == "survey"
    assert it.record_of(who)["exit_reason"] is None


def test_closing_the_session_ends_everybody_without_a_page_in_between() -> None:
    it = study(page("consent", "consent"), page("debrief", "debrief"))
    people = [it.arrives() for _ in range(2)]
    agrees(it, people[0])
    it.took(it.session.close(it.now))
    for who in people:
        view = it.sent(who, "view")[-1]
        assert view["scene"]["type"] == "end" and it.record_of(who)["exit_reason"] == "DROPPED_OUT"


def test_every_status_has_a_way_to_every_end_and_no_end_but_dropping_out_has_a_way_back() -> None:
    for status, end in itertools.product(ACTIVE, ENDS):
        assert may_follow(status, end)
    for end, status in itertools.product(ENDS - {"dropped_out"}, (*ACTIVE, "invited")):
        assert not may_follow(end, status)
    assert may_follow("dropped_out", "consented") and may_follow("dropped_out", "excluded")
    assert not may_follow("consented", "arrived") and not may_follow("instructed", "consented")
    assert not may_follow("arrived", "matched") and not may_follow("waiting", "playing")
    assert not may_follow("no such word", "arrived") and not may_follow("completed", "tech_problem")
