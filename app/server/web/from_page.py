"""What a participant's page sends: the shape of every message. `messages.py` has the table of their names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.experiments.seats import MOST_SEATS
from app.server.web.message_fields import (
    MAX_ANSWER_BYTES,
    MAX_CHUNK_BYTES,
    MAX_MEMBERSHIP_BYTES,
    MAX_PART_BYTES,
    MAX_QUESTIONS,
    MAX_REPORT_BYTES,
    MAX_SIGNAL_BYTES,
    MAX_TRACEBACK,
    ConnectionType,
    Count,
    Datagram,
    Frame,
    Hash,
    Id,
    Message,
    Milliseconds,
    Number,
    QuestionName,
    SeatIndex,
    SeatKey,
    Text,
    Word32,
    json_of,
    one_a_seat,
    one_of_both,
    shallow,
)


class Empty(Message):
    """Nothing to say but the name."""


class Start(Message):
    """Start was pressed; the parameters of the address that was opened."""

    entry: Annotated[dict[Annotated[str, Field(max_length=64)], Text], Field(max_length=32)] = {}


class Advance(Message):
    """Continue was pressed in a scene."""

    scene_id: Id


class Consent(Message):
    """One of the two buttons of a consent scene was pressed."""

    scene_id: Id
    agreed: bool


class AskedQuestion(Message):
    """A question as it was shown."""

    name: QuestionName
    title: Annotated[str, Field(max_length=2000)]
    type: Text
    order: Count
    rt_ms: Milliseconds | None


class Answer(Message):
    """A survey, feedback or quiz was handed in."""

    scene_id: Id
    answers: Annotated[
        dict[QuestionName, Any], AfterValidator(shallow), json_of(MAX_ANSWER_BYTES), Field(max_length=MAX_QUESTIONS)
    ]
    questions: Annotated[list[AskedQuestion], Field(max_length=MAX_QUESTIONS)]


class Hand(Message):
    """The hand is raised, or lowered."""

    raised: bool


class Ready(Message):
    """The runtime is up: into the waiting room."""

    scene_id: Id
    environment_hash: Hash
    ready_ms: Milliseconds


class Signal(Message):
    """A description or candidate for a partner's RTCPeerConnection."""

    match_id: Id
    to: SeatIndex
    data: Annotated[dict[str, Any], AfterValidator(one_of_both), json_of(MAX_SIGNAL_BYTES)]


class Connected(Message):
    """How each partner is reached, by seat index; `digest` is of all that decides what the page records."""

    match_id: Id
    connections: Annotated[dict[str, ConnectionType], Field(max_length=64)]
    digest: Hash


class Relay(Message):
    """What one turn of a page has for partners who cannot be reached otherwise: a datagram each, with its seat."""

    match_id: Id
    datagrams: Annotated[list[Datagram], Field(min_length=1, max_length=MOST_SEATS - 1), AfterValidator(one_a_seat)]


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
    report: Annotated[dict[str, Any], json_of(MAX_REPORT_BYTES)]


class Membership(Message):
    """What a page says about who takes part; `domain/membership.py` checks what is in it."""

    match_id: Id
    message: Annotated[dict[str, Any], json_of(MAX_MEMBERSHIP_BYTES)]


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
    data: Literal["keep", "delete"] = "keep"
