"""What messages between pages and server are made of: sizes, checks, and the kinds of value they hold."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_SIGNAL_BYTES = 16 * 1024
#: What fits into one datagram on any path.
MAX_DATAGRAM_BYTES = 1200
MAX_CHUNK_BYTES = 512 * 1024
MAX_REPORT_BYTES = 64 * 1024
MAX_MEMBERSHIP_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 64 * 1024
#: How deep lists and tables in an answer may stand in each other; SurveyJS's own go to four.
MAX_ANSWER_DEPTH = 16
MAX_QUESTIONS = 500
MAX_TRACEBACK = 8 * 1024
MAX_PART_BYTES = 16 * 1024


def json_of(limit: int) -> Any:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError("must hold plain JSON values only") from error
        if size > limit:
            raise ValueError(f"has {size} bytes as JSON, {limit} are the most")
        return value

    return AfterValidator(check)


def shallow(value: Any) -> Any:
    """Refuse what is nested deeper than answers are; whoever reads it later need not fear for the stack."""
    waiting = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        if depth > MAX_ANSWER_DEPTH and inside:
            raise ValueError(f"is nested deeper than {MAX_ANSWER_DEPTH} levels")
        waiting += [(each, depth + 1) for each in inside]
    return value


def one_of_both(value: dict[str, Any]) -> dict[str, Any]:
    if len(value.keys() - {"life"}) != 1 or not {"description", "candidate"} & value.keys():
        raise ValueError("must hold either a description or a candidate")
    return value


def one_a_seat(datagrams: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    if len({seat for seat, _ in datagrams}) < len(datagrams):
        raise ValueError("must hold no more than one datagram a seat")
    return datagrams


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
SeatIndex = Annotated[int, Field(ge=0, le=63)]
SeatKey = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]?)$")]
# Over the wire it is a list of two.
Datagram = Annotated[
    tuple[SeatIndex, Annotated[bytes, Field(min_length=1, max_length=MAX_DATAGRAM_BYTES)]], Field(strict=False)
]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Frame = Annotated[int, Field(ge=-1, le=2**31 - 1)]
Word32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
Milliseconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{1,128}$")]
Text = Annotated[str, Field(max_length=200)]
QuestionName = Annotated[str, Field(min_length=1, max_length=200)]
ConnectionType = Literal["direct", "turn", "server"]


class Message(BaseModel):
    """A message: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)
