"""Turns wheels and Python files into one tar that a participant's browser unpacks in a few milliseconds.

Standard library only, because the same file runs in two places: natively (files are packed as they are) and inside
Pyodide under Node (files are compiled first, with the very interpreter that will load them). Called by
`app/experiments/packages.py` and `participant_client/worker/prepare_under_node.mjs`.
"""

from __future__ import annotations

import io
import py_compile
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

SITE_PACKAGES = "lib/python3.14/site-packages"
EXPERIMENT_FOLDER = "experiment"

# What an import at run time never reads. Tests alone are a third of NumPy's files.
_LEFT_OUT_FOLDERS = {"tests", "_pyinstaller", "f2py", "include", "__pycache__"}
_LEFT_OUT_SUFFIXES = (".pyi", ".pxd", ".pyx", ".h", ".c", ".a", ".so.map", ".typed")
_DIST_INFO_KEPT = {"METADATA", "entry_points.txt", "top_level.txt"}
# Packages may read their own sources (PettingZoo does, to list its environments), so these are left out only where the
# package is one we pin and is known not to.
_WITHOUT_SOURCE = (f"{SITE_PACKAGES}/numpy/",)


def is_needed(name: str) -> bool:
    """Whether a wheel's member can matter when the package is imported.

    Args:
        name: Member name with forward slashes, as in the wheel.
    """
    parts = name.split("/")
    if name.endswith("/") or _LEFT_OUT_FOLDERS.intersection(parts[:-1]):
        return False
    if parts[0].endswith(".dist-info"):
        return len(parts) == 2 and parts[1] in _DIST_INFO_KEPT
    return not (name.endswith(_LEFT_OUT_SUFFIXES) or parts[-1] == "conftest.py")


def read_wheels(wheels: Iterable[Path]) -> dict[str, bytes]:
    """The needed members of all wheels, keyed by their path below site-packages."""
    members: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                place = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
                if ".data/" not in place.partition("/")[0] + "/" and is_needed(place):
                    members[place] = archive.read(name)
    return members


def compile_members(
    members: Mapping[str, bytes], on_file: Callable[[int, int], None] | None = None
) -> dict[str, bytes]:
    """The same members with every `.py` compiled by the running interpreter.

    Byte code is marked "unchecked hash": the loader neither looks at the source's time nor at its content. It stands
    beside its source in `__pycache__`, and tracebacks show lines; NumPy's stands in place of its source.

    Args:
        members: File contents by path in the browser's file system; the path goes into tracebacks.
        on_file: Called with (files done, files in all).

    Returns:
        Compiled members. A file that does not compile (a template, say) is kept as source.
    """
    compiled: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.py"), Path(folder, "target.pyc")
        for done, (name, data) in enumerate(members.items(), 1):
            if on_file is not None:
                on_file(done, len(members))
            if not name.endswith(".py"):
                compiled[name] = data
                continue
            source.write_bytes(data)
            try:
                py_compile.compile(
                    str(source),
                    cfile=str(target),
                    dfile=f"/{name}",
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )
            except py_compile.PyCompileError:
                compiled[name] = data
                continue
            if not name.startswith(_WITHOUT_SOURCE):
                compiled[name] = data
                parent, _, stem = name.rpartition("/")
                cached = f"__pycache__/{stem[:-3]}.cpython-314.pyc"
                compiled[f"{parent}/{cached}" if parent else cached] = target.read_bytes()
            else:
                compiled[name + "c"] = target.read_bytes()
    return compiled


def write_tar(members: Mapping[str, bytes], output: Path) -> None:
    """Write members, sorted and without times or owners, so that equal input gives an equal file.

    Args:
        members: File contents by path from the root of the browser's file system, without a leading slash.
        output: File to write.
    """
    with tarfile.open(output, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(members):
            entry = tarfile.TarInfo(name)
            entry.size = len(members[name])
            archive.addfile(entry, io.BytesIO(members[name]))


def build(
    wheels: Iterable[str],
    files: Mapping[str, str],
    output: str,
    compiled: bool,
    on_file: Callable[[int, int], None] | None = None,
) -> None:
    """Build one archive.

    Args:
        wheels: Wheel files whose content goes to site-packages.
        files: Place in the browser's file system -> file to put there.
        output: Tar file to write.
        compiled: False packs the sources as they are (the way without Node).
        on_file: Progress of the compilation: (files done, files in all).
    """
    members = {f"{SITE_PACKAGES}/{name}": data for name, data in read_wheels(Path(wheel) for wheel in wheels).items()}
    members.update({place: Path(file).read_bytes() for place, file in files.items()})
    write_tar(compile_members(members, on_file) if compiled else members, Path(output))
