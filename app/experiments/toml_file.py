"""Reads `experiment.toml` as a document and says what hinders it. Used by config.py."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from app.experiments.errors import InputError
from app.experiments.explain import shown

FILE_NAME = "experiment.toml"
FORMAT = 1


def read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return the document and the bytes it was read from.

    Raises:
        InputError: there is no such file, or it is of another format, not UTF-8 or not TOML.
    """
    path = folder / FILE_NAME
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give the folder that holds {FILE_NAME}.")
    document, source = _parse(path)
    found = document.get("format", FORMAT)
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        remedy = "update the program" if newer else f"use {FORMAT}"
        raise InputError(f"{FILE_NAME}: format = {shown(found)}; this program reads format {FORMAT}, so {remedy}.")
    return document, source


def parsed(source: bytes, name: str) -> dict[str, Any]:
    """Return the document in a TOML file's bytes.

    Raises:
        InputError: it is not UTF-8 or not TOML; the sentence names the file and the place.
    """
    try:
        return tomllib.loads(source.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        place = place.rstrip(")") or "somewhere"
        raise InputError(f"{name}: {place}: {reason[:1].lower()}{reason[1:]}; correct the TOML there.") from None


def _parse(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path.parent}: {FILE_NAME} is missing; give the folder of an experiment.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from None
    return parsed(source, FILE_NAME), source
