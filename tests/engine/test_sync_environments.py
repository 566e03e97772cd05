"""Every environment of the catalogue passes the sync test, here and in another process, or is refused for its reason.

Two processes with the string hashes of the browsers play all of them once: about twenty seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.environments.catalogue import CASES, Case

ROOT = Path(__file__).resolve().parents[2]


def tried(work: str, cases_file: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.environments.trial", work, str(cases_file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the sync test said in one process, and what another process said of the cases it was given."""
    cases_file = tmp_path_factory.mktemp("cases") / "cases"
    return tried("try", cases_file), tried("fresh", cases_file)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_sync_test_says_of_it_what_is_expected(case: Case, results: tuple[dict[str, Any], dict[str, Any]]) -> None:
    here, elsewhere = results
    found = here[case.name]["found"] + elsewhere.get(case.name, {"found": []})["found"]
    kinds = [kind for kind, _, _ in found] or ["passes"]
    assert len(kinds) == 1 and kinds[0] in case.expected, [sentence for _, _, sentence in found]
    if case.path is not None:
        assert found[0][1] == case.path
    if kinds == ["passes"]:
        assert here[case.name]["frames"] == case.frames and case.name in elsewhere


def test_only_another_process_shows_what_a_module_keeps_for_as_long_as_its_process_lives(
    results: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    here, elsewhere = results
    assert [here[name]["found"] for name in ("ModuleCache", "ProcessNumber")] == [[], []]
    assert {elsewhere[name]["found"][0][0] for name in ("ModuleCache", "ProcessNumber")} == {"fresh"}
