"""Who plays with whom, who sits where, and which seeds are played: all drawn from the study's master seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.server.domain.waiting_room import Waiting

# Each purpose has a stream of its own, so that drawing more of one never shifts another.
_EPISODES, _SEATS, _TAG = 0, 1, 2


def find_match(waiting: list[Waiting], group_size: int) -> list[str] | None:
    """Return the participants of the next match, first come, first served, or None while there are too few."""
    if len(waiting) < group_size:
        return None
    return [entry.participant_id for entry in waiting[:group_size]]


@dataclass(frozen=True)
class Draw:
    """Everything random about a match, fixed when it is made.

    Attributes:
        order: `order[i]` is the position in the group of who sits on the `i`-th of the people's seats.
        episode_seeds: one an episode, below 2**32.
        match_tag: a number that tells this match's datagrams from another's, below 2**32.
    """

    order: list[int]
    episode_seeds: list[int]
    match_tag: int


def draw(master_seed: int, match_number: int, *, seats: int, episodes: int, roles: str) -> Draw:
    """Draw a match's seats and seeds.

    Args:
        master_seed: the study's.
        match_number: counts the matches of the study, from 0.
        seats: how many of the match's places people take.
        episodes: how many seeds are needed.
        roles: "random" shuffles the seats, "fixed" keeps the order of entering the waiting room.
    """

    def stream(purpose: int) -> np.random.SeedSequence:
        return np.random.SeedSequence(master_seed, spawn_key=(match_number, purpose))

    order = list(range(seats))
    if roles == "random":
        order = [int(i) for i in np.random.default_rng(stream(_SEATS)).permutation(seats)]
    seeds = [int(seed) for seed in stream(_EPISODES).generate_state(episodes, np.uint32)]
    return Draw(order, seeds, int(stream(_TAG).generate_state(1, np.uint32)[0]))
