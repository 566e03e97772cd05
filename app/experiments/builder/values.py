"""What a builder holds until it is written: values left as they are, objects and texts that become names in the file.

`Target` knows the experiment's folder, which is known only when the study is written, and turns them into plain values.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from app.experiments.builder.references import module_and_name
from app.experiments.builder.source import environment_module
from app.experiments.errors import InputError

ENVIRONMENT_MODULE = "environment"
#: First line of a file that the builder wrote, by suffix, in words that neither a reader nor a program sees.
MARKS = {
    ".md": '[//]: # "Written by the Python builder, which writes it anew; change the text there."',
    ".html": "<!-- Written by the Python builder, which writes it anew; change the text there. -->",
    ".py": "# Written by the Python builder, which writes it anew; change the text there.",
}


class _Unset(Enum):
    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


#: A parameter that was not given: what was set before stays. `None` takes a setting away, so that its default counts.
UNSET: Any = _Unset.UNSET


@dataclass(frozen=True)
class Reference:
    """A function or class, or its name as `module:object`."""

    object: Any


@dataclass(frozen=True)
class PageText:
    """The text of a page, in Markdown, or in HTML if it begins with a tag."""

    text: str


@dataclass(frozen=True)
class FileName:
    """A file in the experiment's folder."""

    path: str | Path


@dataclass(frozen=True)
class EnvironmentCode:
    """Source text that binds a global `env`, or the file that holds it."""

    text: str | None = None
    path: str | Path | None = None


def put(table: dict[str, Any], **given: Any) -> None:
    """Set what was given in a table, and take out what was given as None."""
    for key, value in given.items():
        if value is None:
            table.pop(key, None)
        elif value is not UNSET:
            table[key] = value


def reference(given: Any) -> Any:
    """Return a function or class, or its name, as a builder holds it."""
    return given if given is UNSET or given is None else Reference(given)


def file_name(path: Any) -> Any:
    """Return a file's name as a builder holds it."""
    return path if path is UNSET or path is None else FileName(path)


def page(text: Any, path: Any, names: str) -> Any:
    """Return what a page's text comes from, given as text or as a file.

    Args:
        text: the text, None or UNSET.
        path: the file, None or UNSET.
        names: how the two parameters are called.

    Raises:
        InputError: both were given.
    """
    if text not in (None, UNSET) and path not in (None, UNSET):
        raise InputError(f"{names} were both given; give one of them.")
    if text not in (None, UNSET):
        return PageText(text)
    if path not in (None, UNSET):
        return FileName(path)
    return None if text is None or path is None else UNSET


class Target:
    """The experiment's folder as a study is written into it.

    Args:
        folder: the folder; it need not exist yet.

    Attributes:
        folder: its absolute path.
        files: name and text of the files that go with `experiment.toml`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).resolve()
        self.files: dict[str, str] = {}

    def plain(self, value: Any, where: str, scene_id: str = "") -> Any:
        """Return a value as it stands in the file.

        Args:
            value: what a builder holds.
            where: its way of keys, for what is said.
            scene_id: the scene it belongs to; files of page texts are called so.

        Raises:
            InputError: it cannot stand in the file.
        """
        match value:
            case Reference():
                return module_and_name(value.object, self.folder, where)
            case PageText():
                return self._page(value.text, scene_id, where)
            case FileName():
                return self._inside(value.path, where)
            case EnvironmentCode():
                return self._environment(value, where)
            case Mapping():
                return {_key(key, where): self.plain(each, f"{where}.{key}", scene_id) for key, each in value.items()}
            case list() | tuple():
                return [self.plain(each, f"{where}.{n}", scene_id) for n, each in enumerate(value, 1)]
        return _scalar(value, where)

    def write_files(self) -> None:
        """Write the files beside `experiment.toml`.

        Raises:
            InputError: one is there already and is not the builder's.
        """
        for name in self.files:
            self._check_ours(name)
        for name, text in self.files.items():
            (self.folder / name).write_text(text, encoding="utf-8", newline="\n")

    def _page(self, text: str, scene_id: str, where: str) -> str:
        if not isinstance(text, str):
            raise InputError(f"{where}: {type(text).__name__} is no text; give the page's text in quotation marks.")
        name = f"{scene_id}{'.html' if text.lstrip().startswith('<') else '.md'}"
        self._add(name, text, where)
        return name

    def _environment(self, code: EnvironmentCode, where: str) -> str:
        name = f"{ENVIRONMENT_MODULE}.py"
        text = code.text
        if code.path is not None:
            found = self._inside(code.path, where)
            try:
                text = (self.folder / found).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                raise InputError(f"{where}: {found} cannot be read as UTF-8 text; correct its name.") from None
            if found == name:
                raise InputError(f"{where}: {found} is where the code is written to; call your file otherwise.")
        assert text is not None
        self._add(name, environment_module(text, where), where)
        return f"{ENVIRONMENT_MODULE}:make_env"

    def _add(self, name: str, text: str, where: str) -> None:
        mark = MARKS[Path(name).suffix]
        # An empty line, because Markdown joins what follows a definition and Python reads a comment's neighbours.
        whole = f"{mark}\n\n{text.strip(chr(10))}\n"
        if self.files.setdefault(name, whole) != whole:
            raise InputError(
                f"{where}: {name} is written with another text already; give the scenes other ids, and all games the "
                "same environment."
            )

    def _check_ours(self, name: str) -> None:
        path = self.folder / name
        if not path.exists():
            return
        mark = MARKS[path.suffix].encode()
        if not path.read_bytes().startswith(mark):
            raise InputError(
                f"{path}: is there already and was not written by the builder; rename it, or name it as a file "
                "instead of giving its text."
            )

    def _inside(self, path: str | Path, where: str) -> str:
        given = (self.folder / path).resolve()
        if not given.is_relative_to(self.folder):
            raise InputError(f'{where} = "{path}"; it lies outside {self.folder}, copy it into that folder.')
        # A text that is a name already stays as it was written.
        return (
            path
            if isinstance(path, str) and not Path(path).is_absolute()
            else given.relative_to(self.folder).as_posix()
        )


def _key(key: Any, where: str) -> str:
    if isinstance(key, str):
        return str(key)
    raise InputError(f"{where}: the key {key!r} is no text; write it in quotation marks.")


def _scalar(value: Any, where: str) -> Any:
    """Return the plain value of a number or text, also of an enumeration's member or a NumPy number."""
    # NumPy's own kind of truth is no number; its module is not imported only to know it.
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value
    raise InputError(
        f"{where}: {type(value).__name__} cannot stand in experiment.toml; use texts, numbers, true or false, "
        "and lists and tables of them."
    )
