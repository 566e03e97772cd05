"""Every bug of the zoo is caught by the check that its entry names, and without it that check is content."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ..simulation.oracle import check
from ..simulation.run import run
from ..simulation.schedule import Schedule
from .bugs import ZOO, Bug

TRIES = 6
"""Seeds of the network's dice after which a bug must have shown."""
STORIES = [bug for bug in ZOO if bug.story is not None]
UNITS = [bug for bug in ZOO if bug.story is None]


def found(story: Schedule) -> set[str]:
    """Play a story; return the invariants that do not hold in it."""
    return {violation.invariant for violation in check(run(story))}


def test_of(bug: Bug) -> Callable[[], None]:
    """Return the test that has to catch a bug, with the first of its parameters where it has some."""
    module, _, name = bug.caught_by.partition(":")
    function: Any = getattr(importlib.import_module(module), name)
    marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
    if not marks:
        return function
    (names, values), first = marks[0].args[:2], {}
    first[names] = values[0]
    return lambda: function(**first)


test_of.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("bug", STORIES, ids=lambda bug: bug.name)
def test_a_bug_that_is_put_back_is_caught_in_its_story(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bug.story is not None
    bug.patch(monkeypatch)
    seeds = range(bug.story.seed, bug.story.seed + TRIES)
    assert any(found(replace(bug.story, seed=seed)) & set(bug.caught_by.split()) for seed in seeds)


@pytest.mark.parametrize(
    "story", {id(bug.story): bug.story for bug in STORIES}.values(), ids=lambda story: str(len(story.events))
)
def test_the_story_without_the_bug_is_in_order(story: Schedule) -> None:
    assert found(story) == set()


@pytest.mark.parametrize("bug", UNITS, ids=lambda bug: bug.name)
def test_a_bug_that_is_put_back_fails_the_test_it_names(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    test_of(bug)()
    bug.patch(monkeypatch)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        test_of(bug)()


def test_an_entry_says_what_it_is() -> None:
    names = [bug.name for bug in ZOO]
    assert len(names) == len(set(names)) >= 20
    for bug in ZOO:
        assert bug.source and bug.was.endswith(".") and inspect.isfunction(bug.patch)
        assert (":" in bug.caught_by) == (bug.story is None)
