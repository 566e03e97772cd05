"""A measured claim, and the table of all of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        claim: what was measured.
        value: the number.
        unit: "x" for a ratio, "%" for a share (1 is 100 %), "ms", "bytes/s".
        aim: the largest value that still meets the aim; None where there is none.
        note: how it was measured, in a few words.
    """

    claim: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        return None if self.aim is None else self.value <= self.aim

    def cells(self) -> tuple[str, str, str, str, str]:
        """The line's texts: claim, value, aim, whether it is met, note."""
        aim = "" if self.aim is None else f"<= {_number(self.aim, self.unit)}"
        verdict = {None: "", True: "yes", False: "NO"}[self.met]
        return self.claim, _number(self.value, self.unit), aim, verdict, self.note


@dataclass
class Ledger:
    """A table of its own: the same figures for several cases.

    Attributes:
        title: what it is about.
        columns: headings.
        how: how it was measured, a line.
        rows: one text a column each.
    """

    title: str
    columns: Sequence[str]
    how: str
    rows: list[Sequence[str]] = field(default_factory=list)


HEADINGS = ("claim", "measured", "aim", "met", "how")


def _number(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f} x"
    if unit == "%":
        return f"{value:.1%}"
    return f"{value:.3f} {unit}" if value < 1 else f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"


def ratios_first(results: Sequence[Result]) -> list[Result]:
    """The same lines with ratios and shares before absolute numbers: they say the same on every machine."""
    return sorted(results, key=lambda result: result.unit not in {"x", "%"})


def as_text(measured: Sequence[Result | Ledger]) -> str:
    """The tables for a terminal."""
    return "\n\n".join("\n".join([*title, _aligned(lines)]) for title, lines in _tables(measured))


def as_markdown(measured: Sequence[Result | Ledger]) -> str:
    """The tables for results.md."""
    parts = []
    for title, (headings, *rows) in _tables(measured):
        if title:
            parts += [f"## {title[0]}", *title[1:]]
        lines = [headings, ("---",) * len(headings), *rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts)


def _tables(measured: Sequence[Result | Ledger]) -> list[tuple[Sequence[str], list[Sequence[str]]]]:
    """Title lines, and headings with rows, of the results together and of each ledger."""
    results = [item for item in measured if isinstance(item, Result)]
    tables: list[tuple[Sequence[str], list[Sequence[str]]]] = []
    if results:
        tables.append(((), [HEADINGS, *(result.cells() for result in ratios_first(results))]))
    ledgers = [item for item in measured if isinstance(item, Ledger)]
    return [*tables, *(((each.title, each.how), [each.columns, *each.rows]) for each in ledgers)]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def machine_facts(chromium_version: str) -> str:
    """What the numbers depend on: processor, cores, memory, system, browser."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), None)
    gigabytes = f", {int(memory) / 1024**2:.0f} GB" if memory else ""
    return f"{model}, {os.cpu_count()} cores{gigabytes}, {platform.system()} {platform.machine()}, {chromium_version}"


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text().splitlines() if path.exists() else []
