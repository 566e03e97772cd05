"""Every move that can be made in a match.

What is left out, and why nothing is missed by it: `fields.py` says so for datagrams, `_moves_of_office` and `_unheard`
for messages, `explore.py` for states in which less can arrive. All else is only never computed twice. Seats are not
exchanged for each other, though they are alike: the game's state and the order in which the arbiter asks depend on
their numbers.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator

from .actors import Actors
from .authority import Authority, ServerLook
from .fields import Fields
from .offices import Offices
from .page import Page
from .world import Move, Office, Scope, World

TICK = ("tick",)
RESTORE = '{"kind": "restore"'
ASKS_FOR_LOG = '{"kind": "log"}'
OFFICES = 30
"""A world is the number of its field, and in so many bits that of its office."""


class Match:
    """All states and moves of a scope.

    What can happen to a match depends on its two parts in few ways: pages do what they do whatever the server is at,
    but for its next message to each. So each part's moves are worked out once for each of its states.

    Args:
        scope: What is explored.
        authority: Makes the server.

    Attributes:
        doing: The move that was tried last: the culprit, when something does not hold.
    """

    def __init__(self, scope: Scope, authority: type[Authority] = Authority) -> None:
        assert scope.rules.fences or not scope.fences, "the server's clock must count"
        self.scope = scope
        self.seats = range(scope.rules.peers)
        self.pages = [Actors(Page(scope.rules, seat), Page.thawed) for seat in self.seats]
        self.server = Actors(authority(scope.rules), pickle.loads)
        self.fields = Fields(scope, self.pages)
        self.offices = Offices(scope, self.server)
        self._office_moves: dict[int, tuple[list[tuple[Move, int]], bool]] = {}
        self._quiet: dict[tuple[int, int], bool] = {}

    @property
    def doing(self) -> Move | None:
        """The move that was tried last."""
        return self.fields.doing

    @doing.setter
    def doing(self, move: Move | None) -> None:
        self.fields.doing = move

    def begin(self) -> World:
        """Return the beginning."""
        return 0

    def world(self, field: int, office: int) -> World:
        """Return the world of a field and an office."""
        return field << OFFICES | office

    def parts(self, world: World) -> tuple[int, int]:
        """Return the numbers of a world's field and office."""
        return world >> OFFICES, world & (1 << OFFICES) - 1

    def bare(self, world: World) -> World:
        """Return the same with nothing under way between the pages."""
        field, office = self.parts(world)
        return self.world(self.fields.bare[field], office)

    def look(self, office: int) -> ServerLook:
        """Return what is asked of an office's server."""
        look: ServerLook = self.server.looks[self.offices.all[office].server]
        return look

    def moves(self, world: World) -> Iterator[tuple[Move, World]]:
        """Return the moves that must be explored, and the state that each leads to.

        Raises:
            Violation: The next one breaks what must always hold.
        """
        fields, offices = self.fields, self.offices
        field, office = self.parts(world)
        if self.scope.ballots is not None and self.look(office).ballots > self.scope.ballots:
            return
        of_office, only = self._moves_of_office(office)
        high = field << OFFICES
        for move, after in of_office:
            yield move, high | after
        if only:
            return
        here = offices.all[office]
        waiting = self._unheard(field, office)
        moved = bool(of_office)
        for round_ in (False, True):
            if round_ and (moved or not waiting):
                break
            for move, ticked, seat, said, late in fields.ticks(field, here.left.held):
                after = ticked << OFFICES | (offices.says(office, seat, said, late) if said or late else office)
                if (seat in waiting) == round_ and after != world:
                    moved = True
                    yield move, after
            for seat in self.seats:
                if here.downs[seat] and (seat in waiting) == round_:
                    for move, heard, said in fields.hears(field, seat, here.downs[seat][0]):
                        moved = True
                        yield move, heard << OFFICES | offices.taken(office, seat, said)
        yield from self._both(field, office, here)

    def _moves_of_office(self, office: int) -> tuple[list[tuple[Move, int]], bool]:
        """Return what can happen to the server whatever the pages are at, and whether nothing else need be looked at.

        Where it cannot crash, lose a message or ask again, two things need no other order. When nobody can be taken
        for gone any more, nothing but what pages say can happen to it, and in what order it hears two of them is the
        same. And what it hears without an answer is a report that is void or not the last one of its ballot: whatever
        else happens to it leaves the ballot open, where the report counts as well before as after it, or replaces the
        ballot, after which the report means nothing.
        """
        found = self._office_moves.get(office)
        if found is None:
            here, look, left = self.offices.all[office], self.look(office), self.offices.all[office].left
            coming = [seat for seat in self.scope.leavers if seat not in look.gone]
            free = not (left.crashes or left.breaks or left.asks or self.scope.fences)
            moves: list[tuple[Move, int]] = []
            for seat in self.seats:
                if here.ups[seat] and here.ups[seat][0] != ASKS_FOR_LOG:
                    self.doing = "server hears", seat, here.ups[seat][0]
                    after = self.offices.hears(office, seat)
                    moves.append((self.doing, after))
                    if free and (not coming or self.offices.all[after].downs == here.downs):
                        found = self._office_moves[office] = moves[-1:], True
                        return found
            for seat in coming:
                self.doing = "gone", seat
                moves.append((self.doing, self.offices.does(office, ("leave", seat))))
            moves += self._commands(office, here)
            found = self._office_moves[office] = moves, False
        return found

    def _commands(self, office: int, here: Office) -> list[tuple[Move, int]]:
        """Return what the researcher and the clock can do."""
        offices, left = self.offices, here.left
        moves: list[tuple[Move, int]] = []
        for name, event, less in (
            ("asks", "tick", {"asks": 1}),
            ("finishes", "finish", {"finishes": 1}),
            ("pauses", "pause", {"pauses": 1, "resumes": -1}),
            ("resumes", "resume", {"resumes": 1}),
            ("waits", "wait", {"waits": 1}),
        ):
            if getattr(left, name):
                self.doing = f"the server: {event}", None
                after = offices.does(office, (event,))
                if after != office or event == "pause":
                    moves.append((self.doing, offices.spent(after, **less)))
        return moves

    def _both(self, field: int, office: int, here: Office) -> Iterator[tuple[Move, World]]:
        """Return what happens to the server and to pages at once."""
        left = here.left
        for kept in (True, False) if left.crashes else ():
            self.doing = "server crashes", "kept" if kept else "lost"
            after = office
            for seat in self.seats:
                after = self.offices.connects_again(after, seat, kept, *self._hello(field, seat))
            after = self.offices.does(after, ("crash",))
            yield self.doing, self.world(field, self.offices.spent(after, crashes=1))
        for seat in self.seats if left.breaks else ():
            spent = self.offices.spent(office, breaks=1)
            for kept in (True, False) if here.ups[seat] else (True,):
                self.doing = "connection breaks", seat, "kept" if kept else "lost"
                yield (
                    self.doing,
                    self.world(field, self.offices.connects_again(spent, seat, kept, *self._hello(field, seat))),
                )
        for seat in left.reloads:
            if seat not in self.look(office).gone:
                self.doing = "reloads", seat
                reloaded, spent = self.fields.reload(field, seat), self.offices.reloaded(office, seat)
                yield self.doing, self.world(reloaded, self.offices.connects_again(spent, seat, False, None))
        for seat in self.seats if self.scope.fences else ():
            if here.ups[seat] and here.ups[seat][0] == ASKS_FOR_LOG:
                self.doing = "server sends a log", seat
                yield self.doing, self.world(field, self.sends_log(field, office, seat))
            for through in dict.fromkeys(self.restorable(field, office, seat)):
                self.doing = "server welcomes", seat, through
                yield self.doing, self.world(field, self.welcomes(field, office, seat, through))

    def _hello(self, field: int, seat: int) -> tuple[int | None, bool]:
        look = self.pages[seat].looks[self.fields.all[field].pages[seat]]
        return (None, False) if look.loading else (look.view, look.observes)

    def _unheard(self, field: int, office: int) -> frozenset[int]:
        """Return the seats that nobody who takes part listens to any more: what they do can wait."""
        out: frozenset[int] = self.look(office).out
        if not out or self.scope.fences:
            return frozenset()
        for seat in self.seats:
            if seat not in out:
                members = self.pages[seat].looks[self.fields.all[field].pages[seat]].members
                if not out.isdisjoint(members):
                    return frozenset()
        return out

    # -- coming back ----------------------------------------------------------------------------------------------

    def sends_log(self, field: int, office: int, seat: int) -> int:
        """Answer a page that asks for a later log."""
        log = json.dumps({"kind": "log", "log": self._log(field)})
        return self.offices.tells(office, seat, log, answers=True)

    def restorable(self, field: int, office: int, seat: int) -> tuple[int, ...]:
        """Return through which frames a log can go that a page that comes back is given now: all, the least."""
        look, here = self.look(office), self.offices.all[office]
        page = self.pages[seat].looks[self.fields.all[field].pages[seat]]
        if not page.loading or seat not in look.returning or any(m.startswith(RESTORE) for m in here.downs[seat]):
            return ()
        newest = len(self._log(field)[0]) - 1
        return (newest, look.newest_cut) if look.newest_cut <= newest else ()

    def welcomes(self, field: int, office: int, seat: int, through: int) -> int:
        """Give a page that comes back what there is, the log through a frame."""
        log = [words[: through + 1] for words in self._log(field)]
        commits = json.loads(self.look(office).commits)
        return self.offices.tells(office, seat, json.dumps({"kind": "restore", "commits": commits, "log": log}))

    def _log(self, field: int) -> list[list[str]]:
        """Return by seat what the server can know: the words of whoever has recorded most."""
        looks = [self.pages[seat].looks[state] for seat, state in enumerate(self.fields.all[field].pages)]
        log: list[list[str]] = json.loads(max(looks, key=lambda look: len(look.rows)).log)
        return log
