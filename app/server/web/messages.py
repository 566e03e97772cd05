"""Every Socket.IO message between a participant's page and the server: one table a direction, checked at the edge.

`tests/contract/*.json` holds a golden example of each; the Python and the JavaScript tests both read them.
Sizes are bounded here; who may send what is for the domain to say, how often for `access.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from app.experiments.seats import MOST_SEATS
from app.server.domain.errors import Refused

MAX_SIGNAL_BYTES = 16 * 1024
#: What fits into one datagram on any path.
MAX_DATAGRAM_BYTES = 1200
MAX_CHUNK_BYTES = 512 * 1024
MAX_REPORT_BYTES = 64 * 1024
MAX_MEMBERSHIP_BYTES = 64 * 1024
MAX_TRACEBACK = 8 * 1024
MAX_PART_BYTES = 16 * 1024


def _json_of(limit: int) -> Any:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(json.dumps(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError("must hold plain JSON values only") from error
        if size > limit:
            raise ValueError(f"has {size} bytes as JSON, {limit} are the most")
        return value

    return AfterValidator(check)


def _one_of_both(value: dict[str, Any]) -> dict[str, Any]:
    if len(value.keys() - {"life"}) != 1 or not {"description", "candidate"} & value.keys():
        raise ValueError("must hold either a description or a candidate")
    return value


def _one_a_seat(datagrams: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
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
ConnectionType = Literal["direct", "turn", "server"]


class Message(BaseModel):
    """A message: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Empty(Message):
    """Nothing to say but the name."""


class Advance(Message):
    """Continue was pressed in a scene."""

    scene_id: Id


class Ready(Message):
    """The runtime is up: into the waiting room."""

    scene_id: Id
    environment_hash: Hash
    ready_ms: Milliseconds


class Signal(Message):
    """A description or candidate for a partner's RTCPeerConnection."""

    match_id: Id
    to: SeatIndex
    data: Annotated[dict[str, Any], AfterValidator(_one_of_both), _json_of(MAX_SIGNAL_BYTES)]


class Connected(Message):
    """How each partner is reached, by seat index; `digest` is of all that decides what the page records."""

    match_id: Id
    connections: Annotated[dict[str, ConnectionType], Field(max_length=64)]
    digest: Hash


class Relay(Message):
    """What one turn of a page has for partners who cannot be reached otherwise: a datagram each, with its seat."""

    match_id: Id
    datagrams: Annotated[list[Datagram], Field(min_length=1, max_length=MOST_SEATS - 1), AfterValidator(_one_a_seat)]


class EpisodeDone(Message):
    """This seat is stable through the episode's last frame."""

    match_id: Id
    episode: Count
    frame: Frame
    state_hash: Hash
    inputs_hash: Hash


class Chunk(Message):
    """About a second of recorded frames; what is in it the store checks."""

    match_id: Id
    seq: Count
    episode: Count
    first_frame: Count
    last_frame: Count
    crc32: Word32
    data: Annotated[bytes, Field(min_length=1, max_length=MAX_CHUNK_BYTES)]


class Status(Message):
    """How a page plays, for the researcher; null where it does not know.

    `silent_ms`: the partners of whom nothing has come for seconds on any path, by seat index.
    """

    match_id: Id
    episode: Count | None
    frame: Frame | None
    confirmed: Frame | None
    stable: Frame | None
    rollbacks: Count | None
    max_rollback_depth: Count | None
    stalls: Count | None
    ping_ms: Number | None
    fps: Number | None
    silent_ms: Annotated[dict[SeatKey, Count], Field(max_length=64)] | None
    connection_type: ConnectionType | None


class MatchReport(Message):
    """A seat's statistics at the end."""

    match_id: Id
    report: Annotated[dict[str, Any], _json_of(MAX_REPORT_BYTES)]


class Membership(Message):
    """What a page says about who takes part; `domain/membership.py` checks what is in it."""

    match_id: Id
    message: Annotated[dict[str, Any], _json_of(MAX_MEMBERSHIP_BYTES)]


class StatePart(Message):
    """A part of the state before a frame, for a seat that comes back; nothing of it is read here."""

    match_id: Id
    to: SeatIndex
    epoch: Count
    frame: Count
    index: Count
    data: Annotated[bytes, Field(min_length=1, max_length=MAX_PART_BYTES)]


class InputLog(Message):
    """A page that comes back asks what everybody has done so far."""

    match_id: Id
    episode: Count


class MatchFailed(Message):
    """The environment raised an exception on this page."""

    match_id: Id
    episode: Count
    frame: Frame
    message: Annotated[str, Field(max_length=500)]
    traceback: Annotated[str, Field(max_length=MAX_TRACEBACK)]


class Leave(Message):
    """The page goes away, or its person does."""

    reason: Text


class SceneView(Message):
    """A scene as the page shows it."""

    id: Id
    type: Literal["start", "game", "end"]
    title: str
    html: str
    button: str | None


class WaitingView(Message):
    """The waiting room."""

    present: int
    needed: int
    timeout_ms: int
    waited_ms: int


class EndView(Message):
    """How the study ended for this participant."""

    reason: str
    code: str | None
    message: str


class View(Message):
    """What the page shows now."""

    scene: SceneView
    state: Literal["reading", "loading", "waiting", "matched", "playing", "ended"]
    waiting: WaitingView | None = None
    end: EndView | None = None


class SignalFrom(Message):
    """A description or candidate of a partner."""

    match_id: Id
    from_: Annotated[int, Field(alias="from")]
    data: dict[str, Any]


class RelayFrom(Message):
    """What partners have sent lately: datagrams in their order, each with its sender's seat."""

    match_id: Id
    datagrams: list[Datagram]


class Recorded(Message):
    """What the server has of a seat: its newest frame, -1 for none, and the number of the next chunk."""

    episode: Frame
    through: Frame
    seq: Count


class Rejoin(Message):
    """What a page that was loaded again comes back to."""

    commits: list[dict[str, Any]]
    episode: Count
    recorded: Recorded


class Matched(Message):
    """Partners are found: everything the match needs."""

    match_id: Id
    scene_id: Id
    seat: SeatIndex
    seats: list[str]
    roles: list[str]
    people: list[SeatIndex]
    match_tag: Word32
    episode_seeds: list[Word32]
    setup: dict[str, Any]
    ice_servers: list[dict[str, Any]]
    force_relay: bool
    connection_timeout_ms: int
    rejoin: Rejoin | None


class MembershipFrom(Message):
    """What the server says about who takes part."""

    match_id: Id
    message: dict[str, Any]


class StatePartFrom(Message):
    """A part of the state before a frame, from a partner."""

    match_id: Id
    epoch: Count
    frame: Count
    index: Count
    data: bytes


class Begin(Message):
    """An episode begins so long after this was sent; the page subtracts half its round trip."""

    match_id: Id
    episode: Count
    start_in_ms: int


class PartnerState(Message):
    """A partner's connection to the server is lost for now, or back."""

    match_id: Id
    seat: SeatIndex
    state: Literal["interrupted", "resumed"]


class MatchEnded(Message):
    """The match is over."""

    match_id: Id
    reason: Literal["COMPLETED", "PARTNER_LEFT", "TECH_PROBLEM"]
    left_seat: SeatIndex | None
    message: str


@dataclass(frozen=True)
class Inbound:
    """A message of a page.

    Attributes:
        model: its shape.
        acknowledged: whether it is answered.
        needs_participant: whether only somebody who pressed Start may send it.
    """

    model: type[Message]
    acknowledged: bool = True
    needs_participant: bool = True


FROM_PAGE: dict[str, Inbound] = {
    "start": Inbound(Empty, needs_participant=False),
    "advance": Inbound(Advance),
    "ready": Inbound(Ready),
    "signal": Inbound(Signal),
    "connected": Inbound(Connected),
    "relay": Inbound(Relay, acknowledged=False),
    "episode_done": Inbound(EpisodeDone),
    "chunk": Inbound(Chunk),
    "status": Inbound(Status),
    "match_report": Inbound(MatchReport),
    "clock": Inbound(Empty, needs_participant=False),
    "membership": Inbound(Membership),
    "state_part": Inbound(StatePart),
    "input_log": Inbound(InputLog),
    "match_failed": Inbound(MatchFailed),
    "leave": Inbound(Leave),
}

TO_PAGE: dict[str, type[Message]] = {
    "view": View,
    "signal": SignalFrom,
    "relay": RelayFrom,
    "matched": Matched,
    "membership": MembershipFrom,
    "state_part": StatePartFrom,
    "begin": Begin,
    "partner": PartnerState,
    "match_ended": MatchEnded,
}


def parse(name: str, payload: Any) -> Any:
    """Check a page's message and return it as its model.

    Raises:
        Refused: `bad_message`, with the first thing that is wrong.
    """
    try:
        return FROM_PAGE[name].model.model_validate(payload if payload is not None else {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join([name, *(str(step) for step in first["loc"])])
        raise Refused("bad_message", f"{where}: {first['msg']}.") from None
