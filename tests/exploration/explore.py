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
from collections.abc import Callable, Sequence

from .liveness import Closure
from .match import OFFICES, Match
from .page import Rules, Violation
from .priorities import play_many
from .report import Explored, table
from .world import Scope, World

PROGRESS_EVERY = 100_000


def explore(
    match: Match,
    most: int | None = None,
    fair: bool = True,
    progress: Callable[[int, int], None] | None = None,
    start: World | None = None,
) -> Explored:
    """Explore a match until nothing is left, or something does not hold.

    Args:
        match: It.
        most: States after which to give up.
        fair: Play every state to its end, too.
        progress: Told from time to time how many states were explored, and how many are known to be left.
        start: The state to begin from; None is the match's beginning.
    """
    began = time.monotonic()
    result = Explored()
    world = match.begin() if start is None else start
    came_from: dict[World, World] = {world: world}
    # States that differ only in what can still arrive: where more can, more can happen, and the others need no look.
    widest: dict[World, int | list[int]] = {match.bare(world): match.fields.all[world >> OFFICES].open}
    queue = deque([world])
    closure = Closure(match)
    fields, bare = match.fields.all, match.fields.bare
    gc.disable()  # nothing here is cyclic, and looking through a million states takes its time
    try:
        while queue and (most is None or result.states < most):
            world = queue.popleft()
            field = world >> OFFICES
            if bare[field] != field and not _is_widest(widest, match, world):
                continue
            result.states += 1
            if progress and result.states % PROGRESS_EVERY == 0:
                progress(result.states, len(queue))
            for _, after in match.moves(world):
                result.moves += 1
                into = after >> OFFICES
                under_way, known = fields[into].open, after if bare[into] == into else match.bare(after)
                mask = widest.get(known)
                if mask is None:
                    widest[known] = under_way
                elif not under_way or not _wider(widest, known, mask, under_way):
                    continue
                came_from[after] = world
                queue.append(after)
            match.doing = None
            if fair:
                closure.check(world)
        result.exhausted = not queue
    except Violation as violation:
        result.violation = str(violation)
        result.trace = [match.doing] if match.doing else []
        while (before := came_from[world]) != world:
            result.trace.insert(0, next(move for move, after in match.moves(before) if after == world))
            world = before
    finally:
        gc.enable()
    return result.closed(match, time.monotonic() - began)


def _is_widest(widest: dict[World, int | list[int]], match: Match, world: World) -> bool:
    """Whether nothing more can arrive in any known state that is otherwise the same."""
    masks, under_way = widest[match.bare(world)], match.fields.all[world >> OFFICES].open
    return under_way in masks if isinstance(masks, list) else under_way == masks


def _wider(widest: dict[World, int | list[int]], known: World, masks: int | list[int], under_way: int) -> bool:
    """Note what can still arrive in a state; say whether something can that could in no known one but for it."""
    masks = masks if isinstance(masks, list) else [masks]
    if not all(under_way & ~mask for mask in masks):
        return False
    kept = [mask for mask in masks if mask & ~under_way]
    widest[known] = [*kept, under_way] if kept else under_way
    return True


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
    parser.add_argument("--reloads", type=int, nargs="*", default=[], help="seats whose page may be loaded again")
    parser.add_argument("--finishes", type=int, default=0, help="early ends")
    parser.add_argument("--pauses", type=int, default=0, help="pauses, each with a resume")
    parser.add_argument("--waits", type=int, default=0, help="ballots that stay open for too long")
    parser.add_argument("--ballots", type=int, help="questions of the server that are followed (default all)")
    parser.add_argument("--fps", type=float, default=0.5, help="frames a second: how far ahead fences lie")
    parser.add_argument("--held", type=int, help="datagrams that may be late, lost or doubled (default all)")
    parser.add_argument("--kept", type=int, help="datagrams of a link that stay under way (default all)")
    parser.add_argument("--checksums", action="store_true", help="deliver the reports of state hashes, too")
    parser.add_argument("--most", type=int, help="states after which to give up")
    parser.add_argument("--schedules", type=int, help="play so many random schedules with priorities instead")
    parser.add_argument("--seed", type=int, default=0, help="of the first of them")
    asked = parser.parse_args(arguments)
    reloads, fences = tuple(asked.reloads), bool(asked.reloads or asked.finishes or asked.pauses)
    rules = Rules(
        asked.peers, asked.frames, asked.window, asked.delay, asked.checksums, asked.after, fences, asked.fps
    )  # fmt: skip
    scope = Scope(
        rules, tuple(asked.leavers), asked.crashes, asked.breaks, asked.asks, asked.held, asked.kept, reloads,
        asked.finishes, asked.pauses, asked.waits, asked.ballots,
    )  # fmt: skip
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
