"""How `experiment.toml` is laid out where the program writes it: which tables have headers, which stand on one line.

Used by writing.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomlkit

#: The order of what stands on the file's top level.
ROOT_ORDER = (
    "format", "experiment", "entry", "environment", "conditions", "seats", "scenes", "texts", "webrtc",
)  # fmt: skip
_LONGEST_LINE = 120
#: Lists of tables that have a header each, by the last key of their way.
_WITH_HEADERS = ("scenes", "overrides", "ice_servers")


def inline(value: Any) -> str:
    """Return a value as it stands behind an equals sign."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {inline(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return tomlkit.item(value).as_string()


def assignment(key: str, value: Any) -> str:
    """Return a line that gives a key its value."""
    return f"{_key(key)} = {inline(value)}\n"


def has_header(key: str, value: Any) -> bool:
    """Say whether a key of the file's top level is written below headers, or else before the first one."""
    return isinstance(value, Mapping) or _has_headers(key, value)


def section(key: str, value: Any) -> str:
    """Return a key of the file's top level with its headers, and an empty line before each."""
    if (
        key == "seats"
        and isinstance(value, Mapping)
        and value
        and all(isinstance(seat, Mapping) for seat in value.values())
    ):
        return "\n" + "".join(_table(f"{key}.{_key(name)}", seat, "").lstrip("\n") for name, seat in value.items())
    if isinstance(value, Mapping):
        return _table(key, value)
    if _has_headers(key, value):
        return "".join(_table(key, table, double=True) for table in value)
    return assignment(key, value)


def _table(way: str, table: Mapping[str, Any], before: str = "\n", *, double: bool = False) -> str:
    """Return a table with its header, what stands on lines before what has headers of its own."""
    lines, below = "", ""
    for key, value in table.items():
        line = assignment(key, value)
        if _has_headers(key, value):
            below += "".join(_table(f"{way}.{_key(key)}", each, double=True) for each in value)
        elif isinstance(value, Mapping) and len(line) > _LONGEST_LINE:
            lines_below = _table(f"{way}.{_key(key)}", value)
            # Tables before lists of tables: a header after one of those would belong to its last table.
            below = lines_below + below
        else:
            lines += line
    header = f"[[{way}]]" if double else f"[{way}]"
    return f"{before}{header}\n{lines}{below}"


def _has_headers(key: str, value: Any) -> bool:
    is_tables = isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    return is_tables and key in _WITH_HEADERS


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else tomlkit.item(key).as_string()
