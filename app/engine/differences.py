"""Which part of a state differs, is in the way, or has which hash: for people who look for a cause.

A part is named as it would be reached in Python: `env.kitchen.cooks[0].held`.
"""

from __future__ import annotations

import bisect
import enum
import itertools
import re
import types
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .anatomy import attributes, reduced
from .canonical import canonical_bytes, state_hash

LONGEST_PATH = 200
"""Characters of a path that is told to people."""
_WITHOUT_PARTS = (
    type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, enum.Enum, np.generic,
    int, float, complex, str, bytes, bytearray, set, frozenset,
)  # fmt: skip


def subtree_hashes(value: Any, depth: int, root: str = "") -> dict[str, str]:
    """Return the hashes of a state's parts by path, 16 hexadecimal digits each.

    Args:
        value: The state.
        depth: Levels below the whole, which is level 0.
        root: How the whole is called.
    """
    found = {_told(root): f"{state_hash(value):016x}"}
    if depth > 0:
        for label, child in parts(value):
            found |= subtree_hashes(child, depth - 1, f"{root}{label}")
    return found


def reported_difference(reports: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where two seats' states differ first, from what their pages reported: `episode`, `frame`, `part`, `seats`.

    Args:
        reports: By seat, as `match_report.report` makes them; what is none is passed over, for pages send them.

    Returns:
        The innermost part that differs, of those that were told; None where no two seats told of the same state.
    """
    told: dict[tuple[int, int], dict[str, dict[str, Any]]] = {}
    for seat, report in sorted(reports.items()):
        desyncs = report.get("desyncs") if isinstance(report, dict) else None
        for found in desyncs if isinstance(desyncs, list) else ():
            if not isinstance(found, dict) or not isinstance(found.get("parts"), dict):
                continue
            episode, frame = found.get("episode"), found.get("frame")
            if type(episode) is int and type(frame) is int:
                told.setdefault((episode, frame), {})[seat] = found["parts"]
    for (episode, frame), parts in sorted(told.items()):
        for one, other in itertools.combinations(parts, 2):
            path = _innermost(parts[one], parts[other])
            if path is not None:
                return {"episode": episode, "frame": frame, "part": path[:LONGEST_PATH], "seats": [one, other]}
    return None


def _innermost(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str | None:
    """Return the first differing path within which no part differs, of two results of `subtree_hashes`."""
    # One that only one side has told may have been cut off on the other: there are limits to how many are.
    differing = [path for path, told in ours.items() if path in theirs and theirs[path] != told]
    ordered = sorted(differing)
    return next((path for path in differing if not _holds_another(path, ordered)), None)


def _holds_another(path: str, ordered: list[str]) -> bool:
    """Say whether one of these paths, in order, lies inside another; a page may tell of thousands."""
    if not path:
        return len(ordered) > 1
    starts = f"{path}.", f"{path}["
    found = (bisect.bisect_left(ordered, start) for start in starts)
    return any(at < len(ordered) and ordered[at].startswith(start) for at, start in zip(found, starts, strict=True))


def first_difference(a: Any, b: Any, root: str = "") -> str | None:
    """Return the path of the part in which two states differ, the one nearest to the root; None if they are equal.

    Where the difference lies in no part alone (which of several equal objects are one and the same), the root is named.
    """
    found = differing_parts(a, b, root)
    return None if found is None else found[0]


def differing_parts(a: Any, b: Any, root: str = "") -> tuple[str, Any, Any] | None:
    """Return what `first_difference` does, and the two parts themselves."""
    if canonical_bytes(a) == canonical_bytes(b):
        return None
    waiting = deque([(root, a, b)])
    seen: dict[tuple[int, int], Any] = {}  # kept alive, for parts may be made when they are asked for
    while waiting:
        path, one, other = waiting.popleft()
        if (id(one), id(other)) in seen:
            continue
        seen[id(one), id(other)] = one, other
        mine, theirs = dict(parts(one)), dict(parts(other))
        if type(one) is not type(other):
            return _told(path), one, other
        lacking = next((label for label in [*mine, *theirs] if label not in mine or label not in theirs), None)
        if lacking is not None:
            return _told(path + lacking), one, other
        if not mine and canonical_bytes(one) != canonical_bytes(other):
            return _told(path), one, other
        waiting += [(path + label, child, theirs[label]) for label, child in mine.items()]
    return _told(root), a, b


def first_unreadable(value: Any, root: str = "") -> tuple[str, str] | None:
    """Return the path of the innermost part that canonical bytes refuse, and why; None if they refuse nothing."""
    path, seen = root, {id(value)}
    found: tuple[str, str] | None = None
    while True:
        try:
            canonical_bytes(value)
            return found
        except TypeError as error:
            found = _told(path), str(error)
        for label, child in parts(value):
            if id(child) not in seen and _refused(child):
                path, value = path + label, child
                seen.add(id(child))
                break
        else:
            return found


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value consists of, each with how it is reached from there; nothing for a value without parts."""
    kind = type(value)
    if isinstance(value, dict):
        keys = sorted(value, key=canonical_bytes)
        # In the names of a state's own parts, an identifier is an attribute: `env.cook`, not `['env']['cook']`.
        yield from ((f".{key}" if _is_name(key) else f"[{key!r}]", value[key]) for key in keys)
    elif isinstance(value, (list, tuple, deque)):
        names = getattr(kind, "_fields", ())
        for index, item in enumerate(value):
            yield (f".{names[index]}" if index < len(names) else f"[{index}]"), item
    elif isinstance(value, np.ndarray):
        if value.dtype.names is not None:
            yield from ((f"[{name!r}]", value[name]) for name in value.dtype.names)
        elif value.ndim and value.dtype.hasobject:
            yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif _is_object(value):
        yield from ((f".{name}", item) for name, item in sorted(attributes(value).items()))


def _is_object(value: Any) -> bool:
    """Say whether a value is no more than its attributes."""
    if isinstance(value, _WITHOUT_PARTS):
        return False
    try:
        return reduced(value) is None
    except TypeError:
        return False


def _is_name(key: Any) -> bool:
    return isinstance(key, str) and key.isidentifier()


def _refused(value: Any) -> bool:
    try:
        canonical_bytes(value)
    except TypeError:
        return True
    return False


def _told(path: str) -> str:
    """Return a path as it is told: Gymnasium's wrappers in one word, and not too long."""
    path = re.sub(r"^env(\.env)+(?=[.\[]|$)", "env.unwrapped", path.removeprefix("."))
    return path if len(path) <= LONGEST_PATH else f"{path[: LONGEST_PATH - 3]}..."
