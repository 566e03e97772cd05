"""The server's only clock: everything that decides gets its moments from here, as values."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from app.server.domain.commands import Instant


def now() -> Instant:
    """Return this moment."""
    utc_ms = time.time_ns() // 1_000_000
    utc = datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Instant(monotonic_ms=time.monotonic_ns() / 1e6, utc_ms=utc_ms, utc=utc)
