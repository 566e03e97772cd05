"""Runs the tests of the researcher pages' modules, written in JavaScript beside this file, under Node."""

from __future__ import annotations

import subprocess
from pathlib import Path

from app.experiments.node import find_node

TESTS = Path(__file__).parent / "web"


def test_the_modules_of_the_researcher_pages_do_what_their_tests_say() -> None:
    files = sorted(str(path) for path in TESTS.glob("*.test.mjs"))
    node = find_node()
    assert files and node
    done = subprocess.run(
        [str(node), "--test", *files], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
