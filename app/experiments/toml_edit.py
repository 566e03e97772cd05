"""Changes values in a piece of TOML and leaves everything else as it was written, comments and blanks included.

Used by writing.py. tomlkit keeps what stands around the values.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, InlineTable

from app.experiments.toml_layout import inline


def same(one: Any, other: Any) -> bool:
    """Say whether two plain values are the same; unlike `==`, 1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True, default=repr) == json.dumps(other, sort_keys=True, default=repr)


def edited(text: str, values: Mapping[str, Any]) -> str:
    """Return a TOML text with other values.

    Args:
        text: a whole TOML document.
        values: what it shall be read as.
    """
    document = tomlkit.parse(text)
    _change(document, tomllib.loads(text), values)
    return tomlkit.dumps(document)


def _change(there: MutableMapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for key in [key for key in old if key not in new]:
        del there[key]
    for key, value in new.items():
        if key not in old:
            there[key] = _item(value)
            continue
        if same(old[key], value):
            continue
        inner = there[key]
        if isinstance(inner, InlineTable) and isinstance(value, Mapping) and "\n" not in inner.as_string():
            # On one line there are no comments to lose; tomlkit would add to it without a blank.
            there[key] = _item({name: value[name] for name in dict.fromkeys([*old[key], *value]) if name in value})
        elif isinstance(value, Mapping) and isinstance(old[key], Mapping) and isinstance(inner, MutableMapping):
            _change(inner, old[key], value)
        elif isinstance(inner, AoT) and isinstance(value, list) and len(inner) == len(value):
            for table, before, after in zip(inner, old[key], value, strict=True):
                _change(table, before, after)
        else:
            there[key] = _item(value)


def _item(value: Any) -> Any:
    """Return a new value as tomlkit holds it, tables on one line."""
    return tomlkit.value(inline(value))
