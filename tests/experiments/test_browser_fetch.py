"""Browser files are fetched from the first source that gives the right content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from app.experiments.browser_fetch import fetch_browser_files
from app.experiments.errors import InputError


class Place:
    """A folder with a list, sources that are files of this computer, and what was fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vendor, self.downloads = folder / "vendor", folder / "downloads"
        self.listing = folder / "vendor.json"

    def source(self, name: str, content: bytes) -> dict[str, str]:
        (self.folder / name).write_bytes(content)
        return {"url": (self.folder / name).as_uri()}

    def wants(self, content: bytes, *sources: dict[str, str]) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self.listing.write_text(json.dumps({"files": [{"to": "a/b.js", "sha256": digest, "from": sources}]}))

    def fetch(self) -> int:
        return fetch_browser_files(self.listing, self.vendor, self.downloads)

    @property
    def got(self) -> bytes:
        return (self.vendor / "a" / "b.js").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_file_is_fetched_once(place: Place) -> None:
    place.wants(b"right", place.source("one", b"right"))

    assert place.fetch() == 1
    assert place.got == b"right"
    assert place.fetch() == 0


def test_a_files_first_line_is_put_before_what_the_source_gives(place: Place) -> None:
    place.wants(b"//# hint\nright", place.source("one", b"right"))
    listed = json.loads(place.listing.read_text())
    listed["files"][0]["first_line"] = "//# hint"
    place.listing.write_text(json.dumps(listed))

    place.fetch()

    assert place.got == b"//# hint\nright"


def test_a_source_with_another_content_is_passed_over(place: Place) -> None:
    place.wants(b"right", place.source("one", b"wrong"), place.source("two", b"right"))

    place.fetch()

    assert place.got == b"right"


def test_an_altered_file_is_replaced(place: Place) -> None:
    place.wants(b"right", place.source("one", b"right"))
    place.fetch()
    (place.vendor / "a" / "b.js").write_bytes(b"altered")

    place.fetch()

    assert place.got == b"right"


def test_what_was_fetched_before_needs_no_source(place: Place) -> None:
    place.wants(b"right", place.source("one", b"right"))
    place.fetch()
    (place.vendor / "a" / "b.js").unlink()
    (place.folder / "one").unlink()

    place.fetch()

    assert place.got == b"right"


def test_a_kept_download_that_was_altered_is_not_used(place: Place) -> None:
    place.wants(b"right", place.source("one", b"right"))
    place.fetch()
    (place.vendor / "a" / "b.js").unlink()
    next(place.downloads.iterdir()).write_bytes(b"altered")

    place.fetch()

    assert place.got == b"right"


def test_no_source_with_the_right_content_is_one_sentence_and_leaves_nothing(place: Place) -> None:
    place.wants(b"right", place.source("one", b"wrong"), {"url": (place.folder / "none").as_uri()})

    with pytest.raises(InputError) as caught:
        place.fetch()

    assert "a/b.js: this browser file" in str(caught.value)
    assert hashlib.sha256(b"wrong").hexdigest() in str(caught.value)
    assert "not reachable" in str(caught.value)
    assert not (place.vendor / "a" / "b.js").exists()
