"""Whom the members of a match accuse of silence, and whether it counts. `membership.py` acts on it.

Two members that cannot reach each other accuse each other. The first accusation counts; but a page that was itself cut
off from the server has heard nobody, so what it says counts only when it has been back for a whole grace time.
"""

from __future__ import annotations

import itertools


class Suspicions:
    """Accusations, and who can be reached by the server.

    Args:
        grace_ms: how long a member may be silent.
    """

    def __init__(self, grace_ms: float) -> None:
        self._grace_ms = grace_ms
        self._accusations: dict[tuple[int, int], tuple[float, int]] = {}
        self._order = itertools.count()
        self._away: set[int] = set()
        self._back_ms: dict[int, float] = {}
        self._overdue: set[int] = set()

    def accuse(self, accused: int, by: int, now_ms: float) -> bool:
        """Note an accusation; return whether it is new."""
        if (accused, by) in self._accusations:
            return False
        self._accusations[accused, by] = (now_ms, next(self._order))
        return True

    def withdraw(self, accused: int, by: int) -> None:
        """Note that somebody was heard again."""
        self._accusations.pop((accused, by), None)

    def upheld(self, members: set[int], now_ms: float) -> set[int]:
        """Return which of the members must be dropped for what others of them say."""
        dropped: set[int] = set()
        in_effect = [
            (max(at_ms, self._back_ms.get(by, at_ms - self._grace_ms) + self._grace_ms), order, accused, by)
            for (accused, by), (at_ms, order) in self._accusations.items()
            if by not in self._away and {accused, by} <= members
        ]
        for effective_ms, _, accused, by in sorted(in_effect):
            if effective_ms <= now_ms and by not in dropped and accused not in dropped:
                dropped.add(accused)
        return dropped

    def begin(self) -> None:
        """Another episode begins: pages look anew who is silent, and take back nothing that they said before it."""
        self._accusations.clear()

    def lost(self, seat: int) -> None:
        """The server has lost a seat's page."""
        self._away.add(seat)

    def back(self, seat: int, now_ms: float) -> None:
        """A seat's page is there again."""
        if seat in self._away:
            self._away.discard(seat)
            self._back_ms[seat] = now_ms

    def reachable(self, seat: int) -> bool:
        """Whether the server reaches a seat's page."""
        return seat not in self._away

    def overdue(self, seat: int) -> bool:
        """Note that a seat has not answered the server for too long; return whether that is new."""
        new = seat not in self._overdue
        self._overdue.add(seat)
        return new

    def answered(self, seat: int) -> None:
        """A seat has answered the server."""
        self._overdue.discard(seat)

    def forget(self, seats: set[int]) -> None:
        """Seats take part no more: what they said and what was said of them is void."""
        self._overdue -= seats
        self._accusations = {pair: at for pair, at in self._accusations.items() if not seats & set(pair)}
