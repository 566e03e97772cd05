"""What a match tells of itself: figures for the page and the monitor while it runs, and a report at its end."""

from __future__ import annotations

from typing import Any

from .latency import quantiles
from .match import Match
from .presence import REPORTED_MS


def status(match: Match, now: float) -> dict[str, Any]:
    """Return what the page and the monitor show; `max_rollback_depth` and the like are over the whole match."""
    session = match.running()
    counters = match.counters
    pings = match.pings_ms()
    return {
        "episode": match.episode,
        "frame": session.frame - 1,
        "confirmed": min(session.confirmed, match.setup.max_steps - 1),
        "stable": session.stable,
        "view": match.membership.view,
        "rollbacks": counters.rollbacks,
        "max_rollback_depth": counters.max_rollback_depth,
        "stalls": counters.stalls,
        "ping_ms": round(max(pings), 1) if pings else None,
        "silent_ms": {str(seat): round(ms) for seat, ms in silences(match).items() if ms >= REPORTED_MS},
        "fps": len([at for at in match.step_times if at > now - 1000.0]),
        "recorded_frames": match.recorded_frames,
        "state_hash": session.last_hash,
        "input_delay": session.own.delay,
        "input_to_step_ms": quantiles(match.latency.to_step),
        "input_to_paint_ms": quantiles(match.latency.to_paint),
    }


def silences(match: Match) -> dict[int, float]:
    """Return by partner who takes part, for how long nothing has come of them on any path, ms."""
    return {seat: link.silent_ms for seat, link in match.links.items() if seat in match.membership.members}


def report(match: Match) -> dict[str, Any]:
    """Return the seat's statistics of the whole match, for the study's validation files."""
    history = [rtt for link in match.links.values() for rtt in link.rtt_history]
    return {
        "seat": match.setup.seats[match.seat],
        "recorded_frames": match.recorded_frames,
        "input_delay": match.setup.input_delay,
        "prediction_window": match.setup.prediction_window,
        **match.counters.report(),
        "desyncs": match.desyncs,
        "returned": match.returned,
        "ping_ms": {**quantiles(history), "min": min(history, default=None), "max": max(history, default=None)},
        "input_to_step_ms": quantiles(match.latency.to_step),
        "input_to_paint_ms": quantiles(match.latency.to_paint),
    }
