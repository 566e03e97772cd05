"""What a researcher is told of an error: their own lines, no folder of any computer, and not too much."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.engine.failure import LONGEST_TRACEBACK_BYTES, error_text, traceback_text

KITCHEN = """
def cook(pots):
    try:
        return stir(pots)
    except KeyError as error:
        raise ValueError("no such pot") from error

def stir(pots):
    return pots["soup"]

def deeper(n):
    return deeper(n - 1) if n else 1 / 0
"""


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own_kitchen").mkdir()
    (tmp_path / "own_kitchen" / "stove.py").write_text(KITCHEN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from own_kitchen import stove  # type: ignore[import-not-found]

    yield stove
    for name in ("own_kitchen.stove", "own_kitchen"):
        sys.modules.pop(name, None)


def test_the_traceback_names_the_researchers_files_and_lines_and_no_folder(kitchen, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as raised:
        kitchen.cook({})
    text = traceback_text(raised.value)
    assert 'File "own_kitchen/stove.py", line 4, in cook' in text and 'return pots["soup"]' in text
    assert "KeyError: 'soup'" in text and text.endswith("ValueError: no such pot")
    assert str(tmp_path) not in text and str(Path(__file__).parent) not in text


def test_a_file_outside_every_import_folder_is_named_without_its_folder() -> None:
    code = compile("def fall(): raise OSError('gone')", "/somewhere/else/bare.py", "exec")
    room: dict = {}
    exec(code, room)
    with pytest.raises(OSError) as raised:
        room["fall"]()
    assert 'File "bare.py", line 1, in fall' in traceback_text(raised.value)


def test_a_long_traceback_keeps_its_end(kitchen) -> None:
    def long_way(n: int) -> None:
        if n:
            (long_way if n % 2 else other_way)(n - 1)
        kitchen.deeper(0)

    def other_way(n: int) -> None:
        long_way(n)

    with pytest.raises(ZeroDivisionError) as raised:
        long_way(150)
    text = traceback_text(raised.value)
    assert len(text.encode()) <= LONGEST_TRACEBACK_BYTES
    assert text.startswith("... (shortened)\n") and text.endswith("ZeroDivisionError: division by zero")


def test_an_error_is_one_line() -> None:
    assert error_text(ValueError("two\nlines")) == "ValueError: two lines"
    assert error_text(AssertionError()) == "AssertionError"
