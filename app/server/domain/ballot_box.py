"""The one open ballot of a match: opened, asked again, answered, void. `membership.py` says when."""

from __future__ import annotations

from collections.abc import Iterable

from app.server.domain.ballots import Ballot, Report
from app.server.domain.decisions import Send

#: A ballot is asked again after so long: Socket.IO loses messages over a reconnect and does not say so.
ASK_AGAIN_MS = 1000


class BallotBox:
    """The open ballot and the numbers of all before.

    Args:
        first_ballot: every ballot is greater.

    Attributes:
        ballot: the open one.
        unanswered: by seat, since when it has left a question about a departure unanswered.
    """

    def __init__(self, first_ballot: int) -> None:
        self.ballot: Ballot | None = None
        self.unanswered: dict[int, float] = {}
        self._last = first_ballot

    def start(
        self,
        purpose: str,
        parties: set[int],
        view: int,
        epoch: int,
        now_ms: float,
        *,
        drop: Iterable[int] = (),
        fence: int | None = None,
        activate: int | None = None,
    ) -> list[Send]:
        """Ask; one that is open is replaced, and what it froze stays frozen where both ask for it."""
        self._last += 1
        ballot = self.ballot = Ballot(
            self._last, view, epoch, tuple(sorted(parties)), tuple(sorted(drop)), fence, activate, purpose, now_ms,
            now_ms,
        )  # fmt: skip
        if ballot.drop:
            self.unanswered = {seat: self.unanswered.get(seat, now_ms) for seat in ballot.parties}
        return [Send(seat, ballot.prepare()) for seat in ballot.parties]

    def void(self, members: set[int]) -> list[Send]:
        """Take the open ballot back, at those, too, that answered an earlier one and were accused since."""
        ballot = self.close()
        if ballot is None:
            return []
        return [Send(s, {"kind": "abort", "ballot": ballot.number}) for s in sorted(members | set(ballot.parties))]

    def close(self) -> Ballot | None:
        """Return what was open; nothing is open any more."""
        ballot, self.ballot = self.ballot, None
        self.unanswered.clear()
        return ballot

    def answer(self, seat: int, report: Report) -> bool:
        """Keep an answer to the open ballot; return whether it was the last one missing."""
        assert self.ballot is not None
        self.ballot.reports[seat] = report
        self.unanswered.pop(seat, None)
        return not self.ballot.silent

    def ask_again(self, now_ms: float) -> list[Send]:
        """Repeat the question to those who have not answered, from time to time."""
        ballot = self.ballot
        if ballot is None or now_ms - ballot.asked_ms < ASK_AGAIN_MS:
            return []
        ballot.asked_ms = now_ms
        return [Send(seat, ballot.prepare()) for seat in ballot.silent]

    def catch_up(self, seat: int) -> list[Send]:
        """Return what a page that was away must hear, after the commits."""
        ballot = self.ballot
        if ballot is not None and seat in ballot.parties:
            # Not an abort before it: the seat may have answered, and must not take anything in between.
            return [Send(seat, ballot.prepare())]
        void = self._last - (ballot is not None)
        return [Send(seat, {"kind": "abort", "ballot": void})] if void else []
