from __future__ import annotations

from app.engine.latency import LatencyBook, quantiles


def test_a_key_counts_until_the_frame_it_acts_in_is_stepped_and_seen() -> None:
    book = LatencyBook()
    book.sampled(12, key_at=1000.0)
    book.stepped(11, 1010.0)
    book.stepped(12, 1020.0)
    book.painted(11, 1025.0)
    book.painted(13, 1030.0)  # frame 12 was never shown by itself
    assert book.take(12) == (20.0, 30.0)
    assert book.take(11) == (None, None)
    assert quantiles(book.to_step) == {"median": 20.0, "p95": 20.0}
    assert quantiles([]) == {"median": None, "p95": None}
