"""The part of the sync test that needs another Python process: what it is given, and what it does there.

Within one process a rollback cannot show what lies outside an environment and outlives it: a module's cache that is
warm already, numbers given out in the order of first use, an order by address. Another process starts without them, as
another participant's browser does.

A case is a pickle. It may be loaded only by a process of one's own that was started for it, never when it came from
anywhere else: loading a pickle can do anything.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .differences import subtree_hashes
from .findings import Finding, differing_column, finding
from .script_run import Begin, Script, content_of
from .simulation import Simulation

NAMED_LEVELS = 5
"""Levels of the state whose parts have hashes of their own in a case, so that what differs can be named."""


@dataclass(frozen=True)
class _Case:
    """What the first process knows.

    Attributes:
        script: The words of one episode.
        rows: Every frame's row.
        hashes: Of the parts of the state after every frame, by path.
        middle: Frames stepped before the snapshot.
        snapshot: The saved state there, pickled; None where that cannot be done.
        columns: The names of a row's columns.
    """

    script: Script
    rows: list[str]
    hashes: list[dict[str, str]]
    middle: int
    snapshot: bytes | None
    columns: Sequence[str]


def export_case(make: Callable[[], Begin], script: Script, columns: Sequence[str] = ()) -> bytes:
    """Play the first episode and return what another process has to come to as well.

    Args:
        make: See `SyncTest`.
        script: The words of frames from 0 on; where the episode ends earlier, the case does.
        columns: The names of a row's columns.
    """
    simulation = make()(0)
    rows: list[str] = []
    hashes: list[dict[str, str]] = []
    states: list[Any] = []
    for frame, words in enumerate(script):
        outcome = simulation.step(frame, words)
        if outcome.error is not None:
            break
        rows.append(outcome.row)
        states.append(simulation.save())
        hashes.append(_hashes(simulation, states[-1]))
        if outcome.over:
            break
    middle = len(rows) // 2
    snapshot = _pickled(states[middle - 1]) if middle else None
    return pickle.dumps(_Case(list(script[: len(rows)]), rows, hashes, middle, snapshot, list(columns)))


def run_case(data: bytes, make: Callable[[], Begin]) -> list[Finding]:
    """Play a case of another process of one's own; return where it goes another way.

    It is played from the snapshot in its middle first, while this process knows nothing yet, and then from its start.

    Args:
        data: What `export_case` returned; never bytes from outside.
        make: As it was there.
    """
    case: _Case = pickle.loads(data)
    found = None
    if case.snapshot is not None:
        simulation = make()(0)
        simulation.load(pickle.loads(case.snapshot))
        found = _play(case, simulation, case.middle, "fresh")
    found = found or _play(case, make()(0), 0, "start")
    return [] if found is None else [found]


def _play(case: _Case, simulation: Simulation, first: int, kind: str) -> Finding | None:
    if first:
        found = _same_state(case, simulation, first - 1, kind)
        if found is not None:
            return found
    for frame in range(first, len(case.rows)):
        outcome = simulation.step(frame, case.script[frame])
        if outcome.error is not None:
            return finding(kind, frame, detail=f"step() fails there: {outcome.error}")
        if outcome.row != case.rows[frame]:
            return finding(kind, frame, differing_column(case.rows[frame], outcome.row, case.columns))
        found = _same_state(case, simulation, frame, kind)
        if found is not None:
            return found
    return None


def _same_state(case: _Case, simulation: Simulation, frame: int, kind: str) -> Finding | None:
    expected, found = case.hashes[frame], _hashes(simulation, simulation.save())
    if found[""] == expected[""]:
        return None
    paths = [path for path in {**expected, **found} if expected.get(path) != found.get(path)]
    innermost = [path for path in paths if not any(other != path and other.startswith(path) for other in paths)]
    return finding(kind, frame, min(innermost, key=len, default=""))


def _hashes(simulation: Simulation, saved: Any) -> dict[str, str]:
    return subtree_hashes(content_of(simulation, saved), NAMED_LEVELS)


def _pickled(value: Any) -> bytes | None:
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 -- closures, locks, whatever an object's own methods raise
        return None
