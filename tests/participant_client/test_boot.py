"""A browser's Python is the same from a memory snapshot as from an ordinary start (both under Node)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.experiments.config import load_experiment
from app.experiments.node import find_node
from app.experiments.packages import PreparedRuntime, prepare_runtime

HERE = Path(__file__).parent
EXAMPLE = paths.resource_root() / "examples" / "overcooked_pair"


@pytest.fixture(scope="module")
def runtime() -> PreparedRuntime:
    return prepare_runtime(load_experiment(EXAMPLE), paths.cache_dir(), paths.vendor_dir())


def boot(manifest: dict[str, Any], folder: Path, notes: Path) -> dict[str, Any]:
    notes.write_text(json.dumps(manifest))
    node = find_node()
    assert node is not None
    command = [node, HERE / "boot_check.mjs", folder, notes, HERE / "boot_play.py"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def plain(runtime: PreparedRuntime, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an ordinary start comes to."""
    notes = tmp_path_factory.mktemp("plain") / "manifest.json"
    return boot({**runtime.manifest, "snapshot": None}, paths.cache_dir() / "runtime", notes)


def test_a_snapshot_plays_exactly_as_an_ordinary_start(
    runtime: PreparedRuntime, plain: dict[str, Any], tmp_path: Path
) -> None:
    quick = boot(runtime.manifest, paths.cache_dir() / "runtime", tmp_path / "manifest.json")

    assert quick["warnings"] == []
    assert all(quick["imported"].values()), "everything is there without an import"
    assert not any(plain["imported"].values())
    for same in ("digest", "numbers", "order"):
        assert quick[same] == plain[same]
    assert "/experiment/environment.py" in quick["traceback"]


def test_a_damaged_snapshot_gives_an_ordinary_start(
    runtime: PreparedRuntime, plain: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "runtime"
    for name, path in runtime.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / name)
    snapshot = folder / runtime.manifest["snapshot"].removeprefix("/runtime/")
    # The third word is the size of the function table that the snapshot was made for.
    packed = bytearray(snapshot.read_bytes())
    packed[8] ^= 0xFF
    snapshot.write_bytes(packed)

    played = boot(runtime.manifest, folder, tmp_path / "manifest.json")

    assert "the memory snapshot was made for the layout" in played["warnings"][0]
    assert played["digest"] == plain["digest"]


def test_progress_rises_to_one(plain: dict[str, Any]) -> None:
    assert plain["fractions"] == sorted(plain["fractions"])
    assert plain["fractions"][-1] == 1
