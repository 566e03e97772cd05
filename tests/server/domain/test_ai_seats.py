"""Matches with AI players: people take the people's seats, everybody learns who is who, and nobody waits for an AI."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import ENVIRONMENT_HASH, Study


def seats(*kinds: str) -> dict[str, dict[str, Any]]:
    """Return the seats of an experiment: "person" or "ai", in order."""
    return {
        f"s{index}": {"role": f"role_{index}", **({"policy": "players:Chaser"} if kind == "ai" else {})}
        for index, kind in enumerate(kinds)
    }


def test_one_person_with_an_ai_player_is_matched_at_once_and_begins() -> None:
    study = Study(seats=seats("ai", "person"))
    who = study.waits()
    (matched,) = study.sent(who, "matched")
    assert (matched["seat"], matched["people"]) == (1, [1])
    assert matched["seats"] == ["s0", "s1"] and matched["roles"] == ["role_0", "role_1"]
    assert matched["setup"]["policies"] == {"s0": {"policy": "players:Chaser", "config": {}, "frame_skip": 4}}
    study.took(study.session.seats.connected(who, matched["match_id"], {}, study.now))
    assert len(study.sent(who, "begin")) == 1
    for episode in (0, 1):
        study.done(who, matched["match_id"], episode)
    assert study.sent(who, "match_ended")[0]["reason"] == "COMPLETED"


def test_a_match_of_one_person_alone_begins_at_once_too() -> None:
    study = Study(seats=seats("person"))
    who = study.waits()
    (matched,) = study.sent(who, "matched")
    study.took(study.session.seats.connected(who, matched["match_id"], {}, study.now))
    assert len(study.sent(who, "begin")) == 1


def test_people_are_drawn_onto_the_seats_that_no_ai_player_has() -> None:
    places = set()
    for number in range(12):
        study = Study(first_match_number=number, seats=seats("person", "ai", "person", "ai"))
        first, second = study.waits(), study.waits()
        told = [study.sent(who, "matched")[0] for who in (first, second)]
        assert [match["people"] for match in told] == [[0, 2], [0, 2]]
        assert sorted(match["seat"] for match in told) == [0, 2]
        places.add(told[0]["seat"])
    assert places == {0, 2}, "who came first says nothing about the seat"


def test_the_waiting_room_waits_for_people_only() -> None:
    study = Study(seats=seats("person", "ai", "person"))
    who = study.waits()
    assert study.happened("waiting_changed")[-1]["needed"] == 2
    assert study.sent(who, "matched") == []


def test_the_store_knows_every_seat_and_the_monitor_those_of_people() -> None:
    study = Study(seats=seats("person", "ai", "person"))
    first, second = study.waits(), study.waits()
    stored = study.stored("add_match")[0]["seats"]
    assert [(seat["seat"], seat["index"], seat["participant_id"] is None) for seat in stored] == [
        ("s0", 0, False), ("s1", 1, True), ("s2", 2, False),
    ]  # fmt: skip
    shown = study.monitor.snapshot()["matches"][0]["seats"]
    assert {seat["participant_id"] for seat in shown} == {first, second}


def test_only_people_are_partners() -> None:
    study = Study(seats=seats("person", "ai", "person"))
    first, second = study.waits(), study.waits()
    told = study.sent(first, "matched")[0]
    zero, two = (first, second) if told["seat"] == 0 else (second, first)
    door, match_id = study.session.seats, told["match_id"]
    assert door.partner(zero, match_id, 2) == (two, 0)
    for nobody in (0, 1, 3):
        with pytest.raises(Refused, match="not a partner"):
            door.partner(zero, match_id, nobody)
    with pytest.raises(Refused, match="must name the seats 2"):
        door.connected(zero, match_id, {"1": "direct", "2": "direct"}, study.now)
    study.took(door.connected(zero, match_id, {"2": "direct"}, study.now))
    study.took(door.connected(two, match_id, {"0": "direct"}, study.now))
    assert len(study.sent(zero, "begin")) == len(study.sent(two, "begin")) == 1


def test_a_page_with_another_environment_is_not_matched_with_an_ai_player_either() -> None:
    study = Study(seats=seats("ai", "person"))
    who = study.arrives()
    with pytest.raises(Refused, match="another version"):
        study.session.ready(who, "game", f"not-{ENVIRONMENT_HASH}", 1.0, study.now)
    assert study.sent(who, "matched") == []
