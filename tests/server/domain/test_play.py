"""Matches: connecting, comparing episodes, and partners who vanish."""

from __future__ import annotations

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import Study


def test_the_first_episode_waits_until_every_seat_is_connected() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    study.took(study.session.seats.connected(zero, match_id, {"1": "direct"}, study.now))
    assert study.sent(zero, "begin") == []
    study.took(study.session.seats.connected(one, match_id, {"0": "server"}, study.now))
    assert len(study.sent(zero, "begin")) == len(study.sent(one, "begin")) == 1
    assert study.stored("update_match")[-1]["connections"] == {"0": {"1": "direct"}, "1": {"0": "server"}}


def test_a_connection_that_changes_is_recorded_and_begins_nothing_again() -> None:
    study = Study()
    zero, _, match_id = study.playing()
    study.took(study.session.seats.connected(zero, match_id, {"1": "server"}, study.now))
    assert study.stored("update_match")[-1]["connections"]["0"] == {"1": "server"}
    assert len(study.sent(zero, "begin")) == 1


def test_pages_that_would_play_different_games_do_not_begin() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    study.took(study.session.seats.connected(zero, match_id, {"1": "direct"}, study.now, "aa"))
    study.took(study.session.seats.connected(zero, match_id, {"1": "turn"}, study.now, "aa"))
    assert study.session.seats.partner(zero, match_id, 1) is not None
    study.took(study.session.seats.connected(one, match_id, {"0": "direct"}, study.now, "bb"))
    assert [ended["reason"] for who in (zero, one) for ended in study.sent(who, "match_ended")] == ["TECH_PROBLEM"] * 2
    assert study.sent(zero, "begin") == []
    assert [event.data["digests"] for event in study.all.events if event.name == "incompatible"] == [
        {"0": "aa", "1": "bb"}
    ]


def test_connections_must_name_exactly_the_partners() -> None:
    study = Study()
    zero, _, match_id = study.pair()
    for connections in ({}, {"0": "direct"}, {"1": "direct", "2": "direct"}):
        with pytest.raises(Refused, match="must name the seats 1"):
            study.session.seats.connected(zero, match_id, connections, study.now)


@pytest.mark.parametrize(("state", "inputs", "kind"), [("ac", "bb", "state"), ("ac", "bc", "inputs")])
def test_seats_that_disagree_about_an_episode_flag_the_match(state: str, inputs: str, kind: str) -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.done(zero, match_id, 0)
    study.done(one, match_id, 0, state=state, inputs=inputs)
    assert study.happened("desync")[0]["kind"] == kind
    row = study.monitor.snapshot()["matches"][0]
    assert row["desync"] == {"episode": 0, "kind": kind}
    assert len(study.sent(zero, "begin")) == 2, "the match goes on; with two seats nobody knows who is wrong"


def test_rows_that_differ_in_the_store_flag_the_match_once() -> None:
    study = Study()
    _, _, match_id = study.playing()
    found = {"episode": 0, "frame": 12, "column": "reward.0", "seats": ["0", "1"], "values": ["0", "1"]}
    study.took(study.session.seats.records_differ(match_id, found, study.now))
    study.took(study.session.seats.records_differ(match_id, found, study.now))
    assert len(study.happened("desync")) == 1
    assert study.monitor.snapshot()["matches"][0]["desync"]["column"] == "reward.0"


def test_a_report_that_comes_twice_counts_once() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.done(zero, match_id, 0)
    study.done(zero, match_id, 0)
    assert len(study.sent(zero, "begin")) == 1
    study.done(one, match_id, 0)
    study.done(zero, match_id, 0)
    assert len(study.sent(zero, "begin")) == 2
    with pytest.raises(Refused, match="not being played"):
        study.done(zero, match_id, 7)


def test_a_lost_connection_is_shown_to_the_partner_and_healed_by_coming_back() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    token = study.took(study.session.start(zero, study.now))["token"]
    study.took(study.session.disconnect(zero, study.now))
    assert study.sent(one, "partner") == [{"match_id": match_id, "seat": 0, "state": "interrupted"}]
    study.passes(29_000)
    reply = study.took(study.session.connect(token, study.now))
    assert reply["view"]["state"] == "playing"
    assert study.sent(one, "partner")[-1]["state"] == "resumed"
    study.passes(29_000)
    assert study.sent(one, "match_ended") == []


def test_a_partner_who_stays_away_ends_the_match_for_the_other() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.disconnect(zero, study.now))
    study.passes(30_000)
    study.answers(one, match_id)
    study.done(one, match_id, 0)
    assert study.sent(one, "match_ended") == [
        {"match_id": match_id, "reason": "PARTNER_LEFT", "left_seat": 0, "message": "They are gone."}
    ]
    view = study.sent(one, "view")[-1]
    assert view["state"] == "ended" and view["scene"]["button"] == "Continue"
    assert study.record_of(zero)["exit_reason"] == "DROPPED_OUT" and study.record_of(zero)["status"] == "dropped_out"
    assert study.goes_on(one)["end"]["code"] == "PART"
    assert study.record_of(one)["exit_reason"] == "PARTNER_LEFT"
    ended = study.stored("update_match")[-1]
    assert (ended["end_reason"], ended["left_seat"], ended["state"]) == ("PARTNER_LEFT", "0", "ENDED")


def test_leaving_a_match_ends_it_as_soon_as_the_last_frame_is_agreed() -> None:
    study = Study(multiplayer={"on_reload": "leave"})
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "page_closed", study.now))
    study.answers(zero, match_id)
    assert not study.sent(zero, "match_ended")
    study.done(zero, match_id, 0)
    assert study.sent(zero, "match_ended")[0]["left_seat"] == 1
    assert study.sent(one, "match_ended") == []
    assert study.record_of(one)["status"] == "dropped_out"


def test_a_page_that_cannot_go_on_ends_the_match_as_a_technical_problem() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "TECH_PROBLEM", study.now))
    study.answers(zero, match_id)
    study.done(zero, match_id, 0)
    assert study.sent(zero, "match_ended")[0]["reason"] == "TECH_PROBLEM"
    assert study.record_of(one)["exit_reason"] == "TECH_PROBLEM"
    assert study.goes_on(zero)["end"]["reason"] == "TECH_PROBLEM"


def test_a_page_loaded_again_in_a_match_has_lost_it() -> None:
    study = Study()
    tokens = {}
    for page in "ab":
        reply = study.took(study.session.start(None, study.now, page=page))
        tokens[study.waits(reply["participant_id"])] = reply["token"]
    (one, token), (other, _) = tokens.items()
    reply = study.took(study.session.connect(token, study.now, page="c"))
    assert reply["view"]["end"]["reason"] == "DROPPED_OUT"
    assert study.sent(other, "match_ended")[0]["reason"] == "PARTNER_LEFT"


def test_seats_that_never_connect_do_not_hold_each_other_for_ever() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    study.took(study.session.seats.signal(zero, match_id, 1, {"candidate": None}, study.now))
    study.passes(34_750)
    assert study.sent(zero, "match_ended") == []
    study.passes(250)
    assert [study.sent(who, "match_ended")[0]["reason"] for who in (zero, one)] == ["TECH_PROBLEM"] * 2


def test_a_seat_that_never_reports_the_end_of_an_episode_does_not_hold_the_other_for_ever() -> None:
    study = Study()
    zero, _, match_id = study.playing()
    study.done(zero, match_id, 0)
    study.passes(60_000)
    assert study.sent(zero, "match_ended")[0]["reason"] == "TECH_PROBLEM"


def test_a_page_that_falls_silent_while_connected_is_a_technical_problem() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    for _ in range(90):
        study.passes(1000)
        study.took(study.session.seats.status(zero, match_id, {"frame": 1, "episode": 0}, study.now))
    study.answers(zero, match_id)
    study.done(zero, match_id, 0)
    assert study.sent(zero, "match_ended")[0]["left_seat"] == 1
    assert study.record_of(one)["exit_reason"] == "TECH_PROBLEM"


def test_where_states_differ_the_reports_of_two_pages_name_the_part_for_the_researcher() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    place = {"episode": 0, "frame": 30, "column": "state_hash", "seats": ["0", "1"], "values": ["aa", "bb"]}
    study.took(study.session.seats.records_differ(match_id, place, study.now))
    for who, pot in ((zero, "1"), (one, "2"), (one, "2")):
        desync = {"episode": 0, "frame": 30, "kind": "state", "parts": {"env": pot, "env.pot": pot}}
        study.took(study.session.seats.report(who, match_id, {"desyncs": [desync]}, study.now))
    found = {"episode": 0, "frame": 30, "part": "env.pot", "seats": ["0", "1"]}
    assert study.happened("desync") == [
        {"match_id": match_id, "kind": "records", **place}, {"match_id": match_id, "kind": "state", **found},
    ]  # fmt: skip
    assert study.monitor.snapshot()["matches"][0]["desync"] == {"kind": "records", **place, "part": "env.pot"}


def test_a_signal_goes_to_the_named_partner_only_and_never_to_another_match() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    stranger, _, other_match = study.pair()
    study.took(study.session.seats.signal(zero, match_id, 1, {"candidate": None}, study.now))
    assert study.sent(one, "signal") == [{"match_id": match_id, "from": 0, "data": {"candidate": None}}]
    for who, match, to in ((stranger, match_id, 1), (zero, other_match, 1), (zero, match_id, 0), (zero, match_id, 5)):
        with pytest.raises(Refused):
            study.session.seats.signal(who, match, to, {"candidate": None}, study.now)
    with pytest.raises(Refused, match="no such match"):
        study.session.seats.signal(zero, "nowhere", 1, {"candidate": None}, study.now)


def test_datagrams_pass_between_seats_of_a_running_match_and_are_dropped_after_it() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    assert study.session.seats.partner(zero, match_id, 1) == (one, 0)
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    assert study.session.seats.partner(zero, match_id, 1) is None


def test_chunks_of_a_match_that_is_over_still_belong_to_the_seat() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "page_closed", study.now))
    assert study.session.seats.seat_in(zero, match_id) == "0"
    assert study.session.seats.seat_in(one, match_id) == "1"
    stranger = study.arrives()
    with pytest.raises(Refused, match="do not sit"):
        study.session.seats.seat_in(stranger, match_id)
