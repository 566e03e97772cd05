"""Stand-ins for the Socket.IO server and the store, which remember what they were told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.server.storage.client import StoreError


class FakeSocketServer:
    """Calls the handlers as socketio.Server does and keeps what is emitted."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., Any]] = {}
        self.emitted: list[tuple[str, str, Any]] = []
        self.disconnected: list[str] = []
        self.started: list[Callable[[], None]] = []

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        self.handlers[event] = handler

    def emit(self, event: str, data: Any, to: str) -> None:
        self.emitted.append((to, event, data))

    def disconnect(self, sid: str) -> None:
        self.disconnected.append(sid)
        self.handlers["disconnect"](sid)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here may wait")

    def start_background_task(self, target: Callable[[], None]) -> None:
        self.started.append(target)

    def connect(self, sid: str, auth: Any = None) -> None:
        """A page connects."""
        self.handlers["connect"](sid, {}, auth)

    def say(self, sid: str, name: str, *payload: Any) -> Any:
        """A page sends a message; return the answer."""
        return self.handlers[name](sid, *payload)

    def heard(self, sid: str, name: str) -> list[Any]:
        """Return what a page was sent under a name."""
        return [data for to, event, data in self.emitted if (to, event) == (sid, name)]


class FakeStore:
    """A store in memory; `answers` and `refuse` say what it does with a command."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.refuse: dict[str, StoreError] = {}

    def call(self, command: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.post(command, payload)
        return {"ok": True, **self.answers.get(command, {})}

    def post(self, command: str, payload: dict[str, Any]) -> None:
        if command in self.refuse:
            raise self.refuse[command]
        self.commands.append((command, payload))

    def given(self, command: str) -> list[dict[str, Any]]:
        """Return the payloads of a command."""
        return [payload for name, payload in self.commands if name == command]
