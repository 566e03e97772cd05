"""What the domain's shell needs from outside, as small as can be; each has a fake in the tests."""

from __future__ import annotations

from typing import Any, Protocol


class StorePort(Protocol):
    """The store: commands are committed in the order given."""

    def call(self, command: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return once the command is committed; other green threads run meanwhile."""
        ...

    def post(self, command: str, payload: dict[str, Any]) -> None:
        """Hand over a command that will be committed in order, without waiting."""
        ...
