"""The supervisor over small child programs that behave like the server, well and badly."""

from __future__ import annotations

import queue
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.ui.supervisor import (
    Listening,
    RestartLimit,
    ServerPlan,
    Supervisor,
    parse_listening,
    parse_progress,
)

PATIENCE_S = 20
SOON = RestartLimit(times=2, within_s=120.0, pause_s=0.0)
SAYS_IT_LISTENS = """
    import json, sys
    def say(port=8000):
        said = {"event": "listening", "experiment_id": "pair", "data_dir": "d"}
        said["participant_url"] = f"http://127.0.0.1:{port}/"
        said["researcher_url"] = f"http://127.0.0.1:{port + 1}/?token=t"
        print(json.dumps(said), flush=True)
"""


class Heard:
    """Keeps what the supervisor tells, kind by kind: standard output and error are read side by side."""

    def __init__(self) -> None:
        self.told: dict[str, queue.Queue[tuple[Any, ...]]] = {
            kind: queue.Queue() for kind in ("progress", "listening", "restart", "failed")
        }

    def on_progress(self, text: str, percent: int | None) -> None:
        self.told["progress"].put((text, percent))

    def on_listening(self, listening: Listening) -> None:
        self.told["listening"].put((listening,))

    def on_restart(self, reason: str) -> None:
        self.told["restart"].put((reason,))

    def on_failed(self, reason: str, last_lines: list[str]) -> None:
        self.told["failed"].put((reason, last_lines))

    def next(self, kind: str) -> tuple[Any, ...]:
        return self.told[kind].get(timeout=PATIENCE_S)


class Stage:
    """Starts supervisors over one-line programs and ends them after the test."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.before: list[Listening | None] = []
        self.running: list[Supervisor] = []

    def start(self, program: str, limit: RestartLimit = SOON) -> Supervisor:
        text = textwrap.dedent(SAYS_IT_LISTENS) + textwrap.dedent(program)

        def command(before: Listening | None) -> list[str]:
            self.before.append(before)
            return [sys.executable, "-c", text]

        supervisor = Supervisor(command, self.heard, limit=limit)
        self.running.append(supervisor)
        supervisor.start()
        return supervisor


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    for supervisor in stage.running:
        supervisor.stop(patience_s=1)


def test_it_tells_progress_and_then_where_the_server_listens(stage: Stage) -> None:
    stage.start("print('Preparing packages: 40%', file=sys.stderr, flush=True); say(8123); sys.stdin.read()")
    assert stage.heard.next("progress") == ("Preparing packages", 40)
    listening = stage.heard.next("listening")[0]
    assert listening.ports == (8123, 8124) and listening.data_folder == Path("d") / "data" / "pair"


def test_stop_closes_standard_input_and_the_server_ends_by_itself(stage: Stage, tmp_path: Path) -> None:
    note = tmp_path / "ended"
    supervisor = stage.start(f"say(); sys.stdin.read(); open({str(note)!r}, 'w').write('in good order')")
    stage.heard.next("listening")
    assert supervisor.process_id is not None
    supervisor.stop()
    assert note.read_text() == "in good order" and supervisor.process_id is None
    assert stage.heard.told["restart"].empty() and stage.heard.told["failed"].empty()


def test_a_server_that_does_not_hear_is_ended_more_firmly(stage: Stage) -> None:
    supervisor = stage.start(
        "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); say(); threading.Event().wait()"
    )
    stage.heard.next("listening")
    supervisor.stop(patience_s=0.2)
    assert supervisor.process_id is None


def test_a_server_that_dies_is_started_again_with_the_reason_and_the_same_ports(stage: Stage) -> None:
    stage.start("print('the disk is gone', file=sys.stderr, flush=True); say(8200); sys.stdin.read()")
    stage.heard.next("listening")
    supervisor = stage.running[0]
    assert supervisor._process is not None
    supervisor._process.kill()
    reason = stage.heard.next("restart")[0]
    assert "signal 9" in reason and "the disk is gone" in reason
    stage.heard.next("listening")
    assert stage.before[0] is None and stage.before[1] is not None and stage.before[1].ports == (8200, 8201)


def test_after_a_few_restarts_the_researcher_is_told_instead(stage: Stage) -> None:
    stage.start("print('Traceback', file=sys.stderr); print('ValueError: no', file=sys.stderr); sys.exit(1)")
    reason, last_lines = stage.heard.next("failed")
    assert reason == "The server ended (exit code 1): ValueError: no" and last_lines == ["Traceback", "ValueError: no"]
    assert len(stage.before) == 1 + SOON.times


def test_bad_input_is_said_as_it_stands_and_not_tried_again(stage: Stage) -> None:
    stage.start("print('experiment.toml: fps = 0; use 1 to 60.', file=sys.stderr); sys.exit(2)")
    assert stage.heard.next("failed")[0] == "experiment.toml: fps = 0; use 1 to 60."
    assert len(stage.before) == 1


def test_a_restart_keeps_the_ports_the_first_start_was_given() -> None:
    plan = ServerPlan(Path("study"), data_dir=Path("d"), host="192.0.2.1", port=0, researcher_port=0)
    first = plan.command()
    assert first[first.index("--port") + 1] == "0" and first[-1] == "--watch-stdin" and "serve" in first
    again = plan.command(Listening("http://192.0.2.1:8000/", "http://127.0.0.1:8001/?token=t", "pair", Path("d")))
    assert again[again.index("--port") + 1] == "8000" and again[again.index("--researcher-port") + 1] == "8001"


@pytest.mark.parametrize(
    ("line", "words", "percent"),
    [
        ("Preparing packages: 40%", "Preparing packages", 40),
        ("[ 45%] compiling", "compiling", 45),
        ("listening", "listening", None),
        ("100 % done", "done", 100),
        ("used 250% of it", "used 250% of it", None),
    ],
)
def test_progress_is_read_from_what_the_server_writes(line: str, words: str, percent: int | None) -> None:
    said, found = parse_progress(line)
    assert found == percent and words in said


@pytest.mark.parametrize("line", ["", "hello", "[1]", '{"event": "other"}'])
def test_other_lines_are_not_the_address(line: str) -> None:
    assert parse_listening(line) is None
