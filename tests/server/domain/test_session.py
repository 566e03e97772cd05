"""The way through a study, from the first page to the code."""

from __future__ import annotations

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import ENVIRONMENT_HASH, Study


def test_opening_the_page_takes_no_place_and_start_does() -> None:
    study = Study()
    reply = study.took(study.session.connect(None, study.now))
    assert reply["participant_id"] is None and study.all.stores == []
    assert reply["view"]["scene"] == {
        "id": "welcome", "type": "start", "title": "The study", "html": "<p>Hello</p>", "button": "Start",
    }  # fmt: skip
    answer = study.took(study.session.start(None, study.now))
    assert answer["view"]["state"] == "loading" and answer["view"]["scene"]["id"] == "game"
    assert study.stored("add_participant")[0]["participant_id"] == answer["participant_id"]
    assert answer["token"] != answer["participant_id"]


def test_start_pressed_twice_takes_one_place() -> None:
    study = Study()
    first = study.took(study.session.start(None, study.now))
    second = study.took(study.session.start(first["participant_id"], study.now))
    assert second == first and len(study.stored("add_participant")) == 1


def test_two_people_who_are_ready_are_matched_and_told_everything() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    told = [study.sent(who, "matched")[0] for who in (zero, one)]
    assert [message["seat"] for message in told] == [0, 1]
    for message in told:
        assert message["match_id"] == match_id and message["seats"] == ["0", "1"]
        assert message["roles"] == ["cook_a", "cook_b"] and message["setup"]["max_steps"] == 900
        assert message["episode_seeds"] == told[0]["episode_seeds"] and len(message["episode_seeds"]) == 2
    stored = study.stored("add_match")[0]
    assert stored["episode_seeds"] == told[0]["episode_seeds"]
    assert [seat["participant_id"] for seat in stored["seats"]] == [zero, one]


def test_both_episodes_are_played_and_each_reaches_the_code_after_going_on() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    assert [begin["episode"] for begin in study.sent(zero, "begin")] == [0]
    study.done(zero, match_id, 0)
    assert len(study.sent(zero, "begin")) == 1, "one seat alone does not begin the next episode"
    study.done(one, match_id, 0)
    assert study.sent(one, "begin")[1] == {"match_id": match_id, "episode": 1, "start_in_ms": 3500}
    study.done(zero, match_id, 1)
    study.done(one, match_id, 1)
    assert study.sent(zero, "match_ended") == [
        {"match_id": match_id, "reason": "COMPLETED", "left_seat": None, "message": "The game is over."}
    ]
    assert study.sent(zero, "view")[-1]["state"] == "ended" and "completion_code" not in study.record_of(zero)
    view = study.goes_on(zero)
    assert view["scene"]["type"] == "end" and view["end"]["code"] == "DONE" and view["end"]["reason"] == "COMPLETED"
    assert study.record_of(zero)["status"] == "completed" and study.record_of(zero)["completion_code"] == "DONE"
    assert study.stored("update_match")[-1]["end_reason"] == "COMPLETED"
    assert study.happened("desync") == []


def test_nobody_goes_on_before_the_game_is_over() -> None:
    study = Study()
    zero, _, match_id = study.playing()
    with pytest.raises(Refused, match="not over"):
        study.goes_on(zero)
    with pytest.raises(Refused, match="comes later"):
        study.goes_on(zero, "end")
    with pytest.raises(Refused, match="no scene"):
        study.goes_on(zero, "nowhere")
    assert study.goes_on(zero, "welcome")["state"] == "playing", "a late press of Start's page answers the present view"


def test_a_wait_that_is_too_long_ends_with_its_own_code() -> None:
    study = Study()
    who = study.waits()
    study.passes(119_000)
    assert study.sent(who, "view") == []
    study.passes(1_000)
    end = study.sent(who, "view")[-1]["end"]
    assert (end["reason"], end["code"]) == ("LOBBY_TIMEOUT", "WAIT")
    assert study.record_of(who)["exit_reason"] == "LOBBY_TIMEOUT"


def test_the_waiting_page_is_told_how_many_are_there_and_since_when() -> None:
    study = Study()
    first = study.arrives()
    study.now_ms = 500
    reply = study.took(study.session.ready(first, "game", ENVIRONMENT_HASH, 900.0, study.now))
    waiting = {"present": 1, "needed": 2, "timeout_ms": 120_000, "waited_ms": 0}
    assert reply["view"]["state"] == "waiting" and reply["view"]["waiting"] == waiting
    study.now_ms = 1500
    again = study.took(study.session.ready(first, "game", ENVIRONMENT_HASH, 900.0, study.now))
    assert again["view"]["waiting"]["waited_ms"] == 1000, "being ready twice keeps the place"


def test_a_browser_with_another_version_of_the_game_is_not_matched() -> None:
    study = Study()
    who = study.arrives()
    with pytest.raises(Refused) as refused:
        study.session.ready(who, "game", "ff", 900.0, study.now)
    assert refused.value.code == "other_environment" and len(study.stored("add_match")) == 0


def test_somebody_whose_connection_is_lost_is_not_matched_until_they_are_back() -> None:
    study = Study()
    first = study.took(study.session.start(None, study.now))
    study.waits(first["participant_id"])
    study.took(study.session.disconnect(first["participant_id"], study.now))
    second = study.waits()
    assert study.sent(second, "matched") == []
    reply = study.took(study.session.connect(first["token"], study.now))
    assert reply["participant_id"] == first["participant_id"] and reply["view"]["state"] == "matched"
    assert len(study.sent(second, "matched")) == 1


def test_closing_the_page_before_a_match_is_a_drop_out_that_coming_back_undoes() -> None:
    study = Study()
    first = study.took(study.session.start(None, study.now))
    who = study.waits(first["participant_id"])
    study.took(study.session.leave(who, "page_closed", study.now))
    study.took(study.session.disconnect(who, study.now))
    assert study.record_of(who)["status"] == "dropped_out"
    other = study.waits()
    assert study.sent(other, "matched") == []
    reply = study.took(study.session.connect(first["token"], study.now))
    assert reply["view"]["state"] == "loading" and study.record_of(who)["exit_reason"] is None
    study.waits(who)
    assert len(study.sent(other, "matched")) == 1


def test_withdrawing_ends_the_study_at_once() -> None:
    study = Study()
    who = study.waits()
    study.took(study.session.leave(who, "WITHDRAWN", study.now))
    assert study.sent(who, "view")[-1]["end"]["reason"] == "WITHDRAWN"
    assert study.record_of(who)["status"] == "withdrawn"


def test_a_page_that_was_loaded_again_waits_anew() -> None:
    study = Study()
    first = study.took(study.session.start(None, study.now, page="a"))
    study.waits(first["participant_id"])
    again = study.took(study.session.connect(first["token"], study.now, page="a"))
    assert again["view"]["state"] == "waiting", "the same page whose connection broke keeps its place"
    reloaded = study.took(study.session.connect(first["token"], study.now, page="b"))
    assert reloaded["view"]["state"] == "loading"


def test_closing_the_session_ends_matches_and_admits_nobody() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    waiting = study.waits()
    study.took(study.session.close(study.now))
    assert study.stored("update_match")[-1]["end_reason"] == "TECH_PROBLEM"
    assert "closed the study" in study.sent(one, "match_ended")[0]["message"]
    assert study.record_of(zero)["exit_reason"] == "TECH_PROBLEM"
    assert study.record_of(waiting)["exit_reason"] == "DROPPED_OUT"
    assert study.stored("close_session") == [{"session_id": "s-1", "ended_utc": study.now.utc}]
    with pytest.raises(Refused, match="closed"):
        study.session.start(None, study.now)


def test_an_unknown_token_is_somebody_new() -> None:
    study = Study()
    study.arrives()
    for token in ("guessed", "", None):
        assert study.session.connect(token, study.now).reply["participant_id"] is None
