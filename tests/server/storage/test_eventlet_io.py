"""The store client inside an eventlet process, which must be a process of its own: patching cannot be undone."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("order", ["patched first", "patched later"])
def test_the_loop_runs_on_while_the_store_is_waited_for_killed_and_started_again(tmp_path: Path, order: str) -> None:
    argv = [sys.executable, str(Path(__file__).with_name("eventlet_program.py")), str(tmp_path), order]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    results = json.loads(done.stdout)
    ticks = results.pop("ticks_while_stopped"), results.pop("ticks_while_started_again")
    assert results == {
        "answered": 200, "refusal": "unknown_match", "timeout": "timeout", "after_kill": True, "other_process": True,
    }  # fmt: skip
    # A millisecond each, on a quiet machine; a loop that stood still in either wait would have counted one or two.
    assert min(ticks) > 10, ticks
    with sqlite3.connect(tmp_path / "study.db") as connection:
        names = [name for (name,) in connection.execute("SELECT event FROM events ORDER BY event_id")]
    assert sorted(names, key=lambda name: int(name[1:])) == [f"e{n}" for n in range(500)]
    assert names[200:] == [f"e{n}" for n in range(200, 500)]
