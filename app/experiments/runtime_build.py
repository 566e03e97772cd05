"""Makes the files of a runtime that are not in the cache: by Pyodide under Node, or plainly where there is no Node.

Used by packages.py, which knows which files are wanted and where they belong.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import paths
from app.experiments import archive
from app.experiments.errors import InputError

Progress = Callable[[float, str], None]

SOURCES = Path(__file__).resolve().parent
PROGRAM = paths.participant_client_dir() / "worker" / "prepare_under_node.mjs"
# A sibling `.gz` is written where it is smaller than this part of the file.
_WORTH_COMPRESSING = 0.8
_KEPT_S = 7 * 24 * 3600
_KEPT_ANYWAY = 20


@dataclass(frozen=True)
class ArchiveJob:
    """An archive to build; see `app.experiments.archive.build`."""

    wheels: Sequence[Path]
    files: Mapping[str, Path]
    output: Path


@dataclass(frozen=True)
class SnapshotJob:
    """A memory snapshot to make of an interpreter that has the archives and has imported the modules."""

    archives: Sequence[Path]
    modules: Sequence[str]
    output: Path


def build_plainly(archives: Sequence[ArchiveJob], progress: Progress) -> None:
    """Pack the sources as they are; browsers then take some seconds longer to start."""
    for number, job in enumerate(archives):
        progress(number / len(archives), f"packing {job.output.name}")
        files = {place: str(file) for place, file in job.files.items()}
        archive.build([str(wheel) for wheel in job.wheels], files, str(job.output), compiled=False)


def build_under_node(
    node: Path,
    pyodide_dir: Path,
    archives: Sequence[ArchiveJob],
    snapshot: SnapshotJob | None,
    folder: Path,
    progress: Progress,
) -> None:
    """Compile the archives and make the snapshot with the interpreter that browsers run.

    Args:
        node: The Node.js program.
        pyodide_dir: Folder of Pyodide's files.
        archives: Archives to build, before the snapshot.
        snapshot: The snapshot to make, or None.
        folder: A folder for notes, which the caller deletes.
        progress: Called with (fraction of this work, what is being done).

    Raises:
        InputError: it failed; names the program and the reason.
    """
    content = {
        "pyodide": f"{pyodide_dir}/",
        "sources": str(SOURCES),
        "archives": [vars(job) for job in archives],
        "snapshot": snapshot and vars(snapshot),
    }
    job, errors = folder / "job.json", folder / "errors.txt"
    job.write_text(json.dumps(content, default=str), encoding="utf-8")
    with errors.open("w", encoding="utf-8") as stderr:
        command = [str(node), str(PROGRAM), str(job)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, encoding="utf-8")
        with process:
            for line in process.stdout or ():
                said = json.loads(line)
                progress(said["fraction"], said["label"])
    if process.returncode != 0:
        told = [line for line in errors.read_text(encoding="utf-8").splitlines() if "Error" in line]
        reason = (told or ["it did not say why"])[-1].strip()[:300]
        raise InputError(
            f"{node}: preparing the participants' Python failed ({reason}); "
            "free memory or disk space if they are short, and run this again."
        )


def forget_old(folder: Path, in_use: set[Path]) -> None:
    """Delete files prepared a week ago and before, but for the newest; every edit of an environment adds some.

    Args:
        folder: Folder with one folder for each prepared file.
        in_use: Folders among them that stay, and count as used now.
    """
    for used in in_use:
        os.utime(used)
    others = sorted((item for item in folder.iterdir() if item not in in_use), key=lambda item: item.stat().st_mtime)
    oldest_kept = time.time() - _KEPT_S
    for item in others[:-_KEPT_ANYWAY]:
        if item.stat().st_mtime < oldest_kept:
            shutil.rmtree(item, ignore_errors=True)


def place(made: Path, final: Path) -> None:
    """Copy a finished file to where it belongs, whole or not at all.

    Its compressed sibling comes first, so that whoever sees the file sees both.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent) as folder:
        copy, compressed = Path(folder, "file"), Path(folder, "file.gz")
        shutil.copyfile(made, copy)
        with copy.open("rb") as source, gzip.GzipFile(compressed, "wb", compresslevel=4, mtime=0) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        if compressed.stat().st_size < _WORTH_COMPRESSING * copy.stat().st_size:
            compressed.replace(final.with_name(final.name + ".gz"))
        copy.replace(final)
