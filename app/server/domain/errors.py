"""The one error of the domain: a request it refuses. The web room answers it and counts it; nobody crashes."""

from __future__ import annotations


class Refused(Exception):
    """What was asked for cannot be done now; nothing has changed.

    Attributes:
        code: a short name for programs, such as "not_your_match".
        message: a sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
