"""Runs the fast tests of the engine against mutants of its core: one process a mutant, stopped at the first failure.

The tests are collected once. A mutant is a fork of that process, in which the functions of the mutated file are given
their new code; only tests that call the mutated function are run, those that killed a mutant last first.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from .operators import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"
SLOWEST_S = 20
"""A mutant that runs longer has made something endless; the tests of the core take a few seconds together."""


@dataclass
class Score:
    """What became of one module's mutants.

    Attributes:
        counts: By outcome.
        survivors: Which ones.
        seconds: Taken.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((KILLED, SURVIVED, TIMEOUT), 0))
    survivors: list[Mutant] = field(default_factory=list)
    seconds: float = 0.0


class Runner:
    """A pytest plugin: takes the place of the loop that runs the tests.

    Args:
        modules: Names of the mutated modules.
        told: Called with a sentence now and then.
    """

    def __init__(self, modules: Iterable[str], told: Callable[[str], None]) -> None:
        self.modules, self._told = list(modules), told
        self.scores: dict[str, Score] = {}
        self._items: list[pytest.Item] = []
        self._calls: dict[str, list[int]] = {}
        self._sources: dict[str, str] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once as they are, then against every mutant."""
        self._items = session.items
        loaded = {name: importlib.import_module(name) for name in self.modules}
        # What is mutated is what is running, whatever becomes of the files meanwhile.
        self._sources = {name: Path(str(module.__file__)).read_text("utf-8") for name, module in loaded.items()}
        began = time.monotonic()
        if not self._baseline(loaded.values()):
            self._told("the tests fail as they are; nothing was mutated")
            session.testsfailed = 1
            return True
        self._told(f"{len(self._items)} tests pass in {time.monotonic() - began:.1f} s")
        for name, module in loaded.items():
            self.scores[name] = self._score(module)
            self._told(f"{name}: {self.scores[name].counts} in {self.scores[name].seconds:.0f} s")
        return True

    def _baseline(self, modules: Iterable[ModuleType]) -> bool:
        """Run all tests; note which of them call which function."""
        wanted = {str(module.__file__) for module in modules}
        for at, item in enumerate(self._items):
            called: set[str] = set()

            def profile(frame: Any, event: str, _: Any, called: set[str] = called) -> None:
                if event == "call" and frame.f_code.co_filename in wanted:
                    called.add(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")

            sys.setprofile(profile)
            passed = self._passes(item)
            sys.setprofile(None)
            if not passed:
                self._told(f"{item.nodeid} fails")
                return False
            for each in called:
                self._calls.setdefault(each, []).append(at)
        return True

    def _score(self, module: ModuleType) -> Score:
        score, began = Score(), time.monotonic()
        path = Path(str(module.__file__))
        recent: list[int] = []
        for mutant in mutants(self._sources[module.__name__], str(path)):
            tests = self._calls.get(f"{path}:{mutant.function}", [])
            first = [at for at in recent if at in tests]
            outcome, killer = self._outcome(module, mutant, [*first, *(at for at in tests if at not in first)])
            score.counts[outcome] += 1
            if killer is not None:
                recent = [killer, *(at for at in recent if at != killer)][:12]
            if outcome == SURVIVED:
                score.survivors.append(mutant)
                self._told(f"survived: {module.__name__}:{mutant.line} {mutant.name}")
        score.seconds = time.monotonic() - began
        return score

    def _outcome(self, module: ModuleType, mutant: Mutant, tests: list[int]) -> tuple[str, int | None]:
        """Fork, mutate, run; a child says by which test it was killed."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            signal.alarm(SLOWEST_S)
            apply(mutant.code, module)
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)
            os.dup2(devnull, 2)
            for at in tests:
                if not self._passes(self._items[at]):
                    os.write(writing, str(at).encode())
                    break
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            killer = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return TIMEOUT, None
        if status:
            return KILLED, None  # it could not even run a test
        return (KILLED, int(killer)) if killer else (SURVIVED, None)

    @staticmethod
    def _passes(item: pytest.Item) -> bool:
        try:
            return all(report.passed for report in runtestprotocol(item, log=False, nextitem=None))
        except BaseException:  # noqa: BLE001 -- a mutant may end the loop in any way
            return False


def apply(code: CodeType, module: ModuleType) -> None:
    """Give a module's functions the code of a mutated file; whoever has imported them has them too."""
    new = dict(_codes(code, ""))
    for name, function in _functions(vars(module), ""):
        if name in new and function.__code__.co_filename == module.__file__:
            function.__code__ = new[name]


def _codes(code: CodeType, prefix: str) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield prefix + constant.co_name, constant
            yield from _codes(constant, f"{prefix}{constant.co_name}.")


def _functions(names: Any, prefix: str) -> Iterator[tuple[str, FunctionType]]:
    for name, value in list(names.items()):
        value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if isinstance(value, FunctionType):
            yield prefix + name, value
        elif isinstance(value, type) and not prefix:
            yield from _functions(vars(value), f"{name}.")


def score(modules: Iterable[str], tests: Iterable[str], told: Callable[[str], None]) -> dict[str, Score]:
    """Return what became of the mutants of some modules under some tests; empty if the tests fail as they are."""
    hypothesis.settings.register_profile(
        "mutation", database=None, deadline=None, derandomize=True, max_examples=40, phases=[hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutation")
    runner = Runner(modules, told)
    options = ["-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts=--import-mode=importlib"]
    pytest.main([*options, *tests], plugins=[runner])
    return runner.scores
