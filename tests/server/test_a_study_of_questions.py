"""A study without a game, through the real server and store: reloaded in every scene, and kept as it was answered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.server.domain.studies import QUIZ, RIGHT, SURVEY, WRONG, asked
from tests.server.scripted_page import ScriptedPage
from tests.server.served import Served

STUDY = """
[experiment]
id = "questions"
title = "Only questions"
master_seed = 4
[entry]
attributes = ["age_group"]
require = ["PROLIFIC_PID"]
[conditions]
unit = "participant"
factors = { tone = ["warm", "cold"] }
[[conditions.overrides]]
when = { tone = "cold" }
set = { "scenes.page.body" = "cold.md" }
[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"
[[scenes]]
id = "consent"
type = "consent"
body = "welcome.md"
version = "7"
[[scenes]]
id = "quiz"
type = "quiz"
survey = "quiz.json"
[[scenes]]
id = "mixed"
type = "random_order"
[[scenes.scenes]]
id = "page"
type = "static"
body = "warm.html"
[[scenes.scenes]]
id = "questions"
type = "survey"
survey = "survey.json"
show_if = "attribute.age_group == '2'"
[[scenes]]
id = "debrief"
type = "debrief"
body = "welcome.md"
[[scenes]]
id = "end"
type = "end"
redirect = "prolific"
[scenes.codes]
COMPLETED = "DONE"
WITHDRAWN = "WITH"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "study"
    made.mkdir()
    texts = {"welcome.md": "**Hello**", "warm.html": "<p>How nice</p><script>x</script>", "cold.md": "Go on."}
    texts |= {"quiz.json": json.dumps(QUIZ), "survey.json": json.dumps(SURVEY), "experiment.toml": STUDY}
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def served(folder: Path, tmp_path: Path) -> Iterator[Served]:
    server = Served(folder, tmp_path / "data")
    yield server
    server.stop()


def kept(server: Served, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(server.study / "study.db")) as connection:
        return connection.execute(query).fetchall()


def goes_through(server: Served, pid: str, age_group: str) -> list[dict[str, Any]]:
    """Somebody goes through the study and loads every page again; return the views."""
    page = server.page(page="first")
    view = page.start(PROLIFIC_PID=pid, age_group=age_group, secret="dropped")["view"]
    views = [view]
    while view["scene"]["type"] != "end":
        page.close()
        page = server.page(token=page.token, page=f"after-{len(views)}")
        assert page.view == view, "a page that is loaded again is where it was"
        reply = answer(page, view)
        if (reply.get("quiz") or {}).get("passed") is False:
            reply = answer(page, reply["view"], RIGHT)
        view = reply["view"]
        views.append(view)
    return views


def answer(page: ScriptedPage, view: dict[str, Any], quiz: dict[str, Any] = WRONG) -> dict[str, Any]:
    scene = view["scene"]
    if scene["type"] == "consent":
        return page.ask("consent", {"scene_id": scene["id"], "agreed": True})
    if scene["type"] in ("quiz", "survey"):
        given = quiz if scene["type"] == "quiz" else {"fun": 4}
        return page.ask("answer", {"scene_id": scene["id"], "answers": given, "questions": asked(given)})
    return page.ask("advance", {"scene_id": scene["id"]})


def test_people_go_through_are_kept_and_come_once_even_after_the_server_was_started_again(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    ways = [goes_through(served, f"pid-{number}", "2" if number < 2 else "9") for number in range(4)]
    kinds = [[view["scene"]["type"] for view in way] for way in ways]
    assert all(way[0] == "consent" and way[-2:] == ["debrief", "end"] for way in kinds)
    assert ["survey" in way for way in kinds] == [True, True, False, False]
    assert {way[-1]["end"]["redirect_url"] for way in ways} == {"https://app.prolific.com/submissions/complete?cc=DONE"}
    texts = {view["scene"]["html"] for way in ways for view in way if view["scene"]["id"] == "page"}
    assert texts == {"<p>How nice</p>", "<p>Go on.</p>\n"}
    refused = served.page().start(PROLIFIC_PID="pid-0")
    assert refused["error"]["code"] == "taken_part"
    leaver = served.page()
    assert leaver.start(PROLIFIC_PID="pid-leaves")["ok"]
    assert leaver.ask("leave", {"reason": "WITHDRAWN", "data": "delete"})["ok"]
    assert leaver.hear("view")["scene"]["type"] == "debrief"
    assert served.stop() == 0

    people = kept(served, "SELECT number, status, exit_scene, consent_version, data_wish, attributes FROM participants")
    assert [person[:5] for person in people] == [
        *((number, "completed", None, "7", None) for number in range(4)), (4, "withdrawn", "consent", None, "delete"),
    ]  # fmt: skip
    assert json.loads(people[0][5]) == {"age_group": "2"}
    tones = [json.loads(row[0])["tone"] for row in kept(served, "SELECT condition FROM participants WHERE number < 4")]
    assert sorted(tones) == ["cold", "cold", "warm", "warm"]
    assert kept(served, "SELECT COUNT(*), COUNT(DISTINCT number) FROM allocations") == [(5, 5)]
    answers = kept(
        served, "SELECT question, attempt, correct, answer FROM answers WHERE step_id = 'quiz' ORDER BY 1, 2"
    )
    assert len(answers) == 16 and ("soup", 1, 0, 1) in answers and ("soup", 2, 1, '"3"') in answers
    assert len(kept(served, "SELECT 1 FROM answers WHERE step_id = 'questions'")) == 2
    assert kept(served, "SELECT name, value FROM external_ids WHERE value = 'pid-3'") == [("PROLIFIC_PID", "pid-3")]
    elsewhere = [str(kept(served, f"SELECT * FROM {table}")) for table in ("events", "participants", "answers")]
    assert "pid-" not in "".join(elsewhere) + served.errors() and "dropped" not in "".join(elsewhere)

    again = Served(folder, tmp_path / "data")
    try:
        assert again.page().start(PROLIFIC_PID="pid-1")["error"]["code"] == "taken_part"
        assert again.page().start()["error"]["values"] == {"names": "PROLIFIC_PID"}
        assert again.page().start(PROLIFIC_PID="pid-new")["ok"]
    finally:
        again.stop()
    assert kept(again, "SELECT MAX(number) FROM allocations") == [(5,)], "numbers go on"
