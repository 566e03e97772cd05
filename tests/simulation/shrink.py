"""A schedule that fails, made as small as it can be while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .schedule import Schedule

MOST_RUNS = 500

Fails = Callable[[Schedule], set[str]]
"""The names of the invariants that a schedule violates; none if it passes."""


def shrink(schedule: Schedule, fails: Fails, most_runs: int = MOST_RUNS) -> Schedule:
    """Return a smaller schedule that violates one of the same invariants.

    Args:
        schedule: It fails.
        fails: Runs a schedule.
        most_runs: How many runs it may cost.
    """
    wanted, runs = fails(schedule), 1
    smaller = True
    while smaller:
        smaller = False
        for candidate in candidates(schedule):
            if runs >= most_runs:
                return schedule
            runs += 1
            if wanted & fails(candidate):
                schedule, smaller = candidate, True
                break
    return schedule


def candidates(schedule: Schedule) -> Iterator[Schedule]:
    """Yield schedules that are simpler, the boldest first."""
    events = schedule.events
    for size in (len(events) // 2, len(events) // 4, 1):
        for start in range(0, len(events), size) if size else ():
            yield replace(schedule, events=events[:start] + events[start + size :])
    if schedule.episodes > 1:
        yield replace(schedule, episodes=1)
    if schedule.ai_seats:
        yield replace(schedule, ai_seats=0)
    if schedule.peers > 2:
        last = schedule.peers - 1
        kept = tuple(event for event in events if last not in (event.peer, event.to))
        yield replace(schedule, peers=last, events=kept)
    for frames in (schedule.frames // 2, schedule.frames - 10):
        if frames >= 10:
            yield replace(schedule, frames=frames)
    usual = Schedule()
    for name in (
        "over_at",
        "snapshots",
        "starts_ms",
        "skew_ppm",
        "spacings",
        "delay",
        "window",
        "predictor",
        "after_departure",
    ):
        if getattr(schedule, name) != getattr(usual, name):
            yield replace(schedule, **{name: getattr(usual, name)})
    for key in schedule.channel:
        yield replace(schedule, channel={name: value for name, value in schedule.channel.items() if name != key})
    for key in schedule.relay:
        yield replace(schedule, relay={name: value for name, value in schedule.relay.items() if name != key})
    for index, event in enumerate(events):
        for simpler in (round(event.at_ms, -2), round(event.at_ms)):
            if simpler != event.at_ms:
                moved = (*events[:index], replace(event, at_ms=simpler), *events[index + 1 :])
                yield replace(schedule, events=tuple(sorted(moved, key=lambda each: each.at_ms)))
        if event.ms > 200:
            yield replace(
                schedule, events=(*events[:index], replace(event, ms=round(event.ms / 2)), *events[index + 1 :])
            )
