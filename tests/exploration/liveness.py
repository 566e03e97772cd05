"""What becomes of a match when nothing bad happens any more."""

from __future__ import annotations

from .match import Match
from .page import Violation
from .world import Left, World

MOST_ROUNDS = 200


class Closure:
    """Plays matches to their end in fair rounds, from states in which every datagram under way is lost.

    Args:
        match: Whose states.
    """

    def __init__(self, match: Match) -> None:
        self._match = match
        self._good: set[World] = set()
        self._nothing_left = Left(0, 0, 0, 0)

    def check(self, world: World) -> None:
        """Assert that all who take part finish with one record.

        Raises:
            Violation: They do not.
        """
        try:
            self._play(world)
        except Violation as violation:
            raise Violation(f"when nothing bad happens any more: {violation}") from violation

    def _play(self, world: World) -> None:
        at = World(world.pages, world.server, 0, world.ups, world.downs, self._nothing_left)
        path: list[World] = []
        while at not in self._good:
            path.append(at)
            after = self._round(at)
            if after == at:
                self._check_end(at)
                break
            if len(path) > MOST_ROUNDS:
                raise Violation("it goes on for ever")
            at = after
        self._good.update(path)

    def _round(self, world: World) -> World:
        match = self._match
        for seat in match.seats:
            while world.ups[seat]:
                world = match.server_hears(world, seat)
        for seat in match.seats:
            if seat in match.server.looks[world.server].gone:
                continue  # who is taken for gone may well be
            while world.downs[seat]:
                world = match.page_hears(world, seat, world.pages[seat])
            world = match.tick(world, seat, match.take_all(world, seat))
        return world

    def _check_end(self, world: World) -> None:
        match, gone = self._match, self._match.server.looks[world.server].gone
        remaining = [match.pages[seat].looks[world.pages[seat]] for seat in match.seats if seat not in gone]
        if any(not page.finished for page in remaining):
            raise Violation("not everybody who takes part finishes")
        if len({page.rows for page in remaining}) > 1:
            raise Violation("those who have finished have different records")
