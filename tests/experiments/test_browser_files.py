"""Third-party browser files are exactly the ones that are listed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from app import paths
from app.experiments.browser_files import read_vendor_list, verify_browser_files
from app.experiments.errors import InputError


@pytest.fixture
def listed(tmp_path: Path) -> tuple[Path, Path]:
    """A list of one file and the folder in which it lies intact."""
    vendor = tmp_path / "vendor"
    (vendor / "htm").mkdir(parents=True)
    (vendor / "htm" / "module.js").write_bytes(b"export {};")
    entry = {
        "to": "htm/module.js",
        "sha256": hashlib.sha256(b"export {};").hexdigest(),
        "from": [{"npm": "htm@1", "path": "module.js"}],
    }
    listing = tmp_path / "vendor.json"
    listing.write_text(json.dumps({"files": [entry]}))
    return vendor, listing


def test_intact_files_pass(listed: tuple[Path, Path]) -> None:
    assert [file.to for file in verify_browser_files(*listed)] == ["htm/module.js"]


def test_an_altered_file_is_named_with_both_hashes_and_the_remedy(listed: tuple[Path, Path]) -> None:
    vendor, listing = listed
    (vendor / "htm" / "module.js").write_bytes(b"export { spy };")

    with pytest.raises(InputError) as caught:
        verify_browser_files(vendor, listing)

    sentence = str(caught.value)
    assert str(vendor / "htm" / "module.js") in sentence
    assert hashlib.sha256(b"export { spy };").hexdigest() in sentence
    assert hashlib.sha256(b"export {};").hexdigest() in sentence
    assert "delete it and run `python3 bootstrap.py run` again" in sentence


def test_a_missing_file_is_named_with_the_remedy(listed: tuple[Path, Path]) -> None:
    vendor, listing = listed
    (vendor / "htm" / "module.js").unlink()

    with pytest.raises(InputError, match=r"module\.js: this browser file is missing; run `python3 bootstrap\.py run`"):
        verify_browser_files(vendor, listing)


def test_a_damaged_list_is_one_sentence(tmp_path: Path) -> None:
    listing = tmp_path / "vendor.json"
    listing.write_text('{"files": [{"to": 1}]}')

    with pytest.raises(InputError, match="the list of browser files cannot be read"):
        read_vendor_list(listing)


def test_the_listed_numpy_is_the_one_this_pyodide_was_released_with() -> None:
    files = {file.to: file for file in verify_browser_files(paths.vendor_dir(), paths.vendor_list())}
    lock = json.loads((paths.vendor_dir() / "pyodide" / "pyodide-lock.json").read_text())["packages"]["numpy"]

    assert files[f"wheels/{lock['file_name']}"].sha256 == lock["sha256"]
