"""Record chunks: taken from a page, committed by the store, and only then acknowledged."""

from __future__ import annotations

from typing import Any

from app.server.domain.ports import StorePort
from app.server.domain.session import Session
from app.server.web.from_page import Chunk


def keep_chunk(session: Session, store: StorePort, participant_id: str, chunk: Chunk) -> dict[str, Any]:
    """Commit a chunk of the participant's own seat and return the store's answer.

    A chunk that comes again is answered as before and stored once; the store checks what is in it.

    Raises:
        Refused: the participant has no seat in the chunk's match.
        StoreError: the store refused it or could not be asked (of the store that was handed in).
    """
    seat = session.seats.seat_in(participant_id, chunk.match_id)
    return store.call("add_chunk", {**chunk.model_dump(), "seat": seat})
