"""Commands in groups: one transaction, answers in order, a failure stays alone, and nothing is done twice."""

from typing import Any

import sqlalchemy as sa

from app.server.storage import database


def codes(answers: list[dict[str, Any]]) -> list[str]:
    return ["ok" if answer["ok"] else answer["error"]["code"] for answer in answers]


def test_a_group_is_one_transaction_and_answered_in_order(room: Any, lang: Any) -> None:
    commits: list[Any] = []
    sa.event.listen(room.engine, "commit", commits.append)
    chunks = [lang.chunk(seq=n, first=10 * n, last=10 * n + 9) for n in range(20)]
    answers = room.group(*(("add_chunk", chunk) for chunk in chunks))
    assert [answer["seq"] for answer in answers] == list(range(20))
    assert [answer["id"] for answer in answers] == sorted((a["id"] for a in answers), key=lambda i: int(i[2:]))
    assert len(commits) == 1


def test_a_command_that_fails_does_not_take_its_group_with_it(room: Any, lang: Any) -> None:
    answers = room.group(
        ("add_chunk", lang.chunk(seq=0, first=0, last=9)),
        ("add_chunk", lang.chunk(seq=1, first=10, last=19) | {"crc32": 0}),
        ("invented", {}),
        ("update_match", {"match_id": "none", "state": "ENDED"}),
        ("update_match", {"match_id": "m1", "colour": "red"}),
        ("update_match", {"match_id": "m1", "state": ["a", "list"]}),
        ("add_participant", {"participant_id": "p", "session_id": "none", "label": None, "created_utc": "",
                             "attributes": {}}),
        ("add_match", {"match_id": "m2"}),
        ("add_chunk", lang.chunk(seq=1, first=10, last=19)),
    )  # fmt: skip
    refused = ["bad_crc32", "unknown_command", "unknown_match", "bad_payload", "bad_payload", "unknown_reference"]
    assert codes(answers) == ["ok", *refused, "bad_payload", "ok"]
    assert [chunk["seq"] for chunk in room.do("read_chunks", {"match_id": "m1"})["chunks"]] == [0, 1]


def test_a_match_whose_second_seat_is_wrong_leaves_nothing_behind(room: Any, lang: Any) -> None:
    match = dict(lang.opening()[-1][1], match_id="m2")
    match["seats"] = [match["seats"][0], match["seats"][1] | {"participant_id": "nobody"}]
    assert codes([room.do("add_match", match)]) == ["unknown_reference"]
    match["seats"][1]["participant_id"] = "p-2"
    assert room.do("add_match", match)["duplicate"] is False


def test_everything_sent_a_second_time_changes_nothing(room: Any, lang: Any) -> None:
    commands = [*lang.opening(), ("add_chunk", lang.chunk()), *lang.ending()]
    room.group(*commands)
    before = dump(room)
    assert codes(room.group(*commands)) == ["ok"] * len(commands)
    assert dump(room) == before


def test_a_session_under_the_same_id_with_another_file_is_refused(room: Any, lang: Any) -> None:
    answer = room.do("open_session", lang.opening()[0][1] | {"config_hash": "d" * 64})
    assert codes([answer]) == ["conflict"]


def test_an_event_is_journalled_once_a_command(room: Any, lang: Any) -> None:
    event = {"event": "scene_entered", "at_utc": lang.NOW, "session_id": "s1", "data": {"scene": "game"}}
    message = {"id": "x-1", "command": "add_event", "payload": event}
    first, again, other = room.store.execute_group([message, message, message | {"id": "x-2"}])
    assert (first["duplicate"], again["duplicate"], other["duplicate"]) == (False, True, False)
    assert len(room.events()) == 2


def test_a_second_report_replaces_the_first(room: Any) -> None:
    for stalls in (1, 2):
        assert room.do("add_report", {"match_id": "m1", "seat": "0", "report": {"stalls": stalls}})["ok"]
    with room.engine.connect() as connection:
        assert connection.scalars(sa.select(database.reports.c.report)).all() == [{"stalls": 2}]


def test_an_update_leaves_alone_what_it_does_not_name(room: Any) -> None:
    room.do("update_participant", {"participant_id": "p-1", "status": "playing"})
    room.do("update_participant", {"participant_id": "p-1", "exit_reason": "COMPLETED"})
    with room.engine.connect() as connection:
        row = connection.execute(database.participants.select().filter_by(participant_id="p-1")).mappings().one()
    assert (row["status"], row["exit_reason"], row["label"]) == ("playing", "COMPLETED", "PC-01")


def test_when_the_disk_is_full_no_command_of_the_group_is_acknowledged_or_kept(room: Any, lang: Any) -> None:
    chunks = [lang.chunk(seq=n, first=100 * n, last=100 * n + 99) for n in range(4)]
    limit_pages(room, "SELECT page_count FROM pragma_page_count")
    event = {"event": "noted", "at_utc": lang.NOW, "session_id": "s1", "data": None}
    answers = room.group(("add_event", event), *(("add_chunk", chunk) for chunk in chunks))
    assert codes(answers) == ["commit_failed"] * 5
    assert "full" in answers[0]["error"]["message"]
    limit_pages(room, "SELECT 100000")
    assert room.events() == []
    assert codes(room.group(*(("add_chunk", chunk) for chunk in chunks))) == ["ok"] * 4


def limit_pages(room: Any, query: str) -> None:
    """Let the database grow to so many pages and no further, as a full disk would."""
    with room.engine.connect() as connection:
        pages = connection.exec_driver_sql(query).scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def dump(room: Any) -> dict[str, Any]:
    with room.engine.connect() as connection:
        return {table.name: connection.execute(table.select()).all() for table in database.metadata.sorted_tables}
