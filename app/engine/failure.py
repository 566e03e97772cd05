"""What a researcher is told when the environment or a policy raises: the error, and where in which of the files."""

from __future__ import annotations

import sys
import traceback

LONGEST_TRACEBACK_BYTES = 8_192
"""As much as travels to the monitor; the innermost calls are kept, for they say what went wrong."""


def error_text(error: BaseException) -> str:
    """Return one line: the kind of error and what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")


def traceback_text(error: BaseException) -> str:
    """Return the traceback without this program's own frames and without any folder of the computer.

    The causes of the error are told too. A file is named by its path inside the experiment or the package.
    """
    told = traceback.TracebackException.from_exception(error)
    seen: traceback.TracebackException | None = told
    while seen is not None:
        for frame in list(seen.stack):
            if _folder(frame.filename) == _folder(__file__):
                seen.stack.remove(frame)
            else:
                frame.filename = _inside(frame.filename)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    text = "".join(told.format()).rstrip()
    data = text.encode("utf-8", "replace")
    if len(data) <= LONGEST_TRACEBACK_BYTES:
        return text
    mark = "... (shortened)\n"
    return mark + data[len(mark) - LONGEST_TRACEBACK_BYTES :].decode("utf-8", "ignore")


def _inside(file: str) -> str:
    """Return a file's path below the folder that it is imported from, else its name alone."""
    path = file.replace("\\", "/")
    folders = [folder.replace("\\", "/").rstrip("/") + "/" for folder in sys.path if folder]
    deepest = max((folder for folder in folders if path.startswith(folder)), key=len, default=_folder(path))
    return path.removeprefix(deepest)


def _folder(file: str) -> str:
    path = file.replace("\\", "/")
    return path[: path.rfind("/") + 1]
