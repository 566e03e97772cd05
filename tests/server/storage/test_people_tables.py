"""The tables about people: answers, conditions, who is whom elsewhere; each row says what it belongs to."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.server.storage.exports import columns
from app.server.storage.exports.csv_tables import export_experiment

MOMENT = datetime(2026, 11, 21, 10, 15, 0, tzinfo=UTC)
TABLE = "data/study-twocooks_description-{}_data.csv"
PLAN = [
    {"id": "intro", "scene_id": "intro", "runs": {}},
    {"id": "game-1", "scene_id": "game", "runs": {"rounds": 1}},
    {"id": "ask-1", "scene_id": "ask", "runs": {"rounds": 1}},
]
SECRET = "5f3c1a-secret"


def export(room: Any, **options: Any) -> tuple[Path, list[str]]:
    sentences: list[str] = []
    return export_experiment(room.folder, warn=sentences.append, now=MOMENT, **options), sentences


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / TABLE.format(name)).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def said(question: str, answer: Any, order: int | None, correct: bool | None = None) -> dict[str, Any]:
    about = (
        {"title": f"{question}?", "type": "text", "rt_ms": 812.5}
        if order
        else dict.fromkeys(("title", "type", "rt_ms"))
    )
    return {"question": question, "answer": answer, "order": order, "correct": correct, **about}


def given(
    *answers: dict[str, Any], person: str = "p-1", step: str = "ask-1", **changes: Any
) -> tuple[str, dict[str, Any]]:
    values = {
        "participant_id": person, "step_id": step, "scene_id": step.split("-")[0], "runs": {"rounds": 1},
        "condition": {"delay": 2, "layout": "ring"}, "attempt": 1, "answered_utc": "2026-11-21T10:00:01.000Z",
    }  # fmt: skip
    return "add_answers", values | {"answers": list(answers)} | changes


@pytest.fixture
def study(tmp_path: Path, open_room: Callable[[Path], Any], lang: Any) -> Any:
    """Two people with plans and conditions, a match under a condition, its frames, answers, and external ids."""
    room = open_room(tmp_path / "two-cooks")
    commands = []
    for name, payload in lang.opening():
        extra: dict[str, Any] = {}
        if name == "add_participant":
            extra = {"number": int(payload["participant_id"][-1]) - 1, "plan": PLAN}
        if name == "add_match":
            context = {"condition": {"delay": 2}, "answers": {"0": {"ask.fun": 4}, "1": {"ask.fun": "hidden-1"}}}
            extra = {"step_id": "game-1", "condition": {"delay": 2, "layout": "ring"}}
            extra |= {"config": {"fps": 30, "context": context}}
        commands.append((name, payload | extra))
    for person in ("p-1", "p-2"):
        ended = {"status": "withdrawn", "exit_reason": "WITHDRAWN", "exit_scene": "ask-1", "ended_utc": lang.NOW}
        agreed = {"consent_version": "2", "consented_utc": lang.NOW, "group_id": "g-1", "position": 2}
        commands.append(("update_participant", {"participant_id": person, "condition": {"delay": 0}, **agreed}))
        commands.append(
            ("add_external_id", {"participant_id": person, "name": "PROLIFIC_PID", "value": SECRET + person})
        )
        commands.append(
            given(said("fun", 4, 2), said("why", None, 1), said("shh", f"hidden-{person}", None), person=person)
        )
    commands.append(("update_participant", {"participant_id": "p-1", **ended}))
    allocation = {"unit_id": "g-1", "unit": "group", "number": 7, "session_id": "s1", "method": "latin_square"}
    allocation |= {"order": [{"delay": 2, "layout": "ring"}, {"delay": 0, "layout": "ring"}], "allocated_utc": lang.NOW}
    commands.append(("add_allocation", allocation))
    answers = room.group(*commands)
    assert all(answer["ok"] for answer in answers), answers
    room.add(lang.chunk("0", 0, 0, 29), lang.chunk("1", 0, 0, 29, edit=lang.altered(7, "reward.1", 0.25)))
    room.do("add_report", {"match_id": "m1", "seat": "1", "report": {"ping": 3}})
    room.group(*lang.ending("PARTNER_LEFT"))
    return room


def test_an_answer_is_a_row_with_its_scene_run_condition_and_order(study: Any) -> None:
    folder, sentences = export(study)
    rows = [row for row in table(folder, "surveys") if row["participant_id"] == "p-1"]
    assert [(row["question"], row["answer"], row["order_shown"]) for row in rows] == [
        ("why", "", "1"), ("fun", "4", "2"), ("shh", "hidden-p-1", ""),
    ]  # fmt: skip
    assert rows[1] == {
        "participant_id": "p-1", "label": "PC-01", "session_id": "s1", "session_kind": "test", "step_id": "ask-1",
        "scene_id": "ask", "run.rounds": "1", "condition.delay": "2", "condition.layout": "ring", "question": "fun",
        "question_title": "fun?", "type": "text", "order_shown": "2", "answer_row": "", "answer_column": "",
        "answer": "4", "attempt": "1", "correct": "", "rt_ms": "812.5", "answered_utc": "2026-11-21T10:00:01.000Z",
    }  # fmt: skip
    assert not any("deleted" in sentence for sentence in sentences)


def test_a_matrix_is_a_row_a_cell_and_every_attempt_at_a_quiz_is_there(study: Any) -> None:
    step: dict[str, Any] = {"step": "quiz", "runs": {}, "condition": None}
    study.group(
        given(said("grid", {"fair": {"now": 1, "then": [2, 3]}}, 1, False), **step),
        given(said("grid", {"fair": {"now": 2}}, 1, True), attempt=2, **step),
    )
    rows = [row for row in table(export(study)[0], "surveys") if row["step_id"] == "quiz"]
    names = ("attempt", "answer_row", "answer_column", "answer", "correct", "run.rounds", "condition.delay")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("1", "fair", "now", "1", "FALSE", "", ""),
        ("1", "fair", "then", "[2,3]", "FALSE", "", ""),
        ("2", "fair", "now", "2", "TRUE", "", ""),
    ]


def test_a_participant_s_row_says_the_plan_the_consent_the_condition_and_the_exit(study: Any) -> None:
    one, two = table(export(study)[0], "participants")
    assert json.loads(one["plan"]) == ["intro", "game-1", "ask-1"] and (one["number"], two["number"]) == ("0", "1")
    assert (one["exit_reason"], one["exit_scene"], two["exit_scene"]) == ("WITHDRAWN", "ask-1", "")
    assert (one["consent_version"], one["consented_utc"]) == ("2", "2026-11-21T10:00:00.000Z")
    assert (one["condition.delay"], one["group_id"], one["position"], one["attribute.hand"]) == (
        "0",
        "g-1",
        "2",
        "left",
    )
    assert (one["config_hash"], one["app_version"], one["matches"]) == ("c" * 64, "0.1.0", "1")


def test_a_match_has_the_condition_and_the_step_it_was_played_in(study: Any) -> None:
    (match,) = table(export(study)[0], "matches")
    assert (match["step_id"], match["condition.delay"], match["condition.layout"]) == ("game-1", "2", "ring")


def test_an_allocation_is_a_row_a_cell_in_the_order_played(study: Any) -> None:
    rows = table(export(study)[0], "allocations")
    names = ("unit", "unit_id", "unit_number", "method", "place", "condition.delay", "condition.layout")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("group", "g-1", "7", "latin_square", "1", "2", "ring"),
        ("group", "g-1", "7", "latin_square", "2", "0", "ring"),
    ]


def everything(folder: Path) -> str:
    return "".join(f"{p.name}\n{p.read_text(encoding='utf-8')}" for p in sorted(folder.rglob("*")) if p.is_file())


def test_external_ids_are_exported_only_when_asked_for_and_into_a_file_of_their_own(
    study: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(study.folder)]) == 0
    without = Path(capsys.readouterr().out.strip())
    assert SECRET not in everything(without) and not (without / TABLE.format("externalids")).exists()
    assert "External ids, such as" in (without / "README.md").read_text(encoding="utf-8")
    assert main(["export", str(study.folder), "--external-ids"]) == 0
    said = capsys.readouterr()
    folder = Path(said.out.strip())
    assert table(folder, "externalids") == [
        {"participant_id": p, "external_id_name": "PROLIFIC_PID", "external_id": SECRET + p} for p in ("p-1", "p-2")
    ]
    (folder / TABLE.format("externalids")).unlink()
    assert SECRET not in everything(folder) + said.err
    assert "do not publish it" in (folder / "README.md").read_text(encoding="utf-8")


def test_who_asked_for_deletion_is_left_out_everywhere_and_counted(study: Any) -> None:
    for person, wish in (("p-2", "delete"), ("p-1", "keep")):
        study.do("update_participant", {"participant_id": person, "data_wish": wish})
    folder, sentences = export(study, external_ids=True)
    text = everything(folder)
    assert all(word not in text for word in (SECRET + "p-2", "hidden-p-2", "hidden-1", "PC-02"))
    assert all(word in text for word in (SECRET + "p-1", "hidden-p-1", "ask.fun", "PC-01"))
    assert {row["participant_id"] for row in table(folder, "surveys")} == {"p-1"}
    two = table(folder, "participants")[1]
    assert (two["participant_id"], two["data_wish"], two["label"], two["attribute.hand"]) == ("p-2", "delete", "", "")
    assert two["consent_version"] == "2", "that somebody took part is accounted for"
    assert "deleted: 1 of 2." in (folder / "README.md").read_text(encoding="utf-8")
    assert (
        "two-cooks: 1 of 2 participants asked for their data to be deleted; their answers and frames are left out."
        in (sentences)
    )


def test_the_partner_s_frames_stay_without_the_cells_of_who_asked_for_deletion(study: Any, lang: Any) -> None:
    study.do("update_participant", {"participant_id": "p-2", "data_wish": "delete"})
    folder, _ = export(study)
    (match,) = table(folder, "matches")
    assert (match["left_out.0"], match["left_out.1"], match["file.1"], match["report.1"]) == ("FALSE", "TRUE", "", "")
    kept = json.loads(match["first_disagreement"])
    assert (kept["frame"], kept["column"], kept["seats"]) == (7, "reward.1", ["0", "1"]) and "values" not in kept
    (file,) = (folder / "data" / "raw").iterdir()
    assert str(file.relative_to(folder)) == match["file.0"]
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 30 and list(rows[0]) == lang.CANONICAL + lang.LOCAL
    for number, row in enumerate(rows):
        assert all(value == "" for name, value in row.items() if name.endswith(".1"))
        assert all(value != "" for name, value in row.items() if name.endswith(".0"))
        assert int(row["frame"]) == number and row["ping_ms"] == "10.5"


def test_nobody_s_data_is_left_out_who_did_not_ask_for_it(study: Any) -> None:
    study.do("update_participant", {"participant_id": "p-2", "data_wish": "keep"})
    folder, _ = export(study)
    (match,) = table(folder, "matches")
    assert (match["left_out.1"], json.loads(match["report.1"])) == ("FALSE", {"ping": 3})
    assert "values" in json.loads(match["first_disagreement"]) and len(list((folder / "data/raw").iterdir())) == 2
    assert "hidden-1" in match["config"] and len(table(folder, "surveys")) == 6


def test_a_study_of_questions_alone_is_exported_without_a_warning(tmp_path: Path, open_room: Any, lang: Any) -> None:
    room = open_room(tmp_path / "two-cooks")
    room.group(*lang.opening()[:3], given(said("fun", 4, 1)))
    folder, sentences = export(room)
    assert sentences == [] and len(table(folder, "surveys")) == 1 and table(folder, "matches") == []
    assert not (folder / TABLE.format("allocations")).exists(), "there is nothing it could hold"
    assert "data/raw" not in (folder / "README.md").read_text(encoding="utf-8")


def test_a_study_without_external_ids_says_so_when_they_are_asked_for(room: Any, lang: Any) -> None:
    room.add(lang.chunk())
    assert "two-cooks: no external ids are stored, so there is no table of them." in export(room, external_ids=True)[1]


def test_every_column_is_described_with_what_it_means_in_each_table(study: Any) -> None:
    folder, _ = export(study, external_ids=True)
    described = json.loads((folder / "dataset_description.json").read_text(encoding="utf-8"))["variableMeasured"]
    meanings = {variable["name"]: variable["description"] for variable in described}
    headers = {name for path in folder.rglob("*.csv") for name in next(csv.reader(path.open(encoding="utf-8")))}
    assert meanings.keys() == headers and len(described) == len(meanings)
    assert meanings["created_utc"].startswith("In matches: When the match was made.")
    assert "In participants: When the participant pressed Start." in meanings["created_utc"]
    assert meanings["rt_ms"].startswith("From showing the question"), "a name of one table needs no table"
    for group in (columns.SURVEY_COLUMNS, columns.ALLOCATION_COLUMNS, columns.EXTERNAL_ID_COLUMNS):
        for name in (column.name for column in group if "<" not in column.name):
            assert name in meanings
