"""An experiment becomes files a browser can load, once, and only what changed is made again."""

from __future__ import annotations

import shutil
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import paths
from app.experiments import packages
from app.experiments.errors import InputError
from app.experiments.packages import PreparedRuntime, engine_files, experiment_files, no_runtime, prepare_runtime
from tests.experiments.wheel_maker import make_wheel

ENVIRONMENT = "import numpy, onion\n\ndef make_env():\n    return None\n"


@dataclass
class Study:
    """A small experiment, and how often its files were really made."""

    folder: Path
    cache: Path
    made: list[str] = field(default_factory=list)
    environment: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(packages=["onion==1.0"], factory="environment:make_env")
    )

    def prepare(self, vendor: Path | None = None) -> PreparedRuntime:
        return prepare_runtime(
            self, self.cache, vendor or paths.vendor_dir(), lambda _at, label: self.made.append(label)
        )


def study_in(folder: Path) -> Study:
    study = Study(folder / "study", folder / "cache")
    study.folder.mkdir()
    (study.folder / "environment.py").write_text(ENVIRONMENT)
    (study.folder / "experiment.toml").write_text('codes = { COMPLETED = "SECRET-1" }\n')
    make_wheel(study.folder / "wheels", "onion", "1.0")
    return study


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, PreparedRuntime]:
    """A study prepared under Node, which takes some ten seconds; tests work on copies."""
    study = study_in(tmp_path_factory.mktemp("prepared"))
    return study, study.prepare()


@pytest.fixture
def study(prepared: tuple[Study, PreparedRuntime], tmp_path: Path) -> Study:
    """The prepared study, to be changed."""
    original = prepared[0]
    shutil.copytree(original.folder, tmp_path / "study")
    shutil.copytree(original.cache, tmp_path / "cache")
    return Study(tmp_path / "study", tmp_path / "cache")


def names_in(runtime: PreparedRuntime, archive: str) -> set[str]:
    path = next(path for name, path in runtime.files.items() if name.endswith(archive))
    with tarfile.open(path) as opened:
        return set(opened.getnames())


def test_every_address_of_the_manifest_is_a_file(prepared: tuple[Study, PreparedRuntime]) -> None:
    files, manifest = prepared[1].files, prepared[1].manifest
    urls = [*manifest["archives"], manifest["snapshot"], manifest["pyodide"] + "pyodide.mjs"]

    assert {url.removeprefix("/runtime/") for url in urls} <= set(files)
    assert all(path.is_file() for path in files.values())
    assert manifest["sizes"] == {f"/runtime/{name}": path.stat().st_size for name, path in files.items()}
    assert manifest["total_bytes"] == sum(manifest["sizes"].values())


def test_the_archives_hold_packages_engine_and_environment(prepared: tuple[Study, PreparedRuntime]) -> None:
    site = "lib/python3.14/site-packages"
    common, own = names_in(prepared[1], "packages.tar"), names_in(prepared[1], "experiment.tar")

    assert {f"{site}/onion/__init__.py", f"{site}/numpy/__init__.pyc", f"{site}/_multiprocessing.py"} <= common
    assert {"experiment/environment.py", "experiment/__pycache__/environment.cpython-314.pyc"} <= own
    assert {f"{site}/{name}" for name in engine_files()} <= own


def test_completion_codes_do_not_leave_the_server(prepared: tuple[Study, PreparedRuntime]) -> None:
    for path in prepared[1].files.values():
        assert b"SECRET-1" not in path.read_bytes(), path


def test_compressed_siblings_are_smaller(prepared: tuple[Study, PreparedRuntime]) -> None:
    siblings = {path: path.with_name(path.name + ".gz") for path in prepared[1].files.values()}

    assert {path.name for path, sibling in siblings.items() if sibling.is_file()} >= {"packages.tar", "snapshot.bin"}
    assert all(sibling.stat().st_size < path.stat().st_size for path, sibling in siblings.items() if sibling.is_file())


def test_a_second_time_nothing_is_made(study: Study) -> None:
    study.prepare()

    assert study.made == ["checking the browser files", "ready"]


def test_an_edited_environment_leaves_the_packages_alone(study: Study) -> None:
    before = study.prepare()
    (study.folder / "environment.py").write_text(ENVIRONMENT + "# edited\n")
    after = study.prepare()

    assert after.manifest["archives"][0] == before.manifest["archives"][0]
    assert after.manifest["archives"][1] != before.manifest["archives"][1]
    assert after.manifest["snapshot"] != before.manifest["snapshot"]
    assert after.manifest["environment_hash"] != before.manifest["environment_hash"]
    assert after.manifest["engine_hash"] == before.manifest["engine_hash"]
    assert "compiling packages.tar" not in study.made


def test_an_environment_that_cannot_be_imported_is_prepared_all_the_same(study: Study) -> None:
    (study.folder / "environment.py").write_text("raise RuntimeError('no kitchen')\n")

    runtime = study.prepare()

    assert runtime.manifest["snapshot"]
    assert "environment cannot be imported: RuntimeError: no kitchen" in study.made


def test_without_node_there_is_no_snapshot_and_the_hashes_are_the_same(
    prepared: tuple[Study, PreparedRuntime], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_node", lambda: None)
    runtime = Study(prepared[0].folder, tmp_path).prepare()

    assert runtime.manifest["snapshot"] is None
    assert runtime.manifest["environment_hash"] == prepared[1].manifest["environment_hash"]
    assert runtime.manifest["archives"] != prepared[1].manifest["archives"]
    assert "lib/python3.14/site-packages/numpy/__init__.py" in names_in(runtime, "packages.tar")


def test_a_failure_under_node_is_one_sentence_and_leaves_no_half_made_file(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.folder / "environment.py").write_text(ENVIRONMENT + "# edited\n")
    before = set((study.cache / "runtime").iterdir())
    # Python is no Node: it ends with a syntax error.
    monkeypatch.setattr(packages, "find_node", lambda: Path(sys.executable))

    with pytest.raises(InputError, match=r"preparing the participants' Python failed \(.*Error.*\)"):
        study.prepare()
    assert set((study.cache / "runtime").iterdir()) == before


def test_an_altered_browser_file_stops_the_preparation(study: Study, tmp_path: Path) -> None:
    vendor = tmp_path / "client" / "vendor"
    shutil.copytree(paths.vendor_dir(), vendor)
    shutil.copy(paths.vendor_list(), vendor.with_name("vendor.json"))
    with (vendor / "pyodide" / "pyodide.mjs").open("ab") as file:
        file.write(b"//")

    with pytest.raises(InputError, match=r"pyodide\.mjs: this browser file has the SHA-256"):
        study.prepare(vendor)


def test_only_the_python_of_the_experiment_itself_is_taken(tmp_path: Path) -> None:
    wanted = ["environment.py", "kitchen/__init__.py", "kitchen/stove.py"]
    unwanted = [
        "experiment.toml", "welcome.md", "tests/test_it.py", "__pycache__/a.py", ".venv/b.py", "env/pyvenv.cfg",
        "env/c.py",
    ]  # fmt: skip
    for name in [*wanted, *unwanted]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert list(experiment_files(tmp_path)) == wanted


def test_a_study_without_a_game_has_no_files_and_yet_a_hash_of_its_own(study: Study) -> None:
    runtime = no_runtime(study)
    assert runtime.files == {} and runtime.manifest["archives"] == [] and study.made == []
    assert runtime.manifest.keys() == study.prepare().manifest.keys()
    (study.folder / "rules.py").write_text("", encoding="utf-8")
    assert no_runtime(study).manifest["environment_hash"] != runtime.manifest["environment_hash"]
