"""What an object consists of, as far as copying and comparing states goes: its attributes, or what pickling keeps."""

from __future__ import annotations

import copyreg
import sys
import types
from collections import OrderedDict, deque
from typing import Any

BASES: tuple[type, ...] = (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, deque)
"""The kinds of plain data that classes are derived from."""
REMEDY = (
    "give the environment get_state() and set_state() that use numbers, strings, lists, dictionaries and arrays, or "
    "make it again from them"
)


def type_name(kind: Any) -> str:
    """Return the full name of a class or function, without `builtins`."""
    module = getattr(kind, "__module__", None)
    name = getattr(kind, "__qualname__", None) or type(kind).__qualname__
    return name if module in (None, "builtins") else f"{module}.{name}"


def attributes(value: Any) -> dict[str, Any]:
    """Return an object's attributes by name: those in its `__dict__` and those in slots."""
    found = {name: getattr(value, name) for name in _slots(type(value)) if hasattr(value, name)}
    return {**getattr(value, "__dict__", {}), **found}


def reduced(value: Any) -> Any:
    """Return what pickling would keep of an object, None for one that is exactly its attributes.

    Raises:
        TypeError: Nothing can be kept of it.
    """
    kind: Any = type(value)
    custom = kind.__reduce__ is not object.__reduce__ or kind.__reduce_ex__ is not object.__reduce_ex__
    custom = custom or kind.__getstate__ is not object.__getstate__  # type: ignore[attr-defined, unused-ignore]
    try:
        if kind in copyreg.dispatch_table:
            return copyreg.dispatch_table[kind](value)
        kept = value.__reduce_ex__(4)  # refuses what has a part that only C knows
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001 -- an object's own methods may raise anything
        raise TypeError(f"a state holds {type_name(kind)}, which cannot be copied ({error}); {REMEDY}") from None
    return kept if custom or not (hasattr(value, "__dict__") or _slots(kind)) else None


def is_value(value: Any) -> bool:
    """Say whether an object is equal to others of the same content, and not only to itself."""
    kind = type(value)
    return kind.__eq__ is not object.__eq__ and kind.__hash__ not in (None, object.__hash__)


def is_found_by_name(function: Any) -> bool:
    """Say whether a function is what its module and name say, so that these are all there is to it."""
    found: Any = sys.modules.get(function.__module__ or "builtins")
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def function_parts(function: types.FunctionType) -> list[Any]:
    """Return what makes a function that was made inside another one: its code, its defaults, what it closes over."""
    code = function.__code__
    found: list[Any] = [code.co_firstlineno, code.co_code, function.__defaults__, function.__kwdefaults__]
    for cell in function.__closure__ or ():
        try:
            found.append((cell.cell_contents,))
        except ValueError:  # nothing in it yet
            found.append(())
    return found


def plain_content(value: Any) -> Any:
    """Return the plain data in a value whose class is derived from one of `BASES`, past what the class redefines."""
    base: Any = next(kind for kind in BASES if isinstance(value, kind))
    if isinstance(value, OrderedDict):  # unlike any other dictionary's, its order is part of what it is equal to
        return list(OrderedDict.items(value))
    if base in (list, tuple, set, frozenset, deque):
        items = base.__iter__(value)
        return list(items) if base in (set, frozenset) else deque(items, value.maxlen) if base is deque else base(items)
    if base is dict:
        return dict(dict.items(value))
    if base in (int, float, str):
        return {int: int.__int__, float: float.__float__, str: str.__str__}[base](value)
    return complex(value.real, value.imag) if base is complex else base(memoryview(value))


_slot_names: dict[type, tuple[str, ...]] = {}


def _slots(kind: type) -> tuple[str, ...]:
    """Return the names of a class's slots as they are reached from outside it."""
    known = _slot_names.get(kind)
    if known is not None:
        return known
    names = []
    for owner in kind.__mro__:
        own = owner.__dict__.get("__slots__", ())
        for name in (own,) if isinstance(own, str) else own:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                names.append(f"_{owner.__name__.lstrip('_')}{name}" if private else name)
    return _slot_names.setdefault(kind, tuple(sorted(set(names))))
