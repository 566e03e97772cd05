"""The folder around the tables: names of files, `dataset_description.json`, README.md, checksums (Psych-DS 1.5.0)."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.server.storage.exports.columns import Column, variable_measured
from app.server.storage.records import cell_text


def keyword_value(text: str, otherwise: str) -> str:
    """Return text as the value of a keyword in a file's name, where only letters and digits may stand."""
    return re.sub(r"[^a-zA-Z0-9]", "", text) or otherwise


def table_name(path: str) -> str:
    """Return what a file of the dataset is called in sentences: the value of its keyword `description`, or frames."""
    found = re.search(r"_description-([a-zA-Z0-9]+)_", path)
    return found[1] if found else "frames"


class Keywords:
    """Gives every id its own keyword value, also where two ids differ only in what a file's name cannot hold."""

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise
        self._values: dict[str, str] = {}

    def of(self, text: str) -> str:
        """Return the value of an id, the same every time."""
        if text not in self._values:
            value, number = keyword_value(text, self._otherwise), 2
            # Compared without case: some file systems do not tell p1 from P1.
            taken = {other.lower() for other in self._values.values()}
            unique = value
            while unique.lower() in taken:
                unique, number = f"{value}x{number}", number + 1
            self._values[text] = unique
        return self._values[text]


class Dataset:
    """Writes tables into a folder and remembers what describes them.

    Args:
        folder: the folder of the export; exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._variables: dict[str, dict[str, Any]] = {}
        self._meanings: dict[str, dict[str, list[str]]] = {}
        self._checksums: list[tuple[str, str]] = []

    def write_table(self, path: str, header: Sequence[str], columns: Iterable[Column], rows: Iterable[Sequence]) -> int:
        """Write one CSV, row by row; return the number of rows.

        Args:
            path: below the folder, with forward slashes.
            header: names of columns.
            columns: the declarations these names fall under.
            rows: recorded values, not yet text.
        """
        for variable in variable_measured(columns, header):
            self._variables.setdefault(variable["name"], variable)
            tables = self._meanings.setdefault(variable["name"], {}).setdefault(variable["description"], [])
            if table_name(path) not in tables:
                tables.append(table_name(path))
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with open(file, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow(header)
            for row in rows:
                writer.writerow([cell_text(value) for value in row])
                count += 1
        self._remember(path)
        return count

    def finish(self, name: str, description: str, readme: str) -> None:
        """Write dataset_description.json, README.md and checksums.sha256; call once, at the end."""
        for variable in self._variables.values():
            variable["description"] = self._meaning(variable["name"])
        content = {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "name": name,
            "description": description,
            "variableMeasured": list(self._variables.values()),
        }
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        for file, written in (("dataset_description.json", text), ("README.md", readme)):
            (self.folder / file).write_text(written, encoding="utf-8", newline="\n")
            self._remember(file)
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(self._checksums))
        (self.folder / "checksums.sha256").write_text(lines, encoding="utf-8", newline="\n")

    def _meaning(self, name: str) -> str:
        """Return what a column means, by table where it means something else in each."""
        meanings = self._meanings[name]
        if len(meanings) == 1:
            return next(iter(meanings))
        return " ".join(f"In {', '.join(tables)}: {meaning}" for meaning, tables in meanings.items())

    def _remember(self, path: str) -> None:
        with open(self.folder / path, "rb") as stream:
            self._checksums.append((path, hashlib.file_digest(stream, "sha256").hexdigest()))
