"""Between the pages and the session: what is checked, answered, stored, forwarded and refused."""

from __future__ import annotations

import itertools
import zlib
from typing import Any

import pytest

from app.server.domain.materials import Materials
from app.server.domain.monitor import Monitor
from app.server.domain.session import Session
from app.server.storage.client import StoreError
from app.server.web import from_page, messages
from app.server.web.participant_socket import ParticipantSocket
from tests.server.domain.scenario import ENVIRONMENT_HASH, experiment, instant
from tests.server.web.fakes import FakeSocketServer, FakeStore


class Desk:
    """A participant socket with fakes around it."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.server, self.store, self.now_ms = FakeSocketServer(), FakeStore(), 0.0
        self.monitor = Monitor(experiment={}, session={}, first_scene="welcome")
        session = Session(
            experiment(), materials=Materials(), session_id="s-1", environment_hash=ENVIRONMENT_HASH,
            new_id=lambda kind: f"{kind}{next(numbers)}",
        )  # fmt: skip
        self.lost: list[str] = []
        self.socket = ParticipantSocket(
            self.server, session, self.store, self.monitor, lambda: instant(self.now_ms), self.lost.append
        )
        self.match_id = ""

    def waits(self, sid: str) -> dict[str, Any]:
        """A page connects, starts and is ready."""
        self.server.connect(sid)
        answer = self.server.say(sid, "start", {})
        ready = {"scene_id": "game", "environment_hash": ENVIRONMENT_HASH, "ready_ms": 1300}
        assert self.server.say(sid, "ready", ready)["ok"]
        return answer

    def plays(self) -> tuple[str, str]:
        """Two pages play; return the connections on seat 0 and seat 1."""
        self.waits("a")
        self.waits("b")
        matched = self.server.heard("a", "matched")[0]
        self.match_id = matched["match_id"]
        zero, one = ("a", "b") if matched["seat"] == 0 else ("b", "a")
        for sid, other in ((zero, "1"), (one, "0")):
            told = {"match_id": self.match_id, "connections": {other: "direct"}, "digest": "d1"}
            assert self.server.say(sid, "connected", told)["ok"]
        return zero, one

    def turn(self, *datagrams: list[Any]) -> dict[str, Any]:
        return {"match_id": self.match_id, "datagrams": list(datagrams)}

    def chunk(self, **changes: Any) -> dict[str, Any]:
        data = b"{}"
        frames = {"seq": 0, "episode": 0, "first_frame": 0, "last_frame": 29}
        return {"match_id": self.match_id, **frames, "crc32": zlib.crc32(data), "data": data, **changes}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_every_message_of_the_table_has_a_handler(desk: Desk) -> None:
    assert desk.server.handlers.keys() == messages.FROM_PAGE.keys() | {"connect", "disconnect", "*"}


def test_a_page_that_connects_is_shown_the_first_scene(desk: Desk) -> None:
    desk.server.connect("a", {"token": None})
    (view,) = desk.server.heard("a", "view")
    assert view["scene"]["id"] == "welcome" and view["scene"]["button"] == "Start"
    assert desk.store.commands == []


@pytest.mark.parametrize("auth", [None, "text", 7, {"token": 5}, {"token": {"a": 1}}, {"page": "x" * 9999}, ["token"]])
def test_whatever_a_page_says_when_connecting_it_is_a_new_page(desk: Desk, auth: Any) -> None:
    desk.server.connect("a", auth)
    assert desk.server.heard("a", "view")[0]["state"] == "reading"


def test_all_that_is_sent_keeps_to_the_contract(desk: Desk) -> None:
    zero, one = desk.plays()
    desk.server.say(zero, "signal", {"match_id": desk.match_id, "to": 1, "data": {"candidate": None}})
    desk.server.say(zero, "relay", desk.turn([1, b"abc"]))
    desk.server.handlers["disconnect"](one, "transport close")
    desk.server.say(zero, "leave", {"reason": "page_closed"})
    names = set()
    for _, name, payload in desk.server.emitted:
        messages.TO_PAGE[name].model_validate(payload)
        names.add(name)
    assert names == {"view", "matched", "signal", "relay", "begin", "partner"}


def test_an_event_is_journalled_in_order_with_what_it_is_about(desk: Desk) -> None:
    desk.plays()
    names = [command for command, _ in desk.store.commands]
    assert names.index("add_participant") < names.index("add_match") < names.index("update_match")
    events = [payload["event"] for payload in desk.store.given("add_event")]
    assert events[0] == "participant_arrived" and "match_created" in events and "status_reported" not in events
    assert {payload["session_id"] for payload in desk.store.given("add_event")} == {"s-1"}


def test_a_message_before_start_is_refused(desk: Desk) -> None:
    desk.server.connect("a")
    answer = desk.server.say("a", "advance", {"scene_id": "welcome"})
    assert answer["ok"] is False and answer["error"]["code"] == "not_started"


def test_a_malformed_message_is_refused_and_counted_and_changes_nothing(desk: Desk) -> None:
    desk.waits("a")
    before = list(desk.store.commands)
    for payload in ([], "text", None, {"scene_id": 5}, {"scene_id": "game", "more": 1}, {"scene_id": "x" * 100}):
        answer = desk.server.say("a", "advance", payload)
        assert answer["error"]["code"] == "bad_message", payload
    assert desk.server.say("a", "advance", {"scene_id": "game"}, {"scene_id": "game"})["error"]["code"] == "bad_message"
    assert desk.monitor.snapshot()["refused"] == {"bad_message": 7}
    assert desk.store.commands == before


def test_a_message_of_an_unknown_name_is_refused_and_counted(desk: Desk) -> None:
    answer = desk.server.handlers["*"]("drop_tables", "a", {"x": 1})
    assert answer["error"]["code"] == "unknown_message"
    assert desk.monitor.snapshot()["refused"] == {"unknown_message": 1}


def test_relayed_bytes_reach_the_partner_with_the_senders_seat(desk: Desk) -> None:
    zero, one = desk.plays()
    assert desk.server.say(zero, "relay", desk.turn([1, b"\x01\x02"])) is None
    assert desk.server.heard(one, "relay") == [{"match_id": desk.match_id, "datagrams": [(0, b"\x01\x02")]}]
    assert desk.server.started == [], "with one partner nothing waits"


@pytest.mark.parametrize(
    ("datagrams", "code"),
    [
        ([[1, b"x"], [0, b"x"]], "no_such_seat"),
        ([[1, b"x"], [2, b"x"]], "no_such_seat"),
        ([[1, b"x"], [1, b"x"]], "bad_message"),
        ([[seat, b"x"] for seat in range(1, 9)], "bad_message"),
        ([[1, b"x" * 1201]], "bad_message"),
    ],
    ids=["own seat", "no such seat", "a seat twice", "too many", "too long"],
)
def test_a_turn_that_is_not_right_in_every_part_is_refused_counted_and_not_relayed_at_all(
    desk: Desk, datagrams: list[list[Any]], code: str
) -> None:
    zero, one = desk.plays()
    assert desk.server.say(zero, "relay", desk.turn(*datagrams)) is None
    assert desk.server.heard(one, "relay") == []
    assert desk.monitor.snapshot()["refused"] == {code: 1}


def test_what_is_still_on_its_way_when_a_match_ends_is_dropped_and_nobodys_fault(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    zero, one = desk.plays()
    desk.socket.close()
    assert desk.server.heard(one, "match_ended")
    desk.server.say(zero, "relay", desk.turn([1, b"x"]))
    assert desk.server.heard(one, "relay") == [] and desk.monitor.snapshot()["refused"] == {} and not caplog.records


def test_nobody_relays_signals_or_stores_into_a_match_of_others(desk: Desk) -> None:
    desk.plays()
    desk.waits("stranger")
    emitted = len(desk.server.emitted)
    desk.server.say("stranger", "relay", desk.turn([1, b"x"]))
    desk.server.say("stranger", "relay", {"match_id": "m-none", "datagrams": [[1, b"x"]]})
    assert desk.monitor.snapshot()["refused"] == {"not_your_match": 1, "no_such_match": 1}
    signal = {"match_id": desk.match_id, "to": 1, "data": {"candidate": None}}
    assert desk.server.say("stranger", "signal", signal)["error"]["code"] == "not_your_match"
    assert desk.server.say("stranger", "chunk", desk.chunk())["error"]["code"] == "not_your_match"
    report = {"match_id": desk.match_id, "report": {}}
    assert desk.server.say("stranger", "match_report", report)["error"]["code"] == "not_your_match"
    assert len(desk.server.emitted) == emitted and desk.store.given("add_chunk") == []


def test_a_flood_of_datagrams_is_dropped_beyond_the_limit(desk: Desk) -> None:
    zero, one = desk.plays()
    for _ in range(700):
        desk.server.say(zero, "relay", desk.turn([1, b"x"]))
    assert len(desk.server.heard(one, "relay")) == 600
    desk.now_ms += 1000
    for _ in range(300):
        desk.server.say(zero, "relay", desk.turn([1, b"x"]))
    assert len(desk.server.heard(one, "relay")) == 600 + 120
    assert desk.monitor.snapshot()["refused"] == {"too_many_datagrams": 100 + 180}
    assert desk.server.say(zero, "chunk", desk.chunk())["ok"], "a full path does not stop the records"


def test_a_flood_of_messages_is_refused(desk: Desk) -> None:
    desk.server.connect("a")
    answers = [desk.server.say("a", "clock", {}) for _ in range(301)]
    assert answers[299]["ok"] and answers[300]["error"]["code"] == "too_many"


def test_a_chunk_is_acknowledged_only_after_the_store_has_it(desk: Desk) -> None:
    zero, _ = desk.plays()
    desk.store.refuse["add_chunk"] = StoreError("store_lost", "the store is away.")
    assert desk.server.say(zero, "chunk", desk.chunk())["error"]["code"] == "store_lost"
    del desk.store.refuse["add_chunk"]
    assert desk.server.say(zero, "chunk", desk.chunk()) == {"ok": True, "seq": 0}
    assert desk.store.given("add_chunk")[0]["seat"] == "0"
    people = {row["seat"]: row["acknowledged_frames"] for row in desk.monitor.snapshot()["participants"]}
    assert people == {"0": 30, "1": 0}


def test_a_chunk_that_comes_again_is_answered_and_not_counted_again(desk: Desk) -> None:
    zero, _ = desk.plays()
    desk.server.say(zero, "chunk", desk.chunk())
    desk.store.answers["add_chunk"] = {"duplicate": True}
    assert desk.server.say(zero, "chunk", desk.chunk()) == {"ok": True, "seq": 0}
    assert max(row["acknowledged_frames"] for row in desk.monitor.snapshot()["participants"]) == 30


def test_a_disagreement_found_by_the_store_lights_the_monitor(desk: Desk) -> None:
    zero, _ = desk.plays()
    place = {"episode": 0, "frame": 3, "column": "reward.0", "seats": ["0", "1"], "values": ["0", "1"]}
    desk.store.answers["add_chunk"] = {"disagreement": {"match_id": desk.match_id, **place}}
    desk.server.say(zero, "chunk", desk.chunk())
    assert desk.monitor.snapshot()["matches"][0]["desync"] == {"kind": "records", **place}
    assert [e["event"] for e in desk.store.given("add_event")].count("desync") == 1


def test_a_status_is_shown_and_not_journalled(desk: Desk) -> None:
    zero, _ = desk.plays()
    facts = dict.fromkeys(from_page.Status.model_fields) | {"match_id": desk.match_id, "frame": 7, "ping_ms": 31}
    journalled = len(desk.store.given("add_event"))
    assert desk.server.say(zero, "status", facts)["ok"]
    assert {row["ping_ms"] for row in desk.monitor.snapshot()["participants"]} == {31, None}
    assert len(desk.store.given("add_event")) == journalled


def test_the_newest_page_of_a_participant_speaks_for_them(desk: Desk) -> None:
    token = desk.waits("a")["token"]
    desk.server.connect("a2", {"token": token})
    assert desk.server.disconnected == ["a"]
    assert desk.server.heard("a2", "view")[0]["state"] == "waiting"
    assert all(row["connected"] for row in desk.monitor.snapshot()["participants"])
    assert desk.server.say("a", "advance", {"scene_id": "game"}) is None


def test_a_page_whose_participant_is_away_is_not_written_to(desk: Desk) -> None:
    zero, one = desk.plays()
    desk.server.handlers["disconnect"](one)
    before = len(desk.server.emitted)
    desk.server.say(zero, "relay", desk.turn([1, b"x"]))
    assert len(desk.server.emitted) == before


def test_a_store_that_is_gone_stops_the_server(desk: Desk) -> None:
    desk.server.connect("a")
    desk.store.refuse["add_participant"] = StoreError("closed", "the store is not running.")
    answer = desk.server.say("a", "start", {})
    assert answer["ok"] is False and len(desk.lost) == 1


def test_a_fault_of_ours_is_answered_and_logged_and_ends_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    zero, one = desk.plays()
    desk.store.refuse["add_report"] = RuntimeError("a bug")  # type: ignore[assignment]
    answer = desk.server.say(zero, "match_report", {"match_id": desk.match_id, "report": {}})
    assert answer["error"]["code"] == "server_error" and "a bug" in caplog.text
    assert desk.server.say(one, "clock", {})["ok"]
