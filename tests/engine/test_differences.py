"""The part of a state that differs, or is in the way, is named as it would be reached in Python."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from app.engine.canonical import state_hash
from app.engine.differences import first_difference, first_unreadable, reported_difference, subtree_hashes


@dataclass
class Cook:
    held: str = ""


class Kitchen:
    def __init__(self, held: str = "") -> None:
        self.cooks = [Cook(), Cook(held)]
        self.owner = self


class Wrapper:
    def __init__(self, env: Any) -> None:
        self.env = env


class Cell(NamedTuple):
    row: int
    column: int


@pytest.mark.parametrize(
    ("a", "b", "path"),
    [
        ({"env": Kitchen()}, {"env": Kitchen("pot")}, "env.cooks[1].held"),
        (
            {"env": Wrapper(Wrapper(Kitchen()))},
            {"env": Wrapper(Wrapper(Kitchen("pot")))},
            "env.unwrapped.cooks[1].held",
        ),
        ({"env": {"a b": [1, (2, 3)]}}, {"env": {"a b": [1, (2, 4)]}}, "env['a b'][1][1]"),
        ({"env": Cell(1, 2)}, {"env": Cell(1, 3)}, "env.column"),
        ({"env": deque([1, 2])}, {"env": deque([1, 3])}, "env[1]"),
        ({"env": [1, 2]}, {"env": [1, 2, 3]}, "env[2]"),
        ({"env": {"pot": 1}}, {"env": {"pan": 1}}, "env.pot"),
        ({"env": [1, 2]}, {"env": (1, 2)}, "env"),
        ({"env": np.zeros(3)}, {"env": np.ones(3)}, "env"),
        ({"env": np.array([(1, 2)], "i4,f4")}, {"env": np.array([(1, 3)], "i4,f4")}, "env['f1']"),
        ({"env": np.array([None, [1]], object)}, {"env": np.array([None, [2]], object)}, "env[1][0]"),
        ({1: {2: 3}}, {1: {2: 4}}, "[1][2]"),
        ({"rng": np.random.default_rng(1)}, {"rng": np.random.default_rng(2)}, "rng"),
        ({"env": Kitchen()}, {"env": Kitchen()}, None),
        (1, 1.0, ""),
    ],
)
def test_the_part_that_differs_is_named(a: Any, b: Any, path: str | None) -> None:
    assert first_difference(a, b) == path


def test_which_objects_are_the_same_one_is_no_part_of_its_own() -> None:
    one = Kitchen()
    assert first_difference({"env": [one, one]}, {"env": [Kitchen(), Kitchen()]}) == ""


def test_of_several_differences_the_one_nearest_to_the_root_is_named() -> None:
    a, b = {"env": {"deep": {"x": {"y": 1}}, "flat": 1}}, {"env": {"deep": {"x": {"y": 2}}, "flat": 2}}
    assert first_difference(a, b) == "env.flat"


def test_parts_have_hashes_of_their_own_down_to_a_depth() -> None:
    state = {"env": {"cooks": [1, 2]}, "rewards": (0.0,)}
    hashes = subtree_hashes(state, 2)
    assert set(hashes) == {"", "env", "rewards", "env.cooks", "rewards[0]"}
    assert hashes["env.cooks"] == f"{state_hash([1, 2]):016x}"
    assert list(subtree_hashes(state, 0)) == [""]


def test_what_cannot_be_read_is_named_with_the_reason() -> None:
    state = {"env": Wrapper({"cooks": [{"walk": 1}, {"walk": (n for n in range(3))}]})}
    assert first_unreadable({"env": 1}) is None
    path, why = first_unreadable(state) or ("", "")
    assert path == "env.unwrapped.cooks[1].walk" and "generator" in why


def told(frame: int, **parts: str) -> dict[str, Any]:
    """What a page reports of a state that differs."""
    named = {name.replace("__", "."): state_hash for name, state_hash in parts.items()}
    return {"episode": 0, "frame": frame, "kind": "state", "parts": named}


def test_two_reports_together_name_the_innermost_part_of_the_first_state_that_differs() -> None:
    mine = [told(60, env="1", env__pot="9"), told(30, env="1", env__pot="2", env__pot__soups="3", rewards="4")]
    theirs = [told(30, env="5", env__pot="6", env__pot__soups="7", rewards="4"), told(60, env="2", env__pot="8")]
    found = reported_difference({"1": {"desyncs": theirs}, "0": {"desyncs": mine}})
    assert found == {"episode": 0, "frame": 30, "part": "env.pot.soups", "seats": ["0", "1"]}


def test_a_part_is_inside_another_only_by_its_whole_name() -> None:
    mine, theirs = told(30, env="1", environs="2"), told(30, env="3", environs="4")
    found = reported_difference({"0": {"desyncs": [mine]}, "1": {"desyncs": [theirs]}})
    assert found is not None and found["part"] == "env"


def test_thousands_of_told_parts_are_not_each_compared_with_all_others() -> None:
    looks: list[str] = []

    class Path(str):
        def startswith(self, *what: Any) -> bool:
            looks.append(self)
            return super().startswith(*what)

    paths = [f"k{index}" for index in range(2000)] + [f"k{index}.a" for index in reversed(range(2000))]
    mine, theirs = ({**told(30), "parts": {Path(path): told_as for path in paths}} for told_as in "12")
    found = reported_difference({"0": {"desyncs": [mine]}, "1": {"desyncs": [theirs]}})
    assert found is not None and found["part"] == "k1999.a"
    assert len(looks) <= 2 * len(paths)


def test_reports_of_different_frames_of_equal_parts_or_of_nothing_name_no_part() -> None:
    one = {"desyncs": [told(30, env="1")]}
    for other in ({"desyncs": [told(60, env="2")]}, {"desyncs": [told(30, env="1")]}, {"desyncs": []}, {}):
        assert reported_difference({"0": one, "1": other}) is None
    assert reported_difference({"0": one}) is None


@pytest.mark.parametrize(
    "report",
    [
        None, 7, {"desyncs": {}}, {"desyncs": [None]}, {"desyncs": [{"parts": {}}]},
        {"desyncs": [{"episode": [], "frame": 30, "parts": {}}]},
        {"desyncs": [{"episode": False, "frame": 30, "parts": {"env": "2"}}]},
        {"desyncs": [{"episode": 0, "frame": 30, "parts": ["env"]}]},
    ],
)  # fmt: skip
def test_what_is_no_report_is_passed_over(report: Any) -> None:
    assert reported_difference({"0": {"desyncs": [told(30, env="1")]}, "1": report}) is None
