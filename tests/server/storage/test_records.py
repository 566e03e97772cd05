"""What a chunk must be, and what counts as a difference between two seats."""

import json
import tracemalloc
import zlib
from typing import Any

import pytest

from app.engine import varint
from app.experiments.scenes import Gameplay
from app.server.storage import records

SEATS = ("0", "1")


def parse(payload: dict[str, Any]) -> records.Record:
    records.verify_envelope(payload)
    return records.parse_chunk(payload, SEATS)


def refusal(payload: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(records.ChunkRefusal) as caught:
        parse(payload)
    return caught.value.code, str(caught.value)


def with_data(payload: dict[str, Any], data: bytes) -> dict[str, Any]:
    return payload | {"data": data, "crc32": zlib.crc32(data)}


def test_a_whole_chunk_is_read(lang: Any) -> None:
    record = parse(lang.chunk(first=10, last=19))
    assert len(record.rows) == 10
    assert record.rows[0] == lang.row(0, 10)
    assert record.local_columns == lang.LOCAL


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"crc32": 1}, "bad_crc32"),
        ({"last_frame": 4, "first_frame": 5}, "bad_envelope"),
        ({"seq": -1}, "bad_envelope"),
        ({"seq": True}, "bad_envelope"),
        ({"episode": 2**40}, "bad_envelope"),
        ({"first_frame": 0.0}, "bad_envelope"),
        ({"data": "text"}, "bad_envelope"),
        ({"last_frame": 30}, "bad_shape"),
        ({"episode": 1}, "bad_shape"),
        ({"seat": "1"}, "bad_shape"),
        ({"match_id": "m2"}, "bad_shape"),
    ],
)
def test_a_chunk_that_is_not_what_its_envelope_says_is_refused(lang: Any, change: dict[str, Any], code: str) -> None:
    assert refusal(lang.chunk() | change)[0] == code


def test_a_torn_chunk_is_refused_before_it_is_decoded(lang: Any) -> None:
    whole = lang.chunk()
    assert refusal(whole | {"data": whole["data"][:-7]})[0] == "bad_crc32"


def test_a_chunk_longer_than_the_bound_is_refused_before_it_is_decoded(lang: Any) -> None:
    data = b" " * (records.MAX_CHUNK_BYTES + 1)
    assert refusal(with_data(lang.chunk(), data))[0] == "too_large"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"n":' + b"9" * 5000 + b"}"], ids=lambda data: repr(data[:6])
)
def test_data_that_is_not_json_is_refused(lang: Any, data: bytes) -> None:
    assert refusal(with_data(lang.chunk(), data))[0] == "bad_json"


@pytest.mark.parametrize("data", [b"[]", b"null", b"{}", b'{"format":2}', b'{"format":3,"rows":[]}'])
def test_json_of_another_shape_is_refused(lang: Any, data: bytes) -> None:
    assert refusal(with_data(lang.chunk(), data))[0] == "bad_shape"


def edits() -> dict[str, Any]:
    return {
        "a row is missing": lambda c: c["rows"].pop(3),
        "a local row is missing": lambda c: c["local_rows"].pop(3),
        "two rows are exchanged": lambda c: c["rows"].insert(3, c["rows"].pop(4)),
        "a row is too short": lambda c: c["rows"][3].pop(),
        "a row is not a list": lambda c: c["rows"].__setitem__(3, {"episode": 0}),
        "a frame is a boolean": lambda c: c["rows"][1].__setitem__(1, True),
        "a frame is a fraction": lambda c: c["rows"][1].__setitem__(1, 1.0),
        "a column is not declared": lambda c: c["columns"].__setitem__(2, "actions.0"),
        "a column names a seat that is not there": lambda c: c["columns"].__setitem__(2, "action.2"),
        "a column occurs twice": lambda c: c["columns"].__setitem__(3, "action.0"),
        "a column is a number": lambda c: c["columns"].__setitem__(3, 7),
        "a local column is canonical": lambda c: c["local_columns"].__setitem__(0, "reward.0"),
        "the first column is not episode": lambda c: c["columns"].reverse(),
        "its inputs are missing": lambda c: c.pop("inputs"),
        "its inputs are a list": lambda c: c.__setitem__("inputs", []),
        "inputs are of a seat that is not there": lambda c: c["inputs"].__setitem__("2", c["inputs"]["1"]),
        "inputs are of fewer frames": lambda c: c["inputs"].__setitem__("0", "1d0101"),
        "inputs are no hexadecimal text": lambda c: c["inputs"].__setitem__("0", "1E0101"),
        "inputs end within a word": lambda c: c["inputs"].__setitem__("0", "1d01010101"),
        "a text is half a surrogate pair": lambda c: c["rows"][2].__setitem__(12, "\ud800"),
    }


@pytest.mark.parametrize("name", edits())
def test_a_chunk_is_refused_when(lang: Any, name: str) -> None:
    assert refusal(lang.chunk(edit=edits()[name]))[0] == "bad_shape"


def test_a_chunk_of_the_first_format_has_no_inputs_and_is_still_read(lang: Any) -> None:
    def older(content: dict[str, Any]) -> None:
        content["format"] = 1
        del content["inputs"]

    assert parse(lang.chunk(edit=older)).inputs == {}


def behind_a_gap(lang: Any, frame: int, run: int) -> dict[str, Any]:
    """A chunk of one frame whose page has skipped all before it, with so many words of what was done in them."""
    counted = bytearray()
    varint.write(run, counted)

    def skips(content: dict[str, Any]) -> None:
        words = counted.hex() + "0001"
        content["skipped"] = {"first_frame": 0, "last_frame": frame - 1, "inputs": {"0": words, "1": words}}

    payload: dict[str, Any] = lang.chunk(first=frame, last=frame, edit=skips)
    return payload


def test_a_few_bytes_that_stand_for_a_million_skipped_frames_are_not_written_out(lang: Any) -> None:
    payload = behind_a_gap(lang, records.MOST_STEPS - 1, records.MOST_STEPS - 1)
    tracemalloc.start()
    parse(payload)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert refusal(behind_a_gap(lang, 900_000, 899_999))[0] == "bad_shape", "one word is missing"
    assert refusal(behind_a_gap(lang, 900_000, 900_001))[0] == "bad_shape", "one is too many"


def test_more_skipped_frames_than_an_episode_can_have_are_refused(lang: Any) -> None:
    most = next(limit.le for limit in Gameplay.model_fields["max_steps"].metadata if hasattr(limit, "le"))
    assert most == records.MOST_STEPS
    for frame in (most + 1, 2**28, 2**31 - 1):
        assert refusal(behind_a_gap(lang, frame, frame))[0] == "bad_shape"


def test_text_beyond_the_basic_plane_is_accepted(lang: Any) -> None:
    assert parse(lang.chunk(edit=lang.altered(2, "status.0", "\U0001f373"))).rows[2][12] == "\U0001f373"


def difference(one: Any, two: Any) -> records.Difference | None:
    return records.first_difference(("0", "1"), (0, 0), 0, ["episode", "frame", "x"], ([[0, 0, one]], [[0, 0, two]]))


@pytest.mark.parametrize(("one", "two"), [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), (None, ""), ([1, 2], [1, 2.0])])
def test_values_that_python_or_a_reader_may_take_for_equal_still_differ(one: Any, two: Any) -> None:
    found = difference(one, two)
    assert found is not None
    assert (found.frame, found.column) == (0, "x")


@pytest.mark.parametrize("value", [1, 0.1, "", None, [1, 2], True])
def test_the_same_value_does_not_differ(value: Any) -> None:
    assert difference(value, json.loads(json.dumps(value))) is None


def test_a_nan_equals_a_nan() -> None:
    assert difference(float("nan"), float("nan")) is None


def test_only_frames_that_both_have_are_compared() -> None:
    one = [[0, frame, frame] for frame in range(0, 20)]
    two = [[0, frame, frame if frame < 15 else -1] for frame in range(10, 30)]
    columns = ["episode", "frame", "x"]
    found = records.first_difference(("0", "1"), (0, 10), 0, columns, (one, two))
    assert found is not None and (found.frame, found.values) == (15, ("15", "-1"))
    assert records.first_difference(("0", "1"), (0, 20), 0, columns, (one, two)) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "TRUE"), (False, "FALSE"), (3, "3"), (0.1, "0.1"), (1e-7, "1e-07"), (-0.0, "-0.0"),
     ("a,b", "a,b"), ([1, 2], "[1,2]"), ({"b": 1, "a": None}, '{"a":null,"b":1}')],
)  # fmt: skip
def test_a_value_is_written_as(value: Any, text: str) -> None:
    assert records.cell_text(value) == text
