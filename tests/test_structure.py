"""The rules of where things live, read from the imports and the text of every file.

Each rule is a function that returns sentences, so that the tests at the end can show it to bite.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE_LINES = 400
NOT_OURS = {"node_modules", "vendor", "__pycache__", "build", "dist"}
HIDDEN_BUT_OURS = {".ci"}
TEXT_SUFFIXES = {
    ".py", ".js", ".mjs", ".html", ".css", ".md", ".toml", ".json", ".txt", ".cfg", ".ini", ".yml", ".sh", ".spec",
    ".svg", ".lock",
}  # fmt: skip
PROGRAM_SUFFIXES = {".py", ".js", ".mjs", ".html", ".css", ".sh"}


@dataclass(frozen=True)
class Rule:
    """What the Python files of one place may not import.

    Attributes:
        place: a folder or a file below the root.
        forbidden: modules, with all that is below them.
        because: the reason, for the message.
        except_in: files this rule leaves out.
    """

    place: str
    forbidden: frozenset[str]
    because: str
    except_in: frozenset[str] = frozenset()


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `datetime` is not among them: to write a time that was given is no look at the clock; its now() has a test of its own.
CLOCKS = names("time sched timeit zoneinfo calendar")
SOCKETS = names("socket socketserver ssl select selectors http urllib asyncio ftplib smtplib xmlrpc")
THREADS = names("threading _thread multiprocessing concurrent subprocess signal queue")
# `io` is not among them: its buffers in memory are no files, and open() has a test of its own.
FILES = names("os pathlib shutil tempfile glob fileinput sqlite3 dbm shelve mmap fcntl")
GLOBAL_RANDOM = names("random secrets uuid")
WEB = names("flask flask_socketio socketio engineio werkzeug")
EVENTLET = names("eventlet greenlet")
DATABASE = names("sqlalchemy sqlite3 psycopg")
WINDOW = names("webview PySide6 qtpy")
INSIDE_OUT = names("app.server.web app.server.storage app.server.compose app.ui")
ABOVE_THE_STORE = names("app.server.web app.server.domain app.server.compose app.ui")

# The files that start the green server or keep its input and output; everybody else is told by argument.
EVENTLET_FILES = names("app/server/run.py app/server/eventlet_io.py")
WINDOW_FILES = names("app/ui/desktop.py app/ui/native.py app/ui/station.py")

RULES = (
    Rule("app/engine", CLOCKS | SOCKETS | THREADS | FILES, "the engine has no clock, socket, thread or file"),
    Rule(
        "app/engine",
        GLOBAL_RANDOM,
        "the engine owns no global random state",
        # It swaps and saves the environment's random state, which lives in the module `random`.
        names("app/engine/randomness.py"),
    ),
    Rule("app/engine", names("app.experiments app.server app.ui app.paths"), "the engine knows nobody"),
    Rule("app/experiments", names("app.server app.ui") | WEB | EVENTLET | DATABASE, "a study knows no server"),
    Rule(
        "app/server/domain",
        WEB | EVENTLET | DATABASE | CLOCKS | SOCKETS | THREADS | FILES | names("secrets uuid"),
        "the domain decides; time, ids and randomness are arguments",
    ),
    Rule("app/server/domain", INSIDE_OUT, "the domain is inside"),
    Rule("app/server/storage", WEB | EVENTLET, "the store is a process without eventlet and without Flask"),
    Rule("app/server/storage", ABOVE_THE_STORE, "the store knows no rule"),
    Rule("app/server/web", DATABASE | names("app.server.compose app.ui"), "the web room reaches the store by a port"),
    Rule("app/server", WINDOW | names("app.ui"), "the server process never imports the window"),
    Rule("app/ui", EVENTLET | WEB, "the desktop process never imports eventlet"),
    Rule("app", EVENTLET, "eventlet stays behind one module", EVENTLET_FILES),
    Rule("app", WINDOW, "only the desktop opens a window", WINDOW_FILES),
)
FLASK = names("flask flask_socketio werkzeug")
FLASK_ROOM = "app/server/web/"
ENGINE_MAY_IMPORT = frozenset(sys.stdlib_module_names) | names("numpy gymnasium app.engine")


def files(*suffixes: str, below: str = ".") -> Iterator[Path]:
    """Our own files, tests and examples included."""
    for path in sorted((ROOT / below).rglob("*") if (ROOT / below).is_dir() else [ROOT / below]):
        folders = set(path.relative_to(ROOT).parts[:-1])
        hidden = {folder for folder in folders if folder.startswith(".")} - HIDDEN_BUT_OURS
        if path.is_file() and path.suffix in suffixes and not hidden and not NOT_OURS & folders:
            yield path


def imports_of(source: str, module: str, is_package: bool = False) -> set[str]:
    """The full names of what a module imports, those inside functions included, those for type checkers alone not.

    Args:
        source: its text.
        module: its dotted name, for relative imports.
        is_package: whether it is an __init__.py.
    """
    found: set[str] = set()
    for node in _nodes_at_run_time(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*kept, base] if base else kept)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def _nodes_at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        yield child
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for alternative in child.orelse:
                yield from [alternative, *_nodes_at_run_time(alternative)]
        else:
            yield from _nodes_at_run_time(child)


def is_below(module: str, roots: frozenset[str]) -> bool:
    """Whether a module is one of these or inside one of them."""
    return any(module == root or module.startswith(root + ".") for root in roots)


def module_name(path: Path) -> str:
    """The dotted name of a file below the root."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of_file(path: Path) -> set[str]:
    return imports_of(path.read_text(encoding="utf-8"), module_name(path), path.name == "__init__.py")


def breaches(rule: Rule, name: str, imported: set[str]) -> list[str]:
    """Sentences about the imports of the file `name` that a rule forbids."""
    inside = name == rule.place or name.startswith(rule.place + "/")
    if not inside or name in rule.except_in:
        return []
    return [f"{name} imports {each}: {rule.because}" for each in sorted(imported) if is_below(each, rule.forbidden)]


def reached_from(start: Path) -> dict[str, str]:
    """Every module a file imports, itself or through our own modules -> the module that imports it."""
    reached: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        for name in imports_of_file(path):
            if name in reached:
                continue
            reached[name] = module_name(path)
            for candidate in (ROOT / (name.replace(".", "/") + ".py"), ROOT / name.replace(".", "/") / "__init__.py"):
                if name.startswith("app.") and candidate.is_file():
                    waiting.append(candidate)
    return reached


# What no file of ours may say. The words are put together here so that this file does not say them either.
def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


REGISTRIES = any_of("registry.npm" + "js", "py" + r"pi\.org", "python" + "hosted", "registry.yarn" + "pkg")
MACHINE_PATHS = any_of(*(f"(?<![A-Za-z0-9_.-])/{name}/" for name in ("work", "root", "tmp/scratch", "home")))
LEFT_OPEN = any_of("TO" + "DO", "FIX" + "ME", "XX" + "X")
NOT_IN_TESTS = any_of(r"time\.sl" + "eep", r"mark\.sk" + "ip", r"pytest\.sk" + "ip", "xf" + "ail", "rer" + "un")
SWALLOWED = re.compile(r"except (Base)?Exc" + r"eption[^\n]*:\s*\n\s*pass\b")
# The names of XML namespaces look like addresses and are none.
OUTSIDE_ADDRESS = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)


def says_any(patterns: tuple[re.Pattern[str], ...], path: Path) -> list[str]:
    return [line for pattern in patterns for line in says(pattern, path)]


def says(pattern: re.Pattern[str], path: Path) -> list[str]:
    """Sentences about the lines of a file in which a pattern is found."""
    text = path.read_text(encoding="utf-8")
    return [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} says {match.group()!r}"
        for match in pattern.finditer(text)
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.place}: {rule.because}")
def test_no_file_imports_what_its_room_must_not_know(rule: Rule) -> None:
    found = [
        sentence
        for path in files(".py", below=rule.place)
        for sentence in breaches(rule, path.relative_to(ROOT).as_posix(), imports_of_file(path))
    ]
    assert found == []


def test_only_the_web_room_imports_flask() -> None:
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(".py", below="app")
        if not path.relative_to(ROOT).as_posix().startswith(FLASK_ROOM)
        for name in imports_of_file(path)
        if is_below(name, FLASK)
    ]
    assert found == []


def test_the_engine_imports_the_standard_library_numpy_and_gymnasium_only() -> None:
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(".py", below="app/engine")
        for name in imports_of_file(path)
        if not is_below(name, ENGINE_MAY_IMPORT)
    ]
    assert found == []


def calls_in(source: str, called: frozenset[str]) -> list[str]:
    """The calls in a source of functions or methods of these names, as "line: text"."""
    return [
        f"{node.lineno}: {ast.unparse(node.func)}()"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in called
    ]


@pytest.mark.parametrize("place", ["app/engine", "app/server/domain"])
def test_the_core_opens_no_file_and_asks_no_clock(place: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call}"
        for path in files(".py", below=place)
        for call in calls_in(path.read_text(encoding="utf-8"), names("open now utcnow today"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("start", "never"),
    [
        ("app/ui/desktop.py", EVENTLET | WEB),
        ("app/server/storage/service.py", EVENTLET | WEB),
        ("app/experiments/config.py", EVENTLET | WEB | WINDOW),
    ],
)
def test_a_process_does_not_reach_a_library_through_others(start: str, never: frozenset[str]) -> None:
    assert (ROOT / start).is_file(), f"{start} is where ARCHITECTURE says this process begins"
    found = [f"{by} imports {name}" for name, by in reached_from(ROOT / start).items() if is_below(name, never)]
    assert found == []


def test_every_file_is_short_enough_to_be_read() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(*PROGRAM_SUFFIXES)}
    found = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE_LINES]
    assert found == []


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = [line for path in files(*TEXT_SUFFIXES) for line in says_any((REGISTRIES, MACHINE_PATHS), path)]
    assert found == []


def test_nothing_is_left_open_or_swallowed_and_no_test_waits_by_the_clock_or_looks_away() -> None:
    found = [line for path in files(*PROGRAM_SUFFIXES) for line in says_any((LEFT_OPEN, SWALLOWED), path)]
    found += [line for path in files(".py", ".js", ".mjs", below="tests") for line in says(NOT_IN_TESTS, path)]
    assert found == []


@pytest.mark.parametrize("place", ["participant_client", "app/ui/web"])
def test_no_page_loads_anything_from_outside(place: str) -> None:
    found = [
        line
        for path in files(".js", ".mjs", ".html", ".css", ".svg", below=place)
        for line in says(OUTSIDE_ADDRESS, path)
    ]
    assert found == []


def test_every_browser_test_that_plays_goes_through_the_fixture_that_compares_the_records() -> None:
    match, server = "tests.browser.rig.match", "tests.browser.rig.server"
    playing = names(f"{match} {server}.ServedExperiment {server}.run_kiosk")
    allowed = names(f"{match} {match}.Plan {match}.Played {match}.Network")
    found = [
        f"{path.relative_to(ROOT)} imports {name}; a test plays through the fixture play_match"
        for path in files(".py", below="tests/browser")
        if path.name.startswith("test_")
        for name in imports_of_file(path)
        if is_below(name, playing) and name not in allowed
    ]
    assert found == []


def test_the_rules_bite() -> None:
    clock = imports_of("def f():\n    from time import monotonic\n", "app.engine.session")
    assert breaches(RULES[0], "app/engine/session.py", clock)
    assert imports_of("from ..web import messages", "app.server.domain.flow") >= {"app.server.web.messages"}
    assert imports_of("from . import wire", "app.engine", is_package=True) >= {"app.engine.wire"}
    only_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import flask\nelse:\n    import eventlet\n"
    assert imports_of(only_types, "app.server.domain.flow") & {"flask", "eventlet"} == {"eventlet"}
    assert calls_in("datetime.datetime.now(UTC)\nopen(name)\nfromtimestamp(0)", names("open now")) == [
        "1: datetime.datetime.now()",
        "2: open()",
    ]
    assert not is_below("timeit_of_ours", CLOCKS) and is_below("http.client", SOCKETS)
    assert MACHINE_PATHS.search('open("/' + 'root/x")') and not MACHINE_PATHS.search("src/work/worker.js")
    assert SWALLOWED.search("except Exc" + "eption as error:\n        pass\n")
    assert OUTSIDE_ADDRESS.search("import('//cdn.example.com/x.js')") and not OUTSIDE_ADDRESS.search("// a remark")
