"""What the server keeps of a match beside its rows: decisions about members, and everybody's inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.engine.wire import words_from_hex, words_to_hex
from app.server.storage import input_log, input_words

COMMIT = {"kind": "commit", "view": 1, "epoch": 0, "drop": {"1": 99}, "inputs": {"1": [95, "0501"]}, "final": None}


def log_of(room: Any, episode: int = 0) -> dict[str, Any]:
    answer = room.do("input_log", {"match_id": "m1", "episode": episode})
    assert answer.pop("ok")
    answer.pop("id")
    return answer


def expected(lang: Any, index: int, through: int) -> list[bytes]:
    return [lang.word(index, frame) for frame in range(through + 1)]


def other_word(index: int, frame: int) -> Callable[[dict[str, Any]], None]:
    """An edit that changes what a seat did in a frame, in the inputs only."""

    def edit(content: dict[str, Any]) -> None:
        words = words_from_hex(content["inputs"][str(index)], 2, 1000)
        assert words is not None
        words[frame - content["first_frame"]] = b"\x63\x01"
        content["inputs"][str(index)] = words_to_hex(words)

    return edit


def test_a_decision_is_kept_once_and_never_replaced(room: Any) -> None:
    first = {"match_id": "m1", "view": 1, "commit": COMMIT}
    assert room.do("add_commit", first)["duplicate"] is False
    assert room.do("add_commit", first)["duplicate"] is True
    other = room.do("add_commit", {**first, "commit": {**COMMIT, "drop": {"1": 98}}})
    assert other["error"]["code"] == "conflict"
    second = {"match_id": "m1", "view": 2, "commit": {**COMMIT, "view": 2}}
    room.do("add_commit", second)
    assert room.do("read_commits", {"match_id": "m1"})["commits"] == [COMMIT, second["commit"]]
    assert not room.do("add_commit", {**first, "match_id": "m9"})["ok"]


def test_the_log_holds_everybodys_inputs_up_to_the_newest_frame_without_a_gap(room: Any, lang: Any) -> None:
    assert log_of(room) == {"through": -1, "inputs": {}}
    room.add(lang.chunk("0"), lang.chunk("0", seq=1, first=30, last=44), lang.chunk("1", last=9))
    log = log_of(room)
    assert log["through"] == 44
    for index in (0, 1):
        assert words_from_hex(log["inputs"][str(index)], 2, 45) == expected(lang, index, 44)


def test_the_seat_that_has_sent_most_is_read(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0"), lang.chunk("0", seq=2, first=60, last=89), lang.chunk("1", last=49))
    assert log_of(room)["through"] == 49, "what comes after a gap does not count"
    assert log_of(room, episode=1)["through"] == -1


def test_inputs_that_differ_between_seats_are_told_like_cells(room: Any, lang: Any) -> None:
    answers = room.add(lang.chunk("0"), lang.chunk("1", last=19, edit=other_word(1, 12)))
    assert answers[1]["disagreement"] == {
        "match_id": "m1", "episode": 0, "frame": 12, "column": "input.1", "seats": ["0", "1"],
        "values": [lang.word(1, 12).hex(), "6301"],
    }  # fmt: skip
    later = room.add(lang.chunk("1", seq=1, first=20, last=29, edit=other_word(0, 21)))
    assert "disagreement" not in later[0]


def test_a_cell_is_told_before_the_inputs_of_the_same_frame(room: Any, lang: Any) -> None:
    def both(content: dict[str, Any]) -> None:
        other_word(1, 12)(content)
        lang.altered(12, "action.1", 77)(content)

    answers = room.add(lang.chunk("0"), lang.chunk("1", edit=both))
    assert answers[1]["disagreement"]["column"] == "action.1"


@pytest.mark.parametrize("cuts", [(0, 30), (0, 7, 30), (0, 1, 2, 29, 30)])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_same_inputs_in_other_pieces_never_differ(cuts: tuple[int, ...], width: int) -> None:
    every = [bytes([1 + frame % 3] * width) for frame in range(30)]
    whole = {"0": words_to_hex(every)}
    for first, end in zip(cuts, cuts[1:], strict=False):
        piece = {"0": words_to_hex(every[first:end])}
        assert input_words.first_difference((whole, piece), (0, first), (30, end - first)) is None


def skipping(lang: Any, first: int, last: int, inputs: bool = True) -> Callable[[dict[str, Any]], None]:
    def edit(content: dict[str, Any]) -> None:
        words = {str(index): lang.inputs(index, first, last) for index in (0, 1)} if inputs else {}
        content["skipped"] = {"first_frame": first, "last_frame": last, "inputs": words}

    return edit


def test_the_log_goes_on_over_frames_that_a_page_skipped_for_it_brings_their_inputs(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0", last=9), lang.chunk("0", 1, 45, 59, edit=skipping(lang, 10, 44)))
    room.add(lang.chunk("0", 2, 60, 74), lang.chunk("1", last=29))
    log = log_of(room)
    assert log["through"] == 74
    for index in (0, 1):
        assert words_from_hex(log["inputs"][str(index)], 2, 75) == expected(lang, index, 74)


def test_the_log_of_a_page_that_skipped_from_the_beginning_is_whole(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0", 0, 30, 44, edit=skipping(lang, 0, 29)))
    log = log_of(room)
    assert log["through"] == 44
    assert words_from_hex(log["inputs"]["1"], 2, 45) == expected(lang, 1, 44)


def test_where_a_page_brings_no_inputs_of_what_it_skipped_the_others_are_read(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0", last=9), lang.chunk("0", 1, 45, 59, edit=skipping(lang, 10, 44, inputs=False)))
    room.add(lang.chunk("1", last=29))
    assert log_of(room)["through"] == 29


def test_behind_a_gap_that_nothing_fills_no_chunk_is_read(
    room: Any, lang: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.add(lang.chunk("0", last=9), *[lang.chunk("0", 2 + n, 20 + n, 20 + n) for n in range(20)])
    read: list[bytes] = []
    parse = input_log.records.parse_data
    monkeypatch.setattr(input_log.records, "parse_data", lambda data: read.append(data) or parse(data))
    assert log_of(room)["through"] == 9
    assert len(read) == 2, "the first one behind the gap, which could say what was skipped, and what the log is made of"
