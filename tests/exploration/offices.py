"""The server of the explored match and the messages between it and the pages: every state a number.

Messages between a page and the server come in order, and are lost only with their connection.
"""

from __future__ import annotations

import json

from .actors import Actors
from .authority import Authority
from .world import Left, Move, Office, Scope, put

EVICTED = '{"kind": "evicted"'
ASKS_ANYWAY = ('{"kind": "join"', '{"kind": "log"')
"""Repeated by a page until it is answered: one of them waits in a queue at most."""


class Offices:
    """All states of the server, its messages and the misfortunes that are left.

    Args:
        scope: What is explored.
        server: The server's states.

    Attributes:
        all: The offices by number.
    """

    def __init__(self, scope: Scope, server: Actors[Authority]) -> None:
        self._server = server
        self._numbers: dict[Office, int] = {}
        self._says: dict[tuple[int, int, tuple[str, ...], int], int] = {}
        self._taken: dict[tuple[int, int, tuple[str, ...]], int] = {}
        self._events: dict[tuple[int, Move], int] = {}
        self._fair: list[int] = []
        self.all: list[Office] = []
        nobody: tuple[tuple[str, ...], ...] = tuple(() for _ in range(scope.rules.peers))
        left = Left(
            scope.crashes, scope.breaks, scope.asks, scope.held or 0, scope.reloads, scope.finishes, scope.pauses, 0,
            scope.waits,
        )  # fmt: skip
        self.number(Office(0, nobody, nobody, left))

    def number(self, office: Office) -> int:
        """Return an office's number."""
        found = self._numbers.get(office)
        if found is None:
            found = self._numbers[office] = len(self.all)
            self.all.append(office)
        return found

    def fair(self, office: int) -> int:
        """Return the same where nothing bad can happen any more."""
        return self.number(self.all[office]._replace(left=Left()))

    def says(self, office: int, seat: int, messages: tuple[str, ...], late: int) -> int:
        """Let a page say something to the server, while so many datagrams are late."""
        found = self._says.get((office, seat, messages, late))
        if found is None:
            here = self.all[office]
            left = here.left._replace(held=here.left.held - late)
            ups = put(here.ups, seat, _appended(here.ups[seat], messages))
            found = self._says[office, seat, messages, late] = self.number(here._replace(ups=ups, left=left))
        return found

    def taken(self, office: int, seat: int, messages: tuple[str, ...]) -> int:
        """Let a page take the server's next message, and say something."""
        found = self._taken.get((office, seat, messages))
        if found is None:
            here = self.all[office]
            downs = put(here.downs, seat, here.downs[seat][1:])
            ups = put(here.ups, seat, _appended(here.ups[seat], messages))
            found = self._taken[office, seat, messages] = self.number(here._replace(ups=ups, downs=downs))
        return found

    def hears(self, office: int, seat: int) -> int:
        """Let the server take the next message of a page."""
        return self.does(office, ("hears", seat))

    def does(self, office: int, event: Move) -> int:
        """Let an event happen to the server; `("hears", seat)` is that it takes the next message of a page."""
        found = self._events.get((office, event))
        if found is None:
            here, happens = self.all[office], event
            if event[0] == "hears":
                heard, *rest = here.ups[event[1]]
                here, happens = here._replace(ups=put(here.ups, event[1], tuple(rest))), ("message", event[1], heard)
            after, told = self._server.step(here.server, happens)
            downs = list(here.downs)
            for seat, message in told:
                # Who has heard that it is out stops: who has not can do all that, and more.
                if not message.startswith(EVICTED):
                    downs[seat] = (*downs[seat], message)
            found = self._events[office, event] = self.number(here._replace(server=after, downs=tuple(downs)))
        return found

    def tells(self, office: int, seat: int, message: str, answers: bool = False) -> int:
        """Put a message to a page under way that is not the arbiter's, perhaps as the answer to the page's next one."""
        here = self.all[office]
        ups = put(here.ups, seat, here.ups[seat][1:]) if answers else here.ups
        return self.number(here._replace(ups=ups, downs=put(here.downs, seat, (*here.downs[seat], message))))

    def connects_again(self, office: int, seat: int, kept: bool, view: int | None, observes: bool = False) -> int:
        """Let a page lose its connection with all that is under way to it, and make another.

        Args:
            office: Before.
            seat: The page's.
            kept: What the page could not send is sent now, as its library does; else it is lost.
            view: What the page has applied; None is a new page.
            observes: It is coming back.
        """
        here = self.all[office]
        hello = json.dumps({"kind": "hello", "view": view, "observes": observes})
        ups = put(here.ups, seat, (*(here.ups[seat] if kept else ()), hello))
        return self.number(here._replace(ups=ups, downs=put(here.downs, seat, ())))

    def spent(self, office: int, **left: int) -> int:
        """Return the same with fewer misfortunes left: by name, how many less."""
        here = self.all[office]
        fewer = {name: getattr(here.left, name) - less for name, less in left.items()}
        return self.number(here._replace(left=here.left._replace(**fewer)))

    def reloaded(self, office: int, seat: int) -> int:
        """Let a seat have reloaded its page: it does so once."""
        here = self.all[office]
        reloads = tuple(other for other in here.left.reloads if other != seat)
        return self.number(here._replace(left=here.left._replace(reloads=reloads)))


def _appended(queue: tuple[str, ...], messages: tuple[str, ...]) -> tuple[str, ...]:
    for message in messages:
        if message not in queue or not message.startswith(ASKS_ANYWAY):
            queue = (*queue, message)
    return queue
