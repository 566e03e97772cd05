"""Plans, answers, allocations and external ids in the store: each once, and ids by themselves."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sqlalchemy as sa

from app.server.storage import database


def rows(room: Any, table: sa.Table) -> list[dict[str, Any]]:
    with database.open_for_reading(room.folder).connect() as connection:
        return [dict(row) for row in connection.execute(table.select()).mappings()]


def answers(attempt: int = 1, **changes: Any) -> dict[str, Any]:
    asked = {"title": "Was it fun?", "type": "rating", "order": 1, "correct": None, "rt_ms": 812.5}
    return {
        "participant_id": "p-1", "step_id": "questions-2", "scene_id": "questions", "runs": {"round": 2},
        "condition": {"delay": 2}, "attempt": attempt, "answered_utc": "2026-11-21T10:00:00.000Z",
        "answers": [
            {"question": "fun", "answer": 5, **asked},
            {"question": "why", "answer": None, **asked, "order": 2},
            {"question": "grid", "answer": {"row": ["a", "b"]}, **asked, "order": 3, "correct": False},
        ],
        **changes,
    }  # fmt: skip


ALLOCATION = {
    "unit_id": "g-1", "unit": "group", "number": 0, "session_id": "s1", "method": "block", "order": [{"delay": 2}],
    "allocated_utc": "2026-11-21T10:00:00.000Z",
}  # fmt: skip
ID = {"participant_id": "p-1", "name": "PROLIFIC_PID", "value": "5f3c1a-secret"}


def test_a_participant_s_plan_and_standing_are_kept(room: Any, lang: Any) -> None:
    plan = [{"id": "game-1", "scene_id": "game", "runs": {"round": 1}}]
    person = dict(lang.opening()[1][1], participant_id="p-9", number=4, plan=plan)
    assert room.do("add_participant", person)["ok"] and room.do("add_participant", person)["duplicate"]
    update = {
        "position": 1, "condition": {"delay": 2}, "group_id": "g-1", "exit_scene": "game-1", "data_wish": "delete",
        "consent_version": "2", "consented_utc": lang.NOW,
    }  # fmt: skip
    assert room.do("update_participant", {"participant_id": "p-9", **update})["ok"]
    row = next(row for row in rows(room, database.participants) if row["participant_id"] == "p-9")
    assert row["number"] == 4 and row["plan"] == plan and {key: row[key] for key in update} == update
    assert room.do("add_participant", person)["duplicate"], "a command sent again after the update is no conflict"


def test_answers_are_a_row_a_question_and_each_attempt_is_kept_once(room: Any) -> None:
    assert room.do("add_answers", answers())["duplicate"] is False
    assert room.do("add_answers", answers(answers=answers()["answers"][:1]))["duplicate"] is True
    assert room.do("add_answers", answers(attempt=2))["duplicate"] is False
    kept = rows(room, database.answers)
    assert len(kept) == 6
    first = {row["question"]: row for row in kept if row["attempt"] == 1}
    assert first["fun"]["answer"] == 5 and first["why"]["answer"] is None and first["grid"]["correct"] is False
    assert first["grid"]["answer"] == {"row": ["a", "b"]} and first["fun"]["runs"] == {"round": 2}


def test_answers_of_nobody_and_of_another_shape_are_refused(room: Any) -> None:
    assert room.do("add_answers", answers(participant_id="nobody"))["error"]["code"] == "unknown_reference"
    assert room.do("add_answers", answers(answers=[{"question": "fun"}]))["error"]["code"] == "bad_payload"
    assert rows(room, database.answers) == []


def test_an_allocation_is_kept_once_and_counted_when_the_next_session_opens(room: Any, lang: Any) -> None:
    assert [room.do("add_allocation", ALLOCATION)["duplicate"] for _ in range(2)] == [False, True]
    other = room.do("add_allocation", ALLOCATION | {"order": [{"delay": 0}]})
    assert other["error"]["code"] == "conflict"
    room.do("add_allocation", ALLOCATION | {"unit_id": "p-1", "unit": "participant"})
    opened = room.do("open_session", lang.opening()[0][1] | {"session_id": "s2"})
    assert (opened["matches"], opened["participants"], opened["groups"]) == (1, 2, 1)


def test_external_ids_are_deleted_without_touching_anything_else(room: Any) -> None:
    room.do("add_answers", answers())
    room.do("add_external_id", ID | {"name": "SESSION"})
    assert [room.do("add_external_id", ID)["duplicate"] for _ in range(2)] == [False, True]
    room.do("add_external_id", ID | {"participant_id": "p-2"})
    before = [rows(room, table) for table in (database.participants, database.answers, database.seats)]
    assert room.do("delete_external_ids", {"participant_id": "p-1"})["deleted"] == 2
    assert [row["participant_id"] for row in rows(room, database.external_ids)] == ["p-2"]
    assert [rows(room, table) for table in (database.participants, database.answers, database.seats)] == before


def test_ids_of_those_who_are_done_are_known_to_the_next_session_of_the_same_kind(room: Any, lang: Any) -> None:
    room.do("add_external_id", ID)
    assert room.do("used_external_ids", {"kind": "test"})["ids"] == [], "who is under way may come back"
    room.do("update_participant", {"participant_id": "p-1", "ended_utc": lang.NOW})
    assert room.do("used_external_ids", {"kind": "test"})["ids"] == [["PROLIFIC_PID", "5f3c1a-secret"]]
    assert room.do("used_external_ids", {"kind": "live"})["ids"] == []


@pytest.mark.parametrize("changes", [{"value": "other-secret"}, {"participant_id": "nobody"}, {"value": ["secret"]}])
def test_no_message_of_the_store_says_an_external_id(
    room: Any, changes: dict[str, Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    room.do("add_external_id", ID)
    answer = room.do("add_external_id", ID | changes)
    said = str(answer) + caplog.text + "".join(capfd.readouterr())
    assert answer["ok"] is False and "secret" not in said
