"""Stands in for CPython's `_multiprocessing`, which Pyodide does not have.

Gymnasium imports `multiprocessing` for its vector environments, which no participant's browser uses. Only the names
that are looked up during the import exist, and using one says why it cannot work.
"""


class SemLock:
    """A semaphore between processes; a browser has no second process."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, *_arguments: object) -> None:
        raise OSError("a participant's browser runs one process: multiprocessing is not available there")


def sem_unlink(_name: str) -> None:
    """Forget a named semaphore; there are none."""
