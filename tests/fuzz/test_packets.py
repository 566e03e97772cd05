"""What other pages send: nothing is raised, little is allocated, and what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.link import PeerLink
from app.engine.session import RollbackSession
from app.engine.wire import (
    MAX_PACKET_BYTES,
    MAX_WORDS,
    ChecksumPacket,
    InputPacket,
    decode,
    encode,
    words_from_hex,
    words_to_hex,
)

from ..engine.table import TAG, Table, act, dropped, prepare
from .nearly import NUMBERS, damaged, peak_of

ENOUGH = settings(max_examples=150, deadline=None)
SOME = settings(max_examples=40, deadline=None)
SEATS = 3
WIDTHS = (2, 2, 2)

frames = st.integers(-1, 70) | st.sampled_from([2**31 - 1])
words = st.lists(st.builds(act, st.integers(0, 9)), max_size=20)


@st.composite
def packets(draw: st.DrawFn, honest: bool = False) -> InputPacket | ChecksumPacket:
    """Draw a packet that can be encoded; of a member of this match and episode, mostly."""
    odd = not honest and draw(st.integers(0, 4)) == 0
    head = {
        "match_tag": draw(st.integers(0, 2**32 - 1)) if odd else TAG,
        "epoch": draw(st.integers(0, 3)) if odd else 0,
        "view": draw(st.integers(0, 3)),
        "sender": draw(st.integers(0, 5)) if odd else draw(st.integers(1, 2)),
        "seq": draw(st.integers(0, 65535)),
        "sim_frame": draw(frames),
        "lag_to_you": draw(st.integers(-(2**31), 2**31)),
        "sent_at": draw(st.integers(0, 65535)),
        "echo_of": draw(st.integers(0, 65535)),
        "echo_hold": draw(st.none() | st.integers(0, 70_000)),
        "acks": tuple(draw(st.lists(frames, min_size=SEATS, max_size=SEATS))),
    }
    if draw(st.booleans()):
        hashes = st.integers(0, 2**64 - 1)
        return ChecksumPacket(**head, frame=draw(st.integers(0, 70)), state_hash=draw(hashes), inputs_hash=draw(hashes))
    return InputPacket(**head, start_frame=max(0, draw(frames)), words=draw(words))


encoded = packets().map(encode)


@ENOUGH
@given(damaged(encoded))
def test_any_datagram_is_a_packet_or_a_reason(data: bytes) -> None:
    packet = decode(data, seats=SEATS, word_widths=WIDTHS)
    if isinstance(packet, str):
        assert packet in {"length", "version", "sender", "header", "inputs", "checksum", "kind"}
        return
    assert len(data) <= MAX_PACKET_BYTES and packet.sender < SEATS and len(packet.acks) == SEATS
    if isinstance(packet, InputPacket):
        assert len(packet.words) <= MAX_WORDS and {len(word) for word in packet.words} <= {2}


@ENOUGH
@given(packets())
def test_every_packet_survives_its_bytes(packet: InputPacket | ChecksumPacket) -> None:
    packet.sender %= SEATS
    assert decode(encode(packet), seats=SEATS, word_widths=WIDTHS) == packet


@SOME
@given(damaged(encoded))
def test_decoding_holds_little_memory_whatever_a_datagram_promises(data: bytes) -> None:
    assert peak_of(lambda: decode(data, seats=SEATS, word_widths=WIDTHS)) < 40_000


def state_of(session: RollbackSession) -> Any:
    """Return everything that a refused packet must not touch."""
    return (
        session.frame, session.confirmed, session.stable, session.flagged, session.rows.recorded, session.last_hash,
        [track.words(0, 99) for track in session._tracks], [list(row) for row in session._truth.rows],
        [repr(_plain(link)) for link in session.links.values()], repr(vars(session.membership)),
        repr(vars(session._timesync)), repr(session._ledger._waiting), repr(session._ledger._own),
    )  # fmt: skip


def _plain(link: PeerLink) -> dict[str, Any]:
    return {name: list(value) if name.startswith("rtt") else value for name, value in vars(link).items()}


def in_play(cut: bool) -> Table:
    """Return a match of three in its tenth frame; its last seat may have been cut, or be about to be."""
    table = Table(SEATS)
    table.play(10)
    for _ in range(3):
        table.tick(0, 2)
    table.control(0, dropped(1, 2, 9) if cut else prepare(1, drop=[2]))
    table.lose()
    return table


@ENOUGH
@given(damaged(encoded), st.booleans())
def test_a_datagram_that_is_refused_is_counted_and_changes_nothing(data: bytes, cut: bool) -> None:
    session = in_play(cut)[0]
    counters, before = session.counters, state_of(session)
    taken = dict(counters.packets_received)
    refused = sum(counters.packets_rejected.values())
    turn = session.receive(2000.0, data)
    if counters.packets_received == taken:
        assert sum(counters.packets_rejected.values()) == refused + 1
        assert state_of(session) == before
        assert not (turn.rows or turn.sends or turn.events or turn.desyncs or turn.rolled_back)
    else:
        assert sum(counters.packets_received.values()) == sum(taken.values()) + 1


@ENOUGH
@given(st.lists(damaged(encoded) | packets(honest=True).map(encode), min_size=1, max_size=8), st.booleans())
def test_no_row_of_datagrams_stops_a_session_or_touches_what_it_knew(datagrams: Sequence[bytes], cut: bool) -> None:
    table = in_play(cut)
    session = table[0]
    known = [track.words(0, 10) for track in session._tracks]
    own = session._tracks[0].words(0, 99)
    now = 2000.0
    for data in datagrams:
        table.noted(0, session.receive(now, data))
        table.tick(0, now=now)
        now += 33.0
    assert [track.words(0, 10) for track in session._tracks] == known, "INV-4"
    assert session._tracks[0].words(0, len(own)) == own
    assert session.frame - session.confirmed <= 8 or session.frame == session.frames
    assert session.stable <= session.confirmed
    assert [row.frame for row in table.rows[0]] == list(range(session.rows.recorded + 1))


@SOME
@given(st.lists(damaged(encoded), min_size=5, max_size=20))
def test_a_flood_of_datagrams_holds_little_memory(datagrams: Sequence[bytes]) -> None:
    session = in_play(False)[0]

    def flood() -> None:
        for data in datagrams:
            session.receive(2000.0, data)

    assert peak_of(flood) < 400_000


@ENOUGH
@given(words, st.data())
def test_words_as_text_are_words_or_nothing(sent: list[bytes], data: st.DataObject) -> None:
    text = words_to_hex(sent)
    assert words_from_hex(text, 2, len(sent)) == sent
    broken = data.draw(damaged(st.just(text.encode())).map(lambda raw: raw.decode("latin-1")) | st.text(max_size=60))
    limit = data.draw(NUMBERS)
    read = words_from_hex(broken, 2, min(limit, 5000))
    assert read is None or (len(read) <= max(0, limit) and {len(word) for word in read} <= {2})


@SOME
@given(damaged(words.map(lambda sent: words_to_hex(sent).encode())))
def test_words_as_text_hold_no_more_memory_than_is_allowed(raw: bytes) -> None:
    assert peak_of(lambda: words_from_hex(raw.decode("latin-1"), 2, MAX_WORDS)) < 60_000
