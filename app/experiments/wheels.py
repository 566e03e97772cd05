"""Gets the Python packages an experiment asks for, as wheels a participant's browser can load.

Called by packages.py. A wheel lies in the experiment's own `wheels/` folder, in the cache, or is fetched once with pip.
Only exactly named packages are fetched; what they need in turn must be named too, so that a study is the same next
year.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from app import paths
from app.experiments.errors import InputError

# The platform of the pinned Pyodide, as wheels name it, and what environment markers see there.
PLATFORM, PYTHON = "pyemscripten_2026_0_wasm32", "3.14"
_MARKERS = {
    "extra": "", "implementation_name": "cpython", "os_name": "posix", "platform_machine": "wasm32",
    "platform_python_implementation": "CPython", "platform_system": "Emscripten", "python_full_version": "3.14.0",
    "python_version": PYTHON, "sys_platform": "emscripten",
}  # fmt: skip


def _where(package: str) -> str:
    return f'experiment.toml: environment.packages: "{package}"'


def gather_wheels(
    packages: Iterable[str],
    given: Iterable[Path],
    experiment_folder: Path,
    cache_dir: Path,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[Path]:
    """Wheels for the packages an experiment names.

    Args:
        packages: `name==version` each.
        given: Wheels every experiment has (NumPy, Gymnasium ...); a package among them is not fetched.
        experiment_folder: A wheel in its `wheels/` folder is used before anything is fetched.
        cache_dir: Folder that keeps fetched wheels.
        progress: Called with a line before something is fetched.

    Returns:
        The experiment's own wheels, in the order named; without the given ones.

    Raises:
        InputError: a package cannot be had, is not pure Python, contradicts a given one, or needs one that is not
            named.
    """
    given_wheels = list(given)
    versions = dict(map(_name_and_version, given_wheels))
    found: list[Path] = []
    for package in packages:
        name, _, version = package.partition("==")
        name = canonicalize_name(name)
        if name in versions:
            if versions[name] != version:
                has = f"{name}=={versions[name]}"
                raise InputError(f'{_where(package)} is not the version participants\' browsers have; use "{has}".')
            continue
        wheel = _find(experiment_folder / "wheels", name, version) or _find(cache_dir / "wheels", name, version)
        if wheel is None:
            progress(f"fetching {package}")
            wheel = _fetch(package, cache_dir / "wheels")
        versions[name] = version
        found.append(wheel)
    for wheel in found:
        _check_needs(wheel, versions)
    return found


def _name_and_version(wheel: Path) -> tuple[str, str]:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    return name, str(version)


def loads_in_browser(wheel_name: str) -> bool:
    """Whether a wheel's file name says that it is pure Python, or built for the browser's interpreter."""
    try:
        tags = parse_wheel_filename(wheel_name)[3]
    except InvalidWheelFilename:
        return False
    return any(
        (tag.platform == "any" and tag.abi == "none" and tag.interpreter.startswith("py3"))
        or (tag.platform == PLATFORM and tag.interpreter in {"cp314", "py3"})
        for tag in tags
    )


def _find(folder: Path, name: str, version: str) -> Path | None:
    for wheel in sorted(folder.glob("*.whl")):
        if loads_in_browser(wheel.name) and _name_and_version(wheel) == (name, version):
            return wheel
    return None


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _fetch(package: str, folder: Path) -> Path:
    if paths.is_frozen():
        raise InputError(
            f"{_where(package)} is not in the experiment's folder; put its wheel (a file that ends in "
            '"-py3-none-any.whl") into the folder "wheels" beside experiment.toml.'
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        # Asking for the browser's platform makes pip take pure wheels and those built for Pyodide, and no others.
        target = ["--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--abi", "cp314"]
        answer = _pip("download", "--quiet", "--no-deps", "--only-binary=:all:", *target, "--dest", place, package)
        wheels = list(Path(place).glob("*.whl"))
        if answer.returncode != 0 or len(wheels) != 1:
            raise InputError(f"{_where(package)} {_why_not(package, answer.stderr)}")
        return Path(shutil.move(wheels[0], folder / wheels[0].name))


def _why_not(package: str, stderr: str) -> str:
    """The rest of the sentence about a package pip could not fetch for the browser."""
    if "No matching distribution" not in stderr:
        told = [line.removeprefix("ERROR: ") for line in stderr.splitlines() if line.startswith("ERROR")]
        reason = (told or ["pip did not say why"])[-1].rstrip(".")
        return f"cannot be fetched ({reason}); check the connection, or put its wheel into the folder wheels."
    # The same question for this computer tells a compiled package from one that does not exist; nothing is installed.
    options = ["--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--only-binary=:all:", "--report", "-"]
    here = _pip("install", *options, package)
    if here.returncode == 0:
        wheel = json.loads(here.stdout)["install"][0]["download_info"]["url"].rpartition("/")[2]
        return (
            f"is not pure Python (its wheel is {wheel}); participants' browsers load only pure Python packages "
            '("py3-none-any"), so use one without compiled parts.'
        )
    return "has no wheel in the package index; check its name and version, or put its wheel into the folder wheels."


def _check_needs(wheel: Path, versions: dict[str, str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        headers = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
    name, version = _name_and_version(wheel)
    for text in headers.get_all("Requires-Dist") or []:
        needed = Requirement(text)
        if needed.marker is not None and not needed.marker.evaluate(_MARKERS):
            continue
        has = versions.get(canonicalize_name(needed.name))
        if has is None:
            raise InputError(
                f'{_where(f"{name}=={version}")} needs "{needed.name}{needed.specifier}", which is not named; '
                f'add "{needed.name}==..." with the version you want.'
            )
        if not needed.specifier.contains(has, prereleases=True):
            raise InputError(
                f'{_where(f"{name}=={version}")} needs "{needed.name}{needed.specifier}", but {needed.name} {has} is '
                "what the browsers would get; use another version of one of the two."
            )
