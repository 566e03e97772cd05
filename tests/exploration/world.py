"""What is explored, and a whole match as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .page import Rules

Move = tuple[Any, ...]
"""What happened, to be read in a trace."""


@dataclass(frozen=True)
class Scope:
    """What is explored.

    Attributes:
        rules: What is played.
        leavers: Who may be taken for gone, at any moment; they may go on, or not, which nobody can know.
        crashes: How often the server may crash and come back.
        breaks: How often a page may lose its connection to the server.
        asks: How often the server may ask again without need.
        held: How many datagrams may be late, or lost, or come twice; all others arrive at once and once. None: nothing
            is sure to arrive ever.
        kept: Where `held` is None, the most datagrams of a link that can still arrive; older ones are lost. None: all.
        reloads: Who may reload the page, once each, and come back.
        finishes: How often the researcher may end the episode early.
        pauses: How often the researcher may pause the match; what is paused may be resumed at any moment.
        waits: How often a ballot may stay open for so long that it is given up.
        ballots: How many questions of the server are followed; who has asked more is only played to the end. None: all.
    """

    rules: Rules = Rules()
    leavers: tuple[int, ...] = (2,)
    crashes: int = 0
    breaks: int = 0
    asks: int = 0
    held: int | None = None
    kept: int | None = None
    reloads: tuple[int, ...] = ()
    finishes: int = 0
    pauses: int = 0
    waits: int = 0
    ballots: int | None = None

    @property
    def fences(self) -> bool:
        """Whether anything needs a frame that all stop at: then the server's clock counts."""
        return bool(self.reloads or self.finishes or self.pauses)


class Left(NamedTuple):
    """What of a scope's misfortunes has not happened yet."""

    crashes: int = 0
    breaks: int = 0
    asks: int = 0
    held: int = 0
    reloads: tuple[int, ...] = ()
    finishes: int = 0
    pauses: int = 0
    resumes: int = 0
    waits: int = 0


class Field(NamedTuple):
    """The pages, and what is under way between them.

    Attributes:
        pages: By seat, the number of the page's state.
        open: The datagrams that can still arrive, a bit each.
    """

    pages: tuple[int, ...]
    open: int


class Office(NamedTuple):
    """The server, and what is under way between it and the pages.

    Attributes:
        server: The number of its state.
        ups: By seat, messages to the server.
        downs: By seat, messages from the server.
        left: The misfortunes that are left.
    """

    server: int
    ups: tuple[tuple[str, ...], ...]
    downs: tuple[tuple[str, ...], ...]
    left: Left


World = int
"""A state of the match: the numbers of a field and of an office, in one."""


def put(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    """Return a tuple with one place changed."""
    return (*values[:index], value, *values[index + 1 :])
