#!/usr/bin/env python3
"""From a bare checkout to the running program, or to every check: `run`, `test` and `bench`.

Needs Python 3.11 or newer and nothing else; works from any folder. What it makes lies in `.venv`, `build` and
`participant_client/vendor` beside this file, and is made again only when what it depends on has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.json"
EXAMPLE = ROOT / "examples" / "overcooked_pair"

# What the tests' browsers, virtual networks and window need on Debian.
DEBIAN_PACKAGES = """
chromium firefox-esr iproute2 xvfb xdotool fonts-dejavu-core
libegl1 libgl1 libopengl0 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0 libnss3 libnspr4
libasound2 libgbm1 libgssapi-krb5-2 libxcomposite1 libxdamage1 libxtst6 libxrandr2 libxkbfile1 libxcb-cursor0
libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-util1 libxcb-xkb1
libxcb-xinerama0 libxcb-randr0 libxcb-sync1 libxcb-xfixes0
""".split()


class Stop(Exception):
    """Something cannot be had; the text says what, and what to do."""


def say(text: str) -> None:
    """Tell what is going on, on standard error: standard output belongs to what is started."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(description="Interactive Gym Kiosk, from a bare checkout.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run | test | bench")
    run = commands.add_parser("run", help="start the program with the example; further flags go to it")
    run.add_argument("--headless", action="store_true", help="serve without a window even if there is a display")
    commands.add_parser("test", help="run every check; what stands after -- goes to pytest")
    commands.add_parser("bench", help="measure what the program claims; further arguments, as --matrix, go to it")
    known, rest = parser.parse_known_args()
    rest = [argument for argument in rest if argument != "--"]
    try:
        if sys.version_info < (3, 11):
            raise Stop(f"Python {sys.version.split()[0]} is too old; start this with Python 3.11 or newer.")
        if known.command == "run":
            return run_program(known.headless, rest)
        return run_checks(rest) if known.command == "test" else run_benchmarks(rest)
    except Stop as stop:
        say(f"bootstrap.py: {stop}")
        return 1
    except KeyboardInterrupt:
        return 130


def run_program(headless: bool, flags: list[str]) -> int:
    """Start the program with the example: its window where there is a display, else a server."""
    window = not headless and has_display()
    install({"prepare", "desktop"} if window else {"prepare"})
    prepare()
    if window:
        say("Starting the window.")
        return start([str(EXAMPLE), *flags])
    say("Starting the server." if headless else "There is no display: starting the server without a window.")
    return start(["serve", str(EXAMPLE), "--watch-stdin", *flags], show_addresses)


def show_addresses(line: str) -> None:
    """Say in words what a server's line says to programs; other lines go to standard output as they are."""
    try:
        said: Any = json.loads(line)
        participants, researcher, data = said["participant_url"], said["researcher_url"], said["data_dir"]
    except (ValueError, TypeError, KeyError):
        print(line, end="", flush=True)
        return
    say("")
    say(f"  Participants open:  {participants}")
    say(f"  You, on this computer, open:  {researcher}")
    say(f"  Data are recorded in:  {data}")
    say("")
    say("Two browser windows at the first address play together. Stop with Ctrl+C.")


def run_checks(pytest_arguments: list[str]) -> int:
    """Run format, lint, types and every test; all of them, whatever fails."""
    install_system_packages()
    install({"prepare", "desktop", "test"})
    prepare()
    module = [str(PYTHON), "-m"]
    checks = {
        "format": [*module, "ruff", "format", "--check", "."],
        "lint": [*module, "ruff", "check", "."],
        "types": [*module, "mypy"],
        "tests": [*module, "pytest", *pytest_arguments],
    }
    outcomes = {}
    for name, command in checks.items():
        say(f"Check: {name}")
        began = time.monotonic()
        outcomes[name] = (attend(command), time.monotonic() - began)
    say("")
    for name, (code, seconds) in outcomes.items():
        say(f"  {name:8} {'passed' if code == 0 else 'FAILED'}  {seconds:6.1f} s")
    return int(any(code for code, _ in outcomes.values()))


def run_benchmarks(arguments: list[str]) -> int:
    """Measure the program's claims in a real browser, or soak or mutate the netcode, which needs none."""
    if any(argument.startswith(("--soak", "--mutation")) for argument in arguments):
        install({"prepare", "test"})
    else:
        install_system_packages()
        install({"prepare", "test"})
        prepare()
    return attend([str(PYTHON), "-m", "benchmarks", *arguments])


def has_display() -> bool:
    """Whether a window can be opened here."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def attend(command: list[str], on_line: Callable[[str], None] | None = None) -> int:
    """Run a command in this file's folder to its end and return its exit code; SIGTERM is passed on.

    Args:
        command: Program and arguments.
        on_line: Called with each line of its standard output; without it the output is not touched.
    """
    return wait_for(subprocess.Popen(command, cwd=ROOT, text=True, stdout=on_line and subprocess.PIPE), on_line)


def start(arguments: list[str], on_line: Callable[[str], None] | None = None) -> int:
    """Run the program in the caller's folder, so that paths among its flags mean what the caller means."""
    # A folder called "app" where the caller happens to be must not be taken for this program.
    environment = os.environ | {"PYTHONSAFEPATH": "1"}
    # In a group of its own it does not see Ctrl+C itself: it is told once, whoever interrupts whom.
    group: Any = {"process_group": 0} if os.name == "posix" else {}
    command = [str(PYTHON), "-m", "app", *arguments]
    output = on_line and subprocess.PIPE
    # Its standard input ends when this process does, however it ends.
    process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=output, **group)
    return wait_for(process, on_line, interrupt=bool(group))


def wait_for(
    process: subprocess.Popen[str], on_line: Callable[[str], None] | None = None, interrupt: bool = False
) -> int:
    """Wait for a process to end and return its exit code.

    Args:
        process: The process.
        on_line: Called with each line of its standard output.
        interrupt: Whether it is to be told of Ctrl+C; otherwise the terminal does that.
    """
    signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
    interrupted = False
    while True:
        try:
            for line in process.stdout or ():
                assert on_line is not None
                on_line(line)
            code = process.wait()
            break
        except KeyboardInterrupt:
            if interrupt:
                process.send_signal(signal.SIGTERM if interrupted else signal.SIGINT)
            interrupted = True
    if interrupted and not interrupt:
        raise KeyboardInterrupt
    return code


def install(extras: set[str]) -> None:
    """Make the virtual environment hold the pinned dependencies and these extras; does nothing when it does."""
    pins = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in pins) + f"{sys.version}{ROOT}".encode()).hexdigest()
    stamp = read_stamp()
    if stamp.get("hash") != wanted:
        stamp = {"hash": wanted, "extras": []}
    if extras <= set(stamp["extras"]) and PYTHON.exists():
        return
    make_environment()
    extras |= set(stamp["extras"])
    say(f"Installing the pinned Python packages ({', '.join(sorted(extras))}); this takes a while once.")
    STAMP.unlink(missing_ok=True)
    project = f"{ROOT}[{','.join(sorted(extras))}]"
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar=off"]
    follow_pip([*pip, "--constraint", str(ROOT / "constraints.txt"), "--editable", project])
    STAMP.write_text(json.dumps({"hash": wanted, "extras": sorted(extras)}), encoding="utf-8")


def read_stamp() -> dict[str, Any]:
    """What was installed last, or an empty record."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def make_environment() -> None:
    """Make `.venv` unless it is there and works."""
    if PYTHON.exists() and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    say(f"Making the virtual environment {VENV}")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if "ensurepip" in made.stdout + made.stderr and can_use_apt():
        apt_install([package])
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
        if made.returncode == 0:
            return
    reason = (made.stdout + made.stderr).strip().splitlines()[-1:] or ["no reason given"]
    raise Stop(
        f"the virtual environment {VENV} cannot be made ({reason[0]}); "
        f"on Debian and Ubuntu install {package}, elsewhere use a Python that has the modules venv and ensurepip."
    )


def follow_pip(command: list[str]) -> None:
    """Run pip and show what it is at, one line each; its full output only when it fails."""
    shown: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout or ():
            shown.append(line.rstrip())
            words = line.split()
            if words[:1] == ["Downloading"] and len(words) > 1:
                say(f"  {words[1].rpartition('/')[2]} {' '.join(words[2:])}")
            elif line.startswith("Installing collected packages"):
                say("  installing them")
    if process.returncode != 0:
        say("\n".join(shown[-15:]))
        raise Stop(
            "the Python packages could not be installed (pip's last lines are above); "
            "check the connection to the package index or pip's settings, and run this again."
        )


def prepare() -> None:
    """Fetch and check the browser files, and prepare the example's runtime."""
    say("Checking the browser files and the example's runtime.")
    if attend([str(PYTHON), "-m", "app.experiments.prepare", str(EXAMPLE)]) != 0:
        raise Stop("the browser files are not ready; the line above says what to do.")


def can_use_apt() -> bool:
    """Whether Debian packages can be installed without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_system_packages() -> None:
    """Install the Debian packages the tests need, or name what is needed elsewhere."""
    if shutil.which("dpkg-query") is None:
        browsers = {"Chromium": ("chromium", "chromium-browser"), "Firefox": ("firefox-esr", "firefox")}
        for name, programs in browsers.items():
            if not os.environ.get(f"KIOSK_{name.upper()}") and not any(map(shutil.which, programs)):
                raise Stop(
                    f"the browser tests need {name}; install it or name its program in KIOSK_{name.upper()}. "
                    "On Linux they also need iproute2, and the window's test Xvfb and xdotool."
                )
        return
    query = ["dpkg-query", "--show", "--showformat=${Package} ${Status}\n", *DEBIAN_PACKAGES]
    answer = subprocess.run(query, capture_output=True, text=True).stdout
    # Newer Debian and Ubuntu rename some (libasound2t64) and keep the old names as provided ones.
    present = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    missing = [name for name in DEBIAN_PACKAGES if not present & {name, f"{name}t64"}]
    if not missing:
        return
    if not can_use_apt():
        raise Stop(f"the tests need these packages: run `sudo apt-get install {' '.join(missing)}`, then this again.")
    apt_install(missing)


def apt_install(packages: list[str]) -> None:
    """Install Debian packages as root."""
    say(f"Installing Debian packages: {' '.join(packages)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-q", *command], env=quiet, capture_output=True, text=True)
        if done.returncode != 0:
            reasons = [line for line in done.stderr.splitlines() if line.startswith("E:")] or ["no reason given"]
            raise Stop(
                f"`apt-get {' '.join(command[:1])}` failed ({reasons[0]}); install {' '.join(packages)} yourself."
            )


if __name__ == "__main__":
    sys.exit(main())
