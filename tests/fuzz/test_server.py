"""What pages send to the server: refused in words, or read; never anything else."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.server.domain.decisions import Event, Persist, Send
from app.server.domain.donations import Donations
from app.server.domain.errors import Refused
from app.server.domain.membership import Arbiter
from app.server.storage import records
from app.server.web.messages import FROM_PAGE, parse

from ..engine.table import words_to_hex
from .nearly import JSON, NUMBERS, bent, damaged, peak_of

ENOUGH = settings(max_examples=150, deadline=None)
SOME = settings(max_examples=40, deadline=None)
SEATS = ("0", "1")
GOLDEN = Path(__file__).parents[1] / "contract" / "from_page.json"


# -- messages ---------------------------------------------------------------------------------------------------------


def _with_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"$base64"}:
            return base64.b64decode(value["$base64"])
        return {name: _with_bytes(each) for name, each in value.items()}
    return [_with_bytes(each) for each in value] if isinstance(value, list) else value


GOLD = {name: _with_bytes(each["payload"]) for name, each in json.loads(GOLDEN.read_text())["messages"].items()}


def test_the_golden_messages_are_read() -> None:
    assert set(GOLD) == set(FROM_PAGE)
    for name, payload in GOLD.items():
        parse(name, payload)


@ENOUGH
@given(st.sampled_from(sorted(GOLD)), st.data())
def test_a_message_of_a_page_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    payload = data.draw(bent(GOLD[name]) | JSON | st.binary(max_size=40))
    try:
        parse(name, payload)
    except Refused as refused:
        assert refused.code == "bad_message" and str(refused).startswith(name)


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def test_a_message_nested_too_deep_is_refused_too() -> None:
    for name, field in (("match_report", "report"), ("membership", "message"), ("signal", "data")):
        for depth in (100, 900, 990, 5000):
            payload = GOLD[name] | {field: {"kind": "report", "description": nested(depth)}}
            try:
                parse(name, payload)
            except Refused as refused:
                assert refused.code == "bad_message"


# -- chunks -----------------------------------------------------------------------------------------------------------

COLUMNS = ["episode", "frame", "action.0", "reward.1", "state_hash"]
CONTENT: dict[str, Any] = {
    "format": 2, "match_id": "m1", "seat": "0", "episode": 0, "first_frame": 3,
    "inputs": {"0": words_to_hex([b"ab"] * 3), "1": words_to_hex([b"ab", b"cd", b"cd"])},
    "columns": COLUMNS,
    "rows": [[0, frame, 1, 0.5, ""] for frame in (3, 4, 5)],
    "local_columns": ["ping_ms", "time_utc"],
    "local_rows": [[20.5, None]] * 3,
}  # fmt: skip
ENVELOPE = {"match_id": "m1", "seat": "0", "seq": 0, "episode": 0, "first_frame": 3, "last_frame": 5}


def chunk(data: Any, **changed: Any) -> dict[str, Any]:
    crc32 = zlib.crc32(data) if isinstance(data, bytes) else 0
    return {**ENVELOPE, "data": data, "crc32": crc32, **changed}


def read(payload: dict[str, Any]) -> records.Record | str:
    try:
        records.verify_envelope(payload)
        return records.parse_chunk(payload, SEATS)
    except records.ChunkRefusal as refusal:
        assert str(refusal).startswith("chunk: ")
        return refusal.code


def use(record: records.Record) -> None:
    """Do with a record what the store does with it afterwards."""
    for row in (*record.rows, *record.local_rows):
        "".join(map(records.cell_text, row)).encode("utf-8")
    records.first_difference(SEATS, (3, 3), 0, record.columns, (record.rows, record.rows))


def as_data(content: Any) -> bytes:
    return json.dumps(content).encode()


def test_a_whole_chunk_is_read() -> None:
    record = read(chunk(as_data(CONTENT)))
    assert not isinstance(record, str), record
    use(record)


@ENOUGH
@given(bent(CONTENT))
def test_a_chunk_is_read_or_refused_and_what_is_read_can_be_used(content: Any) -> None:
    record = read(chunk(as_data(content)))
    if isinstance(record, str):
        assert record in {"bad_json", "bad_shape"}
    else:
        use(record)


@ENOUGH
@given(
    damaged(st.just(as_data(CONTENT))), st.dictionaries(st.sampled_from(sorted(ENVELOPE)), NUMBERS | JSON, max_size=1)
)
def test_damaged_bytes_of_a_chunk_are_refused_or_read(data: bytes, envelope: dict[str, Any]) -> None:
    record = read(chunk(data, **envelope))
    if not isinstance(record, str):
        use(record)


@SOME
@given(damaged(st.just(as_data(CONTENT))))
def test_reading_a_chunk_holds_memory_in_proportion_to_its_size(data: bytes) -> None:
    assert peak_of(lambda: read(chunk(data))) < 400_000


def test_inputs_that_promise_endless_words_are_refused_without_making_them() -> None:
    for text in ("ffffffff7f6162", "ff7f6162", "806100"):
        payload = chunk(as_data(CONTENT | {"inputs": {"0": text}}))
        assert peak_of(lambda payload=payload: read(payload)) < 400_000 and read(payload) == "bad_shape"


def test_a_cell_nested_deep_is_refused_or_can_be_used() -> None:
    for depth in (10, 500, 900, 960, 980, 990, 5000):
        rows = "[[0,3," + "[" * depth + "]" * depth + ',0.5,""],[0,4,1,0.5,""],[0,5,1,0.5,""]]'
        text = json.dumps(CONTENT | {"rows": "ROWS"}).replace('"ROWS"', rows)
        record = read(chunk(text.encode()))
        if not isinstance(record, str):
            use(record)


# -- what pages say of their membership -------------------------------------------------------------------------------

REPORT = {
    "kind": "report", "ballot": 1, "accepted": True, "view": 0, "frame": 100, "stable": 90, "receipts": {"2": 95},
    "inputs": {"2": [91, words_to_hex([b"ab"] * 5)]},
}  # fmt: skip
MESSAGES = st.one_of(
    bent(REPORT),
    bent(REPORT | {"receipts": {}, "inputs": {}}),
    bent({"kind": "suspect", "seat": 2, "silent_ms": 3000}),
    bent({"kind": "heard", "seat": 2}),
    bent({"kind": "join", "epoch": 0, "frame": 90}),
    st.dictionaries(st.text(max_size=8), JSON, max_size=4),
).filter(lambda message: isinstance(message, dict))


def arbiter() -> Arbiter:
    it = Arbiter(4, range(3), window=8, input_delay=1, fps=30.0, grace_ms=1000)
    it.begin_episode(0, 900, 0.0)
    return it


@ENOUGH
@given(
    st.lists(st.tuples(st.integers(0, 3), MESSAGES), max_size=6),
    st.sampled_from(["nothing", "leave", "pause", "observe"]),
)
def test_the_arbiter_takes_anything_from_anybody(said: list[tuple[int, dict[str, Any]]], first: str) -> None:
    it = arbiter()
    now = 100.0
    if first in ("leave", "observe"):
        getattr(it, first)(2, now)
    elif first == "pause":
        it.pause(now)
    persisted = []
    for seat, message in said:
        now += 700.0
        actions = it.message(seat, message, now) + it.tick(now + 1.0)
        assert all(isinstance(action, Persist | Send | Event) for action in actions)
        persisted += [action.commit for action in actions if isinstance(action, Persist)]
    json.dumps(persisted)
    assert [commit["view"] for commit in persisted] == list(range(1, len(persisted) + 1)) and it.view == len(persisted)
    assert it.members <= {0, 1, 2} and all(-1 <= cut < 2**31 for commit in persisted for cut in commit["drop"].values())


@ENOUGH
@given(bent(REPORT))
def test_a_report_that_means_nothing_decides_nothing(message: Any) -> None:
    it = arbiter()
    it.leave(2, 0.0)
    it.message(0, REPORT, 10.0)
    if not isinstance(message, dict):
        return
    before = it.ignored
    actions = it.message(1, message, 20.0)
    decided = [action for action in actions if isinstance(action, Persist)]
    if it.ignored > before:
        assert not decided
    for action in decided:
        assert action.commit["drop"]["2"] >= 95 and message["ballot"] == 1 and message["accepted"] is True


STATES = json.loads((GOLDEN.parent / "states.json").read_text())["from_page"]


@ENOUGH
@given(st.lists(st.tuples(st.sampled_from(sorted(STATES)), st.integers(0, 3), st.data()), max_size=6))
def test_what_pages_say_of_states_is_passed_on_or_refused_in_words(said: list[tuple[str, int, st.DataObject]]) -> None:
    it = Donations()
    it.ask(1, STATES["snapshot"], [0])
    for kind, seat, data in said:
        drawn = data.draw(st.just(STATES[kind]) | bent(STATES[kind]))
        message = {**(drawn if isinstance(drawn, dict) else {}), "kind": kind}
        try:
            sends = it.ask(seat, message, [0, 2]) if kind == "snapshot" else it.answer(seat, message)
        except Refused as refused:
            assert refused.code in {"asked_before", "not_donating", "bad_message"} and refused.message
        else:
            assert len(json.dumps([send.message for send in sends])) < 1000
