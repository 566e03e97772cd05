"""The command line: what a researcher can correct is one sentence on standard error and exit code 2."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.tags import sys_tags

from app import __version__, paths
from app.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "overcooked_pair"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example that a test may spoil."""
    copy = tmp_path / "study"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=240,
        env={**os.environ, **environment}, check=False,
    )  # fmt: skip


def serve(folder: Path, tmp_path: Path, *options: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ports = [] if "--port" in options else ["--port", "0"]
    data_dir = [] if "--data-dir" in options else ["--data-dir", tmp_path / "data"]
    return run("serve", folder, *ports, "--researcher-port", "0", *data_dir, *options, **environment)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence; progress before it does not count."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == "", "nothing listens, so nothing says so"
    lines = [line for line in done.stderr.splitlines() if not line[:3].strip().isdecimal()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def spoil(folder: Path, before: str, after: str) -> None:
    file = folder / "experiment.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('title = "The kitchen"', 'title "The kitchen"', ": line "),
        ("fps = 30", "fsp = 30", "experiment.toml: scenes.game.rendering.fsp is not a known key; did you mean fps?"),
        ("fps = 30", "fps = 0", "experiment.toml: scenes.game.rendering.fps = 0; use 1 to 60 frames per second."),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(
    folder: Path, tmp_path: Path, before: str, after: str, said: str
) -> None:
    spoil(folder, before, after)
    assert said in sentence(serve(folder, tmp_path))


def test_a_missing_environment_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (folder / "environment.py").unlink()
    assert "environment.py is missing in" in sentence(serve(folder, tmp_path))


def test_an_environment_without_reset_or_step_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (folder / "environment.py").write_text("def make_env(layout):\n    return object()\n", encoding="utf-8")
    said = sentence(serve(folder, tmp_path))
    assert "environment.py: what make_env(layout='cramped_room') returns cannot be played" in said
    assert "the environment object has no reset()" in said


def test_a_package_that_is_not_pure_python_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "index"
    wheels.mkdir()
    tag = next(iter(sys_tags()))
    with zipfile.ZipFile(wheels / f"compiled_thing-1.0-{tag}.whl", "w") as wheel:
        info = "compiled_thing-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: compiled-thing\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    spoil(folder, '["cogrid==0.3.2"]', '["compiled-thing==1.0"]')
    done = serve(folder, tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels), PIP_CONFIG_FILE=os.devnull)
    assert '"compiled-thing==1.0" is not pure Python' in sentence(done)


def test_a_port_that_is_taken_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = sentence(serve(folder, tmp_path, "--port", port))
    assert f"--port {port}: port {port} of 127.0.0.1 is in use by another program; choose another one" in said


def test_an_address_of_another_computer_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    assert "--host 192.0.2.1: cannot be listened on" in sentence(serve(folder, tmp_path, "--host", "192.0.2.1"))


def test_a_data_folder_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    said = sentence(serve(folder, tmp_path, "--data-dir", file))
    assert said.startswith(f"--data-dir: {file}") and "cannot be written (Not a directory); choose another" in said


def test_a_browser_file_with_another_hash_is_one_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor = tmp_path / "client" / "vendor"
    vendored = json.loads(paths.vendor_list().read_text(encoding="utf-8"))["files"]
    name = vendored[0]["to"]
    (vendor / name).parent.mkdir(parents=True)
    (vendor / name).write_text("something else", encoding="utf-8")
    shutil.copyfile(paths.vendor_list(), vendor.with_name("vendor.json"))
    monkeypatch.setattr(paths, "vendor_dir", lambda: vendor)
    assert main(["check", str(folder)]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert str(vendor / name) in said and vendored[0]["sha256"] in said


def test_an_experiment_without_mistakes_is_said_so(folder: Path) -> None:
    done = run("check", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "overcooked-pair: no mistake found.\n"


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_refused(folder: Path, port: str) -> None:
    done = run("serve", folder, "--port", port)
    assert done.returncode == 2 and "is not a port; use a number from 0 to 65535" in done.stderr


@pytest.mark.parametrize("command", ["export", "compare"])
def test_data_that_is_not_there_is_one_sentence(tmp_path: Path, command: str) -> None:
    nowhere = [tmp_path / "a", tmp_path / "b"][: 2 if command == "compare" else 1]
    assert str(tmp_path) in sentence(run(command, *nowhere))


def test_help_names_every_command_and_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for option, expected in (("--help", ("serve", "check", "export", "compare")), ("--version", (__version__,))):
        with pytest.raises(SystemExit) as ended:
            main([option])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert all(word in told for word in expected)
