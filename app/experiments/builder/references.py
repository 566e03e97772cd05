"""The name under which a study's function or class can be imported from its folder: `module:object`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from app.experiments.errors import InputError

_REMEDY = "put it into a module of the experiment's folder under a name of its own"


def module_and_name(given: Any, folder: Path, where: str) -> str:
    """Return `module:object` for a function or class of the experiment's folder; a text is returned as it is.

    Args:
        given: a function, a class, or `module:object`.
        folder: the experiment's folder. The module is named as seen from there, whatever name it was imported under.
        where: the setting, for what is said.

    Raises:
        InputError: browsers could not import it: a lambda, something nested, or of a module elsewhere.
    """
    if isinstance(given, str):
        return given
    name = getattr(given, "__qualname__", None)
    module = sys.modules.get(getattr(given, "__module__", None) or "")
    if name is None or not callable(given) or module is None:
        raise InputError(f"{where}: an object of type {type(given).__name__} has no name to import it by; {_REMEDY}.")
    if "<lambda>" in name:
        raise InputError(f"{where}: a lambda has no name to import it by; {_REMEDY}.")
    if "." in name:
        outer = name.rpartition(".")[0].removesuffix(".<locals>")
        inside = f"{name.rpartition('.')[2]} is defined inside {outer}"
        raise InputError(f"{where}: {inside}, where nothing can import it; {_REMEDY}.")
    if module.__name__ == "__main__":
        raise InputError(
            f"{where}: {name} is defined in the script that builds the study, which browsers do not run; {_REMEDY}."
        )
    file = Path(getattr(module, "__file__", None) or "").resolve()
    if file.suffix != ".py" or not file.is_relative_to(folder):
        raise InputError(
            f"{where}: {name} of module {module.__name__} lies outside {folder}; write a function in a module of that "
            f"folder that returns it, and give that function."
        )
    if getattr(module, name, None) is not given:
        raise InputError(f"{where}: {name} of {file.name} is another object, such as before a decorator; {_REMEDY}.")
    parts = list(file.relative_to(folder).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return f"{'.'.join(parts)}:{name}"
