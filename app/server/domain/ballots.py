"""One attempt of the server to change a match's membership: what it asks of whom, and what they answered.

`membership.py` opens ballots and closes them. Reports come from pages, so they are checked here like any message;
one that means nothing is no report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from app.engine.varint import Reader, from_run_lengths

NULL_FRAME = -1
MAX_FRAME = 2**31 - 1
#: More inputs than this cannot lie between what all hold and what one holds: a match stalls long before.
MAX_WORDS = 4096
MAX_WORD_BYTES = 64

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True)
class Report:
    """A member's answer to a ballot.

    Attributes:
        accepted: whether it freezes and fences as asked.
        view: the changes it has applied.
        frame: the newest frame of an input it has made.
        stable: up to here everybody holds every input, as far as it knows.
        receipts: by leaver, the newest frame up to which it holds the leaver's inputs.
        inputs: by leaver, those of `stable + 1` to the receipt, as `[start, hex]`.
    """

    accepted: bool
    view: int
    frame: int
    stable: int
    receipts: dict[int, int]
    inputs: dict[int, list[Any]]


@dataclass
class Ballot:
    """What the members are asked.

    Attributes:
        number: grows for ever; a greater one makes this one void.
        view: the view that a commit of this ballot would make.
        epoch: the episode it is about.
        parties: seats that must all answer.
        drop: seats whose receipts are frozen.
        fence: the frame nobody steps before it is decided; None for a drop.
        activate: the seat that would take part from the fence on.
        purpose: "drop", "activate", "finish" or "pause".
        opened_ms: when it was opened.
        asked_ms: when it was last sent.
        reports: by seat, the answers so far.
    """

    number: int
    view: int
    epoch: int
    parties: tuple[int, ...]
    drop: tuple[int, ...]
    fence: int | None
    activate: int | None
    purpose: str
    opened_ms: float
    asked_ms: float
    reports: dict[int, Report] = field(default_factory=dict)

    @property
    def silent(self) -> list[int]:
        """Who has not answered."""
        return [seat for seat in self.parties if seat not in self.reports]

    def prepare(self) -> dict[str, Any]:
        """Return the message that asks."""
        return {
            "kind": "prepare", "ballot": self.number, "view": self.view, "epoch": self.epoch,
            "drop": list(self.drop), "fence": self.fence, "activate": self.activate,
        }  # fmt: skip


@dataclass(frozen=True)
class Cuts:
    """What the reports of a complete ballot say of its leavers.

    Attributes:
        frames: by leaver, its last frame: the greatest receipt.
        inputs: by leaver, those that some member may lack, as `[start, hex]`.
        behind: members that lack more than anybody has kept.
    """

    frames: dict[int, int]
    inputs: dict[int, list[Any]]
    behind: set[int]


def decide_cuts(reports: dict[int, Report], leavers: tuple[int, ...]) -> Cuts:
    """Return the cuts that all reports allow.

    What a member holds reaches at least to every other member's stable frame, so what one of those with the greatest
    receipt has kept is enough for all. Only who came back a moment ago, and is not counted in the others' stable
    frame yet, may lack more than that.
    """
    cuts = Cuts({}, {}, set())
    for leaver in leavers:
        cut = max(report.receipts[leaver] for report in reports.values())
        best = min((r for r in reports.values() if r.receipts[leaver] == cut), key=lambda report: report.stable)
        cuts.frames[leaver], cuts.inputs[leaver] = cut, best.inputs[leaver]
        cuts.behind.update(seat for seat, report in reports.items() if report.receipts[leaver] < best.stable)
    return cuts


def read_report(message: dict[str, Any], drop: tuple[int, ...]) -> Report | None:
    """Return the report that a page's message means, or None if it means none.

    Args:
        message: anything of kind "report".
        drop: the ballot's leavers; an accepting report must tell what it holds of each.
    """
    fields: Any = [message.get(name) for name in ("accepted", "view", "frame", "stable")]
    accepted, view, frame, stable = fields
    if type(accepted) is not bool or not is_count(view) or not is_frame(frame) or not is_frame(stable):
        return None
    if not accepted:
        return Report(False, view, frame, stable, {}, {})
    receipts, inputs = message.get("receipts"), message.get("inputs")
    if not isinstance(receipts, dict) or not isinstance(inputs, dict):
        return None
    held: dict[int, int] = {}
    words: dict[int, list[Any]] = {}
    for seat in drop:
        receipt: Any = receipts.get(str(seat))
        run: Any = inputs.get(str(seat))
        if not is_frame(receipt) or not _is_run(run, stable + 1, receipt - stable):
            return None
        held[seat], words[seat] = receipt, run
    return Report(True, view, frame, stable, held, words)


def is_count(value: Any) -> bool:
    """Whether a value from a page is a whole number from 0."""
    return type(value) is int and 0 <= value <= MAX_FRAME


def is_frame(value: Any) -> bool:
    """Whether a value from a page is a frame, or the one before the first."""
    return type(value) is int and NULL_FRAME <= value <= MAX_FRAME


def _is_run(value: Any, start: int, count: int) -> bool:
    """Whether `[start, hex]` holds exactly `count` run-length coded words of some width."""
    if not isinstance(value, list) or len(value) != 2 or value[0] != start or type(value[0]) is not int:
        return False
    if not 0 <= count <= MAX_WORDS or not isinstance(value[1], str):
        return False
    if len(value[1]) > 2 * count * (MAX_WORD_BYTES + 2) or not _HEX.fullmatch(value[1]):
        return False
    return any(word_count(bytes.fromhex(value[1]), width) == count for width in range(1, MAX_WORD_BYTES + 1))


def word_count(runs: bytes, width: int) -> int | None:
    """Return how many words of a width run-length coded inputs hold; None when they cannot be read so."""
    words = from_run_lengths(Reader(runs), width, MAX_WORDS)
    return None if words is None else len(words)
