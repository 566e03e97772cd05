"""A small language for the store's tests: a study in commands, chunks made to measure, a store without a process."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.wire import words_to_hex
from app.server.storage import database, service

CANONICAL = [
    "episode", "frame",
    *(f"{field}.{seat}" for seat in "01" for field in ("action", "reward", "terminated", "truncated")),
    "is_focused.0", "is_focused.1", "status.0", "status.1", "state_hash",
]  # fmt: skip
LOCAL = ["was_predicted", "rollback_depth", "ping_ms", "connection_type"]
LEFT = {"hand": "left"}
NOW = "2026-11-21T10:00:00.000Z"


def row(episode: int, frame: int) -> list[Any]:
    """A row as both seats would record it."""
    action = (frame * 7 + episode) % 6
    seat = [action, 0.1 * frame, False, frame == 99]
    state_hash = f"{frame:016x}" if frame % 10 == 0 else ""
    return [episode, frame, *seat, *seat, True, frame % 3 != 0, "present", "present", state_hash]


def word(index: int, frame: int) -> bytes:
    """What a seat did in a frame, and a byte of flags."""
    return bytes([frame // 7 % 6 + index, 1])


def inputs(index: int, first: int, last: int) -> str:
    """A seat's input words as a chunk carries them."""
    return words_to_hex([word(index, frame) for frame in range(first, last + 1)])


def chunk(
    seat: str = "0", seq: int = 0, first: int = 0, last: int = 29, episode: int = 0, match: str = "m1",
    edit: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The arguments of add_chunk; `edit` may change the content before it is encoded."""
    frames = range(first, last + 1)
    content: dict[str, Any] = {
        "format": 2, "match_id": match, "seat": seat, "episode": episode, "first_frame": first,
        "inputs": {str(index): inputs(index, first, last) for index in (0, 1)},
        "columns": list(CANONICAL), "rows": [row(episode, frame) for frame in frames],
        "local_columns": list(LOCAL), "local_rows": [[False, 0, 10.5 + int(seat), "direct"] for _ in frames],
    }  # fmt: skip
    if edit:
        edit(content)
    data = json.dumps(content).encode()
    numbers = {"seq": seq, "episode": episode, "first_frame": first, "last_frame": last}
    return {"match_id": match, "seat": seat, **numbers, "crc32": zlib.crc32(data), "data": data}


def altered(frame: int, column: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """An edit that changes one cell."""

    def edit(content: dict[str, Any]) -> None:
        content["rows"][frame - content["first_frame"]][content["columns"].index(column)] = value

    return edit


def opening() -> list[tuple[str, dict[str, Any]]]:
    """The commands before the first chunk: a session, two participants, a match `m1` of two episodes."""
    session = {"session_id": "s1", "kind": "test", "experiment_id": "two-cooks", "experiment_version": 3}
    session |= {"config_hash": "c" * 64, "environment_hash": "e" * 64, "app_version": "0.1.0", "started_utc": NOW}
    people = [
        {"participant_id": f"p-{n}", "session_id": "s1", "label": f"PC-0{n}", "created_utc": NOW, "attributes": LEFT}
        for n in (1, 2)
    ]
    seats = [{"seat": str(n), "index": n, "role": "ab"[n], "participant_id": f"p-{n + 1}"} for n in (0, 1)]
    match = {"match_id": "m1", "session_id": "s1", "scene_id": "game", "seats": seats, "episode_seeds": [11, 12]}
    match |= {"matchmaker": {"name": "fifo"}, "created_utc": NOW, "config": {"fps": 30}}
    return [("open_session", session), *(("add_participant", person) for person in people), ("add_match", match)]


def ending(reason: str = "COMPLETED") -> list[tuple[str, dict[str, Any]]]:
    """The match is over."""
    values = {"match_id": "m1", "state": "ENDED", "started_utc": NOW, "ended_utc": NOW, "end_reason": reason}
    return [("update_match", values | {"connections": {"0": {"1": "direct"}}})]


class Room:
    """A store in this process: commands in, answers out, one group a call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = database.open_for_writing(folder)
        self.store = service.Store(self.engine, lambda: NOW)
        self._number = 0

    def group(self, *commands: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        messages = []
        for command, payload in commands:
            self._number += 1
            messages.append({"id": f"t-{self._number}", "command": command, "payload": payload})
        return self.store.execute_group(messages)

    def do(self, command: str, payload: dict[str, Any]) -> dict[str, Any]:
        return self.group((command, payload))[0]

    def add(self, *chunks: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.do("add_chunk", each) for each in chunks]

    def events(self) -> list[tuple[str, Any]]:
        with database.open_for_reading(self.folder).connect() as connection:
            return [(event.event, event.data) for event in connection.execute(database.events.select())]

    def close(self) -> None:
        self.store.close()
        self.engine.dispose()


@pytest.fixture
def open_room() -> Iterator[Callable[[Path], Room]]:
    rooms: list[Room] = []

    def opened(folder: Path) -> Room:
        rooms.append(Room(folder))
        return rooms[-1]

    yield opened
    for room in rooms:
        room.close()


@pytest.fixture
def room(tmp_path: Path, open_room: Callable[[Path], Room]) -> Room:
    """A store whose match `m1` awaits its chunks."""
    made = open_room(tmp_path / "two-cooks")
    assert all(answer["ok"] for answer in made.group(*opening()))
    return made


@pytest.fixture
def lang() -> Any:
    """The functions of this file, for tests in whatever way they are imported."""

    class Language:
        pass

    for function in (row, chunk, altered, opening, ending, inputs, word):
        setattr(Language, function.__name__, staticmethod(function))
    Language.NOW, Language.CANONICAL, Language.LOCAL = NOW, CANONICAL, LOCAL
    return Language
