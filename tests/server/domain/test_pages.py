"""What is done on a page: buttons that open late, presses that come twice, late, or for another's scene."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import Study
from tests.server.domain.studies import agrees, answers, asks, game, is_ready, page, plays, study


def test_a_static_page_opens_its_button_after_its_shortest_time() -> None:
    it = study(page("read", min_time_ms=5000, button="Understood"))
    who = it.arrives()
    view = it.view(who)
    assert view["scene"]["button"] == "Understood" and view["content"] == {"min_time_ms": 5000}
    it.passes(4900)
    with pytest.raises(Refused) as refused:
        it.goes_on(who, "read")
    assert refused.value.code == "too_early" and it.scene(who) == "read"
    it.passes(100)
    assert it.goes_on(who, "read")["scene"]["type"] == "end"


def test_a_press_that_comes_twice_or_late_answers_the_present_view() -> None:
    it = study(page("one"), page("two"), page("three"))
    who = it.arrives()
    it.goes_on(who, "one")
    for scene in ("welcome", "one"):
        assert it.goes_on(who, scene)["scene"]["id"] == "two"
    for scene, code in (("three", "not_there_yet"), ("end", "not_there_yet"), ("four", "no_such_scene")):
        with pytest.raises(Refused) as refused:
            it.goes_on(who, scene)
        assert refused.value.code == code
    assert it.scene(who) == "two"


def test_each_scene_takes_its_own_message_only() -> None:
    it = study(
        page("consent", "consent"), asks("quiz", "quiz"), asks("questions", "survey"), {"id": "hold", "type": "hold"}
    )

    def refused(call: Any) -> str:
        before = it.scene(who)
        with pytest.raises(Refused) as found:
            call()
        assert it.scene(who) == before
        return found.value.code

    who = it.arrives()
    assert refused(lambda: it.goes_on(who, "consent")) == "not_done"
    assert refused(lambda: answers(it, who, "consent", {})) == "nothing_asked"
    agrees(it, who)
    assert refused(lambda: it.goes_on(who, "quiz")) == "not_done"
    assert refused(lambda: agrees(it, who, scene="quiz")) == "nothing_to_agree"
    assert refused(lambda: answers(it, who, "questions", {"fun": 1})) == "not_there_yet"
    answers(it, who, "quiz", {"soup": 3, "tools": ["pot", "plate"]})
    answers(it, who, "questions", {"fun": 1})
    assert refused(lambda: it.goes_on(who, "hold")) == "not_done"


def test_a_consent_sent_again_is_answered_and_noted_once() -> None:
    it = study(page("consent", "consent", agree="Yes, I do", version="3"), page("next"))
    who = it.arrives()
    assert it.view(who)["content"] == {"agree": "Yes, I do", "decline": "I do not agree"}
    assert agrees(it, who) == agrees(it, who) == agrees(it, who, agreed=False)
    assert [event["version"] for event in it.happened("consent_given")] == ["3"]
    assert it.happened("consent_refused") == [] and it.scene(who) == "next"


def test_instructions_show_the_keys_of_the_game_that_follows_or_is_named() -> None:
    labels = {"KeyW": "take"}
    other = game("other", key_labels=labels)
    intro, more = page("intro", "instructions", try_keys="required"), page("more", "instructions", game="other")
    it = study(intro, game("first"), more, other, seats=1)
    who = it.arrives()
    content = it.view(who)["content"]
    assert content["keys"] == [{"code": "ArrowUp", "label": ""}, {"code": "KeyW", "label": ""}]
    assert (content["try_keys"], content["mouse"], content["gamepad"]) == ("required", False, False)
    it.goes_on(who, "intro")
    is_ready(it, who)
    plays(it, who)
    it.goes_on(who, "first")
    assert it.view(who)["content"]["keys"] == [{"code": "ArrowUp", "label": ""}, {"code": "KeyW", "label": "take"}]


def test_a_raised_hand_is_seen_by_all_and_raising_it_twice_says_it_once() -> None:
    it = study(page("one"), page("two"))
    who = it.arrives()
    assert it.view(who)["hand_raised"] is False
    for _ in range(2):
        assert it.took(it.session.pages.hand(who, True, it.now))["view"]["hand_raised"] is True
    it.goes_on(who, "one")
    assert it.view(who)["hand_raised"] is True, "it stays up on the next page"
    assert it.took(it.session.pages.hand(who, False, it.now))["view"]["hand_raised"] is False
    assert [len(it.happened(name)) for name in ("hand_raised", "hand_lowered")] == [1, 1]


def two_games() -> Study:
    return study({"id": "round", "type": "repeat", "n": 2, "scenes": [game(), page("break", show_if="game.score > 2")]})


def test_a_repeated_game_is_matched_run_by_run_and_its_facts_are_of_the_latest() -> None:
    it = two_games()
    ahead, early, late = it.arrives(), it.arrives(), it.arrives()
    for who in (ahead, early):
        is_ready(it, who)
    match_id = plays(it, ahead, early)
    it.took(it.session.seats.acknowledged(ahead, match_id, 30, it.now, reward=3.0))
    assert it.goes_on(ahead, "game-1")["scene"]["id"] == "break-1"
    assert it.goes_on(early, "game-1")["scene"]["id"] == "game-2"
    it.goes_on(ahead, "break-1")
    is_ready(it, early)
    assert is_ready(it, late)["state"] == "waiting", "run 1 is not played with somebody in run 2"
    assert is_ready(it, ahead)["state"] == "matched"
    told = it.sent(ahead, "matched")
    assert [message["scene_id"] for message in told] == ["game-1", "game-2"]
    assert {match["scene_id"] for match in it.stored("add_match")} == {"game"}
    assert [match["step_id"] for match in it.stored("add_match")] == ["game-1", "game-2"]
    plays(it, ahead, early)
    assert it.goes_on(ahead, "game-2")["scene"]["type"] == "end", "nothing was scored in the second run"


def test_a_partner_who_leaves_leads_past_the_rest_to_the_debriefing_and_the_end() -> None:
    it = study(game(), asks("questions", "survey"), page("debrief", "debrief", show_if="game.role != none"))
    stays, leaves = it.arrives(), it.arrives()
    for who in (stays, leaves):
        is_ready(it, who)
    it.took(it.session.leave(leaves, "WITHDRAWN", it.now))
    assert it.sent(leaves, "view")[-1]["scene"]["id"] == "debrief"
    assert it.goes_on(stays, "game")["scene"]["id"] == "debrief"
    assert it.goes_on(stays, "debrief")["end"]["code"] == "PART"
    assert it.record_of(stays)["exit_scene"] == "game"
    assert it.session._participants.get(stays).facts["game"]["partner_left"] is True
