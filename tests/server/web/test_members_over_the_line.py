"""Who takes part in a match, over the wire: durable before it is said, and only to those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.storage.client import StoreError
from app.server.web import messages
from tests.server.domain.ballots_scenario import holds
from tests.server.web.test_participant_socket import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def controls(desk: Desk, sid: str) -> list[dict[str, Any]]:
    for payload in desk.server.heard(sid, "membership"):
        messages.TO_PAGE["membership"].model_validate(payload)
    return [payload["message"] for payload in desk.server.heard(sid, "membership")]


def report(desk: Desk, sid: str) -> Any:
    ballot = controls(desk, sid)[-1]["ballot"]
    message = holds(ballot, {1: 100})
    return desk.server.say(sid, "membership", {"match_id": desk.match_id, "message": message})


def test_a_decision_is_in_the_store_before_anybody_hears_of_it(desk: Desk) -> None:
    zero, one = desk.plays()
    assert desk.server.say(one, "leave", {"reason": "WITHDRAWN"})["ok"]
    assert controls(desk, zero)[-1]["kind"] == "prepare"
    said = len(desk.server.emitted)
    order: list[str] = []
    emit, call = desk.server.emit, desk.store.call

    def emitted(event: str, data: Any, to: str) -> None:
        order.append(data.get("message", {}).get("kind", event))
        emit(event, data, to)

    def called(command: str, payload: dict[str, Any]) -> dict[str, Any]:
        order.append(command)
        return call(command, payload)

    desk.server.emit, desk.store.call = emitted, called  # type: ignore[method-assign]
    assert report(desk, zero) == {"ok": True}
    assert order[:2] == ["add_commit", "commit"] and len(desk.server.emitted) > said
    assert desk.store.given("add_commit")[0]["commit"] == controls(desk, zero)[-1]


def test_a_decision_that_may_not_be_stored_is_said_to_nobody_and_stops_the_server(desk: Desk) -> None:
    zero, one = desk.plays()
    desk.server.say(one, "leave", {"reason": "WITHDRAWN"})
    desk.store.refuse["add_commit"] = StoreError("timeout", "the store did not answer.")
    assert report(desk, zero)["ok"] is False
    assert desk.lost and controls(desk, zero)[-1]["kind"] == "prepare"


def test_a_page_loaded_again_gets_the_log_of_its_own_match_only(desk: Desk) -> None:
    zero, one = desk.plays()
    desk.store.answers["input_log"] = {"through": 29, "inputs": {"0": "1e01", "1": "1e02"}}
    asked = {"match_id": desk.match_id, "episode": 0}
    assert desk.server.say(one, "input_log", asked) == {"ok": True, "episode": 0, **desk.store.answers["input_log"]}
    assert desk.store.given("input_log") == [asked]
    desk.waits("stranger")
    assert desk.server.say("stranger", "input_log", asked)["error"]["code"] == "not_your_match"
    desk.server.say(one, "leave", {"reason": "WITHDRAWN"})
    report(desk, zero)
    assert desk.server.say(one, "input_log", asked)["error"]["code"] == "not_rejoining"


def test_a_page_that_comes_back_is_told_what_it_was_recorded_up_to(desk: Desk) -> None:
    desk.server.connect("a", {"page": "first"})
    tokens = {"a": desk.server.say("a", "start", {})["token"]}
    desk.server.connect("b", {"page": "first"})
    tokens["b"] = desk.server.say("b", "start", {})["token"]
    for sid in "ab":
        ready = {"scene_id": "game", "environment_hash": "e0", "ready_ms": 1}
        assert desk.server.say(sid, "ready", ready)["ok"]
    matched = desk.server.heard("a", "matched")[0]
    desk.match_id = matched["match_id"]
    zero, one = ("a", "b") if matched["seat"] == 0 else ("b", "a")
    for sid, other in ((zero, "1"), (one, "0")):
        desk.server.say(sid, "connected", {"match_id": desk.match_id, "connections": {other: "server"}, "digest": "d1"})
    assert desk.server.say(one, "chunk", desk.chunk(seq=4, first_frame=120, last_frame=149))["ok"]
    desk.server.connect("again", {"token": tokens[one], "page": "second"})
    assert desk.server.heard("again", "view")[0]["state"] == "playing"
    report(desk, zero)
    (back,) = desk.server.heard("again", "matched")
    messages.TO_PAGE["matched"].model_validate(back)
    assert back["rejoin"]["recorded"] == {"episode": 0, "through": 149, "seq": 5}
    assert back["rejoin"]["commits"] == [payload["commit"] for payload in desk.store.given("add_commit")]


def test_a_fault_of_the_environment_reaches_the_journal_and_no_participant(desk: Desk) -> None:
    zero, one = desk.plays()
    fault = {"episode": 0, "frame": 31, "message": "ZeroDivisionError: oops", "traceback": "line 7, in step"}
    assert desk.server.say(zero, "match_failed", {"match_id": desk.match_id, **fault}) == {"ok": True}
    (event,) = [e for e in desk.store.given("add_event") if e["event"] == "environment_error"]
    assert event["data"]["traceback"] == "line 7, in step" and event["data"]["seat"] == "0"
    for sid in (zero, one):
        assert desk.server.heard(sid, "match_ended")[0]["reason"] == "TECH_PROBLEM"
    assert "line 7" not in str(desk.server.emitted) and "oops" not in str(desk.server.emitted)


def test_parts_of_a_state_that_nobody_waits_for_are_refused_counted_and_not_passed_on(desk: Desk) -> None:
    zero, one = desk.plays()
    desk.waits("stranger")
    part = {"match_id": desk.match_id, "to": 1, "epoch": 0, "frame": 600, "index": 0, "data": b"x"}
    assert desk.server.say(zero, "state_part", part)["error"]["code"] == "not_donating"
    assert desk.server.say("stranger", "state_part", part)["error"]["code"] == "not_your_match"
    too_large = {**part, "data": bytes(16 * 1024 + 1)}
    assert desk.server.say(zero, "state_part", too_large)["error"]["code"] == "bad_message"
    for _ in range(300):
        answer = desk.server.say(zero, "state_part", part)
    assert answer["error"]["code"] == "too_many"
    assert desk.server.say(zero, "clock", {})["ok"], "other messages are not slowed down by it"
    assert desk.server.heard(one, "state_part") == [] and desk.store.given("state_part") == []
    counted = desk.monitor.snapshot()["refused"]
    assert counted["not_donating"] > 100 and counted["too_many"] > 50 and counted["bad_message"] == 1


def test_a_part_of_a_state_reaches_the_page_that_comes_back(desk: Desk) -> None:
    zero, one = desk.plays()
    found = desk.socket._session.seats._play.match(desk.match_id)
    found.donations.ask(1, {"epoch": 0}, [0])
    size = {"size": 3, "parts": 1, "state_hash": "0" * 16, "inputs_hash": "1" * 16}
    offer = {"kind": "offer", "to": 1, "epoch": 0, "frame": 600, **size}
    assert desk.server.say(zero, "membership", {"match_id": desk.match_id, "message": offer}) == {"ok": True}
    part = {"match_id": desk.match_id, "to": 1, "epoch": 0, "frame": 600, "index": 0, "data": b"abc"}
    assert desk.server.say(zero, "state_part", part) == {"ok": True}
    (heard,) = desk.server.heard(one, "state_part")
    messages.TO_PAGE["state_part"].model_validate(heard)
    assert heard == {"match_id": desk.match_id, "epoch": 0, "frame": 600, "index": 0, "data": b"abc"}
