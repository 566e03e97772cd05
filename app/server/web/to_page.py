"""What the server sends to a participant's page: the shape of every message. `messages.py` has the table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.server.web.message_fields import (
    Count,
    Datagram,
    Frame,
    Id,
    Message,
    SeatIndex,
    Word32,
)


class SceneView(Message):
    """A scene as the page shows it."""

    id: Id
    type: Literal[
        "start", "static", "consent", "instructions", "quiz", "survey", "feedback", "game", "hold", "debrief", "end"
    ]
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
    redirect_url: str | None


class ProgressView(Message):
    """Which step this is and of how many; start, end and what was passed over do not count."""

    step: Count
    of: Count


class View(Message):
    """What the page shows now.

    `content` is what a scene of its type needs beside its text; `texts` those of the program's sentences that the
    participant's condition changes.
    """

    scene: SceneView
    state: Literal["reading", "loading", "waiting", "matched", "playing", "ended"]
    progress: ProgressView | None
    hand_raised: bool
    can_withdraw: bool
    content: dict[str, Any]
    texts: dict[str, str] | None = None
    language: str | None = None
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
