"""Somebody leaves, reloads or comes back while a match plays: what the others, the store and the researcher get."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import Study

NOBODY_SEAT = {str(index): {"role": f"cook_{index}"} for index in range(3)}


class Reloading(Study):
    """A study whose pages have names, so that one can be loaded again."""

    def __init__(self, **game: Any) -> None:
        super().__init__(**game)
        self.tokens: dict[str, str] = {}

    def arrives(self) -> str:
        reply = self.took(self.session.start(None, self.now, page="first"))
        self.tokens[reply["participant_id"]] = reply["token"]
        return reply["participant_id"]

    def reloads(self, who: str, page: str = "second") -> dict[str, Any]:
        """A page is loaded again; return the view it is shown."""
        return self.took(self.session.connect(self.tokens[who], self.now, page=page))["view"]

    def back(self, who: str, partner: str, match_id: str) -> dict[str, Any]:
        """A page is loaded again and its former life is over; return what it is told it comes back to."""
        self.reloads(who)
        self.answers(partner, match_id)
        return self.sent(who, "matched")[-1]


def status(study: Study, who: str, match_id: str, frame: int) -> None:
    facts = {"episode": 0, "frame": frame}
    study.took(study.session.seats.status(who, match_id, facts, study.now))


def plays_on(after: str) -> Reloading:
    extra = {"departure_policy": "players:Chaser"} if after == "policy" else {}
    return Reloading(multiplayer={"after_departure": after, **extra})


def test_a_decision_is_committed_before_any_message_of_it_is_sent() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    assert not study.all.durable
    study.answers(zero, match_id)
    (kept,) = study.all.durable
    assert kept.command == "add_commit" and kept.payload["match_id"] == match_id and kept.payload["view"] == 1
    assert study.controls(zero, "commit") == [kept.payload["commit"]]
    assert not study.controls(one), "who has left is told nothing more"


def test_who_withdraws_is_at_the_end_at_once_and_the_partner_after_the_agreed_frame() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    assert study.sent(one, "view")[-1]["end"]["reason"] == "WITHDRAWN"
    study.answers(zero, match_id)
    assert study.controls(zero, "commit")[0]["final"] == 101
    assert not study.sent(zero, "match_ended")
    study.done(zero, match_id, 0)
    assert study.sent(zero, "match_ended")[0]["reason"] == "PARTNER_LEFT"
    assert study.happened("seat_dropped")[0]["cut"] == 100 and study.happened("match_finishing")[0]["frame"] == 101
    rows = {row["participant_id"]: row["state"] for row in study.monitor.snapshot()["participants"]}
    assert rows == {zero: "ended", one: "withdrawn"}


def test_a_page_that_never_reports_the_agreed_end_is_told_after_a_minute() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.answers(zero, match_id)
    study.passes(60_000)
    assert study.sent(zero, "match_ended")[0]["reason"] == "PARTNER_LEFT"


@pytest.mark.parametrize("after", ["default_action", "policy"])
def test_a_match_that_plays_on_completes_and_says_who_left(after: str) -> None:
    study = plays_on(after)
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.answers(zero, match_id)
    assert study.controls(zero, "commit")[0]["substitute"] == after
    study.done(zero, match_id, 0)
    assert study.sent(zero, "begin")[-1]["episode"] == 1 and len(study.sent(one, "begin")) == 1
    study.done(zero, match_id, 1)
    assert study.sent(zero, "match_ended")[0] == {
        "match_id": match_id, "reason": "COMPLETED", "left_seat": 1, "message": "The game is over.",
    }  # fmt: skip
    assert study.stored("update_match")[-1]["left_seat"] == "1"
    assert study.record_of(one)["exit_reason"] == "WITHDRAWN"
    assert study.goes_on(zero)["end"]["code"] == "DONE"


def test_the_next_episode_waits_until_a_departure_is_decided() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.done(one, match_id, 0)
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.done(zero, match_id, 0)
    assert len(study.sent(zero, "begin")) == 1
    study.answers(zero, match_id, cut=899)
    assert study.sent(zero, "begin")[-1]["episode"] == 1


def test_when_everybody_has_left_the_match_is_over() -> None:
    study = Study()
    zero, one, _ = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.took(study.session.leave(zero, "WITHDRAWN", study.now))
    assert study.happened("match_ended")[0]["end_reason"] == "PARTNER_LEFT"
    assert not study.sent(zero, "match_ended") and not study.sent(one, "match_ended")


def test_a_silent_partner_is_dropped_on_the_word_of_another() -> None:
    study = Study(seats=NOBODY_SEAT)
    people = [study.waits() for _ in range(3)]
    seats = {study.sent(who, "matched")[0]["seat"]: who for who in people}
    match_id = study.sent(people[0], "matched")[0]["match_id"]
    for index, who in seats.items():
        others = {str(other): "direct" for other in seats if other != index}
        study.took(study.session.seats.connected(who, match_id, others, study.now))
    study.tells(seats[0], match_id, kind="suspect", seat=2, silent_ms=30_000)
    found = study.happened("seat_suspected")[0]
    assert (found["participant_id"], found["by"]) == (seats[2], seats[0])
    for index in (0, 1):
        study.answers(seats[index], match_id)
    assert study.record_of(seats[2])["exit_reason"] == "DROPPED_OUT"
    assert study.sent(seats[2], "view")[-1]["end"]["reason"] == "DROPPED_OUT"
    for index in (0, 1):
        study.done(seats[index], match_id, 0)
    assert [study.sent(seats[index], "match_ended")[0]["left_seat"] for index in (0, 1)] == [2, 2]


# -- a page is loaded again ----------------------------------------------------------------------------------------


def test_a_page_loaded_again_is_told_what_it_comes_back_to_once_its_former_life_is_over() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    recorded = {"episode": 0, "through": 59, "seq": 2}
    study.took(study.session.seats.acknowledged(one, match_id, 60, study.now, recorded))
    assert study.reloads(one)["state"] == "playing"
    assert len(study.sent(one, "matched")) == 1, "not before the former life is over"
    study.answers(zero, match_id)
    commit = study.controls(zero, "commit")[0]
    assert commit["final"] is None and commit["substitute"] == "default_action"
    again = study.sent(one, "matched")[-1]
    assert again["rejoin"] == {"commits": [commit], "episode": 0, "recorded": recorded}
    assert {**again, "rejoin": None} == study.sent(one, "matched")[0]
    assert study.controls(zero, "observe") == [{"kind": "observe", "seat": 1, "on": True}]
    assert not study.controls(one)


def test_who_comes_back_takes_part_again_and_the_match_completes_with_both() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    study.back(one, zero, match_id)
    status(study, zero, match_id, 200)
    study.session.seats.ask_log(one, match_id, study.now)
    study.tells(one, match_id, kind="join", epoch=0, frame=199)
    for who in (zero, one):
        study.answers(who, match_id, view=1)
    assert study.happened("seat_rejoined")[0]["participant_id"] == one
    study.done(zero, match_id, 0)
    assert len(study.sent(zero, "begin")) == 1, "the episode is over when both are through"
    study.done(one, match_id, 0)
    assert study.sent(one, "begin")[-1]["episode"] == 1
    rows = {row["participant_id"]: row["state"] for row in study.monitor.snapshot()["participants"]}
    assert rows == {zero: "playing", one: "playing"}


def test_closing_the_page_keeps_its_place_for_a_moment() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "page_closed", study.now))
    study.answers(zero, match_id)
    study.took(study.session.disconnect(one, study.now))
    study.passes(9000)
    assert study.reloads(one)["state"] == "playing"
    assert study.sent(one, "matched")[-1]["rejoin"]["commits"]
    study.passes(15_000)
    assert not study.happened("match_finishing")


def test_a_page_that_was_closed_for_good_ends_the_match_at_an_agreed_frame() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "page_closed", study.now))
    study.answers(zero, match_id)
    study.passes(10_000)
    assert study.record_of(one)["exit_reason"] == "DROPPED_OUT"
    study.answers(zero, match_id, view=1)
    assert study.controls(zero, "commit")[-1]["final"] is not None
    study.done(zero, match_id, 0)
    ended = study.sent(zero, "match_ended")[0]
    assert (ended["reason"], ended["left_seat"]) == ("PARTNER_LEFT", 1)


def test_a_page_that_does_not_catch_up_in_time_has_left() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    study.back(one, zero, match_id)
    study.passes(30_000)
    assert study.happened("seat_rejoin_failed") and study.record_of(one)["exit_reason"] == "DROPPED_OUT"
    with pytest.raises(Refused, match="do not come back"):
        study.session.seats.ask_log(one, match_id, study.now)


def test_a_page_that_has_loaded_has_time_of_its_own_to_catch_up() -> None:
    study = Reloading()
    zero, one, match_id = study.playing()
    study.back(one, zero, match_id)
    study.passes(25_000)
    study.session.seats.ask_log(one, match_id, study.now)
    study.passes(25_000)
    study.session.seats.ask_log(one, match_id, study.now)
    assert not study.happened("seat_rejoin_failed")
    study.passes(5000)
    assert study.happened("seat_rejoin_failed"), "asking again does not help"


def test_where_the_match_plays_on_a_failed_return_may_be_tried_again() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.back(one, zero, match_id)
    study.passes(30_000)
    assert study.happened("seat_rejoin_failed")
    study.reloads(one, page="third")
    assert len(study.sent(one, "matched")) == 3


def test_a_study_may_take_a_reload_for_leaving() -> None:
    study = Reloading(multiplayer={"on_reload": "leave"})
    zero, one, match_id = study.playing()
    assert study.reloads(one)["end"]["reason"] == "DROPPED_OUT"
    study.answers(zero, match_id)
    assert study.controls(zero, "commit")[0]["final"] == 101


def test_nobody_comes_back_to_a_match_in_which_nobody_is_left() -> None:
    study = Reloading()
    zero, one, _ = study.playing()
    study.reloads(zero)
    assert study.reloads(one)["end"]["reason"] == "DROPPED_OUT"
    assert study.sent(zero, "match_ended")[0]["left_seat"] == 1


def test_a_page_that_was_away_is_told_what_it_missed() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.answers(zero, match_id)
    study.done(zero, match_id, 0)
    said = len(study.sent(zero, "begin"))
    study.passes(1000)
    study.took(study.session.disconnect(zero, study.now))
    study.took(study.session.connect(study.tokens[zero], study.now, page="first"))
    study.tells(zero, match_id, kind="back", view=0, epoch=0)
    assert [message["kind"] for message in study.controls(zero)][-2:] == ["commit", "abort"]
    assert study.sent(zero, "begin")[said:] == [{"match_id": match_id, "episode": 1, "start_in_ms": 2500}]
    study.tells(zero, match_id, kind="back", view=1, epoch=1)
    assert len(study.sent(zero, "begin")) == said + 1


def test_an_episode_that_begins_is_not_told_to_a_page_that_has_not_said_yet_what_it_missed() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.done(zero, match_id, 0)
    study.took(study.session.disconnect(zero, study.now))
    study.took(study.session.connect(study.tokens[zero], study.now, page="first"))
    study.done(one, match_id, 0)
    assert study.sent(one, "begin")[-1]["episode"] == 1
    assert len(study.sent(zero, "begin")) == 1
    study.tells(zero, match_id, kind="back", view=0, epoch=0)
    assert [begin["episode"] for begin in study.sent(zero, "begin")] == [0, 1]


def test_nothing_is_said_about_members_before_or_after_a_match() -> None:
    study = Study()
    zero, one, match_id = study.pair()
    with pytest.raises(Refused, match="has not begun"):
        study.tells(zero, match_id, kind="heard", seat=1)
    study.took(study.session.close(study.now))
    with pytest.raises(Refused, match="is over"):
        study.tells(one, match_id, kind="heard", seat=0)


# -- the environment fails -------------------------------------------------------------------------------------------


def test_an_environment_that_raises_ends_the_match_and_only_the_researcher_sees_why() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    found = {"episode": 0, "frame": 31, "message": "ZeroDivisionError: division by zero", "traceback": "line 7"}
    study.took(study.session.seats.failed(zero, match_id, found, study.now))
    study.took(study.session.seats.failed(one, match_id, found, study.now))
    for who in (zero, one):
        ended = study.sent(who, "match_ended")
        assert len(ended) == 1 and ended[0]["reason"] == "TECH_PROBLEM" and "fault" in ended[0]["message"]
        assert "line 7" not in str(study.sent(who, "match_ended")) + str(study.sent(who, "view"))
    assert [event["traceback"] for event in study.happened("environment_error")] == ["line 7"]
    error = study.monitor.snapshot()["matches"][0]["error"]
    assert error == {"participant_id": zero, "seat": "0", **found}
