"""Every state of a scope, breadth first, so that what is found is found with the fewest moves.

    python -m tests.exploration.explore --frames 3 --held 1 --leavers 2 1

The gate explores small scopes (`test_every_schedule.py`); this is for larger ones. It prints a table in Markdown,
and ends with 1 if something does not hold.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence

from .liveness import Closure
from .match import Match
from .page import Rules, Violation
from .priorities import play_many
from .report import Explored, table
from .world import Move, Scope, World, but_open

PROGRESS_EVERY = 100_000


def explore(
    match: Match, most: int | None = None, fair: bool = True, progress: Callable[[int, int], None] | None = None
) -> Explored:
    """Explore a match until nothing is left, or something does not hold.

    Args:
        match: It.
        most: States after which to give up.
        fair: Play every state to its end, too.
        progress: Told from time to time how many states were explored, and how many are known to be left.
    """
    began = time.monotonic()
    result = Explored()
    world = match.begin()
    came_by: dict[World, tuple[World, Move] | None] = {world: None}
    # States that differ only in what can still arrive: where more can, more can happen, and the others need no look.
    widest: dict[Hashable, list[int]] = {but_open(world): [0]}
    queue = deque([world])
    closure = Closure(match)
    gc.disable()  # nothing here is cyclic, and looking through a million states takes its time
    try:
        while queue and (most is None or result.states < most):
            world = queue.popleft()
            if world.open not in widest[but_open(world)]:
                continue
            result.states += 1
            if progress and result.states % PROGRESS_EVERY == 0:
                progress(result.states, len(queue))
            for move, after in match.moves(world):
                result.moves += 1
                masks = widest.setdefault(but_open(after), [])
                if all(after.open & ~mask for mask in masks):
                    masks[:] = [mask for mask in masks if mask & ~after.open]
                    masks.append(after.open)
                    came_by[after] = world, move
                    queue.append(after)
            match.doing = None
            if fair:
                closure.check(world)
        result.exhausted = not queue
    except Violation as violation:
        result.violation = str(violation)
        result.trace += [match.doing] if match.doing else []
        while (before := came_by[world]) is not None:
            world, move = before
            result.trace.insert(0, move)
    finally:
        gc.enable()
    return result.closed(match, time.monotonic() - began)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration.explore", description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=int, default=3)
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--window", type=int, default=2)
    parser.add_argument("--delay", type=int, default=0)
    parser.add_argument(
        "--after", default="default_action", help="what follows a departure: default_action, policy, end"
    )
    parser.add_argument("--leavers", type=int, nargs="*", default=[2], help="seats that may be taken for gone")
    parser.add_argument("--crashes", type=int, default=0, help="of the server")
    parser.add_argument("--breaks", type=int, default=0, help="of connections to the server")
    parser.add_argument("--asks", type=int, default=0, help="times the server asks again without need")
    parser.add_argument("--held", type=int, help="datagrams that may be late, lost or doubled (default all)")
    parser.add_argument("--kept", type=int, help="datagrams of a link that stay under way (default all)")
    parser.add_argument("--checksums", action="store_true", help="deliver the reports of state hashes, too")
    parser.add_argument("--most", type=int, help="states after which to give up")
    parser.add_argument("--schedules", type=int, help="play so many random schedules with priorities instead")
    parser.add_argument("--seed", type=int, default=0, help="of the first of them")
    asked = parser.parse_args(arguments)
    rules = Rules(asked.peers, asked.frames, asked.window, asked.delay, asked.checksums, asked.after)
    leavers = tuple(asked.leavers)
    scope = Scope(rules, leavers, asked.crashes, asked.breaks, asked.asks, asked.held, asked.kept)
    if asked.schedules:
        explored = play_many(Match(scope), range(asked.seed, asked.seed + asked.schedules))
    else:
        explored = explore(Match(scope), asked.most, progress=tell)
    print(table(scope, explored))
    if explored.violation:
        print(explored)
    return 1 if explored.violation else 0


def tell(states: int, left: int) -> None:
    """Say how far it is."""
    print(f"{states:,} states, {left:,} known to be left", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
