"""Chunks: kept once, refused when they contradict what is kept, compared with the other seats' as they arrive."""

from typing import Any


def code(answer: dict[str, Any]) -> str:
    return "ok" if answer["ok"] else answer["error"]["code"]


def test_the_same_chunk_again_is_acknowledged_and_kept_once(room: Any, lang: Any) -> None:
    first, again = room.add(lang.chunk(), lang.chunk())
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert len(room.do("read_chunks", {"match_id": "m1"})["chunks"]) == 1


def test_other_content_under_the_same_number_is_refused_and_journalled_once(room: Any, lang: Any) -> None:
    other = lang.chunk(edit=lang.altered(3, "reward.0", 99))
    answers = room.add(lang.chunk(), other, other)
    assert [code(answer) for answer in answers] == ["ok", "chunk_conflict", "chunk_conflict"]
    ((name, data),) = room.events()
    assert name == "chunk_conflict"
    assert (data["seat"], data["seq"], data["crc32"]) == ("0", 0, other["crc32"])
    assert room.do("read_chunks", {"match_id": "m1"})["chunks"] == [lang.chunk()]


def test_frames_that_are_here_under_another_number_are_refused(room: Any, lang: Any) -> None:
    answers = room.add(lang.chunk(last=29), lang.chunk(seq=1, first=29, last=40), lang.chunk(seq=1, first=30, last=40))
    assert [code(answer) for answer in answers] == ["ok", "frames_overlap", "ok"]


def test_a_chunk_with_other_columns_than_the_matchs_first_is_refused_and_journalled(room: Any, lang: Any) -> None:
    def without_hash(content: dict[str, Any]) -> None:
        content["columns"].pop()
        for cells in content["rows"]:
            cells.pop()

    answers = room.add(lang.chunk(), lang.chunk("1", edit=without_hash), lang.chunk("1"))
    assert [code(answer) for answer in answers] == ["ok", "columns_changed", "ok"]
    assert "state_hash" in answers[1]["error"]["message"]
    assert [name for name, _ in room.events()] == ["chunk_refused"]


def test_a_chunk_of_an_unknown_match_or_seat_is_refused(room: Any, lang: Any) -> None:
    answers = room.add(lang.chunk(match="m9"), lang.chunk("7"))
    assert [code(answer) for answer in answers] == ["unknown_match", "unknown_seat"]


def test_seats_that_agree_raise_nothing(room: Any, lang: Any) -> None:
    answers = room.add(lang.chunk("0"), lang.chunk("1", last=19), lang.chunk("1", seq=1, first=20, last=29))
    assert not any("disagreement" in answer for answer in answers)
    assert room.events() == []


def test_the_first_cell_that_differs_is_answered_and_journalled(room: Any, lang: Any) -> None:
    answers = room.add(lang.chunk("1"), lang.chunk("0", edit=lang.altered(7, "is_focused.1", "no")))
    expected = {"match_id": "m1", "episode": 0, "frame": 7, "column": "is_focused.1", "seats": ["0", "1"]}
    assert answers[1]["disagreement"] == expected | {"values": ["no", "TRUE"]}
    assert room.events() == [("record_disagreement", answers[1]["disagreement"])]


def test_a_later_difference_of_a_match_is_not_told_again_but_an_earlier_one_is(room: Any, lang: Any) -> None:
    wrong = lang.altered
    room.add(*(lang.chunk("0", seq=n, first=10 * n, last=10 * n + 9) for n in range(3)))
    middle, late, early = room.add(
        lang.chunk("1", seq=1, first=10, last=19, edit=wrong(12, "action.0", 77)),
        lang.chunk("1", seq=2, first=20, last=29, edit=wrong(22, "action.0", 77)),
        lang.chunk("1", seq=0, first=0, last=9, edit=wrong(5, "action.1", 77)),
    )
    assert middle["disagreement"]["frame"] == 12
    assert "disagreement" not in late
    assert early["disagreement"]["frame"] == 5


def test_a_chunk_sent_again_is_told_of_the_difference_again(room: Any, lang: Any) -> None:
    bad = lang.chunk("1", edit=lang.altered(7, "action.0", 77))
    _, first, again = room.add(lang.chunk("0"), bad, bad)
    assert again["disagreement"] == first["disagreement"]
    assert len(room.events()) == 1


def test_rows_are_read_back_in_order_of_frames(room: Any, lang: Any) -> None:
    parts = [(1, 0, 0, 9), (0, 1, 10, 19), (2, 2, 0, 4)]
    for seq, _, first, last in parts:
        room.add(lang.chunk(seq=seq, first=first, last=last, episode=1 if seq == 2 else 0))
    found = room.do("match_rows", {"match_id": "m1", "seat": "0"})
    frames = [(episode, frame) for episode, frame, *_ in found["rows"]]
    assert frames == [(0, n) for n in range(20)] + [(1, n) for n in range(5)]
    assert found["columns"] == lang.CANONICAL
    assert len(found["local_rows"]) == 25
