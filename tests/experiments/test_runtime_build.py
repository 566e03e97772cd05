"""Prepared files are placed whole, and old ones do not pile up."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

from app.experiments.runtime_build import forget_old, place


def test_a_file_that_compresses_well_gets_a_sibling_and_another_does_not(tmp_path: Path) -> None:
    plain, dense = tmp_path / "plain", tmp_path / "dense"
    plain.write_bytes(b"soup" * 1000)
    dense.write_bytes(os.urandom(4000))

    place(plain, tmp_path / "there" / "plain")
    place(dense, tmp_path / "there" / "dense")

    assert {path.name for path in (tmp_path / "there").iterdir()} == {"plain", "plain.gz", "dense"}
    assert gzip.decompress((tmp_path / "there" / "plain.gz").read_bytes()) == plain.read_bytes()


def test_old_files_are_forgotten_but_neither_the_newest_nor_those_in_use(tmp_path: Path) -> None:
    now = time.time()
    folders = [tmp_path / f"{number:02}" for number in range(30)]
    for age_days, folder in enumerate(folders):
        folder.mkdir()
        os.utime(folder, (now, now - age_days * 24 * 3600))

    forget_old(tmp_path, {folders[29]})

    assert {path.name for path in tmp_path.iterdir()} == {f"{number:02}" for number in [*range(20), 29]}
    assert folders[29].stat().st_mtime > now - 60


def test_files_of_this_week_stay_however_many_there_are(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").mkdir()

    forget_old(tmp_path, set())

    assert len(list(tmp_path.iterdir())) == 30
