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
    """

    rules: Rules = Rules()
    leavers: tuple[int, ...] = (2,)
    crashes: int = 0
    breaks: int = 0
    asks: int = 0
    held: int | None = None
    kept: int | None = None


class Left(NamedTuple):
    """What of a scope's misfortunes has not happened yet."""

    crashes: int
    breaks: int
    asks: int
    held: int


class World(NamedTuple):
    """A state of the match: numbers of its actors' states, and what is under way.

    Attributes:
        pages: By seat.
        server: The server's.
        open: The datagrams that can still arrive, a bit each.
        ups: By seat, messages to the server.
        downs: By seat, messages from the server.
        left: The misfortunes that are left.
    """

    pages: tuple[int, ...]
    server: int
    open: int
    ups: tuple[tuple[str, ...], ...]
    downs: tuple[tuple[str, ...], ...]
    left: Left


def but_open(world: World) -> tuple[Any, ...]:
    """Return a state without what can still arrive."""
    return world[:2] + world[3:]


def put(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    """Return a tuple with one place changed."""
    return (*values[:index], value, *values[index + 1 :])
