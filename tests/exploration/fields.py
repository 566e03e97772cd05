"""The pages of the explored match and the datagrams between them: every state a number, every move worked out once.

A datagram that does not arrive at once lies in the open until nothing can come of it any more: it can arrive at any
time, in any order, more than once, or never, which is all that a network may do.

Where no datagram is sure to arrive, two things need not be told apart from others. A peer takes datagrams only just
before it says something: taking them is seen by nobody, and what lies in the open does not run away. And who has
nothing to do but to repeat what it knows does so at once: nothing of it needs to arrive.
"""

from __future__ import annotations

from collections.abc import Sequence

from .actors import Actors
from .page import NOTHING, Page, Said, Violation
from .post import Post
from .world import Field, Move, Scope

TICK = ("tick",)
Messages = tuple[str, ...]
Ticked = tuple[Move, int, int, Messages, int]
"""A move, the field after it, whose it was, what it said to the server, and how many datagrams are late."""
Heard = tuple[Move, int, Messages]


class Fields:
    """All states of the pages together.

    Args:
        scope: What is explored.
        pages: By seat, the states of each.

    Attributes:
        all: The fields by number.
        bare: By field, the number of the one with the same pages and nothing under way.
        doing: The move that was tried last.
    """

    def __init__(self, scope: Scope, pages: Sequence[Actors[Page]]) -> None:
        self._scope, self._pages = scope, pages
        self.seats = range(len(pages))
        self.post = Post(pages, scope.rules.fences)
        self.all: list[Field] = []
        self.bare: list[int] = []
        self.doing: Move | None = None
        self._numbers: dict[Field, int] = {}
        self._ticks: dict[tuple[int, int], list[Ticked]] = {}
        self._hears: dict[tuple[int, int, str], list[Heard]] = {}
        self._takings: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        self._agreeing: set[tuple[int, int, int, int]] = set()
        self.number(Field(tuple(0 for _ in self.seats), 0))

    def number(self, field: Field) -> int:
        """Return a field's number."""
        found = self._numbers.get(field)
        if found is None:
            found = self._numbers[field] = len(self.all)
            self.all.append(field)
            self.bare.append(found)
            if field.open:
                self.bare[found] = self.number(Field(field.pages, 0))
        return found

    def ticks(self, field: int, held: int) -> list[Ticked]:
        """Return what the pages can do by themselves.

        Args:
            field: Before.
            held: How many datagrams may still be late.
        """
        found = self._ticks.get((field, held))
        if found is None:
            found = [move for seat in self.seats for move in self._ticks_of(field, seat, held)]
            self._ticks[field, held] = found
        return found

    def hears(self, field: int, seat: int, message: str) -> list[Heard]:
        """Return what follows when a page takes some datagrams, and then the server's next message."""
        found = self._hears.get((field, seat, message))
        if found is None:
            found = self._hears[field, seat, message] = []
            for state, taken in self._taking(field, seat):
                self.doing = "page hears", seat, taken, message
                after, said = self._pages[seat].step(state, ("control", message))
                found.append((self.doing, self._spread(field, seat, after, said), said.messages))
        return found

    def hears_now(self, field: int, seat: int, message: str) -> tuple[int, Messages]:
        """Let a page take the server's next message, and no datagrams."""
        after, said = self._pages[seat].step(self.all[field].pages[seat], ("control", message))
        return self._spread(field, seat, after, said), said.messages

    def tick_now(self, field: int, seat: int) -> tuple[int, Messages]:
        """Let a page take all that can still arrive, and tick."""
        here, page = self.all[field], self._pages[seat]
        state = here.pages[seat]
        for data in self.post.among(seat, here.open):
            state = page.step(state, ("packet", data))[0]
        after, said = page.step(state, TICK)
        return self._spread(field, seat, after, said), said.messages

    def reload(self, field: int, seat: int) -> int:
        """Let a page be replaced by a new one; what is under way to it ends with it."""
        pages, under_way = self.all[field]
        after, _ = self._pages[seat].step(pages[seat], ("reload",))
        return self.number(Field((*pages[:seat], after, *pages[seat + 1 :]), under_way & ~self.post.masks[seat]))

    def _ticks_of(self, field: int, seat: int, held: int) -> list[Ticked]:
        found: list[Ticked] = []
        for state, taken in self._taking(field, seat):
            after, said = self._pages[seat].step(state, TICK)
            for late in range(1 << len(said.datagrams)) if held else (0,):
                late_ones = late.bit_count()
                if late_ones <= held:
                    self.doing = "tick", seat, taken, late
                    ticked = self._spread(field, seat, after, said, late)
                    if ticked != field or said.messages or late:
                        found.append((self.doing, ticked, seat, said.messages, late_ones))
            if taken and self._scope.held is not None:
                self.doing = "takes", seat, taken
                found.append((self.doing, self._spread(field, seat, state, NOTHING), seat, (), 0))
        return found

    def _taking(self, field: int, seat: int) -> list[tuple[int, int]]:
        """Return the states that taking any datagrams in any order leads to, and how many were taken."""
        pages, under_way = self.all[field]
        state, inbox = pages[seat], under_way & self.post.masks[seat]
        if not inbox:
            return [(state, 0)]
        found = self._takings.get((seat, state, inbox))
        if found is None:
            found, known = [(state, 0)], {state}
            for at, taken in found:
                if taken and self._scope.held is None and self._pages[seat].step(at, TICK)[0] == at:
                    continue  # it tells at once what it took, and from there it can take the rest
                for data in self.post.among(seat, inbox & ~self.post.stale(seat, at)):
                    after = self._pages[seat].step(at, ("packet", data))[0]
                    if after not in known:
                        known.add(after)
                        found.append((after, taken + 1))
            self._takings[seat, state, inbox] = found
        return found

    def _spread(self, field: int, seat: int, state: int, said: Said, late: int = 0) -> int:
        """Return what follows when a peer has come to a state and said something.

        Args:
            field: Before.
            seat: The peer's.
            state: The one that it has come to.
            said: What it said.
            late: The datagrams that do not arrive at once, by their places in `said`, a bit each.
        """
        before, under_way = self.all[field]
        free, actors = self._scope.held is None, self._pages
        datagrams, pages = said.datagrams, list(before)
        pages[seat] = state
        if free:
            after, repeated = self._pages[seat].step(state, TICK)
            datagrams += repeated.datagrams if after == state else ()
        for index, (to, data) in enumerate(datagrams):
            if free or late >> index & 1:
                under_way |= self.post.bit(to, data)
            else:
                pages[to] = actors[to].step(pages[to], ("packet", data))[0]
        if under_way:
            for receiver in self.seats:
                under_way &= ~self.post.stale(receiver, pages[receiver])
        if self._scope.kept is not None:
            under_way = self.post.newest(under_way, seat, self._scope.kept)
        self._check(before, pages)
        return self.number(Field(tuple(pages), under_way))

    def _check(self, before: Sequence[int], after: Sequence[int]) -> None:
        """Compare the records and the commits of peers that have changed with everybody else's."""
        for seat in self.seats:
            if before[seat] == after[seat]:
                continue
            for other in self.seats:
                if other != seat and (seat, after[seat], other, after[other]) not in self._agreeing:
                    self._compare(seat, after[seat], other, after[other])
                    self._agreeing.add((seat, after[seat], other, after[other]))

    def _compare(self, seat: int, state: int, other: int, others_state: int) -> None:
        mine, theirs = self._pages[seat].looks[state], self._pages[other].looks[others_state]
        for one, another in (
            *zip(mine.rows, theirs.rows, strict=False),
            *zip(mine.commits, theirs.commits, strict=False),
        ):
            if one != another:
                raise Violation(f"seats {seat} and {other} disagree: {one} and {another}")
