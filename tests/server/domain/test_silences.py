"""A seat whose partners hear nothing of it for seconds is shown to the researcher, with since when and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from tests.server.domain.scenario import Study
from tests.server.domain.test_departures import plays_on

THREE = {str(index): {"role": f"cook_{index}"} for index in range(3)}


def hears(study: Study, who: str, match_id: str, **silent_ms: int) -> None:
    """A page reports how it plays; `seat_1=3000` says that nothing of seat 1 has come for three seconds."""
    silent = {name.removeprefix("seat_"): ms for name, ms in silent_ms.items()}
    facts = {"episode": 0, "frame": 40, "silent_ms": silent}
    study.took(study.session.seats.status(who, match_id, facts, study.now))


def shown(study: Study, who: str) -> list[dict[str, Any]]:
    """Return what the researcher sees of somebody's silence."""
    return next(row["silent"] for row in study.monitor.snapshot()["participants"] if row["participant_id"] == who)


def test_silence_is_journalled_once_and_shown_until_the_seat_is_heard_again() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    hears(study, zero, match_id)
    assert shown(study, one) == [] and not study.happened("seat_silent")
    study.passes(5000)
    hears(study, zero, match_id, seat_1=3100)
    at = study.now.utc
    study.passes(1000)
    hears(study, zero, match_id, seat_1=4100)
    (event,) = [event for event in study.all.events if event.name == "seat_silent"]
    assert event.journalled
    assert event.data == {"match_id": match_id, "participant_id": one, "by": zero, "silent_ms": 3100}
    assert shown(study, one) == [{"by": zero, "at_utc": at, "silent_ms": 3100}]
    assert shown(study, zero) == []
    hears(study, zero, match_id)
    assert shown(study, one) == []
    assert study.happened("seat_heard") == [{"match_id": match_id, "participant_id": one, "by": zero}]


def test_each_partner_who_hears_nothing_is_named() -> None:
    study = Study(seats=THREE)
    people = [study.waits() for _ in range(3)]
    seats = {who: study.sent(who, "matched")[0]["seat"] for who in people}
    zero, one, two = sorted(people, key=lambda who: seats[who])
    match_id = study.sent(zero, "matched")[0]["match_id"]
    for who in (zero, one, two):
        others = {str(seat): "direct" for other, seat in seats.items() if other != who}
        study.took(study.session.seats.connected(who, match_id, others, study.now))
    hears(study, zero, match_id, seat_2=3000)
    hears(study, one, match_id, seat_2=3400, seat_0=3000)
    assert [said["by"] for said in shown(study, two)] == [zero, one]
    hears(study, zero, match_id)
    assert [said["by"] for said in shown(study, two)] == [one]
    assert [said["by"] for said in shown(study, zero)] == [one]


def test_what_a_page_said_before_it_was_cut_off_itself_counts_no_more() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    hears(study, zero, match_id, seat_1=3000)
    token = study.took(study.session.start(zero, study.now))["token"]
    study.took(study.session.disconnect(zero, study.now))
    assert shown(study, one) == []
    study.took(study.session.connect(token, study.now))
    hears(study, zero, match_id, seat_1=9000)
    assert [said["silent_ms"] for said in shown(study, one)] == [9000]
    assert not study.happened("seat_heard")


def test_who_takes_part_no_more_is_not_missed_and_accuses_nobody() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    hears(study, zero, match_id, seat_1=3000)
    hears(study, one, match_id, seat_0=3000)
    study.tells(zero, match_id, kind="suspect", seat=1, silent_ms=30_000)
    study.answers(zero, match_id)
    assert shown(study, one) == shown(study, zero) == []
    hears(study, zero, match_id, seat_1=40_000)
    hears(study, one, match_id, seat_0=40_000)
    assert shown(study, one) == shown(study, zero) == []
    assert len(study.happened("seat_silent")) == 2 and not study.happened("seat_heard")


def test_a_match_that_is_over_shows_no_silence_and_takes_none() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    hears(study, zero, match_id, seat_1=3000)
    study.took(study.session.close(study.now))
    assert shown(study, one) == []
    hears(study, zero, match_id, seat_1=9000)
    assert shown(study, one) == []


@pytest.mark.parametrize("seat", ["seat_0", "seat_5"])
def test_nobody_accuses_themselves_or_a_seat_that_is_not_there(seat: str) -> None:
    study = Study()
    zero, _, match_id = study.playing()
    with pytest.raises(Refused, match="not a partner"):
        hears(study, zero, match_id, **{seat: 3000})
