"""When datagrams of several partners go to a page together, and when nothing waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.server.web.server_path import BUNDLE_MS, LONGEST_BUNDLE, ServerPath

FRAME_MS = 1000 / 30


class Line:
    """A server path in virtual time, to one page; `sent` holds when which seats' datagrams went out together."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.sent: list[tuple[float, str, list[int]]] = []
        self.bytes: list[bytes] = []
        self.breaks = False
        self._arrivals: list[tuple[float, int, str]] = []
        self._flush: Callable[[], None] | None = None
        self.path = ServerPath(self._send, self._start, self._sleep, lambda: self.now_ms)

    def at(self, ms: float, sender: int, match_id: str = "m1") -> None:
        """A datagram of a seat will come then."""
        self._arrivals.append((ms, sender, match_id))

    def frames(self, frames: int, *phases_ms: float) -> None:
        """Every seat but the page's sends once a frame, so long after the frame begins."""
        for frame in range(frames):
            for sender, phase_ms in enumerate(phases_ms, 1):
                self.at(frame * FRAME_MS + phase_ms, sender)

    def run(self) -> None:
        """Let everything come, and all that waits go."""
        self._arrivals.sort(key=lambda arrival: arrival[0])
        while self._arrivals or self._flush:
            flush, self._flush = self._flush, None
            if flush is not None:
                flush()
            else:
                self._arrive()

    def seats(self, since_ms: float = 0.0) -> list[list[int]]:
        return [seats for at, _, seats in self.sent if at >= since_ms]

    def _arrive(self) -> None:
        at_ms, sender, match_id = self._arrivals.pop(0)
        self.now_ms = max(self.now_ms, at_ms)
        self.path.give("page", match_id, FRAME_MS, sender, bytes([len(self._arrivals) % 256]), self.now_ms)

    def _send(self, sid: str, payload: dict) -> None:
        if self.breaks:
            raise OSError("the line is gone")
        assert sid == "page"
        self.sent.append((self.now_ms, payload["match_id"], [seat for seat, _ in payload["datagrams"]]))
        self.bytes += [data for _, data in payload["datagrams"]]

    def _start(self, flush: Callable[[], None]) -> None:
        assert self._flush is None, "one at a time"
        self._flush = flush

    def _sleep(self, seconds: float) -> None:
        until_ms = self.now_ms + seconds * 1000
        while self._arrivals and self._arrivals[0][0] <= until_ms:
            self._arrive()
        self.now_ms = until_ms


@pytest.fixture
def line() -> Line:
    return Line()


def test_with_one_partner_nothing_ever_waits(line: Line) -> None:
    line.frames(50, 3.0)
    line.run()
    assert [at for at, _, _ in line.sent] == pytest.approx([frame * FRAME_MS + 3 for frame in range(50)])


def test_what_partners_send_for_a_frame_goes_together_as_soon_as_the_last_has_spoken(line: Line) -> None:
    line.frames(20, 0.0, 2.0, 5.0, 1.0, 3.0)
    line.run()
    after_the_first = line.sent[5:]
    assert [sorted(seats) for _, _, seats in after_the_first] == [[1, 2, 3, 4, 5]] * 19
    assert [at for at, _, _ in after_the_first] == pytest.approx([frame * FRAME_MS + 5 for frame in range(1, 20)])


def test_order_is_kept_and_nothing_is_lost_or_sent_twice(line: Line) -> None:
    line.frames(30, 0.0, 2.0, 9.0, 20.0, 24.0)
    line.run()
    assert line.bytes == [bytes([number % 256]) for number in reversed(range(150))]


def test_partners_whose_frames_fall_apart_are_not_waited_for(line: Line) -> None:
    line.frames(20, 0.0, 11.0, 22.0)
    line.run()
    assert [at % FRAME_MS for at, _, seats in line.sent if seats == [2]] == pytest.approx([11.0] * 20)
    assert len(line.sent) == 60


def test_no_datagram_waits_longer_than_the_limit_for_a_partner_who_falls_silent(line: Line) -> None:
    line.frames(10, 0.0, 4.0)
    for frame in range(10, 20):
        line.at(frame * FRAME_MS, 1)
    line.run()
    assert line.sent[11] == (pytest.approx(10 * FRAME_MS + BUNDLE_MS), "m1", [1])
    later = [at for at, _, _ in line.sent[12:]]
    assert later == pytest.approx([frame * FRAME_MS for frame in range(11, 20)]), "and for that partner only once"


def test_pages_wait_each_for_their_own_partners(line: Line) -> None:
    sent: list[str] = []
    path = ServerPath(lambda sid, _: sent.append(sid), lambda _: None, lambda _: None, lambda: 0.0)
    for now_ms, sid, sender in (
        (0.0, "a", 1),
        (1.0, "a", 2),
        (2.0, "b", 1),
        (FRAME_MS, "a", 1),
        (FRAME_MS + 2, "b", 1),
    ):
        path.give(sid, "m1", FRAME_MS, sender, b"x", now_ms)
    assert sent == ["a", "a", "b", "b"]


def test_two_matches_are_never_mixed(line: Line) -> None:
    line.frames(2, 0.0, 4.0)
    line.at(2 * FRAME_MS, 1)
    line.at(2 * FRAME_MS + 1, 2, "m2")
    line.run()
    assert [(match_id, seats) for _, match_id, seats in line.sent[-2:]] == [("m1", [1]), ("m2", [2])]


def test_a_connection_that_is_gone_is_not_written_to(line: Line) -> None:
    line.frames(2, 0.0, 4.0)
    line.run()
    sent, line.now_ms = list(line.sent), 2 * FRAME_MS
    line.path.give("page", "m1", FRAME_MS, 1, b"x", line.now_ms)
    line.path.forget("page")
    line.run()
    assert line.sent == sent


def test_a_flood_does_not_wait_and_is_cut_into_messages(line: Line) -> None:
    line.frames(2, 0.0, 4.0)
    for _ in range(3 * LONGEST_BUNDLE):
        line.at(2 * FRAME_MS, 1)
    line.run()
    assert [len(seats) for seats in line.seats(2 * FRAME_MS)] == [LONGEST_BUNDLE] * 3


def test_a_line_that_fails_once_does_not_stop_the_path(line: Line) -> None:
    line.frames(2, 0.0, 4.0)
    line.run()
    line.at(2 * FRAME_MS, 1)
    line.breaks = True
    with pytest.raises(OSError, match="gone"):
        line.run()
    line.breaks = False
    line.at(3 * FRAME_MS, 1)
    line.at(3 * FRAME_MS + 4, 2)
    line.at(4 * FRAME_MS, 1)
    line.run()
    assert line.seats(3 * FRAME_MS) == [[1], [2], [1]]
