"""From a document to the text of `experiment.toml`, keeping what a researcher wrote around the values.

Called by the builder (and whoever else changes a study by program). A file that is there already is taken apart at its
top-level tables and scenes; a piece whose values are the same stays as it is to the byte, a changed one is edited in
place (`toml_edit.py`), and comments directly above a header go with it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.experiments.toml_edit import edited, same
from app.experiments.toml_file import FILE_NAME, parsed
from app.experiments.toml_layout import ROOT_ORDER, assignment, has_header, section

_HEADER = re.compile(r"^\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?$")


@dataclass
class _Piece:
    """A part of the file: what stands before the first header (its key is empty), a top-level table, or one scene."""

    key: str
    text: str


def written_as_toml(document: Mapping[str, Any], before: bytes = b"") -> bytes:
    """Return a document as TOML.

    Args:
        document: plain values, as `tomllib` reads them.
        before: the file as it is now, if there is one.

    Raises:
        InputError: the file as it is now is not TOML.
    """
    old = parsed(before, FILE_NAME)
    if before and same(old, document):
        return before
    text = _kept(document, before.decode("utf-8")) if before else ""
    if not same(_read(text), document):
        # Tables of one scene here and there in the file, say, which nothing but a new layout can change.
        text = "".join(_laid_out(document)).lstrip("\n")
    assert same(_read(text), document), "a document is read as it was written"
    return text.encode("utf-8")


def _laid_out(document: Mapping[str, Any]) -> list[str]:
    keys = sorted(document, key=_rank)
    loose = [key for key in keys if not has_header(key, document[key])]
    texts = [assignment(key, document[key]) for key in loose]
    return texts + [section(key, document[key]) for key in keys if key not in loose]


def _kept(document: Mapping[str, Any], before: str) -> str:
    """Return the file's text with the document's values, piece by piece."""
    pieces = _taken_apart(before)
    # Before the first header stand the keys that stood there, and whatever has no header.
    inside = set(tomllib.loads(pieces[0].text))
    loose = [key for key in document if key in inside or not has_header(key, document[key])]
    texts = {"": edited(pieces[0].text, {key: document[key] for key in loose})}
    for key in document:
        if key not in loose:
            texts[key] = _rewritten([piece for piece in pieces if piece.key == key], key, document[key])
    order = [key for key in dict.fromkeys(piece.key for piece in pieces) if key in texts]
    for key in sorted(texts, key=_rank):
        if key not in order:
            place = next((n for n, other in enumerate(order) if other and _rank(other) > _rank(key)), len(order))
            order.insert(place, key)
    return _joined([texts[key] for key in order]).rstrip("\n") + "\n"


def _taken_apart(text: str) -> list[_Piece]:
    """Split a file's text at the headers of top-level tables and scenes; nothing of it is lost."""
    lines = text.splitlines(keepends=True)
    pieces = [_Piece("", "")]
    start = 0
    for number, line in enumerate(lines):
        match = _HEADER.match(line.rstrip("\r\n"))
        if match is None or not _begins_anew("".join(lines[:number])):
            continue
        key = _first_part(match[1])
        is_scene = line.lstrip().startswith("[[") and match[1].strip() == "scenes"
        if key == pieces[-1].key and not is_scene:
            continue
        above = number
        while above > start and lines[above - 1].lstrip().startswith("#"):
            above -= 1
        # At the head of the file comments are about the file.
        above = number if above == 0 else above
        pieces[-1].text += "".join(lines[start:above])
        pieces.append(_Piece(key, ""))
        start = above
    pieces[-1].text += "".join(lines[start:])
    return pieces


def _rewritten(pieces: list[_Piece], key: str, value: Any) -> str:
    if key == "scenes":
        return _joined(_scenes(pieces, value))
    text = "".join(piece.text for piece in pieces)
    if not text or not value:
        return section(key, value)
    return text if same(tomllib.loads(text), {key: value}) else edited(text, {key: value})


def _scenes(pieces: list[_Piece], scenes: list[dict[str, Any]]) -> list[str]:
    by_id = {}
    for piece in pieces:
        found = _read(piece.text).get("scenes")
        if isinstance(found, list):
            by_id[found[0].get("id")] = (piece.text, found[0])
    texts = []
    for scene in scenes:
        text, was = by_id.get(scene["id"], ("", {}))
        if was.get("type") != scene["type"]:
            texts.append(section("scenes", [scene]))
        else:
            texts.append(text if same(was, scene) else edited(text, {"scenes": [scene]}))
    return texts


def _joined(texts: list[str]) -> str:
    """Put pieces one after the other, each beginning on a line of its own."""
    whole = ""
    for text in texts:
        if whole and not whole.endswith("\n"):
            whole += "\n"
        # A new table brings the empty line before it along; where one is there already, it goes behind.
        if text.startswith("\n") and (not whole or whole.endswith("\n\n")):
            text = text[1:] + "\n"
        whole += text
    return whole


def _begins_anew(before: str) -> bool:
    """Say whether a header may follow a text: it is not inside a text or list of several lines."""
    try:
        tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _first_part(header: str) -> str:
    (key,) = tomllib.loads(f"[{header}]")
    return key


def _read(text: str) -> dict[str, Any]:
    """Return a text's document, an empty one if it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _rank(key: str) -> int:
    return ROOT_ORDER.index(key) if key in ROOT_ORDER else len(ROOT_ORDER)
