"""What `python -m benchmarks` does with its arguments, without measuring anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as program
from benchmarks import matrix
from benchmarks.networks import NETWORKS
from benchmarks.table import Ledger, Result


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The claims that were measured; the files go to a folder of the test."""
    names: list[str] = []

    def claim(name: str) -> object:
        async def measure() -> Sequence[Result | Ledger]:
            names.append(name)
            return [Result(name, 1.0, "ms", 0.5), Ledger(f"{name} by network", ("network",), "so", [("LAN",)])]

        return measure

    async def matrix_measure() -> Ledger:
        names.append("matrix")
        return Ledger("Real matches", ("network",), "so", [("LAN",)])

    monkeypatch.setattr(program, "CLAIMS", {name: claim(name) for name in program.CLAIMS})
    monkeypatch.setattr(program.matrix, "measure", matrix_measure)
    monkeypatch.setattr(program, "RESULTS_FILE", tmp_path / "results.md")
    monkeypatch.setattr(program, "MATRIX_FILE", tmp_path / "matrix.md")
    monkeypatch.setattr(program, "chromium_version", lambda: "Chromium 1")
    return names


def test_an_aim_that_is_missed_is_in_the_table_and_no_failure(measured: list[str], tmp_path: Path) -> None:
    assert program.main(["netcode", "--write", "--date", "2026-11-21"]) == 0
    assert measured == ["netcode"]
    text = (tmp_path / "results.md").read_text()
    assert text.startswith("# Last results\n\nMeasured on 2026-11-21: ")
    assert "| netcode | 1.0 ms | <= 0.500 ms | NO |  |" in text and "## netcode by network" in text


def test_without_a_name_every_claim_is_measured_and_nothing_written(measured: list[str], tmp_path: Path) -> None:
    assert program.main([]) == 0
    assert measured == ["engine", "netcode", "page_ready", "key_latency", "server_path"]
    assert list(tmp_path.iterdir()) == []


def test_the_matrix_is_measured_alone_and_written(measured: list[str], tmp_path: Path) -> None:
    assert program.main(["--matrix"]) == 0
    assert measured == ["matrix"]
    assert "## Real matches" in (tmp_path / "matrix.md").read_text()


@pytest.mark.parametrize(("arguments", "seeds"), [(["--soak"], "20000"), (["--soak", "50"], "50")])
def test_a_soak_is_handed_to_the_simulation_with_its_exit_code(
    measured: list[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], seeds: str
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(subprocess, "run", run)
    assert program.main(arguments) == 1
    assert commands[0][:5] == [sys.executable, "-m", "tests.simulation.soak", "--seeds", seeds]
    assert measured == []


def test_mutations_are_measured_by_a_program_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(subprocess, "run", run)
    assert program.main(["--mutation", "wire"]) == 1
    assert commands == [[sys.executable, "-m", "tests.mutation", "wire"]]


def test_an_unknown_claim_is_named_with_those_that_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["speed"]) == 2
    assert "There is no claim 'speed'; use some of engine, netcode" in capsys.readouterr().err


def test_the_matrix_asks_the_network_for_half_of_everything_in_each_direction(tmp_path: Path) -> None:
    plan = matrix.plan_for(NETWORKS[4], tmp_path)
    assert (plan.network.one_way_ms, plan.network.jitter_ms, plan.network.loss) == (75, 30, 0)
    assert plan.rows == (matrix.FRAMES,)
    assert "num_episodes = 1, max_steps = 900" in (plan.experiment / "experiment.toml").read_text()
