"""Wheels become one tar of what an import needs."""

from __future__ import annotations

import marshal
import tarfile
from pathlib import Path

import pytest

from app.experiments import archive
from tests.experiments.wheel_maker import make_wheel

SITE = archive.SITE_PACKAGES


def content(tar: Path) -> dict[str, bytes]:
    with tarfile.open(tar) as opened:
        return {entry.name: opened.extractfile(entry).read() for entry in opened}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("cogrid/envs/__init__.py", True),
        ("cogrid/layouts/room.json", True),
        ("numpy/_core/_multiarray_umath.cpython-314-wasm32-emscripten.so", True),
        ("numpy/testing/__init__.py", True),
        ("numpy-2.4.3.dist-info/METADATA", True),
        ("numpy/_core/tests/test_dtype.py", False),
        ("numpy/__init__.pyi", False),
        ("numpy-2.4.3.dist-info/RECORD", False),
        ("numpy-2.4.3.dist-info/licenses/LICENSE.txt", False),
        ("numpy/conftest.py", False),
    ],
)
def test_tests_and_stubs_are_left_out_and_data_and_libraries_are_kept(name: str, needed: bool) -> None:
    assert archive.is_needed(name) is needed


def test_a_plain_archive_holds_the_sources_as_they_are(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "onion", "1.0")
    own = tmp_path / "environment.py"
    own.write_text("STEPS = 3\n")

    archive.build([str(wheel)], {"experiment/environment.py": str(own)}, str(tmp_path / "all.tar"), compiled=False)

    packed = content(tmp_path / "all.tar")
    assert set(packed) == {
        "experiment/environment.py",
        f"{SITE}/onion/__init__.py",
        f"{SITE}/onion/data.json",
        f"{SITE}/onion-1.0.dist-info/METADATA",
    }
    assert packed["experiment/environment.py"] == b"STEPS = 3\n"


def test_compiled_code_stands_beside_its_source_except_for_numpy(tmp_path: Path) -> None:
    compiled = archive.compile_members({f"{SITE}/onion/a.py": b"X = 1", f"{SITE}/numpy/b.py": b"X = 2", "c.txt": b"-"})

    assert set(compiled) == {
        f"{SITE}/onion/a.py",
        f"{SITE}/onion/__pycache__/a.cpython-314.pyc",
        f"{SITE}/numpy/b.pyc",
        "c.txt",
    }
    code = marshal.loads(compiled[f"{SITE}/numpy/b.pyc"][16:])
    assert code.co_filename == f"/{SITE}/numpy/b.py"


def test_compiled_code_is_loaded_without_looking_at_its_source() -> None:
    flags = archive.compile_members({"a.py": b"X = 1"})["__pycache__/a.cpython-314.pyc"][4:8]

    assert int.from_bytes(flags, "little") == 0b01


def test_a_file_that_is_no_python_is_kept_as_it_is() -> None:
    assert archive.compile_members({"template.py": b"{{ name }} ="}) == {"template.py": b"{{ name }} ="}


def test_equal_content_gives_an_equal_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"

    archive.write_tar({"b": b"2", "a": b"1"}, first)
    archive.write_tar({"a": b"1", "b": b"2"}, second)

    assert first.read_bytes() == second.read_bytes()
