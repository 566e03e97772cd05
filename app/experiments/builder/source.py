"""The module `environment.py` out of source text that binds a global `env`, as Interactive Gym's studies have it."""

from __future__ import annotations

import ast
import symtable

from app.experiments.errors import InputError

# Imported inside, so that no name of the text's own is taken.
_MAKER = '''

def make_env():
    """Return a new environment, as the code above has left `env`, which itself is never played."""
    from copy import deepcopy

    return deepcopy(env)
'''
_RUNS_AT_ONCE = ("listcomp", "setcomp", "dictcomp", "genexpr")


def environment_module(text: str, where: str) -> str:
    """Return the text of a module with `make_env`.

    The text stays as it is. `env` is made once and never stepped: each match plays a copy of it, so that no match
    begins where another one ended.

    Args:
        text: Python source that binds a global `env`, or defines `make_env` itself.
        where: where the text comes from, for what is said.

    Raises:
        InputError: the text cannot be read, has no `env`, or has a function that uses the global `env`, which would not
            be the environment that is played.
    """
    try:
        tree = ast.parse(text)
        scope = symtable.symtable(text, "environment.py", "exec")
    except SyntaxError as error:
        raise InputError(f"{where}: line {error.lineno}: {error.msg}; correct the Python there.") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}; give Python source text.") from None
    if any(isinstance(part, ast.FunctionDef | ast.ClassDef) and part.name == "make_env" for part in tree.body):
        return text
    if "env" not in scope.get_identifiers() or not _is_bound(scope.lookup("env")):
        raise InputError(f"{where}: the code binds no global env; end it with env = ..., or define make_env.")
    for name, line in _users_of_env(scope, False):
        raise InputError(
            f"{where}: line {line}: {name} uses the global env, which is not the one that is played; make it a method, "
            "or give it the environment as an argument."
        )
    return text.rstrip("\n") + "\n" + _MAKER


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _users_of_env(scope: symtable.SymbolTable, in_function: bool) -> list[tuple[str, int]]:
    """Return name and line of the functions that use the global `env` when they are called."""
    found = []
    for inner in scope.get_children():
        runs_later = in_function or (str(inner.get_type()) == "function" and inner.get_name() not in _RUNS_AT_ONCE)
        if runs_later and "env" in inner.get_identifiers() and inner.lookup("env").is_global():
            name = "a lambda" if inner.get_name() == "lambda" else inner.get_name()
            found.append((name, inner.get_lineno()))
        found += _users_of_env(inner, runs_later)
    return found
