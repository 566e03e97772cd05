"""Imports what the memory snapshot of the interpreter shall already hold when a participant's browser loads it.

Run inside Pyodide under Node by `participant_client/worker/prepare_under_node.mjs`. A snapshot freezes the state of
`random` and `numpy.random` too: the engine seeds both before every episode, so that what is frozen never shows.
"""

import importlib
import sys

# What environments and the engine commonly use, beside what the modules asked for import by themselves.
STANDARD_LIBRARY = """
abc argparse array ast base64 binascii bisect collections.abc contextlib copy csv ctypes dataclasses datetime decimal
difflib enum fractions functools gc hashlib heapq importlib.metadata importlib.resources importlib.util inspect io
itertools json keyword logging math numbers operator os pathlib pickle platform pprint queue random re statistics string
struct tempfile textwrap threading time timeit tokenize traceback types typing unicodedata urllib.parse uuid warnings
weakref zlib
""".split()


def preload(modules: list[str]) -> str:
    """Import everything, then take this tool off the path and out of the import system's memory.

    Args:
        modules: What to import beside the standard library. One that raises is left to fail in the browser, where the
            page can say so.

    Returns:
        What went wrong, or nothing.
    """
    failure = ""
    for name in [*STANDARD_LIBRARY, *modules]:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - a researcher's module may raise anything
            failure = f"{name} cannot be imported: {type(error).__name__}: {error}"
    sys.path.remove("/tools")
    sys.path_importer_cache.clear()
    del sys.modules[__name__]
    return failure
