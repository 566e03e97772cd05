"""The states of one actor, each known by a number, and what every event makes of it, worked out once.

An actor is deterministic, and the states of the whole match differ mostly in how the same few states of its actors
are combined: so the real code runs once for each pair of a state and an event.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar

from .page import Violation

Event = tuple[Any, ...]


class Actor(Protocol):
    """What can be explored."""

    def apply(self, event: Event) -> Any:
        """Let an event happen; return what the actor says."""
        ...

    def key(self) -> Hashable:
        """Return all that decides what it will ever do."""
        ...

    def look(self) -> Any:
        """Return what others ask of its state."""
        ...

    def frozen(self) -> Any:
        """Return all of its state."""
        ...


A = TypeVar("A", bound=Actor)


class Actors(Generic[A]):
    """All states of an actor that were reached.

    Args:
        first: The actor as it begins.
        thawed: Makes it from what `frozen` returned.

    Attributes:
        looks: By state, what others ask of it.
        runs: Events that the real code was run for.
    """

    def __init__(self, first: A, thawed: Callable[[Any], A]) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._thawed = thawed
        self._frozen: list[Any] = []
        self._steps: dict[tuple[int, Event], tuple[int, Any]] = {}
        self.looks: list[Any] = []
        self.runs = 0
        self._note(first)

    def __len__(self) -> int:
        return len(self._frozen)

    def step(self, state: int, event: Event) -> tuple[int, Any]:
        """Return the state that follows on an event, and what the actor says.

        Raises:
            Violation: The actor raised something.
        """
        found = self._steps.get((state, event))
        if found is None:
            actor = self._thawed(self._frozen[state])
            try:
                said = actor.apply(event)
            except Violation:
                raise
            except Exception as error:
                raise Violation(f"{type(error).__name__}: {error}") from error
            self.runs += 1
            found = self._steps[state, event] = self._note(actor), said
        return found

    def _note(self, actor: A) -> int:
        number = self._numbers.setdefault(actor.key(), len(self._frozen))
        if number == len(self._frozen):
            self._frozen.append(actor.frozen())
            self.looks.append(actor.look())
        return number
