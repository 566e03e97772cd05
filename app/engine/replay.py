"""Plays an episode again from its start and the full log of its input words, without any network or prediction.

What comes out is, byte for byte, what every seat of the match has handed out as final: the rows, and the hashes of
states where `Timeline` has them. So it is the reference that records are compared with. It holds only in the runtime
that played the match: the mathematical functions of another one may differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .simulation import Simulation
from .timeline import HASH_INTERVAL


class ReplayedFrame(NamedTuple):
    """One final frame.

    Attributes:
        frame: Its number.
        row: The canonical row without its closing bracket and state hash.
        state_hash: 16 hexadecimal digits on the hash grid and at the episode's end, else empty.
    """

    frame: int
    row: str
    state_hash: str


def replay_episode(
    simulation: Simulation, words_by_frame: Sequence[Sequence[bytes]], frames: int
) -> list[ReplayedFrame]:
    """Return the rows of an episode.

    Args:
        simulation: The episode at frame 0.
        words_by_frame: Every seat's word, frame by frame from 0 on; where they end earlier, the rows do.
        frames: The episode's frames at most: those of the setup, or fewer where it was ended early.
    """
    rows: list[ReplayedFrame] = []
    for frame, words in enumerate(words_by_frame[:frames]):
        outcome = simulation.step(frame, words)
        if outcome.error is not None:
            break  # a frame that raised is no row
        ends = outcome.over or frame == frames - 1
        hashed = ends or (frame + 1) % HASH_INTERVAL == 0
        state_hash = f"{simulation.hash(simulation.save()):016x}" if hashed else ""
        rows.append(ReplayedFrame(frame, outcome.row, state_hash))
        if outcome.over:
            break
    return rows


def replay_match(
    begin: Callable[[int], Simulation], logs: Sequence[Sequence[Sequence[bytes]]], frames: Sequence[int]
) -> list[list[ReplayedFrame]]:
    """Return the rows of every episode of a match.

    Args:
        begin: Starts an episode, see `Episodes.begin`.
        logs: Every episode's words by frame.
        frames: Every episode's frames at most.
    """
    return [
        replay_episode(begin(episode), log, most) for episode, (log, most) in enumerate(zip(logs, frames, strict=True))
    ]
