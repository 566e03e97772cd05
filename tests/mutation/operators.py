"""Mutants of a Python file: one small mistake each, of the kinds that people make.

The kinds are those of the common tools (numbers, texts, comparisons, `and` and `or`, arithmetic, conditions, arguments,
assignments, what is returned), and three that suit this code: a statement left out, `min` for `max`, `any` for `all`.
Only what stands in functions is mutated, properties and nested functions among them; annotations, default values,
docstrings and the messages of assertions are not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Div,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Break: ast.Continue, ast.Continue: ast.Break, ast.USub: ast.UAdd,
}  # fmt: skip
TURNED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
NOT_MUTATED = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.JoinedStr, ast.arguments)
NOT_LOOKED_INTO = {"annotation", "returns", "decorator_list", "msg"}

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Mutant:
    """One mistake.

    Attributes:
        function: The name of the function that it is in, with its class.
        line: Where it stands.
        what: The text before and after.
        code: The whole file with the mistake.
    """

    function: str
    line: int
    what: str
    code: CodeType

    @property
    def name(self) -> str:
        """Say which mutant this is, without its line: accepted ones are listed by it."""
        return f"{self.function}: {self.what}"


def mutants(source: str, filename: str) -> Iterator[Mutant]:
    """Return all mutants of a file's text."""
    tree = ast.parse(source)
    for name, function in _functions(tree.body, ""):
        for node in _inside(function):
            for change in _changes(node):
                before, kept = ast.unparse(node), dict(node.__dict__)
                change(node)
                after = ast.unparse(node)
                if after != before:
                    code = compile(ast.fix_missing_locations(tree), filename, "exec")
                    yield Mutant(name, getattr(node, "lineno", function.lineno), _difference(before, after), code)
                node.__dict__.clear()
                node.__dict__.update(kept)


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")


def _inside(function: ast.FunctionDef) -> Iterator[Any]:
    """Return all nodes of a function that may be changed, itself for the statements in it."""
    waiting: list[Any] = [function]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        yield node
        for name, value in ast.iter_fields(node):
            if name not in NOT_LOOKED_INTO:
                children = value if isinstance(value, list) else [value]
                waiting += [c for c in children if isinstance(c, ast.AST) and not isinstance(c, NOT_MUTATED)]


def _changes(node: Any) -> Iterator[Change]:
    for name in ("body", "orelse"):
        if isinstance(node, ast.stmt):
            yield from _changed_statements(name, getattr(node, name, []))
    match node:
        case ast.Constant(value=bool(value)):
            yield _set("value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield _set("value", value + 1)
        case ast.Constant(value=str(value)) if value:
            yield _set("value", value + "?")
        case ast.Constant(value=bytes(value)):
            yield _set("value", value + b"?")
        case ast.Compare():
            for at, op in enumerate(node.ops):
                yield from (_put("ops", at, table[type(op)]()) for table in (SWAPPED, TURNED) if type(op) in table)
        case ast.UnaryOp(op=ast.Not()):
            yield _set("operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.BoolOp() | ast.BinOp() | ast.UnaryOp() | ast.AugAssign() if type(node.op) in SWAPPED:
            yield _set("op", SWAPPED[type(node.op)]())
        case ast.Name() if node.id in NAMES:
            yield _set("id", NAMES[node.id])
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert() if not _is_mutated(node.test):
            yield _set("test", ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension():
            conditions = [(at, each) for at, each in enumerate(node.ifs) if not _is_mutated(each)]
            yield from (_put("ifs", at, ast.UnaryOp(ast.Not(), each)) for at, each in conditions)
        case ast.Return() | ast.Assign() | ast.AnnAssign() if not _says_nothing(node.value):
            yield _set("value", ast.Constant(None))
        case ast.Call():
            arguments = [at for at, each in enumerate(node.args) if isinstance(each, ast.Name | ast.Attribute)]
            yield from (_put("args", at, ast.Constant(None)) for at in arguments)


def _changed_statements(name: str, statements: list[ast.stmt]) -> Iterator[Change]:
    for at, statement in enumerate(statements):
        called = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if called or isinstance(statement, ast.AugAssign | ast.Delete):
            yield _put(name, at, ast.Pass())
        elif isinstance(statement, ast.Break | ast.Continue):
            yield _put(name, at, SWAPPED[type(statement)]())


def _is_mutated(test: ast.expr) -> bool:
    """Whether turning a condition round is among the changes of the condition itself already."""
    return isinstance(test, ast.Compare) and len(test.ops) == 1 or isinstance(test, ast.UnaryOp)


def _says_nothing(value: ast.expr | None) -> bool:
    """Whether None in its place says the same: it is nothing, or a truth value, which is turned round elsewhere."""
    return value is None or isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool))


def _set(name: str, value: object) -> Change:
    return lambda node: setattr(node, name, value)


def _put(name: str, at: int, value: ast.AST) -> Change:
    return lambda node: setattr(node, name, [*getattr(node, name)[:at], value, *getattr(node, name)[at + 1 :]])


def _difference(before: str, after: str) -> str:
    """Say in a line what has changed."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " ".join(" ".join([*old[:1], "->", *new[:1]]).split())
