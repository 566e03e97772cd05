"""The golden messages, read by Python here and by JavaScript in tests/participant_client: one contract for both."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgpack
import pytest
from pydantic import ValidationError

from app.server.domain.errors import Refused
from app.server.web import messages, to_page
from app.server.web.researcher_commands import FROM_RESEARCHER

HERE = Path(__file__).parent


def binary(value: Any) -> Any:
    """Return JSON with its binary data in place."""
    if isinstance(value, dict):
        if value.keys() == {"$base64"}:
            return base64.b64decode(value["$base64"])
        return {key: binary(inner) for key, inner in value.items()}
    return [binary(inner) for inner in value] if isinstance(value, list) else value


def over_the_wire(value: Any) -> Any:
    """Return a value as it arrives: a tuple is a list there."""
    return msgpack.unpackb(msgpack.packb(value))


FROM_PAGE = binary(json.loads((HERE / "from_page.json").read_text(encoding="utf-8")))["messages"]
TO_PAGE = binary(json.loads((HERE / "to_page.json").read_text(encoding="utf-8")))["messages"]


def test_there_is_one_golden_example_of_every_message() -> None:
    assert FROM_PAGE.keys() == messages.FROM_PAGE.keys()
    assert TO_PAGE.keys() == messages.TO_PAGE.keys()


@pytest.mark.parametrize("name", sorted(FROM_PAGE))
def test_a_page_may_send_the_golden_example(name: str) -> None:
    example = FROM_PAGE[name]
    parsed = messages.parse(name, example["payload"]).model_dump()
    assert over_the_wire(parsed) == example["payload"]
    assert (example["answer"] is not None) is messages.FROM_PAGE[name].acknowledged
    if example["answer"] and "view" in example["answer"]:
        to_page.View.model_validate(example["answer"]["view"])


@pytest.mark.parametrize("name", sorted(TO_PAGE))
def test_the_server_may_send_the_golden_example(name: str) -> None:
    parsed = messages.TO_PAGE[name].model_validate(TO_PAGE[name])
    assert over_the_wire(parsed.model_dump(by_alias=True, exclude_unset=True)) == TO_PAGE[name]


@pytest.mark.parametrize("name", sorted(FROM_PAGE))
def test_a_key_too_many_or_too_few_is_refused(name: str) -> None:
    payload, fields = FROM_PAGE[name]["payload"], messages.FROM_PAGE[name].model.model_fields
    needed = [key for key in payload if fields[key].is_required()]
    broken = [{**payload, "extra": 1}, *({k: v for k, v in payload.items() if k != key} for key in needed)]
    for message in [*broken, [], "text", 7]:
        with pytest.raises(Refused) as refused:
            messages.parse(name, message)
        assert refused.value.code == "bad_message" and refused.value.message.startswith(name)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("advance", "scene_id", "../etc"),
        ("ready", "ready_ms", float("nan")),
        ("ready", "environment_hash", "<script>"),
        ("signal", "to", -1),
        ("signal", "data", {"description": {}, "candidate": {}}),
        ("signal", "data", {"candidate": {"candidate": "x" * 16384}}),
        ("signal", "data", {"candidate": b"bytes"}),
        ("connected", "connections", {"1": "pigeon"}),
        ("relay", "datagrams", []),
        ("relay", "datagrams", {1: b"x"}),
        ("relay", "datagrams", [[1, "text"]]),
        ("relay", "datagrams", [[1, b""]]),
        ("relay", "datagrams", [[1, b"x" * 1201]]),
        ("relay", "datagrams", [[True, b"x"]]),
        ("relay", "datagrams", [[-1, b"x"]]),
        ("relay", "datagrams", [[1]]),
        ("relay", "datagrams", [[1, b"x", b"y"]]),
        ("relay", "datagrams", [[1, b"x"], [2, b"y"], [1, b"x"]]),
        ("relay", "datagrams", [[seat, b"x"] for seat in range(8)]),
        ("episode_done", "state_hash", "xyz"),
        ("episode_done", "episode", 2**31),
        ("chunk", "crc32", -1),
        ("chunk", "data", b"x" * (512 * 1024 + 1)),
        ("status", "ping_ms", float("inf")),
        ("status", "connection_type", "relay"),
        ("match_report", "report", {"text": "x" * 65536}),
        ("leave", "reason", "x" * 201),
        ("leave", "data", "burn"),
        ("start", "entry", {f"p{number}": "x" for number in range(33)}),
        ("start", "entry", {"PROLIFIC_PID": "x" * 201}),
        ("start", "entry", {"PROLIFIC_PID": 5}),
        ("start", "entry", ["PROLIFIC_PID"]),
        ("consent", "agreed", "yes"),
        ("consent", "agreed", 1),
        ("hand", "raised", None),
        ("answer", "scene_id", "quiz/../end"),
        ("answer", "answers", ["yes"]),
        ("answer", "answers", {"x": "y" * 65536}),
        ("answer", "answers", {"x": float("nan")}),
        ("answer", "answers", {"x": b"bytes"}),
        ("answer", "answers", {"": 1}),
        ("answer", "answers", {f"q{number}": 1 for number in range(501)}),
        ("answer", "questions", [{"name": "x"}]),
        ("answer", "questions", [{"name": "x", "title": "", "type": "text", "order": -1, "rt_ms": 1}]),
        ("answer", "questions", [{"name": "x", "title": "", "type": "text", "order": 1, "rt_ms": float("inf")}]),
    ],
)
def test_what_is_too_large_or_of_the_wrong_kind_is_refused(name: str, key: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        messages.parse(name, {**FROM_PAGE[name]["payload"], key: value})
    assert key in refused.value.message


def test_an_answer_nested_deeper_than_any_question_is_refused() -> None:
    payload = FROM_PAGE["answer"]["payload"]
    for depth, taken in ((10, True), (20, False), (900, False), (5000, False)):
        value: Any = 1
        for _ in range(depth):
            value = [value]
        if taken:
            assert messages.parse("answer", {**payload, "answers": {"x": value}}).answers == {"x": value}
            continue
        with pytest.raises(Refused, match="answer"):
            messages.parse("answer", {**payload, "answers": {"x": value}})


def test_a_page_that_says_no_more_of_its_start_or_leave_is_understood() -> None:
    assert messages.parse("start", None).entry == {}
    assert messages.parse("leave", {"reason": "page_closed"}).data == "keep"


def test_the_researcher_may_send_the_golden_examples_and_nothing_else() -> None:
    golden = json.loads((HERE / "from_researcher.json").read_text(encoding="utf-8"))["messages"]
    assert golden.keys() == FROM_RESEARCHER.keys()
    for name, example in golden.items():
        payload = example["payload"]
        assert FROM_RESEARCHER[name].model_validate(payload).model_dump() == payload
        for broken in ({**payload, "extra": 1}, *({k: v for k, v in payload.items() if k != key} for key in payload)):
            with pytest.raises(ValidationError):
                FROM_RESEARCHER[name].model_validate(broken)


def test_null_values_of_a_status_mean_not_known() -> None:
    payload = FROM_PAGE["status"]["payload"]
    messages.parse("status", {key: None if key != "match_id" else value for key, value in payload.items()})
