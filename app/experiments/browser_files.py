"""The third-party files a participant's browser runs: which ones, and that they are exactly those.

`participant_client/vendor.json` lists every file with its place, its SHA-256 and where it can be had. The program
checks the files here before it serves them; `browser_fetch.py` fetches them. A file:

    {"to": "pyodide/pyodide.mjs", "sha256": "...", "from": [{"npm": "pyodide@314.0.4", "path": "pyodide.mjs"}]}

`first_line`, where a file has one, is put before what the source gives (a hint to the browser's compiler); the hash is
that of the file as it lies in its place. A source is `npm` with `path` in the package, `pypi` (the wheel itself, or a
`member` of it), or `url`; they are tried in order, and whatever a source gives must have the hash.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from app.experiments.errors import InputError

REMEDY = "run `python3 bootstrap.py run`, which fetches it"


@dataclass(frozen=True)
class Source:
    """One way to get a file; exactly one of `npm`, `pypi` and `url` is set."""

    npm: str | None = None
    """Package and version, as in `pyodide@314.0.4`; `path` names the file in it."""
    path: str | None = None
    pypi: str | None = None
    """Package and version, as in `gymnasium==1.4.0`; the wheel itself unless `member` names a file in it."""
    member: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class BrowserFile:
    """One third-party file of the participants' pages."""

    to: str
    """Place below the vendor folder, with forward slashes."""
    sha256: str
    sources: tuple[Source, ...]
    first_line: str | None = None
    """A line put before what the source gives."""

    @property
    def is_wheel(self) -> bool:
        """Whether this is a Python package rather than a file that pages load as it is."""
        return self.to.endswith(".whl")


def read_vendor_list(vendor_list: Path) -> list[BrowserFile]:
    """Read `vendor.json`.

    Raises:
        InputError: the list is missing or damaged.
    """
    try:
        entries = json.loads(vendor_list.read_text(encoding="utf-8"))["files"]
        return [
            BrowserFile(
                entry["to"],
                entry["sha256"],
                tuple(Source(**source) for source in entry["from"]),
                entry.get("first_line"),
            )
            for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{vendor_list}: the list of browser files cannot be read ({error}); restore it.") from None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_intact(file: BrowserFile, vendor_dir: Path) -> bool:
    """Whether the file is there with the right content."""
    path = vendor_dir / file.to
    return path.is_file() and sha256_of(path) == file.sha256


def verify_browser_files(vendor_dir: Path, vendor_list: Path) -> list[BrowserFile]:
    """Check every browser file against its hash; about 0.1 seconds for all of them.

    Args:
        vendor_dir: Folder the files lie in.
        vendor_list: The `vendor.json` that declares them.

    Returns:
        The files.

    Raises:
        InputError: a file is missing or is not the declared one; names it, both hashes and the remedy.
    """
    files = read_vendor_list(vendor_list)
    for file in files:
        path = vendor_dir / file.to
        if not path.is_file():
            raise InputError(f"{path}: this browser file is missing; {REMEDY}.")
        found = sha256_of(path)
        if found != file.sha256:
            raise InputError(
                f"{path}: this browser file has the SHA-256 {found}, expected {file.sha256}; "
                "delete it and run `python3 bootstrap.py run` again, which fetches it anew."
            )
    return files
