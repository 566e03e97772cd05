"""What participants read beside the study's own pages: one catalogue a language, for the page and for the server.

The catalogues are `texts/<language>.toml`. A study changes single texts in `[texts]` of its experiment.toml, and adds a
language by a file `texts.<language>.toml` in its folder; what that file leaves out is said in English. Called by
config.py when a study is loaded; the server says its own sentences from here and gives the page the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app import paths
from app.experiments import toml_file
from app.experiments.errors import InputError, PartError, did_you_mean
from app.experiments.toml_file import FILE_NAME

ENGLISH = "en"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
#: The forms a language may have beside `.one` and `.other`; the browser knows which number takes which.
_MORE_PLURALS = frozenset(("zero", "two", "few", "many"))


class Texts:
    """A study's texts in its language.

    Args:
        language: the language tag they are in.
        base: text by dotted key, every key there is.
        own: the texts that the study has changed.
        missing: keys for which the language has no text, so that the English one is said.

    Attributes:
        language: the language tag.
        missing: the keys that are said in English instead.
    """

    def __init__(
        self, language: str, base: Mapping[str, str], own: Mapping[str, str], missing: tuple[str, ...] = ()
    ) -> None:
        self.language = language
        self.missing = missing
        self._base = base
        self._all = {**base, **own}

    @classmethod
    def load(
        cls, language: str = ENGLISH, folder: Path | None = None, overrides: Mapping[str, Any] | None = None
    ) -> Texts:
        """Gather the texts of a language: the program's own, the folder's files, then the overrides.

        Of a tag such as "pt-BR" the files of "pt" are read first, then those of "pt-BR".

        Args:
            language: the participants' language.
            folder: the experiment's folder, with or without files `texts.<language>.toml`.
            overrides: `[texts]` of the experiment file, as tables or dotted keys.

        Raises:
            InputError: a file or an override cannot be used; the sentence names text and remedy.
        """
        base = dict(_builtin(ENGLISH))
        said = set(base) if language.partition("-")[0] == ENGLISH else set()
        for tag in dict.fromkeys((language.partition("-")[0], language)):
            found = dict(_builtin(tag))
            file = folder / f"texts.{tag}.toml" if folder is not None else None
            if file is not None and file.is_file():
                found |= _of_file(_read(file), f"{file.name}: ")
            base |= found
            said |= found.keys()
        missing = tuple(key for key in _builtin(ENGLISH) if key not in said)
        return cls(language, base, {}, missing).under(overrides)

    def under(self, overrides: Mapping[str, Any] | None) -> Texts:
        """Return the same texts with these overrides instead of any others.

        Raises:
            InputError: an override is of no text, or names a value that this text does not have.
        """
        own = _of_file(overrides or {}, f"{FILE_NAME}: texts.")
        return Texts(self.language, self._base, own, tuple(key for key in self.missing if key not in own))

    def __getitem__(self, key: str) -> str:
        """Return a text as it stands, its placeholders unfilled."""
        return self._all[key]

    def __contains__(self, key: str) -> bool:
        return key in self._all

    def say(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled; of a text with `.one` and `.other` by the number `count`."""
        if key not in self._all and "count" in values:
            key = f"{key}.one" if values["count"] == 1 and f"{key}.one" in self._all else f"{key}.other"
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), self._all[key])

    def as_dict(self) -> dict[str, str]:
        """Return every text by its dotted key, as the page gets them."""
        return dict(self._all)

    def other_than(self, texts: Texts) -> dict[str, str]:
        """Return the texts that are others here than there."""
        return {key: text for key, text in self._all.items() if texts._all.get(key) != text}

    def notes(self) -> list[str]:
        """Return what the researcher should know: which texts are said in English."""
        if not self.missing:
            return []
        file, count = f"texts.{self.language}.toml", len(self.missing)
        if count == len(_builtin(ENGLISH)):
            return [
                f'{FILE_NAME}: experiment.language = "{self.language}"; the program has no texts in this language, '
                f"so its buttons and messages are in English; add {file} to the experiment's folder."
            ]
        named = ", ".join(self.missing[:5]) + (", ..." if count > 5 else "")
        texts = "1 text is" if count == 1 else f"{count} texts are"
        return [f"{file}: {texts} missing and said in English ({named}); add what participants should read."]


def own_texts(tables: Mapping[str, Any]) -> dict[str, str]:
    """Return texts by dotted key, from tables, dotted keys, or both.

    Raises:
        PartError: a key is not known, is no text, or has a placeholder that is not known.
    """
    english = _builtin(ENGLISH)
    texts = {}
    for key, text in _flat(tables):
        known = english.get(key)
        stem, _, form = key.rpartition(".")
        if known is None and form in _MORE_PLURALS:
            known = english.get(f"{stem}.other")
        if known is None:
            raise PartError(key, f"is not a known text; {_nearest(key, english)}")
        if not isinstance(text, str) or not text.strip():
            raise PartError(key, f"= {text!r}; write a text in quotation marks")
        values = dict.fromkeys(f"{{{name}}}" for name in _PLACEHOLDER.findall(known))
        for name in _PLACEHOLDER.findall(text):
            if f"{{{name}}}" not in values:
                remedy = f"use {' or '.join(values)}" if values else "remove it"
                raise PartError(key, f"has {{{name}}}, which stands for nothing there; {remedy}")
        texts[key] = text
    return texts


def _of_file(tables: Mapping[str, Any], place: str) -> dict[str, str]:
    try:
        return own_texts(tables)
    except PartError as error:
        raise InputError(f"{place}{error.part} {error}.") from None


def _nearest(key: str, known: Mapping[str, str]) -> str:
    table, _, name = key.partition(".")
    inside = {each.partition(".")[2]: each for each in known if each.startswith(f"{table}.")}
    if not inside:
        return f"the tables of texts are {', '.join(dict.fromkeys(each.partition('.')[0] for each in known))}"
    near = did_you_mean(name, inside)
    return f"perhaps {inside[near]} is meant" if near else f"the texts of {table} are {', '.join(inside)}"


def _flat(tables: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value


@cache
def _builtin(language: str) -> Mapping[str, str]:
    file = paths.app_dir() / "experiments" / "texts" / f"{language}.toml"
    return dict(_flat(_read(file))) if file.is_file() else {}


def _read(file: Path) -> dict[str, Any]:
    try:
        source = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file.name}: cannot be read ({error.strerror}); check its permissions.") from None
    return toml_file.parsed(source, file.name)
