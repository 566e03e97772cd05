"""`python -m tests.mutation`: how many small mistakes in the engine's core its fast tests notice.

Also as `python3 bootstrap.py bench --mutation`. Takes some minutes on one core; it is no part of the gate. Writes
benchmarks/mutation.md when all modules were measured, and ends with 1 if one of the first four is below its mark.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from .accepted import ACCEPTED
from .runner import KILLED, ROOT, SURVIVED, TIMEOUT, Score, score

MARK = 0.90
MARKED = ("session", "membership", "inputs", "wire")
OTHERS = (
    "truth", "varint", "inbox", "outbox", "link", "own_inputs", "stepping", "stable_rows", "catch_up", "presence",
    "stalls", "delay", "metrics", "timesync", "record",
)  # fmt: skip
TESTS = (*MARKED, *OTHERS, "session_*", "membership_*", "lockstep")
TABLE = ROOT / "benchmarks" / "mutation.md"


def main() -> int:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help=f"some of {', '.join([*MARKED, *OTHERS])}; all by default")
    chosen = parser.parse_args().modules or [*MARKED, *OTHERS]
    files = [path for name in TESTS for path in sorted((ROOT / "tests" / "engine").glob(f"test_{name}.py"))]
    found = score([f"app.engine.{name}" for name in chosen], map(str, files), say)
    scores = {name.rpartition(".")[2]: each for name, each in found.items()}
    if not scores:
        return 2
    text = table(scores)
    print(text)
    if set(scores) == {*MARKED, *OTHERS}:
        TABLE.write_text(text, encoding="utf-8")
        say(f"written to {TABLE.relative_to(ROOT)}")
    return int(any(raw(scores[name]) < MARK for name in MARKED if name in scores))


def accepted(name: str, measured: Score) -> list[str]:
    """Return the names of a module's survivors that are accepted."""
    known = ACCEPTED.get(name, {})
    return [mutant.name for mutant in measured.survivors if mutant.name in known]


def share(name: str, measured: Score) -> float:
    """Return the share of a module's mutants that are noticed; accepted ones do not count."""
    counts = measured.counts
    noticed = counts[KILLED] + counts[TIMEOUT]
    return noticed / max(1, noticed + counts[SURVIVED] - len(accepted(name, measured)))


def raw(measured: Score) -> float:
    """Return the share of all of a module's mutants that are noticed."""
    counts = measured.counts
    return (counts[KILLED] + counts[TIMEOUT]) / max(1, sum(counts.values()))


def table(scores: dict[str, Score]) -> str:
    """Return the result as a page."""
    lines = [
        "# Mutation score of the engine's core",
        "",
        "Made by `python3 bootstrap.py bench --mutation`: every function is mutated in every way that tests/mutation",
        "knows, one mistake at a time, and only the fast tests of tests/engine look for it. A mutant that never ends",
        "counts as noticed.",
        "",
        "`score` counts every mutant. `without accepted` leaves out those listed below: they were looked at one by one",
        "after they had survived, and are told apart by function and text only, so that one name may cover two places.",
        "",
        "| module | mutants | killed | timeouts | survived | score | accepted | without accepted |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, each in scores.items():
        counts = each.counts
        lines.append(
            f"| {name} | {sum(counts.values())} | {counts[KILLED]} | {counts[TIMEOUT]} | {counts[SURVIVED]} "
            f"| {raw(each):.1%} | {len(accepted(name, each))} | {share(name, each):.1%} |"
        )
    lines += ["", "Accepted: no test can tell these from the engine as it is.", ""]
    lines += _listed(scores, lambda name, mutant: ACCEPTED.get(name, {}).get(mutant))
    lines += ["", "Survived and not accepted:", ""]
    lines += _listed(scores, lambda name, mutant: None if mutant in ACCEPTED.get(name, {}) else "")
    return "\n".join(lines) + "\n"


def _listed(scores: dict[str, Score], reason_of: object) -> Iterable[str]:
    assert callable(reason_of)
    for name, each in scores.items():
        for mutant in sorted({survivor.name for survivor in each.survivors}):
            reason = reason_of(name, mutant)
            if reason is not None:
                yield f"- {name}, `{mutant}`" + (f": {reason}" if reason else "")


def say(text: str) -> None:
    """Tell what is going on, on standard error: standard output is the table."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    assert Path.cwd() == ROOT, f"start this in {ROOT}"
    sys.exit(main())
