"""What pages say about the scenes they are in: checked, counted when refused, and committed before it is answered."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from app.server.domain.materials import Materials
from app.server.domain.monitor import Monitor
from app.server.domain.session import Session
from app.server.storage.client import StoreError
from app.server.web import messages
from app.server.web.participant_socket import ParticipantSocket
from app.server.web.researcher_commands import ResearcherCommands
from tests.server.domain.scenario import ENVIRONMENT_HASH, instant
from tests.server.domain.studies import QUIZ, RIGHT, SURVEY, WRONG, asked, asks, experiment, page
from tests.server.web.fakes import FakeSocketServer, FakeStore

HOLD = {"id": "hold", "type": "hold"}


class Desk:
    """A participant socket and the researcher's commands over a study of many scenes, with fakes around them."""

    def __init__(self, *scenes: dict[str, Any], **tables: Any) -> None:
        numbers = itertools.count(1)
        self.server, self.store, self.now_ms = FakeSocketServer(), FakeStore(), 0.0
        self.monitor = Monitor(experiment={}, session={}, first_scene="welcome")
        session = Session(
            experiment(*scenes, **tables), materials=Materials(surveys={"quiz.json": QUIZ, "survey.json": SURVEY}),
            session_id="s-1", environment_hash=ENVIRONMENT_HASH, new_id=lambda kind: f"{kind}{next(numbers)}",
        )  # fmt: skip
        now = lambda: instant(self.now_ms)  # noqa: E731
        self.socket = ParticipantSocket(self.server, session, self.store, self.monitor, now, lambda _reason: None)
        self.commands = ResearcherCommands(session, self.socket.ask, now)

    def starts(self, sid: str = "a", **entry: str) -> dict[str, Any]:
        self.server.connect(sid)
        return self.server.say(sid, "start", {"entry": entry})

    def say(self, name: str, sid: str = "a", **payload: Any) -> dict[str, Any]:
        return self.server.say(sid, name, payload)

    def answer(self, given: dict[str, Any], scene: str = "questions", sid: str = "a") -> dict[str, Any]:
        return self.say("answer", sid, scene_id=scene, answers=given, questions=asked(given))

    @property
    def refused(self) -> dict[str, int]:
        return self.monitor.snapshot()["refused"]


def test_a_whole_study_keeps_to_the_contract() -> None:
    desk = Desk(
        page("consent", "consent"), page("intro", "instructions"), asks("quiz", "quiz"), asks("questions", "survey"),
        {"id": "remarks", "type": "feedback"}, HOLD, page("debrief", "debrief"),
    )  # fmt: skip
    views = [desk.starts()["view"]]
    views.append(desk.say("consent", scene_id="consent", agreed=True)["view"])
    views.append(desk.say("advance", scene_id="intro")["view"])
    views.append(desk.answer(WRONG, "quiz")["view"])
    views.append(desk.answer(RIGHT, "quiz")["view"])
    views.append(desk.answer({"fun": 3})["view"])
    views.append(desk.answer({"rating": 5}, "remarks")["view"])
    views.append(desk.say("hand", raised=True)["view"])
    assert desk.commands.handle("release_hold", {"scene_id": "hold", "reason": "go"}) == {"ok": True, "released": 1}
    views += [*desk.server.heard("a", "view"), desk.say("advance", scene_id="debrief")["view"]]
    for view in views:
        messages.TO_PAGE["view"].model_validate(view)
        json.dumps(view, allow_nan=False)
    kinds = {view["scene"]["type"] for view in views}
    assert kinds == {
        "start", "consent", "instructions", "quiz", "survey", "feedback", "hold", "debrief", "end",
    }  # fmt: skip
    assert views[-1]["end"]["code"] == "DONE" and desk.refused == {}


def test_answers_are_acknowledged_only_after_the_store_has_them() -> None:
    desk = Desk(asks("questions", "survey"))
    desk.starts()
    assert desk.answer({"fun": 3})["ok"]
    commands = [name for name, _ in desk.store.commands]
    ended = [payload for name, payload in desk.store.commands if payload.get("status") == "completed"]
    assert commands.index("add_answers") < desk.store.commands.index(("update_participant", ended[0]))
    desk = Desk(asks("questions", "survey"))
    desk.starts()
    desk.store.refuse["add_answers"] = StoreError("store_lost", "the store is away.")
    assert desk.answer({"fun": 3})["error"]["code"] == "store_lost"


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("consent", {"scene_id": "consent", "agreed": "yes"}, "bad_message"),
        ("consent", {"scene_id": "consent"}, "bad_message"),
        ("consent", {"scene_id": "questions", "agreed": True}, "not_there_yet"),
        ("consent", {"scene_id": "elsewhere", "agreed": True}, "no_such_scene"),
        ("advance", {"scene_id": "consent"}, "not_done"),
        ("advance", {"scene_id": "end"}, "not_there_yet"),
        ("ready", {"scene_id": "consent", "environment_hash": "e0", "ready_ms": 1}, "wrong_scene"),
        ("answer", {"scene_id": "consent", "answers": {}, "questions": []}, "nothing_asked"),
        ("answer", {"scene_id": "questions", "answers": {"fun": 1}, "questions": []}, "not_there_yet"),
        ("answer", {"scene_id": "questions", "answers": {"fun": "x" * 70_000}, "questions": []}, "bad_message"),
        ("answer", {"scene_id": "questions", "answers": {"fun": {1, 2}}, "questions": []}, "bad_message"),
        ("answer", {"scene_id": "questions", "answers": {"fun": b"x"}, "questions": []}, "bad_message"),
        ("answer", [], "bad_message"),
        ("hand", {"raised": 1}, "bad_message"),
        ("hand", None, "bad_message"),
        ("leave", {"reason": "WITHDRAWN", "data": "sell"}, "bad_message"),
        ("release_hold", {"scene_id": "hold", "reason": "mine"}, "unknown_message"),
        ("lower_hand", {"participant_id": "participant1"}, "unknown_message"),
    ],
)
def test_what_does_not_belong_here_is_refused_counted_and_changes_nothing(name: str, payload: Any, code: str) -> None:
    desk = Desk(page("consent", "consent"), asks("questions", "survey"), HOLD)
    before_start = desk.server
    before_start.connect("b")
    desk.starts()
    stored, emitted = list(desk.store.commands), list(desk.server.emitted)
    for times in (1, 2):
        if name in desk.server.handlers:
            answer = desk.server.say("a", name, payload)
        else:
            answer = desk.server.handlers["*"](name, "a", payload)
        assert answer["ok"] is False and answer["error"]["code"] == code
        assert desk.refused == {code: times}
    assert desk.store.commands == stored and desk.server.emitted == emitted
    assert desk.say("consent", scene_id="consent", agreed=True)["ok"], "the study goes on"


@pytest.mark.parametrize("name", ["advance", "consent", "answer", "hand", "leave"])
def test_nothing_is_said_about_scenes_before_start(name: str) -> None:
    desk = Desk(page("consent", "consent"))
    desk.server.connect("a")
    assert desk.server.say("a", name, {})["error"]["code"] == "not_started"
    assert desk.store.commands == [] and desk.refused == {"not_started": 1}


def test_one_participant_says_nothing_for_another() -> None:
    desk = Desk(page("consent", "consent"), asks("questions", "survey"))
    desk.starts("a")
    desk.starts("b")
    desk.say("consent", "a", scene_id="consent", agreed=True)
    assert desk.answer({"fun": 1}, sid="b")["error"]["code"] == "not_there_yet"
    assert desk.answer({"fun": 1}, sid="a")["ok"]
    answered = desk.store.given("add_answers")
    assert [payload["participant_id"] for payload in answered] == ["participant1"]


def test_messages_sent_again_are_answered_alike_and_stored_once() -> None:
    desk = Desk(page("consent", "consent"), asks("quiz", "quiz"), asks("questions", "survey"), page("last"))
    desk.starts()
    first = desk.say("consent", scene_id="consent", agreed=True)
    assert desk.say("consent", scene_id="consent", agreed=True) == first
    wrong = desk.answer(WRONG, "quiz")
    assert desk.answer(WRONG, "quiz") == wrong and wrong["quiz"]["attempts_left"] == 2
    desk.answer(RIGHT, "quiz")
    last = desk.answer({"fun": 3})
    assert desk.answer({"fun": 3}) == last and desk.answer({"fun": 1}) == last
    assert len(desk.store.given("add_answers")) == 3
    assert desk.refused == {}


def test_external_ids_reach_only_their_table(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    desk = Desk(page("one"), entry={"require": ["PROLIFIC_PID"]})
    refused = desk.starts("a")
    assert refused["error"]["code"] == "entry_incomplete" and refused["error"]["values"] == {"names": "PROLIFIC_PID"}
    answer = desk.server.say("a", "start", {"entry": {"PROLIFIC_PID": "secret-5f3c"}})
    assert answer["ok"]
    again = desk.starts("b", PROLIFIC_PID="secret-5f3c")
    assert again["error"]["code"] == "taken_part"
    others = [command for command in desk.store.commands if command[0] != "add_external_id"]
    said = [others, desk.server.emitted, desk.monitor.snapshot(), answer, again, caplog.text]
    assert "secret" not in json.dumps(said) and len(desk.store.given("add_external_id")) == 1


def test_the_researcher_is_answered_with_what_was_done_or_why_not() -> None:
    desk = Desk(HOLD, page("after"))
    desk.starts("a")
    desk.say("hand", raised=True)
    handle = desk.commands.handle
    assert handle("release_hold", {"scene_id": "after", "reason": "go"})["error"]["code"] == "no_such_hold"
    for payload in (
        None,
        [],
        {"scene_id": "hold"},
        {"scene_id": "hold", "reason": ""},
        {"scene_id": "../x", "reason": "go"},
    ):
        answer = handle("release_hold", payload)
        assert answer["error"]["code"] == "bad_message" and answer["error"]["message"].startswith("release_hold")
    assert handle("lower_hand", {"participant_id": "p-none"})["error"]["code"] == "no_such_participant"
    assert handle("release_hold", {"scene_id": "hold", "reason": "all back"}) == {"ok": True, "released": 1}
    assert handle("lower_hand", {"participant_id": "participant1"}) == {"ok": True}
    view = desk.server.heard("a", "view")[-1]
    assert view["scene"]["id"] == "after" and view["hand_raised"] is False
    journalled = [payload for payload in desk.store.given("add_event") if payload["event"] == "hold_released"]
    assert journalled[0]["data"] == {"scene_id": "hold", "reason": "all back", "count": 1}


def test_a_fault_of_ours_is_answered_to_the_researcher_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(HOLD)
    desk.starts()
    desk.store.refuse["add_event"] = RuntimeError("a bug")  # type: ignore[assignment]
    answer = desk.commands.handle("release_hold", {"scene_id": "hold", "reason": "go"})
    assert answer["error"]["code"] == "server_error" and "a bug" in caplog.text
