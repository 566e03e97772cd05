"""What the opened address says: kept where it belongs, told to nobody, and once only where the study says so."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from app.server.domain.entry import read
from app.server.domain.errors import Refused
from app.server.domain.session import Before
from tests.server.domain.scenario import Study
from tests.server.domain.studies import experiment, page, study

PROLIFIC = {"PROLIFIC_PID": "5f3c1a", "STUDY_ID": "st-1", "SESSION_ID": "se-1"}


def test_known_parameters_are_kept_under_their_names_and_all_else_is_dropped() -> None:
    said = {
        **PROLIFIC, "assignmentId": "a", "hitId": "h", "workerId": "w", "participant_label": "L", "hash": "x",
        "participantKey": "k", "participant": "p", "survey_code": "77", "seat": "PC07", "age_group": "2", "utm": "ad",
    }  # fmt: skip
    kept = read(said, attributes=["age_group"], require=[])
    assert kept.external_ids == {
        "PROLIFIC_PID": "5f3c1a", "prolific_study_id": "st-1", "prolific_session_id": "se-1", "assignmentId": "a",
        "hitId": "h", "workerId": "w", "participant_label": "L", "participant_label_hash": "x", "participantKey": "k",
        "participant": "p", "survey_code": "77",
    }  # fmt: skip
    assert kept.attributes == {"age_group": "2", "station": "PC07"}


def test_a_link_without_a_required_parameter_is_refused_with_its_name() -> None:
    it = study(page("one"), entry={"require": ["PROLIFIC_PID"]})
    for entry in ({}, {"PROLIFIC_PID": "  "}, {"prolific_pid": "5f"}):
        with pytest.raises(Refused, match="PROLIFIC_PID") as refused:
            it.session.start(None, it.now, entry=entry)
        assert refused.value.code == "entry_incomplete" and refused.value.values == {"names": "PROLIFIC_PID"}
    with pytest.raises(Refused):
        read({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}, attributes=[], require=["assignmentId"])
    assert it.all.stores == [] and it.arrives(PROLIFIC_PID="5f")


def test_external_ids_go_to_their_own_table_and_into_no_event_or_message() -> None:
    it = study(page("one", show_if="attribute.age_group == '2'"), entry={"attributes": ["age_group"]})
    who = it.arrives(**PROLIFIC, age_group="2", seat="PC07")
    assert it.scene(who) == "one"
    stored = it.stored("add_external_id")
    assert {(each["name"], each["value"]) for each in stored} >= {("PROLIFIC_PID", "5f3c1a")}
    assert it.stored("add_participant")[0]["attributes"] == {"age_group": "2", "station": "PC07"}
    others = [asdict(each) for each in (*it.all.events, *it.all.sends)]
    others += [asdict(each) for each in it.all.stores if each.command != "add_external_id"]
    assert not any(value in json.dumps(others + [it.monitor.snapshot()]) for value in PROLIFIC.values())


def test_who_comes_again_with_the_same_id_is_refused_while_under_way_and_afterwards() -> None:
    it = study(page("one"))
    who = it.arrives(**PROLIFIC)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            it.session.start(None, it.now, entry={"PROLIFIC_PID": "5f3c1a"})
        assert refused.value.code == "taken_part" and "5f3c1a" not in refused.value.message
        it.goes_on(who, "one")
    assert it.arrives(PROLIFIC_PID="other", STUDY_ID="st-1", SESSION_ID="se-1"), "a study's id is nobody's own"
    assert it.took(it.session.start(who, it.now))["participant_id"] == who, "their own page goes on"


def test_who_took_part_in_an_earlier_session_is_refused() -> None:
    it = Study(study=experiment(page("one")), before=Before(participants=4, external_ids=[("workerId", "w")]))
    with pytest.raises(Refused):
        it.session.start(None, it.now, entry={"workerId": "w"})
    assert it.arrives(participant="w") and it.stored("add_participant")[0]["number"] == 4


def test_a_study_may_let_people_come_as_often_as_they_like() -> None:
    it = study(page("one"), entry={"once_per": "none"})
    assert it.arrives(**PROLIFIC) != it.arrives(**PROLIFIC)
