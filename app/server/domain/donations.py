"""States on their way from one seat to another that comes back: the server is the post office.

A page that would have to step for too long asks for a state; the server picks who gives one and passes on what they
say. It reads, keeps and runs nothing of it. Whatever fails is said to the page that asked, which then steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.server.domain.ballots import is_count
from app.server.domain.decisions import Send
from app.server.domain.errors import Refused

#: What pages say of states over `membership`.
KINDS = ("snapshot", "offer", "decline")
#: The most bytes of a state, and of a part of it; the engine's figures.
MOST_BYTES, PART_BYTES = 4 * 1024 * 1024, 16 * 1024
#: As much of a reason as is passed on.
LONGEST_REASON = 200

_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass
class _Donation:
    """One state on its way.

    Attributes:
        donor: the seat that gives.
        epoch: the episode.
        frame: the state is the one before it; None before it was offered.
        parts: how many there are.
        passed: how many were passed on.
        size: the state's bytes.
    """

    donor: int
    epoch: int
    frame: int | None = None
    parts: int = 0
    passed: int = 0
    size: int = 0


class Donations:
    """The states that are on their way in one match."""

    def __init__(self) -> None:
        self._running: dict[int, _Donation] = {}
        self._asked: set[tuple[int, int]] = set()

    def ask(self, seat: int, message: dict[str, Any], donors: Iterable[int]) -> list[Send]:
        """A seat that comes back asks for a state, once a life and episode.

        Args:
            seat: its index.
            message: `epoch`.
            donors: the seats that could give one now.

        Raises:
            Refused: it has asked before, or does not say for which episode.
        """
        epoch: Any = message.get("epoch")
        if not is_count(epoch) or (seat, epoch) in self._asked:
            raise Refused("asked_before", "a state is asked for once an episode.")
        self._asked.add((seat, epoch))
        donor = min((other for other in donors if other != seat), default=None)
        if donor is None:
            return [_declined(seat, epoch, "nobody_there")]
        self._running[seat] = _Donation(donor, epoch)
        return [Send(donor, {"kind": "donate", "to": seat, "epoch": epoch})]

    def answer(self, donor: int, message: dict[str, Any]) -> list[Send]:
        """The seat that was asked says what comes, or why nothing does.

        Raises:
            Refused: it was not asked, or says nothing that can be passed on.
        """
        to = message.get("to")
        donation = self._donation(donor, to, message.get("epoch"))
        assert type(to) is int
        if message["kind"] == "decline":
            del self._running[to]
            reason = message.get("reason")
            return [_declined(to, donation.epoch, reason[:LONGEST_REASON] if isinstance(reason, str) else "")]
        frame, size, parts = (_count(message.get(name)) for name in ("frame", "size", "parts"))
        hashes = {name: message.get(name) for name in ("state_hash", "inputs_hash")}
        named = all(isinstance(text, str) and _HASH.fullmatch(text) for text in hashes.values())
        fits = 0 < size <= MOST_BYTES and parts == -(-size // PART_BYTES)
        if donation.frame is not None or not (frame and fits and named):
            raise Refused("bad_message", "membership.message: this is no offer of a state.")
        donation.frame, donation.size, donation.parts = frame, size, parts
        offer = {"kind": "offer", "epoch": donation.epoch, "frame": frame, **hashes, "size": size, "parts": parts}
        return [Send(to, offer)]

    def part(self, donor: int, to: int, epoch: int, frame: int, index: int, size: int) -> None:
        """A part of an offered state passes.

        Raises:
            Refused: nobody waits for it, it is out of order, or has another size than was said.
        """
        donation = self._donation(donor, to, epoch)
        last = index == donation.parts - 1
        expected = donation.size - index * PART_BYTES if last else PART_BYTES
        if frame != donation.frame or index != donation.passed or index >= donation.parts or size != expected:
            raise Refused("bad_part", "this part of a state is not the one that comes next.")
        donation.passed += 1
        if last:
            del self._running[to]

    def look(self, takers: Iterable[int], donors: Iterable[int]) -> list[Send]:
        """See who is still there: the seats that come back, and those that could give."""
        waiting, there = set(takers), set(donors)
        for seat in [seat for seat in self._running if seat not in waiting]:
            del self._running[seat]
        gone = [seat for seat, donation in self._running.items() if donation.donor not in there]
        return [_declined(seat, self._running.pop(seat).epoch, "donor_gone") for seat in gone]

    def lost(self, seat: int, epoch: int) -> list[Send]:
        """The connection of a seat that comes back was down: what was on its way there may never come."""
        self._running.pop(seat, None)
        return [_declined(seat, epoch, "connection_lost")]

    def new_life(self, seat: int) -> None:
        """Another page of a seat's person is there: what the one before asked for is void."""
        self._running.pop(seat, None)
        self._asked = {(asker, epoch) for asker, epoch in self._asked if asker != seat}

    def _donation(self, donor: int, to: Any, epoch: Any) -> _Donation:
        donation = self._running.get(to) if type(to) is int else None
        if donation is None or donation.donor != donor or donation.epoch != epoch:
            raise Refused("not_donating", "nobody waits for a state of this seat.")
        return donation


def _count(value: Any) -> int:
    """Return a whole number from a page, 0 for anything else."""
    number: int = value if is_count(value) else 0
    return number


def _declined(seat: int, epoch: int, reason: str) -> Send:
    return Send(seat, {"kind": "declined", "epoch": epoch, "reason": reason})
