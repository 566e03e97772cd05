"""How the database of a study is opened."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.server.storage import database


def pragma(engine: sa.Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_commit_is_synced_to_the_disk_and_references_are_kept(tmp_path: Path) -> None:
    engine = database.open_for_writing(tmp_path / "study")
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == 2  # FULL
    assert pragma(engine, "foreign_keys") == 1
    engine.dispose()


def test_a_folder_can_be_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        database.open_for_writing(tmp_path).dispose()
    engine = database.open_for_reading(tmp_path)
    with engine.connect() as connection:
        assert connection.execute(database.schema_version.select()).all() == [(2,)]
    engine.dispose()


def test_a_folder_with_strange_characters_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a b%20?c#d&é"
    database.open_for_writing(folder).dispose()
    database.open_for_reading(folder).dispose()
    assert (folder / "study.db").is_file()


def test_a_reader_cannot_change_a_study(tmp_path: Path) -> None:
    database.open_for_writing(tmp_path).dispose()
    engine = database.open_for_reading(tmp_path)
    with pytest.raises(sa.exc.OperationalError, match="readonly"), engine.begin() as connection:
        connection.execute(database.schema_version.delete())
    engine.dispose()


@pytest.mark.parametrize("opened", [database.open_for_writing, database.open_for_reading])
def test_tables_of_a_newer_version_are_refused_with_a_sentence(tmp_path: Path, opened: object) -> None:
    database.open_for_writing(tmp_path).dispose()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute("UPDATE schema_version SET version = 9")
    with pytest.raises(database.SchemaError, match=r"version 9, this program knows version 2; open it with"):
        opened(tmp_path)  # type: ignore[operator]


def of_version_1(folder: Path) -> Path:
    """A study as the program wrote it before there were scenes of every kind."""
    with closing(sqlite3.connect(folder / "study.db")) as connection:
        connection.executescript((Path(__file__).parent / "study_version_1.sql").read_text(encoding="utf-8"))
    return folder


def columns(engine: sa.Engine) -> dict[str, list[str]]:
    inspector = sa.inspect(engine)
    return {name: sorted(each["name"] for each in inspector.get_columns(name)) for name in inspector.get_table_names()}


@pytest.mark.parametrize("opened", [database.open_for_writing, database.open_for_reading])
def test_a_study_of_an_earlier_version_is_brought_up_to_date_and_loses_nothing(
    tmp_path: Path, opened: Callable[[Path], sa.Engine]
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "old").mkdir()
    new, old = database.open_for_writing(tmp_path / "new"), opened(of_version_1(tmp_path / "old"))
    assert columns(old) == columns(new)
    with old.connect() as connection:
        assert connection.execute(database.schema_version.select()).all() == [(database.SCHEMA_VERSION,)]
        person = connection.execute(database.participants.select()).mappings().one()
        assert (person["label"], person["completion_code"], person["plan"]) == ("P001", "SOUP", None)
        assert connection.execute(database.matches.select()).mappings().one()["episode_seeds"] == [1, 2]
        assert connection.execute(database.seats.select()).mappings().one()["participant_id"] == "p-1"
    for engine in (new, old):
        engine.dispose()


def test_a_study_is_copied_before_its_tables_are_changed(tmp_path: Path) -> None:
    database.open_for_writing(of_version_1(tmp_path)).dispose()
    with closing(sqlite3.connect(tmp_path / "backups" / "study-version-1.db")) as copy:
        assert copy.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
        assert copy.execute("SELECT label FROM participants").fetchall() == [("P001",)]
    database.open_for_writing(tmp_path).dispose()
    assert [file.name for file in (tmp_path / "backups").iterdir()] == ["study-version-1.db"]


def test_a_migration_that_fails_leaves_the_study_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_version_1(tmp_path)

    def breaks(connection: sa.Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE participants ADD COLUMN half TEXT")
        connection.exec_driver_sql("ALTER TABLE nothing ADD COLUMN other TEXT")

    monkeypatch.setitem(database.MIGRATIONS, 2, breaks)
    with pytest.raises(sa.exc.OperationalError):
        database.open_for_writing(tmp_path)
    monkeypatch.undo()
    engine = database.open_for_writing(tmp_path)
    assert "half" not in columns(engine)["participants"] and "answers" in columns(engine)
    engine.dispose()


def test_every_version_has_its_step() -> None:
    assert sorted(database.MIGRATIONS) == list(range(2, database.SCHEMA_VERSION + 1))


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        database.open_for_reading(tmp_path)
    assert list(tmp_path.iterdir()) == []
