"""Third-party files that tests use and that are not installed: exact ones, each checked against its hash.

`slimevb` asks for OpenCV (it draws with it), which no test needs and no browser can load; so its wheel is fetched by
itself, in the way participants' browser files are.
"""

from __future__ import annotations

import tempfile
import zipfile
from functools import cache
from pathlib import Path

from app import paths
from app.experiments.browser_fetch import fetch_browser_files

LIST = Path(__file__).with_name("third_party.json")


def slimevb_folder() -> Path:
    """A folder that holds the package `slime_volleyball` and nothing else; fetched once, then kept."""
    folder = _fetched()
    wheel = next(folder.glob("slimevb-*.whl"))
    unpacked = folder / wheel.stem
    if not unpacked.is_dir():
        with tempfile.TemporaryDirectory(dir=folder) as name, zipfile.ZipFile(wheel) as archive:
            inside = [file for file in archive.namelist() if file.startswith("slime_volleyball/")]
            archive.extractall(Path(name) / "whole", inside)
            (Path(name) / "whole").rename(unpacked)
    return unpacked


def axe_file() -> Path:
    """axe-core, which looks a page over for what shuts people out (WCAG)."""
    return _fetched() / "axe.min.js"


@cache
def _fetched() -> Path:
    folder = paths.cache_dir() / "tests"
    fetch_browser_files(LIST, folder, paths.cache_dir() / "downloads")
    return folder
