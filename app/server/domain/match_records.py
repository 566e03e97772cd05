"""What is stored and told of a match: its row, how its seats reach each other, and all that a page needs to play it."""

from __future__ import annotations

from typing import Any

from app.experiments.config import Experiment, GameScene
from app.server.domain.matches import Match, MatchSeat


def row(match: Match, experiment: Experiment, scene: GameScene, session_id: str, created_utc: str) -> dict[str, Any]:
    """Return a new match as the store keeps it; seats of AI players have no participant."""
    people = {seat.index: seat.participant_id for seat in match.seats}
    return {
        "match_id": match.match_id,
        "session_id": session_id,
        "scene_id": scene.id,
        "step_id": match.step_id,
        "condition": match.condition,
        "seats": [
            _place(name, index, seat.role, people.get(index))
            for index, (name, seat) in enumerate(experiment.seats.items())
        ],
        "episode_seeds": match.episode_seeds,
        "matchmaker": scene.matchmaking.matchmaker,
        "created_utc": created_utc,
        "config": match.setup,
    }


def people(match: Match) -> list[dict[str, Any]]:
    """Return who sits where."""
    return [_place(seat.seat, seat.index, seat.role, seat.participant_id) for seat in match.seats]


def matched(match: Match, seat: MatchSeat, experiment: Experiment, scene: GameScene) -> dict[str, Any]:
    """Return what a seat's page is told of its match."""
    rtc = experiment.webrtc
    return {
        "match_id": match.match_id,
        "scene_id": match.step_id,
        "seat": seat.index,
        "seats": list(experiment.seats),
        "roles": [planned.role for planned in experiment.seats.values()],
        "people": [other.index for other in match.seats],
        "match_tag": match.match_tag,
        "episode_seeds": match.episode_seeds,
        "setup": match.setup,
        "ice_servers": [server.model_dump(exclude_none=True) for server in rtc.ice_servers],
        "force_relay": rtc.force_relay,
        "connection_timeout_ms": scene.multiplayer.connection_timeout_ms,
        "rejoin": None,
    }


def connections(match: Match) -> dict[str, Any]:
    """Return how the seats of a match reach each other, with its state, as the store keeps it."""
    return {
        "match_id": match.match_id,
        "state": match.state.value,
        "connections": {str(seat.index): seat.connections or {} for seat in match.seats},
    }


def _place(seat: str, index: int, role: str, participant_id: str | None) -> dict[str, Any]:
    return {"seat": seat, "index": index, "role": role, "participant_id": participant_id}
