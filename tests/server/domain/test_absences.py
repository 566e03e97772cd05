"""The match goes on without a silent page that lives: it may come back until the match ends, if the study lets it."""

from __future__ import annotations

from tests.server.domain.scenario import Study
from tests.server.domain.test_departures import Reloading, plays_on

FAREWELL = "interrupted for too long"


def silent(study: Study, match_id: str, by: str, seat: int) -> None:
    """A partner asks to go on without a seat, and the match does."""
    study.tells(by, match_id, kind="suspect", seat=seat, silent_ms=30_000)
    study.answers(by, match_id)


def state(study: Study, who: str) -> str:
    return next(row["state"] for row in study.monitor.snapshot()["participants"] if row["participant_id"] == who)


def test_who_was_silent_for_too_long_is_told_that_it_may_come_back_and_comes_back() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    assert study.controls(one, "evicted") == [{"kind": "evicted", "view": 1, "may_return": True}]
    assert state(study, one) == "away" and study.record_of(one)["exit_reason"] is None
    study.passes(20_000)
    study.took(study.session.leave(one, "page_closed", study.now))
    study.reloads(one)
    assert state(study, one) == "returning"
    rejoin = study.sent(one, "matched")[-1]["rejoin"]
    assert [commit["view"] for commit in rejoin["commits"]] == [1]


def test_a_page_that_was_cut_off_altogether_hears_it_when_its_line_is_back() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.took(study.session.disconnect(one, study.now))
    study.passes(30_000)
    study.answers(zero, match_id)
    assert study.controls(zero, "commit")[-1]["drop"] == {"1": 100}
    study.passes(50_000)
    assert state(study, one) == "away" and study.sent(one, "view")[-1]["state"] == "playing"
    before = len(study.controls(one))
    study.took(study.session.connect(study.tokens[one], study.now, page="first"))
    assert state(study, one) == "away", "its line is back, it is not"
    study.tells(one, match_id, kind="back", view=0, epoch=0)
    assert study.controls(one)[before:] == [{"kind": "evicted", "view": 1, "may_return": True}]
    study.reloads(one)
    assert state(study, one) == "returning"


def test_an_absent_page_is_told_of_no_episode_and_delays_none() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    told = len(study.sent(one, "begin"))
    study.done(zero, match_id, 0)
    assert study.sent(zero, "begin")[-1]["episode"] == 1
    study.tells(one, match_id, kind="back", view=0, epoch=0)
    assert len(study.sent(one, "begin")) == told


def test_when_the_match_ends_who_is_absent_has_dropped_out_and_reads_why() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    study.done(zero, match_id, 0)
    study.done(zero, match_id, 1)
    assert study.sent(zero, "match_ended")[0]["reason"] == "COMPLETED"
    assert not study.sent(one, "match_ended")
    end = study.sent(one, "view")[-1]["end"]
    assert end["reason"] == "DROPPED_OUT" and end["code"] == "DROP" and FAREWELL in end["message"]
    assert study.record_of(one)["status"] == "dropped_out" and state(study, one) == "dropped_out"
    assert study.goes_on(zero)["end"]["reason"] == "COMPLETED"
    assert study.stored("update_match")[-1]["left_seat"] == "1"


def test_where_a_reload_counts_as_leaving_so_does_silence() -> None:
    study = Reloading(multiplayer={"after_departure": "default_action", "on_reload": "leave"})
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    assert study.controls(one, "evicted") == [{"kind": "evicted", "view": 1, "may_return": False}]
    assert FAREWELL in study.sent(one, "view")[-1]["end"]["message"]
    assert state(study, one) == "dropped_out"


def test_where_a_departure_ends_the_match_nobody_comes_back_to_it() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    assert study.controls(one, "evicted") == [{"kind": "evicted", "view": 1, "may_return": False}]
    assert FAREWELL in study.sent(one, "view")[-1]["end"]["message"]
    study.done(zero, match_id, 0)
    assert study.sent(zero, "match_ended")[0]["reason"] == "PARTNER_LEFT"


def test_who_leaves_while_absent_has_left() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    assert study.sent(one, "view")[-1]["end"]["reason"] == "WITHDRAWN"
    study.done(zero, match_id, 0)
    assert study.sent(zero, "begin")[-1]["episode"] == 1


def test_a_page_that_is_closed_while_absent_is_lost_after_a_moment() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    study.took(study.session.leave(one, "page_closed", study.now))
    study.passes(9750)
    assert study.record_of(one)["exit_reason"] is None
    study.passes(250)
    end = study.sent(one, "view")[-1]["end"]
    assert end["reason"] == "DROPPED_OUT" and FAREWELL not in end["message"]


def test_a_return_that_fails_leaves_the_page_absent_and_it_may_try_again() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    silent(study, match_id, zero, 1)
    study.reloads(one)
    study.passes(30_000)
    assert study.controls(one, "evicted")[-1]["may_return"] and state(study, one) == "away"
    study.reloads(one, page="third")
    assert state(study, one) == "returning"


def test_a_match_whose_pages_are_all_cut_off_ends_when_the_last_grace_is_over() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.took(study.session.disconnect(zero, study.now))
    study.passes(5000)
    study.took(study.session.disconnect(one, study.now))
    study.passes(29_750)
    assert not study.happened("match_ended")
    study.passes(250)
    assert [event["end_reason"] for event in study.happened("match_ended")] == ["PARTNER_LEFT"]
    assert [study.record_of(who)["exit_reason"] for who in (zero, one)] == ["DROPPED_OUT"] * 2
