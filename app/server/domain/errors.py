"""The one error of the domain: a request it refuses. The web room answers it and counts it; nobody crashes."""

from __future__ import annotations


class Refused(Exception):
    """What was asked for cannot be done now; nothing has changed.

    A participant who is refused reads the text `refusals.<code>` of the study's catalogue, if there is one; the
    message is for who reads the page's console or the server's log.

    Attributes:
        code: a short name for programs, such as "not_your_match".
        message: a sentence for people.
        values: for the placeholders of the participant's text.
    """

    def __init__(self, code: str, message: str, **values: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.values = values
