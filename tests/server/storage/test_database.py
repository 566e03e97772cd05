"""How the database of a study is opened."""

import sqlite3
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
        assert connection.execute(database.schema_version.select()).all() == [(1,)]
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
    with pytest.raises(database.SchemaError, match=r"version 9, this program knows version 1; open it with"):
        opened(tmp_path)  # type: ignore[operator]


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        database.open_for_reading(tmp_path)
    assert list(tmp_path.iterdir()) == []
