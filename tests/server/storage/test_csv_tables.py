"""`gym-kiosk export`: what was stored comes out again, in whatever order it arrived; nothing is missing silently."""

import csv
import hashlib
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.experiments.errors import InputError
from app.server.storage.exports.columns import (
    FRAME_COLUMNS,
    MATCH_COLUMNS,
    PARTICIPANT_COLUMNS,
    declared,
)
from app.server.storage.exports.compare import compare_files
from app.server.storage.exports.csv_tables import export_command, export_experiment

MOMENT = datetime(2026, 11, 21, 10, 15, 0, tzinfo=UTC)
RAW = "data/raw/study-twocooks_subject-p{}_task-game_trial-1_data.csv"
MATCHES = "data/study-twocooks_description-matches_data.csv"
PARTICIPANTS = "data/study-twocooks_description-participants_data.csv"


def whole_match(lang: Any) -> list[dict[str, Any]]:
    """Two episodes of 60 frames from both seats, in chunks of other lengths at each seat."""
    chunks = []
    for seat, step in (("0", 20), ("1", 15)):
        seq = 0
        for episode in (0, 1):
            for first in range(0, 60, step):
                chunks.append(lang.chunk(seat, seq, first, first + step - 1, episode))
                seq += 1
    return chunks


def export(room: Any, output: Path | None = None) -> tuple[Path, list[str]]:
    sentences: list[str] = []
    return export_experiment(room.folder, output, None, warn=sentences.append, now=MOMENT), sentences


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def test_a_whole_match_comes_out_as_it_was_stored(room: Any, lang: Any) -> None:
    room.add(*whole_match(lang))
    room.group(*lang.ending())
    folder, sentences = export(room)
    assert sentences == []
    assert folder == room.folder / "exports" / "two-cooks_20261121T101500Z"
    assert compare_files(folder / RAW.format(1), folder / RAW.format(2)).rows == 120
    with (folder / RAW.format(2)).open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == lang.CANONICAL + lang.LOCAL
    assert [(int(row[0]), int(row[1])) for row in rows] == [(e, f) for e in (0, 1) for f in range(60)]
    for row in rows:
        expected = lang.row(int(row[0]), int(row[1]))
        assert float(row[3]) == expected[3]
        assert row[4] in ("TRUE", "FALSE") and row[14] == expected[14]
    (match,) = table(folder / MATCHES)
    assert (match["frames_recorded.0"], match["frames_recorded.1"]) == ("120", "120")
    assert (match["complete"], match["records_agree"], match["trial"]) == ("TRUE", "TRUE", "1")
    assert match["file.0"] == RAW.format(1) and match["participant_id.1"] == "p-2" and match["role.1"] == "b"
    assert json.loads(match["episode_seeds"]) == [11, 12]
    people = table(folder / PARTICIPANTS)
    assert [(one["participant_id"], one["label"], one["attribute.hand"]) for one in people] == [
        ("p-1", "PC-01", "left"), ("p-2", "PC-02", "left"),
    ]  # fmt: skip


def test_every_column_is_described_and_everything_described_is_a_column(room: Any, lang: Any) -> None:
    room.add(*whole_match(lang))
    folder, _ = export(room)
    headers = {name for path in folder.rglob("*.csv") for name in table(path)[0]}
    described = json.loads((folder / "dataset_description.json").read_text(encoding="utf-8"))
    names = [variable["name"] for variable in described["variableMeasured"]]
    assert set(names) == headers and len(names) == len(set(names))
    assert all(variable["description"] for variable in described["variableMeasured"])
    groups = (FRAME_COLUMNS, MATCH_COLUMNS, PARTICIPANT_COLUMNS)
    assert all(any(declared(name, group) for group in groups) for name in headers)


def test_the_checksums_cover_every_other_file(room: Any, lang: Any) -> None:
    room.add(*whole_match(lang))
    folder, _ = export(room)
    lines = (folder / "checksums.sha256").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("  ")[::-1] for line in lines)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"checksums.sha256"}
    assert set(listed) == files
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())


# Not shrunk: a smaller seed is not a simpler order.
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), repeats=st.integers(0, 5))
def test_the_order_in_which_chunks_arrive_does_not_change_the_export(
    tmp_path_factory: pytest.TempPathFactory, open_room: Callable[[Path], Any], lang: Any, seed: int, repeats: int
) -> None:
    chunks = whole_match(lang)
    # Several seats' cells differ, in chunks that overlap each other by halves.
    chunks[1] = lang.chunk("0", 1, 20, 39, 0, edit=lang.altered(33, "reward.1", 5))
    chunks[7] = lang.chunk("1", 1, 15, 29, 0, edit=lang.altered(22, "action.1", 9))
    arriving = chunks + chunks[:repeats]
    random.Random(seed).shuffle(arriving)
    contents = []
    for order in (chunks, arriving):
        room = open_room(tmp_path_factory.mktemp("study") / "two-cooks")
        room.group(*lang.opening(), *lang.ending(), *(("add_chunk", chunk) for chunk in order))
        folder, _ = export(room)
        contents.append({str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
        room.close()
    assert contents[0] == contents[1]
    assert b'""frame"":22' in contents[0][MATCHES]


def test_a_gap_is_named_in_the_table_and_in_a_sentence(room: Any, lang: Any) -> None:
    room.add(*(chunk for chunk in whole_match(lang) if (chunk["seat"], chunk["seq"]) != ("1", 2)))
    room.group(*lang.ending())
    folder, sentences = export(room)
    (match,) = table(folder / MATCHES)
    assert (match["frames_missing.0"], match["frames_missing.1"]) == ("", "0:30-44")
    assert (match["frames_recorded.1"], match["complete"]) == ("105", "FALSE")
    assert "match m1 (trial 1): seat 1 lacks the frames 0:30-44 (episode:first-last)." in sentences
    assert any("ended as COMPLETED, but not every frame" in sentence for sentence in sentences)


def test_a_seat_that_stored_nothing_has_no_file_and_is_named(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0"))
    folder, sentences = export(room)
    (match,) = table(folder / MATCHES)
    assert (match["file.1"], match["frames_recorded.1"], match["frames_missing.1"]) == ("", "0", "0:0-29")
    assert not (folder / RAW.format(2)).exists()
    assert any("seat 1 lacks" in sentence for sentence in sentences)


def test_an_ai_player_has_a_role_but_no_file_and_lacks_nothing(tmp_path: Path, open_room: Any, lang: Any) -> None:
    room = open_room(tmp_path / "two-cooks")
    commands = dict(lang.opening())
    match = commands["add_match"]
    match["seats"][1]["participant_id"] = None
    match["config"] = {"policies": {"0": {"policy": "p:P", "departure": True}, "1": {"policy": "p:P"}}}
    room.group(*[(name, match if name == "add_match" else payload) for name, payload in lang.opening()])
    room.add(*(chunk for chunk in whole_match(lang) if chunk["seat"] == "0"))
    room.group(*lang.ending())
    folder, sentences = export(room)
    (row,) = table(folder / MATCHES)
    assert (row["role.0"], row["role.1"]) == ("a", "b") and row["file.1"] == ""
    assert (row["complete"], row["frames_missing.1"], row["records_agree"]) == ("TRUE", "", "")
    assert sentences == []


def test_records_that_differ_are_exported_with_a_sentence_and_compare_finds_the_cell(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0"), lang.chunk("1", edit=lang.altered(7, "reward.1", 0.25)))
    folder, sentences = export(room)
    (match,) = table(folder / MATCHES)
    assert match["records_agree"] == "FALSE"
    found = compare_files(folder / RAW.format(1), folder / RAW.format(2)).first_difference
    assert found is not None and (found.frame, found.column) == ("7", "reward.1")
    kept = json.loads(match["first_disagreement"])
    assert (kept["frame"], kept["column"], kept["values"]) == (7, "reward.1", list(found.values))
    assert any("differ from episode 0, frame 7, column reward.1 on" in sentence for sentence in sentences)


def test_where_the_pages_told_in_which_part_the_states_differ_the_export_names_it(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0"), lang.chunk("1", edit=lang.altered(7, "reward.1", 0.25)))
    for seat, state_hash in (("0", "a"), ("1", "b")):
        parts = {"": state_hash, "env": state_hash, "env.pot": "c"}
        found = {"episode": 0, "frame": 7, "kind": "state", "parts": parts}
        room.do("add_report", {"match_id": "m1", "seat": seat, "report": {"desyncs": [found]}})
    folder, sentences = export(room)
    assert json.loads(table(folder / MATCHES)[0]["first_disagreement"])["part"] == "env"
    assert any("frame 7, column reward.1, in env on" in sentence for sentence in sentences)


def test_a_running_match_is_exported_as_it_stands_and_is_not_complete(room: Any, lang: Any) -> None:
    room.add(*whole_match(lang))
    folder, sentences = export(room)
    assert table(folder / MATCHES)[0]["complete"] == "FALSE"
    assert any("is still being played" in sentence for sentence in sentences)
    assert room.do("add_event", {"event": "on", "at_utc": lang.NOW, "session_id": "s1", "data": None})["ok"]


AWKWARD = ["a,b", 'say "no"', "x\r\ny", " padded ", "=1+1", "\U0001f373 é", "", "\0", [1, 2.5], {"a": [None]}, 1e9]


def test_awkward_values_survive_the_csv(room: Any, lang: Any) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["columns"].insert(10, "info.note.0")
        for row, value in zip(content["rows"], AWKWARD, strict=True):
            row.insert(10, value)

    room.add(lang.chunk(last=len(AWKWARD) - 1, edit=edit))
    folder, _ = export(room)
    cells = [row["info.note.0"] for row in table(folder / RAW.format(1))]
    assert cells == [*AWKWARD[:8], "[1,2.5]", '{"a":[null]}', "1000000000.0"]


def test_two_participants_whose_ids_differ_only_in_a_dash_get_two_files(room: Any, lang: Any) -> None:
    one, two = (dict(lang.opening()[1][1], participant_id=name) for name in ("q-1", "q1"))
    match = dict(lang.opening()[-1][1], match_id="m2")
    seats = [dict(s, participant_id=p) for s, p in zip(match["seats"], ("q-1", "q1"), strict=True)]
    room.group(("add_participant", one), ("add_participant", two), ("add_match", match | {"seats": seats}))
    room.add(lang.chunk("0", match="m2"), lang.chunk("1", match="m2"))
    folder, _ = export(room)
    names = sorted(path.name.split("_")[1] for path in (folder / "data/raw").iterdir())
    assert names == ["subject-q1", "subject-q1x2"]


def test_the_folder_can_be_chosen_but_nothing_is_overwritten(room: Any, lang: Any, tmp_path: Path) -> None:
    room.add(lang.chunk())
    chosen = tmp_path / "new" / "place"
    assert export(room, chosen)[0] == chosen
    with pytest.raises(InputError, match="is not empty; choose a new or an empty folder"):
        export(room, chosen)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="is a file"):
        export(room, file)
    with pytest.raises(InputError, match="cannot be written"):
        export(room, file / "below")
    assert export(room)[0] != export(room)[0]
    assert not list(tmp_path.rglob("*.partial*"))


def test_a_study_without_a_match_exports_participants_and_says_so(tmp_path: Path, open_room: Any, lang: Any) -> None:
    room = open_room(tmp_path / "two-cooks")
    room.group(*lang.opening()[:3])
    folder, sentences = export(room)
    assert len(table(folder / PARTICIPANTS)) == 2 and table(folder / MATCHES) == []
    assert len(sentences) == 1 and "no match is recorded yet; the export holds 2 participants" in sentences[0]


def test_a_folder_without_a_study_gets_one_sentence_and_exit_code_2(
    tmp_path: Path, open_room: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "study.db").write_bytes(b"not a database at all" * 100)
    open_room(tmp_path / "unused")
    for name, expected in (
        ("nowhere", "there is no study.db in this folder"),
        ("torn", "cannot be read as a study's database (file is not a database)"),
        ("unused", "nobody has taken part yet, so there is nothing to export"),
    ):
        assert export_command(tmp_path / name) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1
        assert expected in said.err
    assert not (tmp_path / "unused" / "exports").exists()


def test_the_command_prints_the_folder(room: Any, lang: Any, capsys: pytest.CaptureFixture[str]) -> None:
    room.add(lang.chunk())
    assert export_command(room.folder) == 0
    assert Path(capsys.readouterr().out.strip()).is_dir()


def skipping(lang: Any, first: int, last: int, **more: Any) -> Any:
    """An edit that lets a chunk say that the frames before it were skipped."""

    def edit(content: dict[str, Any]) -> None:
        words = {str(index): lang.inputs(index, first, last) for index in (0, 1)}
        content["skipped"] = {"first_frame": first, "last_frame": last, "inputs": words} | more

    return edit


def test_a_match_to_which_somebody_came_back_by_a_state_is_complete_and_says_what_they_skipped(
    room: Any, lang: Any
) -> None:
    room.add(
        lang.chunk("0"), lang.chunk("1", 0, 0, 9), lang.chunk("0", 1, 30, 59),
        lang.chunk("1", 1, 45, 59, edit=skipping(lang, 10, 44)),
    )  # fmt: skip
    room.add(*[lang.chunk(seat, 2, 0, 59, 1) for seat in "01"])
    room.group(*lang.ending())
    folder, sentences = export(room)
    (match,) = table(folder / MATCHES)
    assert sentences == [] and (match["complete"], match["records_agree"]) == ("TRUE", "TRUE")
    assert (match["frames_missing.1"], match["frames_skipped.1"], match["frames_skipped.0"]) == ("", "0:10-44", "")
    assert match["frames_recorded.1"] == "85"
    compared = compare_files(folder / RAW.format(1), folder / RAW.format(2))
    assert (compared.equal, compared.rows, compared.skipped) == (True, 85, 35)
    turned = compare_files(folder / RAW.format(2), folder / RAW.format(1))
    assert (turned.equal, turned.rows, turned.skipped) == (True, 85, 35)
    torn = (folder / RAW.format(1)).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / RAW.format(1)).write_text("".join(torn[:70] + torn[71:]), encoding="utf-8")
    assert not compare_files(folder / RAW.format(1), folder / RAW.format(2)).equal, "that row nobody skipped"


def test_a_gap_that_no_chunk_says_was_skipped_stays_missing(room: Any, lang: Any) -> None:
    room.add(lang.chunk("0", 0, 0, 59), lang.chunk("1", 0, 0, 9), lang.chunk("1", 1, 45, 59))
    folder, _ = export(room)
    (match,) = table(folder / MATCHES)
    assert (match["frames_missing.1"], match["frames_skipped.1"]) == ("0:10-44", "")
    assert not compare_files(folder / RAW.format(1), folder / RAW.format(2)).equal


@pytest.mark.parametrize(
    "skipped",
    [
        7, [], {}, {"first_frame": 10}, {"first_frame": 10, "last_frame": 44, "inputs": 7},
        {"first_frame": 10, "last_frame": 43, "inputs": {}}, {"first_frame": 45, "last_frame": 44, "inputs": {}},
        {"first_frame": -1, "last_frame": 44, "inputs": {}}, {"first_frame": 10.0, "last_frame": 44, "inputs": {}},
        {"first_frame": 10, "last_frame": 44, "inputs": {"0": "0361"}},
        {"first_frame": 10, "last_frame": 44, "inputs": {}, "more": 1},
    ],
)  # fmt: skip
def test_a_chunk_that_says_nonsense_of_skipped_frames_is_refused(room: Any, lang: Any, skipped: Any) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["skipped"] = skipped

    (answer,) = room.add(lang.chunk("1", 0, 45, 59, edit=edit))
    assert answer["error"]["code"] == "bad_shape"
