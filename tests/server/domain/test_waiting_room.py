"""The waiting room keeps the order of coming and the time."""

from __future__ import annotations

from app.server.domain.waiting_room import WaitingRoom


def test_coming_again_keeps_the_place_and_the_time() -> None:
    room = WaitingRoom("game", needed=2, timeout_ms=1000)
    room.enter("a", 0.0)
    room.enter("b", 10.0)
    room.enter("a", 500.0)
    assert [entry.participant_id for entry in room.row()] == ["a", "b"]
    assert room.facts("a", 600.0)["waited_ms"] == 600


def test_a_wait_is_over_at_its_limit_and_not_before() -> None:
    room = WaitingRoom("game", needed=2, timeout_ms=1000)
    room.enter("a", 0.0)
    room.enter("b", 1.0)
    assert room.overdue(999.9) == []
    assert room.overdue(1000.0) == ["a"]


def test_leaving_frees_the_place() -> None:
    room = WaitingRoom("game", needed=2, timeout_ms=1000)
    room.enter("a", 0.0)
    assert room.leave("a") and not room.leave("a") and "a" not in room and len(room) == 0
