"""The real store process at the other end of a pipe: acknowledged means on the disk, whenever it is killed."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.server.storage import framing

ROOT = Path(__file__).parents[3]


class Process:
    """A store process, spoken to by hand."""

    def __init__(self, folder: Path) -> None:
        argv = [sys.executable, "-m", "app.server.storage.service", str(folder)]
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT)
        self._reader = framing.FrameReader()
        self._answers: list[dict[str, Any]] = []
        self.greeting = self.receive()

    def send(self, *messages: tuple[str, str, dict[str, Any]]) -> None:
        frames = [framing.encode({"id": i, "command": c, "payload": p}) for i, c, p in messages]
        self.raw(b"".join(frames))

    def raw(self, data: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(data)

    def receive(self) -> dict[str, Any]:
        assert self.child.stdout is not None
        while not self._answers:
            piece = self.child.stdout.read(1 << 16)
            assert piece, "the store ended without an answer"
            self._answers += self._reader.feed(piece)
        return self._answers.pop(0)

    def end_input(self) -> int:
        assert self.child.stdin is not None
        self.child.stdin.close()
        return self.child.wait(20)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(20)
        for pipe in (self.child.stdin, self.child.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    processes: list[Process] = []

    def started(folder: Path = tmp_path / "two-cooks") -> Process:
        processes.append(Process(folder))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()


def stored(folder: Path, query: str = "SELECT seq FROM chunks ORDER BY seq") -> list[Any]:
    """What another process sees in the database now."""
    connection = sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True, timeout=10)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def opening(process: Process, lang: Any) -> None:
    commands = lang.opening()
    process.send(*((f"o-{n}", command, payload) for n, (command, payload) in enumerate(commands)))
    for n in range(len(commands)):
        answer = process.receive()
        assert answer["ok"] and answer["id"] == f"o-{n}"


def small(lang: Any, seq: int) -> tuple[str, str, dict[str, Any]]:
    return (f"c-{seq}", "add_chunk", lang.chunk(seq=seq, first=5 * seq, last=5 * seq + 4))


def test_what_was_acknowledged_is_there_after_a_kill_and_what_was_not_is_stored_once_when_sent_again(
    tmp_path: Path, start: Callable[..., Process], lang: Any
) -> None:
    folder = tmp_path / "two-cooks"
    process = start()
    opening(process, lang)
    acknowledged: list[int] = []
    for round_number in range(4):
        first = 50 * round_number
        process.send(*(small(lang, seq) for seq in range(first, first + 50)))
        acknowledged += [process.receive()["seq"] for _ in range(5 * round_number)]
        process.kill()
        here = stored(folder)
        assert set(acknowledged) <= set(here)
        process = start()
        process.send(*(small(lang, seq) for seq in range(first, first + 50)))
        answers = [process.receive() for _ in range(50)]
        assert all(answer["ok"] for answer in answers)
        assert [answer["duplicate"] for answer in answers] == [seq in here for seq in range(first, first + 50)]
        acknowledged += [answer["seq"] for answer in answers]
    assert stored(folder) == list(range(200))


def test_at_the_moment_of_the_answer_another_process_sees_the_row(
    tmp_path: Path, start: Callable[..., Process], lang: Any
) -> None:
    process = start()
    opening(process, lang)
    for seq in range(20):
        process.send(small(lang, seq))
        assert process.receive()["seq"] == seq
        assert stored(tmp_path / "two-cooks")[-1] == seq


def test_an_answer_that_was_lost_with_the_store_does_not_double_an_event(
    tmp_path: Path, start: Callable[..., Process], lang: Any
) -> None:
    event = ("e-1", "add_event", {"event": "seen", "at_utc": lang.NOW, "session_id": None, "data": None})
    process = start()
    process.send(event)
    # Committed, but its answer stays in the pipe of a process that is killed.
    wait_for(lambda: stored(tmp_path / "two-cooks", "SELECT event FROM events") == ["seen"])
    process.kill()
    process = start()
    process.send(event)
    assert process.receive()["duplicate"] is True
    assert stored(tmp_path / "two-cooks", "SELECT event FROM events") == ["seen"]


def test_at_the_end_of_its_input_it_commits_what_it_has_and_drops_a_torn_command(
    tmp_path: Path, start: Callable[..., Process], lang: Any
) -> None:
    process = start()
    opening(process, lang)
    process.send(*(small(lang, seq) for seq in range(300)))
    process.raw(framing.encode({"id": "torn", "command": "add_event", "payload": {}})[:-3])
    assert process.child.stdout is not None
    assert process.child.stdin is not None
    process.child.stdin.close()
    process.child.stdout.close()  # nobody reads the answers any more
    assert process.child.wait(20) == 0
    assert stored(tmp_path / "two-cooks") == list(range(300))


def test_it_outlives_the_signals_that_end_the_server(start: Callable[..., Process], lang: Any) -> None:
    process = start()
    process.child.send_signal(signal.SIGINT)
    process.child.send_signal(signal.SIGTERM)
    opening(process, lang)
    assert process.end_input() == 0


def test_a_folder_that_cannot_be_used_is_said_in_the_greeting(tmp_path: Path, start: Callable[..., Process]) -> None:
    (tmp_path / "file").write_text("")
    process = start(tmp_path / "file" / "study")
    assert process.greeting["ready"] is False
    assert process.greeting["error"] == (
        f"data folder {tmp_path / 'file' / 'study'} cannot be written (Not a directory); "
        "choose a folder you may write to, on a disk with space."
    )
    assert process.end_input() == 2


def wait_for(condition: Callable[[], bool]) -> None:
    """Poll a file that another process writes, 20 s at most."""
    import threading

    pause = threading.Event()
    for _ in range(2000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("what was waited for did not happen")
