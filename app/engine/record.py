"""Stable frames as record chunks: about a second of play each, numbered, checked, ready to be sent and sent again.

A chunk is JSON text. Its canonical rows were encoded when their frames were stepped; the seat-local values (latencies,
times) are read when the chunk is closed, since painting is later than stepping. Beside the rows stand the input words
of all persons' seats: the server's input log, from which a match can be joined again, replayed and audited.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .turn import StableRow
from .wire import words_to_hex

FORMAT = 2
LONGEST_MS = 1000.0
"""Rows wait no longer than this for their chunk to be full: what a participant did up to a second ago is to survive."""

MOST_SKIPPED_HEX = 128 * 1024
"""As much as the input words of frames that were not stepped here may take; more are left to the others' chunks."""

LOCAL_COLUMNS = (
    "was_predicted",
    "rollback_depth",
    "ping_ms",
    "connection_type",
    "time_utc",
    "server_time_ms",
    "monotonic_ms",
    "input_to_step_ms",
    "input_to_paint_ms",
)


@dataclass(frozen=True)
class Chunk:
    """Rows of consecutive frames of one episode.

    Attributes:
        seq: Counts this seat's chunks of the match from 0.
        episode: The episode.
        first_frame: The first row's frame.
        last_frame: The last row's frame.
        crc32: Of `data`.
        data: UTF-8 JSON.
    """

    seq: int
    episode: int
    first_frame: int
    last_frame: int
    crc32: int
    data: bytes


@dataclass(frozen=True)
class Recorded:
    """What the server has of a seat that comes back.

    Attributes:
        episode: The newest episode of which it has rows; -1 for none.
        through: That episode's newest frame that it has.
        seq: The number of the next chunk.
    """

    episode: int = -1
    through: int = -1
    seq: int = 0


class Recorder:
    """Collects one seat's rows of a match.

    Args:
        match_id: The match.
        seat: The seat's name.
        columns: The canonical columns.
        rows_a_chunk: Rows after which a chunk is closed: a second of play.
        local_values: Returns a frame's seat-local values, in the order of `LOCAL_COLUMNS`.
        words: Returns all persons' words of frames from a first to a last one, by seat index.
        recorded: What the server has already.
    """

    def __init__(
        self,
        match_id: str,
        seat: str,
        columns: Sequence[str],
        rows_a_chunk: int,
        local_values: Callable[[StableRow], list[Any]],
        words: Callable[[int, int], Mapping[int, Sequence[bytes]]],
        recorded: Recorded | None = None,
    ) -> None:
        self._head = {"format": FORMAT, "match_id": match_id, "seat": seat}
        self._columns = list(columns)
        self._rows_a_chunk = rows_a_chunk
        self._local_values = local_values
        self._words = words
        self._recorded = recorded or Recorded()
        self._rows: list[StableRow] = []
        self._episode = 0
        self._seq = self._recorded.seq
        self._opened_at = 0.0
        self._skipped: tuple[int, int, int] | None = None
        self.recorded_frames = 0

    def add(self, episode: int, row: StableRow, now: float) -> Chunk | None:
        """Take the next final row; return the chunk that it completes.

        Args:
            episode: Its episode.
            row: The row; one that the server has from before is passed over.
            now: ms.
        """
        if self._rows:
            assert episode == self._episode and row.frame == self._rows[-1].frame + 1, "INV-5: rows out of order"
        if (episode, row.frame) <= (self._recorded.episode, self._recorded.through):
            return None
        if not self._rows:
            self._opened_at = now
        self._episode = episode
        self._rows.append(row)
        self.recorded_frames += 1
        return self.close() if len(self._rows) >= self._rows_a_chunk else None

    def skip(self, episode: int, first: int, last: int) -> Chunk | None:
        """Note frames that are not stepped here, for a state of another seat was taken over; return what was collected.

        The next chunk says so: they are accounted for, by the others' rows and by the hash that was compared.
        """
        chunk = self.close()
        if self._recorded.episode == episode:
            first = max(first, self._recorded.through + 1)
        self._skipped = (episode, first, last) if first <= last else None
        return chunk

    def close_old(self, now: float) -> Chunk | None:
        """Return what has been collected as a chunk if it has waited long enough: play is slow, or stands still."""
        return self.close() if self._rows and now - self._opened_at >= LONGEST_MS else None

    def close(self) -> Chunk | None:
        """Return what has been collected as a chunk, or None if there is nothing."""
        if not self._rows:
            return None
        rows, self._rows = self._rows, []
        first, last = rows[0].frame, rows[-1].frame
        inputs = self._inputs(first, last)
        head = {**self._head, "episode": self._episode, "first_frame": first, "inputs": inputs, **self._gap(first)}
        head["columns"] = self._columns
        local = [self._local_values(row) for row in rows]
        text = (
            json.dumps(head, separators=(",", ":"))[:-1]
            + ',"rows":['
            + ",".join(f'{row.row},"{row.state_hash}"]' for row in rows)
            + '],"local_columns":'
            + json.dumps(LOCAL_COLUMNS)
            + ',"local_rows":'
            + json.dumps(local, separators=(",", ":"))
            + "}"
        )
        data = text.encode()
        seq, self._seq = self._seq, self._seq + 1
        return Chunk(seq, self._episode, first, last, zlib.crc32(data), data)

    def _gap(self, first: int) -> dict[str, Any]:
        """Return what the chunk that begins at a frame says of skipped ones before it: which, and their inputs."""
        skipped, self._skipped = self._skipped, None
        if skipped is None or skipped[0] != self._episode or skipped[2] >= first:
            return {}
        inputs = self._inputs(skipped[1], first - 1)
        if sum(map(len, inputs.values())) > MOST_SKIPPED_HEX:
            inputs = {}
        return {"skipped": {"first_frame": skipped[1], "last_frame": first - 1, "inputs": inputs}}

    def _inputs(self, first: int, last: int) -> dict[str, str]:
        return {str(seat): words_to_hex(words) for seat, words in self._words(first, last).items()}
