"""Every folder the program reads from or writes to; the only place that asks whether it runs frozen."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

_APP_NAME = "interactive-gym-kiosk"


def is_frozen() -> bool:
    """Whether this is the installed, frozen program (PyInstaller) rather than Python with the sources."""
    return bool(getattr(sys, "frozen", False))


def resource_root() -> Path:
    """The folder that holds `app/` and `participant_client/`: the checkout, or the frozen program's own folder."""
    return Path(getattr(sys, "_MEIPASS", "")) if is_frozen() else Path(__file__).resolve().parents[1]


def app_dir() -> Path:
    """The sources of the `app` package; the browser gets `app/engine` from here."""
    return resource_root() / "app"


def participant_client_dir() -> Path:
    """What the participant site serves below `/client/`."""
    return resource_root() / "participant_client"


def vendor_dir() -> Path:
    """Third-party browser files, fetched and checked against `vendor.json`; not part of the sources."""
    return participant_client_dir() / "vendor"


def vendor_list() -> Path:
    """The list of third-party browser files with their sources and hashes."""
    return participant_client_dir() / "vendor.json"


def researcher_pages_dir() -> Path:
    """What the researcher site serves as files."""
    return app_dir() / "ui" / "web"


def cache_dir() -> Path:
    """What can be made again, downloads and prepared runtimes: beside the sources, or in the user's cache folder."""
    root = resource_root()
    if not is_frozen() and (root / "pyproject.toml").is_file():
        return root / "build" / "cache"
    return Path(platformdirs.user_cache_dir(_APP_NAME, appauthor=False))


def default_data_dir() -> Path:
    """Where studies are recorded unless `--data-dir` says otherwise."""
    return Path(platformdirs.user_data_dir(_APP_NAME, appauthor=False))
