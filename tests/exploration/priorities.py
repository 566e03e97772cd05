"""Random schedules of scopes that are too large to explore: each thing that can happen has a priority.

The highest one that is possible always happens, but for what only leads back to where the match has been; at a few
moments it falls behind all others. A fault that shows only when a few things happen in one certain order is found so
with a known chance, however many other things go on (Burckhardt and others, "A randomized scheduler with probabilistic
guarantees of finding bugs", 2010).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

from .liveness import Closure
from .match import Match
from .page import Violation
from .report import Explored
from .world import Move, World

DEPTH = 3
"""Events whose order makes a fault: one less are the moments at which a priority falls."""
USUAL_MOVES = 80
"""The moments lie among so many moves."""
MOST_MOVES = 2000


def play(match: Match, seed: int, closure: Closure | None, seen: set[World]) -> tuple[str, list[Move]]:
    """Play one schedule; return what does not hold, if anything, and what happened.

    Args:
        match: Its states.
        seed: Of the priorities.
        closure: Plays it to its end, too, from two states; None does not.
        seen: Takes the states that it comes through.
    """
    dice = random.Random(seed)
    moments = {dice.randrange(USUAL_MOVES) for _ in range(DEPTH - 1)}
    priorities: dict[Move, float] = {}
    world, trace = match.begin(), []
    been: set[World] = set()
    last_check = dice.randrange(USUAL_MOVES)
    try:
        for moment in range(MOST_MOVES):
            seen.add(world)
            been.add(world)
            by_thread: dict[Move, list[tuple[Move, World]]] = {}
            for move, after in match.moves(world):
                if after not in been:
                    by_thread.setdefault(move[:2], []).append((move, after))
            if not by_thread:
                match.doing = None
                break
            for thread in by_thread:
                priorities.setdefault(thread, dice.random())
            highest = max(by_thread, key=lambda thread: priorities[thread])
            if moment in moments:
                priorities[highest] = -float(moment)
                highest = max(by_thread, key=lambda thread: priorities[thread])
            move, world = dice.choice(by_thread[highest])
            trace.append(move)
            match.doing = None
            if closure and moment == last_check:
                closure.check(world)
        if closure:
            closure.check(world)
    except Violation as violation:
        return str(violation), [*trace, match.doing] if match.doing else trace
    return "", trace


def play_many(match: Match, seeds: Iterable[int], fair: bool = True) -> Explored:
    """Play a schedule for each seed, until something does not hold."""
    began, result = time.monotonic(), Explored()
    closure = Closure(match) if fair else None
    seen: set[World] = set()
    for seed in seeds:
        found, trace = play(match, seed, closure, seen)
        result.moves += len(trace)
        if found:
            result.violation, result.trace = f"seed {seed}: {found}", trace
            break
    result.states = len(seen)
    return result.closed(match, time.monotonic() - began)
