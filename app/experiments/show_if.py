"""The rules of `show_if`: a small language, read into a tree of our own; nothing a study says is ever run.

    game.finished and not (quiz.score < 0.5 or condition.delay in [0, 2])

A name is a scene (or `condition`, `attribute`), a dot, and what is known of it. What is not known is none; an order
comparison with none, or between different kinds of value, is false. `scene_base.py` reads every rule once when a study
is loaded; the server asks whether it holds when a participant comes to the scene.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 1000
CONDITION, ATTRIBUTE = "condition", "attribute"

Facts = Mapping[str, Mapping[str, Any]]
Name = tuple[str, str]

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z_]\w*)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|[()\[\],-])"
    r"|(?P<space>\s+)",
    re.ASCII,
)
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "none": None}
_WORDS = ("and", "or", "not", "in")


def parse(text: str, scenes: Collection[str] = ()) -> Rule:
    """Read a rule.

    Args:
        text: as it stands in the file.
        scenes: ids of the study's scenes; `game-2` is then never taken for a run of `game` if a scene has that name.

    Raises:
        ValueError: with one sentence about what cannot be read.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"the rule has {len(text)} characters; use {MOST_CHARACTERS} at most")
    if not text.strip():
        raise ValueError("the rule is empty; write one such as game.finished, or leave show_if out")
    python, names = _to_python(text)
    try:
        tree = ast.parse(python, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(
            "this is no rule; join comparisons such as game.score >= 10 by and, or, not and parentheses"
        ) from None
    return Rule(text, _read(tree, names), frozenset(names.values()), frozenset(scenes))


def look_up(facts: Facts, scene: str, key: str, scenes: Collection[str] = ()) -> Any:
    """Return what is known under a name, None if nothing is.

    Args:
        facts: by scene instance (`game-2`), `condition` and `attribute`.
        scene: a scene instance, or the id of a repeated scene, which means its latest run.
        key: what is asked of it.
        scenes: ids of the study's scenes, see `parse`.
    """
    if scene not in facts:
        runs = [
            (tuple(map(int, found[1].split("-")[1:])), instance)
            for instance in facts
            if instance not in scenes and (found := re.fullmatch(rf"{re.escape(scene)}((?:-\d+)+)", instance))
        ]
        if not runs:
            return None
        scene = max(runs)[1]
    return facts[scene].get(key)


@dataclass(frozen=True)
class Rule:
    """A rule that was read; see `parse`."""

    text: str
    _holds: Callable[[Callable[[Name], Any]], Any]
    _names: frozenset[Name]
    _scenes: frozenset[str]

    def names(self) -> set[Name]:
        """Return what it asks for, as (scene, key)."""
        return set(self._names)

    def holds(self, facts: Facts) -> bool:
        """Say whether it holds.

        Args:
            facts: what is known of a participant, by scene instance, `condition` and `attribute`.
        """
        return bool(self._holds(lambda name: look_up(facts, *name, self._scenes)))


def _to_python(text: str) -> tuple[str, dict[str, Name]]:
    """Put the names, whose hyphens Python would subtract, behind placeholders; let nothing else of Python through."""
    names: dict[str, Name] = {}
    pieces, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f'"{text[at]}" has no meaning here; use names, numbers, "texts" and comparisons')
        kind, piece = found.lastgroup, found[0]
        if kind == "name":
            scene, _, key = piece.partition(".")
            placeholder = f"_{len(names)}_"
            names[placeholder] = (scene, key)
            piece = f" {placeholder} "
        elif kind == "word":
            piece = _word(piece)
        elif kind == "space":
            piece = " "
        pieces.append(piece)
        at = found.end()
    return "".join(pieces).strip(), names


def _word(word: str) -> str:
    if word in _WORDS:
        return f" {word} "
    if word.lower() in _CONSTANTS:
        return f" {_CONSTANTS[word.lower()]} "
    raise ValueError(f'{word} is not a name; write it as scene.key, such as game.finished, or a text as "{word}"')


_Node = Callable[[Callable[[Name], Any]], Any]


def _read(node: ast.expr, names: Mapping[str, Name]) -> _Node:
    match node:
        case ast.BoolOp(op, values):
            parts = [_read(value, names) for value in values]
            every = isinstance(op, ast.And)
            return lambda ask: (all if every else any)(bool(part(ask)) for part in parts)
        case ast.UnaryOp(ast.Not(), operand):
            inner = _read(operand, names)
            return lambda ask: not inner(ask)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return lambda _ask: -number
        case ast.Constant(value):
            return lambda _ask: value
        case ast.Name(id) if id in names:
            name = names[id]
            return lambda ask: ask(name)
        case ast.List(elements) | ast.Tuple(elements):
            if not all(_is_literal(element) for element in elements):
                raise ValueError("a list may hold numbers, texts, true and false only")
            items = [_read(element, names) for element in elements]
            return lambda ask: [item(ask) for item in items]
        case ast.Compare(left, ops, comparators):
            tests = [_COMPARISONS[type(op)] for op in ops]
            sides = [_read(side, names) for side in (left, *comparators)]

            def compared(ask: Callable[[Name], Any]) -> bool:
                values = [side(ask) for side in sides]
                return all(test(a, b) for test, a, b in zip(tests, values, values[1:], strict=False))

            return compared
    raise ValueError("this is no rule; use names, comparisons, and, or, not and parentheses")


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _in_order(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(a: Any, b: Any) -> bool:
        both_text = isinstance(a, str) and isinstance(b, str)
        both_numbers = isinstance(a, int | float) and isinstance(b, int | float)
        return (both_text or both_numbers) and test(a, b)

    return compared


def _same(a: Any, b: Any) -> bool:
    # Python takes true for 1; an answer of 1 is no yes.
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _in(a: Any, b: Any) -> bool:
    if isinstance(b, str):
        return isinstance(a, str) and a in b
    return isinstance(b, list | tuple) and any(_same(a, item) for item in b)


_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _same,
    ast.NotEq: lambda a, b: not _same(a, b),
    ast.Lt: _in_order(operator.lt),
    ast.LtE: _in_order(operator.le),
    ast.Gt: _in_order(operator.gt),
    ast.GtE: _in_order(operator.ge),
    ast.In: _in,
    ast.NotIn: lambda a, b: not _in(a, b),
}
