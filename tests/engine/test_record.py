from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.engine.record import FORMAT, LOCAL_COLUMNS, LONGEST_MS, Chunk, Recorded, Recorder
from app.engine.turn import StableRow


def row(frame: int, episode: int = 0, state_hash: str = "") -> StableRow:
    return StableRow(frame, f"[{episode},{frame},7", state_hash, (), 0)


def local(stable: StableRow) -> list[Any]:
    return [None] * (len(LOCAL_COLUMNS) - 1) + [stable.frame * 10]


def words(first: int, last: int) -> Mapping[int, Sequence[bytes]]:
    return {0: [b"a"] * (last - first + 1), 2: [bytes((frame,)) for frame in range(first, last + 1)]}


def recorder(rows_a_chunk: int = 3, recorded: Recorded | None = None) -> Recorder:
    return Recorder("m1", "left", ["episode", "frame", "action", "state_hash"], rows_a_chunk, local, words, recorded)


def test_a_chunk_is_closed_when_it_is_full_and_says_what_is_in_it() -> None:
    it = recorder()
    assert it.add(2, row(4, 2), 0.0) is None and it.add(2, row(5, 2), 0.0) is None
    chunk = it.add(2, row(6, 2, "00ff"), 0.0)
    assert chunk is not None
    assert (chunk.seq, chunk.episode, chunk.first_frame, chunk.last_frame) == (0, 2, 4, 6)
    assert chunk.crc32 == zlib.crc32(chunk.data)
    assert json.loads(chunk.data) == {
        "format": FORMAT, "match_id": "m1", "seat": "left", "episode": 2, "first_frame": 4,
        "inputs": {"0": "0361", "2": "010401050106"},
        "columns": ["episode", "frame", "action", "state_hash"],
        "rows": [[2, 4, 7, ""], [2, 5, 7, ""], [2, 6, 7, "00ff"]],
        "local_columns": list(LOCAL_COLUMNS),
        "local_rows": [[None] * 8 + [value] for value in (40, 50, 60)],
    }  # fmt: skip
    assert it.recorded_frames == 3


def test_chunks_are_numbered_on_over_episodes() -> None:
    it = recorder(1)
    chunks = [it.add(0, row(0), 0.0), it.add(0, row(1), 0.0), it.add(1, row(0, 1), 0.0)]
    assert [(chunk.seq, chunk.episode, chunk.first_frame) for chunk in chunks if chunk] == [
        (0, 0, 0),
        (1, 0, 1),
        (2, 1, 0),
    ]


def test_what_is_left_is_a_chunk_when_asked_for_and_nothing_is_none() -> None:
    it = recorder()
    assert it.close() is None
    it.add(0, row(0), 0.0)
    chunk = it.close()
    assert isinstance(chunk, Chunk) and (chunk.first_frame, chunk.last_frame) == (0, 0)
    assert it.close() is None


def test_rows_wait_no_longer_than_a_second_for_their_chunk_to_be_full() -> None:
    it = recorder()
    assert it.close_old(9999.0) is None
    it.add(0, row(0), 500.0)
    it.add(0, row(1), 900.0)
    assert it.close_old(499.0 + LONGEST_MS) is None
    chunk = it.close_old(500.0 + LONGEST_MS)
    assert chunk is not None and chunk.last_frame == 1
    it.add(0, row(2), 3000.0)
    assert it.close_old(3100.0) is None


@pytest.mark.parametrize(("episode", "frame"), [(0, 2), (0, 0), (1, 1)])
def test_rows_out_of_order_are_a_violation(episode: int, frame: int) -> None:
    it = recorder()
    it.add(0, row(0), 0.0)
    with pytest.raises(AssertionError, match="INV-5: rows out of order"):
        it.add(episode, row(frame, episode), 0.0)


def test_what_the_server_has_from_before_is_passed_over_and_the_numbers_go_on() -> None:
    it = recorder(2, Recorded(1, 4, 7))
    for episode, frame in ((0, 0), (0, 9), (1, 0), (1, 4)):
        assert it.add(episode, row(frame, episode), 0.0) is None
        assert it.close() is None
    assert it.recorded_frames == 0
    it.add(1, row(5, 1), 0.0)
    chunk = it.add(1, row(6, 1), 0.0)
    assert chunk is not None and (chunk.seq, chunk.first_frame) == (7, 5)
    assert it.recorded_frames == 2


def skipped(chunk: Chunk | None) -> Any:
    assert chunk is not None
    return json.loads(chunk.data).get("skipped")


def test_the_chunk_after_frames_that_were_not_stepped_says_so_and_brings_their_inputs() -> None:
    it = recorder(2)
    it.add(0, row(0), 0.0)
    before = it.skip(0, 1, 3)
    assert before is not None and (before.first_frame, before.last_frame, skipped(before)) == (0, 0, None)
    it.add(0, row(4), 0.0)
    assert skipped(it.add(0, row(5), 0.0)) == {
        "first_frame": 1, "last_frame": 3, "inputs": {"0": "0361", "2": "010101020103"},
    }  # fmt: skip
    it.add(0, row(6), 0.0)
    assert skipped(it.add(0, row(7), 0.0)) is None, "it is said once"


def test_what_the_server_has_from_before_was_not_skipped() -> None:
    it = recorder(1, Recorded(0, 5, 2))
    assert it.skip(0, 2, 8) is None
    assert skipped(it.add(0, row(9), 0.0))["first_frame"] == 6
    it = recorder(1, Recorded(0, 8, 2))
    it.skip(0, 2, 8)
    assert skipped(it.add(0, row(9), 0.0)) is None
    it = recorder(1, Recorded(0, 11, 2))
    it.skip(0, 2, 8)
    assert it.add(0, row(9), 0.0) is None and skipped(it.add(0, row(12), 0.0)) is None


def test_frames_that_were_skipped_in_an_episode_that_went_no_further_are_not_said_of_the_next() -> None:
    it = recorder(1)
    it.skip(0, 0, 29)
    assert skipped(it.add(1, row(30, 1), 0.0)) is None


def test_inputs_of_skipped_frames_that_are_too_many_for_a_chunk_are_left_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.engine.record.MOST_SKIPPED_HEX", 16)
    for last, inputs in ((2, {"0": "0361", "2": "010001010102"}), (3, {})):
        it = recorder(1)
        it.skip(0, 0, last)
        assert skipped(it.add(0, row(last + 1), 0.0))["inputs"] == inputs
