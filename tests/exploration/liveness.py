"""What becomes of a match when nothing bad happens any more."""

from __future__ import annotations

from .match import ASKS_FOR_LOG, TICK, Match
from .page import Violation
from .world import World

MOST_ROUNDS = 200


class Closure:
    """Plays matches to their end in fair rounds, from states in which every datagram under way is lost.

    Args:
        match: Whose states.
    """

    def __init__(self, match: Match) -> None:
        self._match = match
        self._good: set[World] = set()
        self._fair: dict[int, int] = {}

    def check(self, world: World) -> None:
        """Assert that all who take part finish with one record.

        Raises:
            Violation: They do not.
        """
        match = self._match
        field, office = match.parts(world)
        fair = self._fair.get(office)
        if fair is None:
            fair = self._fair[office] = match.offices.fair(office)
        start = match.world(match.fields.bare[field], fair)
        if start in self._good:
            return
        try:
            self._play(start)
        except Violation as violation:
            raise Violation(f"when nothing bad happens any more: {violation}") from violation

    def _play(self, at: World) -> None:
        path: list[World] = []
        while at not in self._good:
            path.append(at)
            after = self._round(at)
            if after == at or self._is_over(at):
                self._check_end(at)
                break
            if len(path) > MOST_ROUNDS:
                raise Violation("it goes on for ever")
            at = after
        self._good.update(path)

    def _round(self, world: World) -> World:
        match = self._match
        fields, offices = match.fields, match.offices
        field, office = match.parts(world)
        for seat in match.seats:
            while ups := offices.all[office].ups[seat]:
                logs = ups[0] == ASKS_FOR_LOG
                office = match.sends_log(field, office, seat) if logs else offices.hears(office, seat)
        if match.scope.fences:
            if match.look(office).paused:
                office = offices.does(office, ("resume",))
            office = offices.does(office, TICK)
        for seat in match.seats:
            if seat in match.look(office).gone:
                continue  # who is taken for gone may well be
            for through in match.restorable(field, office, seat)[:1] if match.scope.fences else ():
                office = match.welcomes(field, office, seat, through)
            while downs := offices.all[office].downs[seat]:
                field, said = fields.hears_now(field, seat, downs[0])
                office = offices.taken(office, seat, said)
            field, said = fields.tick_now(field, seat)
            office = offices.says(office, seat, said, 0)
        return match.world(field, office)

    def _is_over(self, world: World) -> bool:
        """Whether all members have finished, and nobody has anything to hear; only the server's clock goes on."""
        match = self._match
        field, office = match.parts(world)
        here = match.offices.all[office]
        if not match.scope.fences or any(here.ups) or any(here.downs) or match.look(office).undecided:
            return False
        pages = match.fields.all[field].pages
        return all(match.pages[seat].looks[pages[seat]].finished for seat in match.look(office).members)

    def _check_end(self, world: World) -> None:
        match = self._match
        field, office = match.parts(world)
        pages, look = match.fields.all[field].pages, match.look(office)
        remaining = [match.pages[seat].looks[pages[seat]] for seat in look.members - look.gone]
        if any(not page.finished for page in remaining):
            raise Violation("not everybody who takes part finishes")
        if len({page.rows for page in remaining}) > 1:
            raise Violation("those who have finished have different records")
