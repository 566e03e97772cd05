"""The monitor is built from events, and its patches add up to its snapshot."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.server.domain.scenario import Study


def watched(study: Study) -> list[dict[str, Any]]:
    patches: list[dict[str, Any]] = []
    study.monitor.subscribe(patches.append)
    return patches


def patched(snapshot: dict[str, Any], patches: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply patches as a page does."""
    state = copy.deepcopy(snapshot)
    rows = {
        "participants": {row["participant_id"]: row for row in state["participants"]},
        "matches": {row["match_id"]: row for row in state["matches"]},
    }
    for patch in patches:
        area, *rest = patch["path"]
        if area in rows:
            rows[area][rest[0]] = patch["value"]
        elif rest:
            state[area][rest[0]] = patch["value"]
        else:
            state[area] = patch["value"]
    return {**state, **{area: list(found.values()) for area, found in rows.items()}}


def test_snapshot_and_patches_together_are_the_next_snapshot() -> None:
    study = Study()
    patches = watched(study)
    before = study.monitor.snapshot()
    study.took(study.session.open(study.now))
    zero, one, match_id = study.playing()
    facts = {"episode": 0, "frame": 40, "ping_ms": 21.5, "rollbacks": 3, "connection_type": "turn"}
    study.took(study.session.seats.status(zero, match_id, facts, study.now))
    study.took(study.session.seats.acknowledged(zero, match_id, 30, study.now))
    study.took(study.session.disconnect(one, study.now))
    study.passes(30_000)
    study.answers(zero, match_id)
    study.done(zero, match_id, 0)
    study.goes_on(zero)
    after = study.monitor.snapshot()
    assert patched(before, patches) == after
    json.dumps(after), json.dumps(patches)


def test_the_researcher_sees_where_everybody_is() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    for who, frame in ((zero, 40), (one, 38)):
        facts = {"episode": 0, "frame": frame, "ping_ms": 20.0, "connection_type": "direct"}
        study.took(study.session.seats.status(who, match_id, facts, study.now))
    study.took(study.session.seats.acknowledged(zero, match_id, 30, study.now))
    snapshot = study.monitor.snapshot()
    match, people = snapshot["matches"][0], {row["participant_id"]: row for row in snapshot["participants"]}
    assert (match["state"], match["episode"], match["frame"], match["connection_type"]) == ("PLAYING", 0, 38, "direct")
    assert people[zero]["state"] == "playing" and people[zero]["seat"] == "0" and people[zero]["role"] == "cook_a"
    assert people[zero]["acknowledged_frames"] == 30 and people[zero]["frames_played"] == 41
    assert snapshot["waiting"]["game"] == {"present": 0, "needed": 2}


def test_a_match_shows_the_worst_way_any_of_its_seats_has() -> None:
    study = Study()
    zero, _, match_id = study.playing()
    study.took(study.session.seats.connected(zero, match_id, {"1": "server"}, study.now))
    assert study.monitor.snapshot()["matches"][0]["connection_type"] == "server"


def test_somebody_interrupted_is_shown_as_such_until_they_are_back() -> None:
    study = Study()
    zero, _, _ = study.playing()
    token = study.took(study.session.start(zero, study.now))["token"]
    study.took(study.session.disconnect(zero, study.now))
    assert {row["state"] for row in study.monitor.snapshot()["participants"]} == {"interrupted", "playing"}
    study.took(study.session.connect(token, study.now))
    assert {row["state"] for row in study.monitor.snapshot()["participants"]} == {"playing"}


def test_frames_of_the_second_episode_come_after_those_of_the_first() -> None:
    study = Study()
    zero, one, match_id = study.playing()
    study.done(zero, match_id, 0)
    study.done(one, match_id, 0)
    study.took(study.session.seats.status(zero, match_id, {"episode": 1, "frame": 9}, study.now))
    row = next(row for row in study.monitor.snapshot()["participants"] if row["participant_id"] == zero)
    assert row["frames_played"] == 910


def test_changing_a_snapshot_changes_nothing() -> None:
    study = Study()
    study.playing()
    study.monitor.snapshot()["matches"][0]["seats"].clear()
    assert len(study.monitor.snapshot()["matches"][0]["seats"]) == 2


def test_who_no_longer_listens_is_no_longer_told() -> None:
    study = Study()
    heard: list[Any] = []
    end = study.monitor.subscribe(heard.append)
    end()
    study.arrives()
    assert heard == []
