"""The way from a bare checkout: what is repeated is cheap, and what cannot be had is named with its remedy."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bootstrap.py with an environment of its own in a folder of the test."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(module, "STAMP", tmp_path / "installed.json")
    return module


@pytest.fixture
def pip_runs(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects pip was asked to install, instead of installing them."""
    runs: list[str] = []
    monkeypatch.setattr(bootstrap, "follow_pip", lambda command: runs.append(command[-1].removeprefix(str(ROOT))))
    return runs


def test_dependencies_are_installed_once(bootstrap: ModuleType, pip_runs: list[str]) -> None:
    bootstrap.install({"prepare"})
    bootstrap.install({"prepare"})

    assert pip_runs == ["[prepare]"]


def test_more_extras_are_added_to_those_that_are_there(bootstrap: ModuleType, pip_runs: list[str]) -> None:
    bootstrap.install({"prepare"})
    bootstrap.install({"test"})
    bootstrap.install({"prepare", "test"})

    assert pip_runs == ["[prepare]", "[prepare,test]"]


def test_changed_pins_are_installed_anew(
    bootstrap: ModuleType, pip_runs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bootstrap.install({"prepare"})
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("flask==0\n")
    bootstrap.install({"prepare"})

    assert len(pip_runs) == 2


def test_an_installation_that_failed_is_tried_again(
    bootstrap: ModuleType, pip_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def fail(_command: list[str]) -> None:
            raise bootstrap.Stop("no network")

        patch.setattr(bootstrap, "follow_pip", fail)
        with pytest.raises(bootstrap.Stop):
            bootstrap.install({"prepare"})
    bootstrap.install({"prepare"})

    assert pip_runs == ["[prepare]"]


def test_pips_failure_names_what_to_check(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Stop, match="check the connection to the package index"):
        bootstrap.follow_pip([sys.executable, "-c", "raise SystemExit(1)"])


@pytest.mark.parametrize(
    ("platform", "display", "window"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":1"}, True),
        ("linux", {"WAYLAND_DISPLAY": "w"}, True),
        ("win32", {}, True),
    ],
)
def test_a_window_needs_a_display(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, platform: str, display: dict[str, str], window: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)

    assert bootstrap.has_display() is window


def test_addresses_are_said_in_words(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    said = {
        "participant_url": "http://a/",
        "researcher_url": "http://b/?token=t",
        "data_dir": "/d",
        "event": "listening",
    }
    bootstrap.show_addresses(json.dumps(said) + "\n")

    told = capsys.readouterr().err
    assert "Participants open:  http://a/" in told
    assert "You, on this computer, open:  http://b/?token=t" in told


def test_other_output_of_the_program_is_passed_on(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.show_addresses("something else\n")

    assert capsys.readouterr().out == "something else\n"


CHILD = """
import signal
signal.signal(signal.SIGINT, lambda *_: (print("told", flush=True), exit(7)))
print("ready", flush=True)
signal.pause()
"""
PARENT = """
import importlib.util, subprocess, sys
spec = importlib.util.spec_from_file_location("bootstrap", sys.argv[1])
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)
child = subprocess.Popen([sys.executable, "-c", sys.argv[2]], text=True, stdout=subprocess.PIPE, process_group=0)
sys.exit(bootstrap.wait_for(child, lambda line: print(line, end="", flush=True), interrupt=True))
"""


def test_an_interruption_reaches_the_program_once_and_its_exit_code_comes_back() -> None:
    command = [sys.executable, "-c", PARENT, str(ROOT / "bootstrap.py"), CHILD]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()

    assert rest == "told\n"
    assert process.returncode == 7


def dpkg_says(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, installed: list[str]) -> None:
    lines = "".join(f"{name} install ok installed\n" for name in installed)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=lines, returncode=0))


def test_without_the_right_to_install_the_missing_packages_are_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "can_use_apt", lambda: False)
    present = [name for name in bootstrap.DEBIAN_PACKAGES if name not in {"chromium", "xvfb", "libasound2"}]
    dpkg_says(bootstrap, monkeypatch, [*present, "libasound2t64"])

    with pytest.raises(bootstrap.Stop, match=r"run `sudo apt-get install chromium xvfb`, then this again"):
        bootstrap.install_system_packages()


def test_nothing_is_installed_when_everything_is_there(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    dpkg_says(bootstrap, monkeypatch, bootstrap.DEBIAN_PACKAGES)
    monkeypatch.setattr(bootstrap, "apt_install", lambda packages: pytest.fail(f"installs {packages}"))

    bootstrap.install_system_packages()


def test_it_starts_from_any_folder_and_without_any_package(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "bootstrap.py"), "run", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "--headless" in done.stdout


def test_every_dependency_is_pinned_and_no_pin_contradicts_another() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [pin for extra in project["optional-dependencies"].values() for pin in extra]
    pins = [pin.partition(";")[0].strip() for pin in [*project["dependencies"], *extras]]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    constraints = dict(line.lower().replace("_", "-").split("==") for line in lines if not line.startswith("#"))

    for pin in pins:
        name, separator, version = pin.partition("==")
        name = name.partition("[")[0].lower()
        assert separator, pin
        assert constraints.get(name, version) == version, pin


def test_packages_every_browser_has_are_installed_here_in_the_same_version() -> None:
    files = json.loads((ROOT / "participant_client" / "vendor.json").read_text())["files"]
    wheels = [Path(file["to"]).name.split("-")[:2] for file in files if file["to"].endswith(".whl")]
    constraints = (ROOT / "constraints.txt").read_text().lower().replace("-", "_").splitlines()

    assert wheels
    for name, version in wheels:
        assert f"{name}=={version}" in constraints


@pytest.mark.parametrize(
    ("arguments", "needs_browsers"),
    [(["--soak"], False), (["--soak=50"], False), (["--mutation"], False), (["--matrix"], True), ([], True)],
)
def test_a_soak_installs_no_browser(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, arguments: list[str], needs_browsers: bool
) -> None:
    done: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda extras: done.append("packages"))
    monkeypatch.setattr(bootstrap, "install_system_packages", lambda: done.append("browsers"))
    monkeypatch.setattr(bootstrap, "prepare", lambda: None)
    monkeypatch.setattr(bootstrap, "attend", lambda command: done.append(" ".join(command[2:])) or 0)

    assert bootstrap.run_benchmarks(arguments) == 0
    assert ("browsers" in done) is needs_browsers
    assert done[-1] == " ".join(["benchmarks", *arguments])


def test_the_gate_is_one_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert lines[-1].endswith("exec python3 bootstrap.py test")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
