"""Every move that can be made in a match.

A datagram that does not arrive at once lies in the open until nothing can come of it any more: it can arrive at any
time, in any order, more than once, or never, which is all that a network may do. Messages between a page and the
server come in order, and are lost only with their connection.

Where no datagram is sure to arrive, two things need not be told apart from others. A peer takes datagrams only just
before it says something: taking them is seen by nobody, and what lies in the open does not run away. And who has
nothing to do but to repeat what it knows does so at once: nothing of it needs to arrive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from .actors import Actors
from .authority import Authority
from .page import NOTHING, Page, Said, Violation
from .post import Post
from .world import Left, Move, Scope, World, put

TICK = ("tick",)
EVICTED = '{"kind": "evicted"'


class Match:
    """All states and moves of a scope.

    Args:
        scope: What is explored.
        authority: Makes the server.

    Attributes:
        doing: The move that was tried last: the culprit, when something does not hold.
    """

    def __init__(self, scope: Scope, authority: type[Authority] = Authority) -> None:
        self.scope = scope
        self.seats = range(scope.rules.peers)
        self.pages = [Actors(Page(scope.rules, seat), Page.thawed) for seat in self.seats]
        self.server = Actors(authority(scope.rules), lambda events: authority(scope.rules, events))
        self.post = Post(self.pages)
        self.doing: Move | None = None
        self._takings: dict[tuple[int, int, int], list[tuple[int, int]]] = {}

    def begin(self) -> World:
        """Return the beginning."""
        nobody: tuple[tuple[str, ...], ...] = tuple(() for _ in self.seats)
        scope = self.scope
        left = Left(scope.crashes, scope.breaks, scope.asks, scope.held or 0)
        return World(tuple(0 for _ in self.seats), 0, 0, nobody, nobody, left)

    def moves(self, world: World) -> Iterator[tuple[Move, World]]:
        """Return the moves that must be explored, and the state that each leads to.

        Raises:
            Violation: The next one breaks what must always hold.
        """
        left, server = world.left, self.server.looks[world.server]
        coming = [seat for seat in self.scope.leavers if seat not in server.gone]
        if not (left.crashes or left.breaks or left.asks or coming):
            # Nothing but what pages say can happen to the server, and in what order it hears two of them is the same.
            for seat in self.seats:
                if world.ups[seat]:
                    self.doing = "server hears", seat, world.ups[seat][0]
                    yield self.doing, self.server_hears(world, seat)
                    return
        waiting = self._unheard(world)
        moved = False
        for seat in self.seats:
            if seat not in waiting:
                for move in self._moves_of_page(world, seat):
                    moved = True
                    yield move
            if world.ups[seat]:
                moved = True
                self.doing = "server hears", seat, world.ups[seat][0]
                yield self.doing, self.server_hears(world, seat)
        for seat in coming:
            moved = True
            self.doing = "gone", seat
            yield self.doing, self.server_does(world, ("leave", seat))
        yield from self._misfortunes(world)
        if not moved:
            for seat in waiting:
                yield from self._moves_of_page(world, seat)

    def _misfortunes(self, world: World) -> Iterator[tuple[Move, World]]:
        left = world.left
        if left.crashes:
            for kept in (True, False):
                self.doing = "server crashes", "kept" if kept else "lost"
                yield self.doing, self._crash(world, kept)
        if left.breaks:
            after = world._replace(left=left._replace(breaks=left.breaks - 1))
            for seat in self.seats:
                yield ("connection breaks", seat), self._connect_again(after, seat)
        if left.asks:
            self.doing = ("server asks again",)
            after = self.server_does(world, TICK)
            if after != world:
                yield self.doing, after._replace(left=left._replace(asks=left.asks - 1))

    def _unheard(self, world: World) -> frozenset[int]:
        """Return the seats that nobody who takes part listens to any more: what they do can wait."""
        out: frozenset[int] = self.server.looks[world.server].out
        for seat in self.seats if out else ():
            if seat not in out and not out.isdisjoint(self.pages[seat].looks[world.pages[seat]].members):
                return frozenset()
        return out

    # -- peers ----------------------------------------------------------------------------------------------------

    def _moves_of_page(self, world: World, seat: int) -> Iterator[tuple[Move, World]]:
        """Return what a peer can do next: take some datagrams, then tick or hear the server."""
        for state, taken in self._taking(seat, world.pages[seat], world.open & self.post.masks[seat]):
            after, said = self.pages[seat].step(state, TICK)
            for late in range(1 << len(said.datagrams)) if world.left.held else (0,):
                if late.bit_count() <= world.left.held:
                    self.doing = "tick", seat, taken, late
                    ticked = self._spread(world, seat, after, said, late)
                    if ticked != world:
                        yield self.doing, ticked
            if taken and self.scope.held is not None:
                self.doing = "takes", seat, taken
                yield self.doing, self._spread(world, seat, state, NOTHING)
            if world.downs[seat]:
                self.doing = "page hears", seat, taken, world.downs[seat][0]
                yield self.doing, self.page_hears(world, seat, state)

    def tick(self, world: World, seat: int, state: int) -> World:
        """Let a peer tick that is in a state now."""
        return self._spread(world, seat, *self.pages[seat].step(state, TICK))

    def page_hears(self, world: World, seat: int, state: int) -> World:
        """Let a peer that is in a state now take the next message of the server."""
        heard, *rest = world.downs[seat]
        after, said = self.pages[seat].step(state, ("control", heard))
        downs = put(world.downs, seat, tuple(rest))
        waited = World(world.pages, world.server, world.open, world.ups, downs, world.left)
        return self._spread(waited, seat, after, said)

    def take_all(self, world: World, seat: int) -> int:
        """Return the state in which a peer has taken all that can still arrive."""
        state = world.pages[seat]
        for data in self.post.among(seat, world.open):
            state = self.pages[seat].step(state, ("packet", data))[0]
        return state

    def _taking(self, seat: int, state: int, inbox: int) -> list[tuple[int, int]]:
        """Return the states that taking any datagrams in any order leads to, and how many were taken."""
        found = self._takings.get((seat, state, inbox))
        if found is None:
            found, known = [(state, 0)], {state}
            for at, taken in found:
                if taken and self.scope.held is None and self.pages[seat].step(at, TICK)[0] == at:
                    continue  # it tells at once what it took, and from there it can take the rest
                for data in self.post.among(seat, inbox & ~self.post.stale(seat, at)):
                    after = self.pages[seat].step(at, ("packet", data))[0]
                    if after not in known:
                        known.add(after)
                        found.append((after, taken + 1))
            self._takings[seat, state, inbox] = found
        return found

    def _spread(self, world: World, seat: int, state: int, said: Said, late: int = 0) -> World:
        """Return what follows when a peer has come to a state and said something.

        Args:
            world: Before.
            seat: The peer's.
            state: The one that it has come to.
            said: What it said.
            late: The datagrams that do not arrive at once, by their places in `said`, a bit each.
        """
        free = self.scope.held is None
        datagrams, under_way, pages = said.datagrams, world.open, list(world.pages)
        pages[seat] = state
        if free:
            after, repeated = self.pages[seat].step(state, TICK)
            datagrams += repeated.datagrams if after == state else ()
        for index, (to, data) in enumerate(datagrams):
            if free or late >> index & 1:
                under_way |= self.post.bit(to, data)
            else:
                pages[to] = self.pages[to].step(pages[to], ("packet", data))[0]
        if under_way:
            for receiver in self.seats:
                under_way &= ~self.post.stale(receiver, pages[receiver])
        if self.scope.kept is not None:
            under_way = self.post.newest(under_way, seat, self.scope.kept)
        ups = put(world.ups, seat, (*world.ups[seat], *said.messages)) if said.messages else world.ups
        left = world.left._replace(held=world.left.held - late.bit_count()) if late else world.left
        spread = World(tuple(pages), world.server, under_way, ups, world.downs, left)
        self._check(world.pages, spread.pages)
        return spread

    # -- the server -----------------------------------------------------------------------------------------------

    def server_hears(self, world: World, seat: int) -> World:
        """Let the server take the next message of a page."""
        heard, *rest = world.ups[seat]
        return self.server_does(world._replace(ups=put(world.ups, seat, tuple(rest))), ("message", seat, heard))

    def server_does(self, world: World, event: Move) -> World:
        """Let an event happen to the server."""
        after, told = self.server.step(world.server, event)
        downs = list(world.downs)
        for seat, message in told:
            # Who has heard that it is out stops: who has not can do all that, and more.
            if not message.startswith(EVICTED):
                downs[seat] = (*downs[seat], message)
        return World(world.pages, after, world.open, world.ups, tuple(downs), world.left)

    def _crash(self, world: World, kept: bool) -> World:
        """Let the server crash and come back: pages connect again.

        Args:
            world: Before.
            kept: What the pages could not send is sent now, as their library does; else it is lost.
        """
        after = world if kept else world._replace(ups=tuple(() for _ in self.seats))
        for seat in self.seats:
            after = self._connect_again(after, seat)
        return self.server_does(after, ("crash",))._replace(left=world.left._replace(crashes=world.left.crashes - 1))

    def _connect_again(self, world: World, seat: int) -> World:
        """Let a page lose its connection with all that is under way to it, and make another."""
        hello = json.dumps({"kind": "hello", "view": self.pages[seat].looks[world.pages[seat]].view})
        ups = put(world.ups, seat, (*world.ups[seat], hello))
        return world._replace(ups=ups, downs=put(world.downs, seat, ()))

    # -- what must always hold ------------------------------------------------------------------------------------

    def _check(self, before: tuple[int, ...], after: tuple[int, ...]) -> None:
        """Compare the records and the commits of peers that have changed with everybody else's."""
        for seat in self.seats:
            if before[seat] == after[seat]:
                continue
            was, mine = self.pages[seat].looks[before[seat]], self.pages[seat].looks[after[seat]]
            if was.rows == mine.rows and was.commits == mine.commits:
                continue
            for other in self.seats:
                theirs = self.pages[other].looks[after[other]]
                for one, another in (
                    *zip(mine.rows, theirs.rows, strict=False),
                    *zip(mine.commits, theirs.commits, strict=False),
                ):
                    if one != another:
                        raise Violation(f"seats {seat} and {other} disagree: {one} and {another}")
