"""Turns an experiment into files a participant's browser can load, offline: interpreter, packages, engine, environment.

`prepare_runtime` is called before a server listens and by `bootstrap.py`. Everything is cached by the hash of what went
into it, so that a second call takes a fraction of a second and editing `environment.py` leaves the packages alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app import paths
from app.experiments import archive
from app.experiments.browser_files import BrowserFile, verify_browser_files
from app.experiments.node import find_node
from app.experiments.runtime_build import (
    PROGRAM,
    SOURCES,
    ArchiveJob,
    Progress,
    SnapshotJob,
    build_plainly,
    build_under_node,
    forget_old,
    place,
)
from app.experiments.wheels import gather_wheels

# Raise it when the same input must give other files.
_FORMAT = 1
_PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_STAYS_HERE = {"tests", "wheels"}


class PreparableExperiment(Protocol):
    """What preparing needs to know of an experiment; `app.experiments.config.Experiment` is one."""

    @property
    def folder(self) -> Path:
        """The experiment's folder."""

    @property
    def environment(self) -> Any:
        """Its `packages` (`name==version` each) and its `factory` (`module:function`)."""


@dataclass(frozen=True)
class PreparedRuntime:
    """The files of one experiment's runtime and how a browser finds them."""

    files: dict[str, Path]
    """Path below `/runtime/` -> file. A file named the same with `.gz` added lies beside those worth compressing."""
    manifest: dict[str, Any]
    """What `participant_client/worker/boot.js` is given: pyodide, snapshot, archives, environment_hash, engine_hash,
    total_bytes, and sizes (bytes of each url, for the progress)."""


def prepare_runtime(
    experiment: PreparableExperiment,
    cache_dir: Path,
    vendor_dir: Path,
    progress: Progress = lambda _fraction, _label: None,
) -> PreparedRuntime:
    """Prepare everything a browser needs to run an experiment's environment.

    Args:
        experiment: The experiment.
        cache_dir: Folder that keeps what was prepared; anything in it may be deleted and is then made again.
        vendor_dir: Folder of the third-party browser files; `vendor.json` lies beside it.
        progress: Called with (fraction from 0 to 1, what is being done).

    Returns:
        The prepared files and their manifest.

    Raises:
        InputError: a browser file is missing or altered, a package cannot be used, or the preparation failed.
    """
    progress(0.0, "checking the browser files")
    vendored = verify_browser_files(vendor_dir, vendor_dir.with_name("vendor.json"))
    given = [vendor_dir / file.to for file in vendored if file.is_wheel]
    packages = experiment.environment.packages
    own = gather_wheels(packages, given, experiment.folder, cache_dir, lambda text: progress(0.05, text))
    plan = _Plan(cache_dir / "runtime", vendor_dir / "pyodide", vendored, [*given, *own], experiment)
    plan.make_missing(progress)
    progress(1.0, "ready")
    return plan.result()


def no_runtime(experiment: PreparableExperiment) -> PreparedRuntime:
    """Return what a study without a game has instead: no files, and the hash of the Python files in its folder."""
    own, engine = _digest(_named(experiment_files(experiment.folder))), _digest(_named(engine_files()))
    manifest: dict[str, Any] = {
        "pyodide": None, "snapshot": None, "archives": [], "environment_hash": own, "engine_hash": engine,
        "total_bytes": 0, "sizes": {},
    }  # fmt: skip
    return PreparedRuntime({}, manifest)


def experiment_files(folder: Path) -> dict[str, Path]:
    """The Python files of an experiment that go to participants' browsers, by path below the folder.

    Hidden folders, caches, tests and virtual environments stay here, and so does everything that is not Python:
    `experiment.toml` holds completion codes.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix == ".py":
            found[path.name] = path
        elif path.is_dir() and not (path.name.startswith((".", "__")) or path.name in _STAYS_HERE):
            inside = {} if (path / "pyvenv.cfg").exists() else experiment_files(path)
            found.update({f"{path.name}/{name}": file for name, file in inside.items()})
    return found


def engine_files() -> dict[str, Path]:
    """The Python files of `app.engine`, by path below site-packages."""
    app = paths.app_dir()
    files = [app / "__init__.py", *sorted((app / "engine").rglob("*.py"))]
    return {f"app/{file.relative_to(app).as_posix()}": file for file in files}


def _digest(parts: Iterable[str | Path]) -> str:
    """A hash over texts and files' contents, in order."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part.read_bytes()
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def _named(files: dict[str, Path]) -> list[str | Path]:
    return [part for name in sorted(files) for part in (name, files[name])]


class _Plan:
    """Which files an experiment's runtime consists of, where they are kept, and which are still to be made."""

    def __init__(
        self,
        folder: Path,
        pyodide_dir: Path,
        vendored: list[BrowserFile],
        wheels: list[Path],
        experiment: PreparableExperiment,
    ) -> None:
        self._folder, self._vendored_pyodide, self._wheels = folder, pyodide_dir, wheels
        self._node = find_node()
        self._modules = ["app.engine.browser", experiment.environment.factory.partition(":")[0]]
        engine, own = engine_files(), experiment_files(experiment.folder)
        stubs = {file.name: file for file in sorted((SOURCES / "browser_stubs").glob("*.py"))}
        pyodide = "".join(file.sha256 for file in vendored if file.to.startswith("pyodide/"))
        packed = _digest([pyodide, *wheels, *_named(stubs)])
        self.engine_hash = _digest(_named(engine))
        self.environment_hash = _digest([packed, *_named(own)])

        site = archive.SITE_PACKAGES
        self._package_files = {f"{site}/{name}": file for name, file in stubs.items()}
        self._experiment_files = {f"{site}/{name}": file for name, file in engine.items()}
        self._experiment_files |= {f"{archive.EXPERIMENT_FOLDER}/{name}": file for name, file in own.items()}

        # How files are made is part of what they are.
        how = _digest([str(_FORMAT), SOURCES / "archive.py", PROGRAM, str(self._node is not None)])
        self._pyodide_dir = folder / _digest([pyodide])[:16] / "pyodide"
        self._packages = folder / _digest([how, packed])[:16] / "packages.tar"
        self._experiment = folder / _digest([how, pyodide, *_named(self._experiment_files)])[:16] / "experiment.tar"
        # The snapshot has everything imported, so it belongs to exactly these archives.
        code = [SOURCES / "snapshot_modules.py", PROGRAM.with_name("snapshot.js"), PROGRAM.with_name("interpreter.js")]
        inside = _digest([how, *code, *self._modules, self._packages.parent.name, self._experiment.parent.name])
        self._snapshot = folder / inside[:16] / "snapshot.bin" if self._node else None

    def make_missing(self, progress: Progress) -> None:
        """Make what is not in the cache yet."""
        for name in _PYODIDE_FILES:
            if not (self._pyodide_dir / name).is_file():
                place(self._vendored_pyodide / name, self._pyodide_dir / name)
        wanted = [file for file in (self._packages, self._experiment, self._snapshot) if file and not file.is_file()]
        if not wanted:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="making-") as name:
            folder = Path(name)
            made = {file: folder / file.name for file in wanted}
            archives = [
                ArchiveJob(wheels, files, made[output])
                for wheels, files, output in (
                    (self._wheels, self._package_files, self._packages),
                    ([], self._experiment_files, self._experiment),
                )
                if output in made
            ]
            snapshot = None
            if self._snapshot in made:
                sources = [made.get(file, file) for file in (self._packages, self._experiment)]
                snapshot = SnapshotJob(sources, self._modules, made[self._snapshot])
            step: Progress = lambda fraction, label: progress(0.1 + 0.8 * fraction, label)  # noqa: E731
            if self._node is None:
                build_plainly(archives, step)
            else:
                build_under_node(self._node, self._vendored_pyodide, archives, snapshot, folder, step)
            progress(0.9, "compressing")
            for file in wanted:
                place(made[file], file)
        kept = [self._pyodide_dir, self._packages, self._experiment, self._snapshot]
        forget_old(self._folder, {file.parent for file in kept if file})

    def result(self) -> PreparedRuntime:
        """The files and their manifest."""
        archives = [self._packages, self._experiment]
        pyodide = [self._pyodide_dir / name for name in _PYODIDE_FILES]
        listed = [*pyodide, *archives, *([self._snapshot] if self._snapshot else [])]
        files = {file.relative_to(self._folder).as_posix(): file for file in listed}
        sizes = {f"/runtime/{name}": file.stat().st_size for name, file in files.items()}
        manifest = {
            "pyodide": f"{self._url(self._pyodide_dir)}/",
            "snapshot": self._url(self._snapshot) if self._snapshot else None,
            "archives": [self._url(file) for file in archives],
            "environment_hash": self.environment_hash,
            "engine_hash": self.engine_hash,
            "total_bytes": sum(sizes.values()),
            "sizes": sizes,
        }
        return PreparedRuntime(files, manifest)

    def _url(self, path: Path) -> str:
        return f"/runtime/{path.relative_to(self._folder).as_posix()}"
