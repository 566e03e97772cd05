"""What the researcher sees, built from events only: one snapshot, then patches.

A patch is `{"path": [...], "value": ...}`: the whole new value of what the path names, so applying one twice does no
harm. Paths: `["session"]`, `["participants", id]`, `["matches", id]`, `["waiting", scene_id]`, `["refused", code]`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from app.server.domain.events import Event

Patch = dict[str, Any]
Row = dict[str, Any]

#: The worse a way is, the later it stands; a match shows its worst one.
_WORSE = ("direct", "turn", "server")
_COPIED = (
    "state", "scene_id", "scene_type", "progress", "condition", "exit_reason", "exit_scene", "ready_ms",
    "waiting_timeout_ms",
)  # fmt: skip
_REPORTED = ("episode", "frame", "confirmed", "stable", "rollbacks", "max_rollback_depth", "stalls", "ping_ms", "fps")
#: What is known of a seat's play before anything was reported. `silent`: whose pages do not hear this one, `by` id.
_FRESH: Row = {
    "match_id": None, "seat": None, "role": None, **dict.fromkeys(_REPORTED), "connection_type": None,
    "frames_played": 0, "acknowledged_frames": 0, "acknowledged_utc": None, "silent": [],
}  # fmt: skip


class Monitor:
    """The present state of a session, for the researcher's pages.

    Args:
        experiment: what is run: id, title, version, hash.
        session: its session_id and kind.
        first_scene: id of the scene participants begin in.
    """

    def __init__(self, *, experiment: Row, session: Row, first_scene: str) -> None:
        self._experiment = dict(experiment)
        self._session: Row = {**session, "state": "opening", "opened_utc": None, "closed_utc": None}
        self._first_scene = first_scene
        self._participants: dict[str, Row] = {}
        self._matches: dict[str, Row] = {}
        self._waiting: dict[str, Row] = {}
        self._refused: dict[str, int] = {}
        #: Frames of each participant's earlier episodes in the present match.
        self._before: dict[str, int] = {}
        self._subscribers: list[Callable[[Patch], None]] = []

    def snapshot(self) -> dict[str, Any]:
        """Return everything as plain JSON values; changing it changes nothing here."""
        return copy.deepcopy(
            {
                "experiment": self._experiment,
                "session": self._session,
                "participants": list(self._participants.values()),
                "matches": list(self._matches.values()),
                "waiting": self._waiting,
                "refused": self._refused,
            }
        )

    def subscribe(self, callback: Callable[[Patch], None]) -> Callable[[], None]:
        """Call `callback` with every patch from now on; return a function that ends it."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def apply(self, event: Event) -> None:
        """Take one event and tell the subscribers what it changes."""
        handler = getattr(self, f"_on_{event.name}", None)
        if handler is not None:
            handler(event)
        elif "participant_id" in event.data:
            self._participant(event, **{key: event.data[key] for key in _COPIED if key in event.data})

    def _publish(self, path: list[str], value: Any) -> None:
        for callback in list(self._subscribers):
            callback({"path": path, "value": copy.deepcopy(value)})

    def _participant(self, event: Event, **changes: Any) -> None:
        row = self._participants[event.data["participant_id"]]
        if changes.get("state", row["state"]) != row["state"]:
            row["since_utc"] = event.utc
        row.update(changes)
        self._publish(["participants", row["participant_id"]], row)

    def _match(self, event: Event, **changes: Any) -> Row:
        row = self._matches[event.data["match_id"]]
        row.update(changes)
        self._publish(["matches", row["match_id"]], row)
        return row

    def _on_session_opened(self, event: Event) -> None:
        self._session.update(state="open", opened_utc=event.utc)
        self._publish(["session"], self._session)

    def _on_session_closed(self, event: Event) -> None:
        self._session.update(state="closed", closed_utc=event.utc)
        self._publish(["session"], self._session)

    def _on_participant_arrived(self, event: Event) -> None:
        self._participants[event.data["participant_id"]] = {
            "participant_id": event.data["participant_id"], "label": event.data["label"],
            "state": "reading", "scene_id": self._first_scene, "connected": True, "arrived_utc": event.utc,
            "since_utc": event.utc, "ready_ms": None, "exit_reason": None, "exit_scene": None, "scene_type": "start",
            "progress": None, "condition": None, "hand_raised_utc": None, **_FRESH,
        }  # fmt: skip
        self._participant(event)

    def _on_participant_connected(self, event: Event) -> None:
        self._participant(event, connected=True)

    def _on_participant_disconnected(self, event: Event) -> None:
        self._participant(event, connected=False)

    def _on_participant_withdrew(self, event: Event) -> None:
        self._participant(event, data_wish=event.data["data"])

    def _on_scene_skipped(self, event: Event) -> None:
        """A scene that was not shown changes nothing of where somebody is."""

    def _on_hand_raised(self, event: Event) -> None:
        self._participant(event, hand_raised_utc=event.utc)

    def _on_hand_lowered(self, event: Event) -> None:
        self._participant(event, hand_raised_utc=None)

    def _on_waiting_changed(self, event: Event) -> None:
        scene_id = event.data["scene_id"]
        self._waiting[scene_id] = {"present": event.data["present"], "needed": event.data["needed"]}
        self._publish(["waiting", scene_id], self._waiting[scene_id])

    def _on_match_created(self, event: Event) -> None:
        data = event.data
        self._matches[data["match_id"]] = {
            "match_id": data["match_id"], "number": data["number"] + 1, "scene_id": data["scene_id"],
            "step_id": data["step_id"], "condition": data["condition"],
            "state": data["state"], "seats": data["seats"], "episode": None, "frame": None, "connection_type": None,
            "end_reason": None, "left_seat": None, "desync": None, "error": None, "created_utc": event.utc,
            "started_utc": None, "ended_utc": None,
        }  # fmt: skip
        self._match(event)
        for seat in data["seats"]:
            place = {"match_id": data["match_id"], "seat": seat["seat"], "role": seat["role"]}
            self._before[seat["participant_id"]] = 0
            self._seat(event, seat["participant_id"], **{**_FRESH, **place, "state": "matched"})

    def _on_match_validating(self, event: Event) -> None:
        self._match(event, state=event.data["state"])

    def _on_match_connected(self, event: Event) -> None:
        self._participant(event, connection_type=_worst(event.data["connections"].values()))
        self._connection_of_match(event)

    def _on_match_playing(self, event: Event) -> None:
        row = self._matches[event.data["match_id"]]
        started = row["started_utc"] or event.utc
        self._match(event, state=event.data["state"], episode=event.data["episode"], frame=None, started_utc=started)
        for seat in self._there(row):
            self._seat(event, seat["participant_id"], state="playing")

    def _on_episode_done(self, event: Event) -> None:
        row = self._match(event, frame=event.data["frame"])
        for seat in row["seats"]:
            before = self._before.get(seat["participant_id"], 0)
            self._before[seat["participant_id"]] = before + event.data["frame"] + 1

    def _on_desync(self, event: Event) -> None:
        found = {key: value for key, value in event.data.items() if key not in ("match_id", "reports")}
        known = self._matches[event.data["match_id"]]["desync"] or found
        self._match(event, desync={**known, "part": found["part"]} if "part" in found else known)

    def _on_environment_error(self, event: Event) -> None:
        keys = ("participant_id", "seat", "episode", "frame", "message", "traceback")
        found = {key: event.data[key] for key in keys}
        self._match(event, error=self._matches[event.data["match_id"]]["error"] or found)

    def _on_match_ended(self, event: Event) -> None:
        data = event.data
        row = self._match(
            event, state=data["state"], end_reason=data["end_reason"], left_seat=data["left_seat"],
            ended_utc=event.utc,
        )  # fmt: skip
        for seat in self._there(row):
            self._seat(event, seat["participant_id"], state="ended", silent=[])

    def _on_seat_interrupted(self, event: Event) -> None:
        row = self._participants[event.data["participant_id"]]
        self._participant(event, state="away" if row["state"] == "away" else "interrupted")
        # A page that is cut off itself hears nobody.
        self._not_silent_to(event, event.data["participant_id"])

    def _on_seat_silent(self, event: Event) -> None:
        found = {"by": event.data["by"], "at_utc": event.utc, "silent_ms": event.data["silent_ms"]}
        self._participant(event, silent=[*self._participants[event.data["participant_id"]]["silent"], found])

    def _on_seat_heard(self, event: Event) -> None:
        row = self._participants[event.data["participant_id"]]
        self._participant(event, silent=[found for found in row["silent"] if found["by"] != event.data["by"]])

    def _on_seat_dropped(self, event: Event) -> None:
        row = self._participants[event.data["participant_id"]]
        away = row["exit_reason"] is None and not event.data["returning"]
        self._participant(event, silent=[], state="away" if away else row["state"])
        self._not_silent_to(event, event.data["participant_id"])

    def _on_seat_resumed(self, event: Event) -> None:
        playing = self._matches[event.data["match_id"]]["state"] == "PLAYING"
        row = self._participants[event.data["participant_id"]]
        # The game goes on without who is away until they have come back to it.
        self._participant(event, state="away" if row["state"] == "away" else "playing" if playing else "matched")

    def _on_seat_returning(self, event: Event) -> None:
        self._participant(event, state="returning")

    def _on_seat_rejoined(self, event: Event) -> None:
        self._participant(event, state="playing")

    def _on_seat_rejoin_failed(self, event: Event) -> None:
        self._participant(event, state="away")

    def _on_status_reported(self, event: Event) -> None:
        changes = {key: event.data[key] for key in _REPORTED if key in event.data}
        if event.data.get("connection_type"):
            changes["connection_type"] = event.data["connection_type"]
        if isinstance(changes.get("frame"), int):
            changes["frames_played"] = self._before.get(event.data["participant_id"], 0) + changes["frame"] + 1
        self._participant(event, **changes)
        row = self._matches[event.data["match_id"]]
        if row["state"] == "PLAYING" and event.data.get("episode") == row["episode"]:
            # The match is as far as its slowest seat.
            frames = [self._participants[seat["participant_id"]] for seat in row["seats"]]
            here = [person["frame"] for person in frames if person["episode"] == row["episode"]]
            self._match(event, frame=min((frame for frame in here if frame is not None), default=None))
        self._connection_of_match(event)

    def _on_frames_acknowledged(self, event: Event) -> None:
        row = self._participants[event.data["participant_id"]]
        total = row["acknowledged_frames"] + event.data["frames"]
        self._participant(event, acknowledged_frames=total, acknowledged_utc=event.utc)

    def _on_message_refused(self, event: Event) -> None:
        code = event.data["code"]
        self._refused[code] = self._refused.get(code, 0) + 1
        self._publish(["refused", code], self._refused[code])

    def _not_silent_to(self, event: Event, participant_id: str) -> None:
        """What a page has said about its partners counts no more."""
        for seat in self._matches[event.data["match_id"]]["seats"]:
            silent = self._participants[seat["participant_id"]]["silent"]
            kept = [found for found in silent if found["by"] != participant_id]
            if kept != silent:
                self._seat(event, seat["participant_id"], silent=kept)

    def _there(self, row: Row) -> list[Row]:
        """The seats of a match whose people have not left it before."""
        return [seat for seat in row["seats"] if self._participants[seat["participant_id"]]["exit_reason"] is None]

    def _seat(self, event: Event, participant_id: str, **changes: Any) -> None:
        self._participant(Event(event.name, event.utc, event.utc_ms, {"participant_id": participant_id}), **changes)

    def _connection_of_match(self, event: Event) -> None:
        row = self._matches[event.data["match_id"]]
        kinds = [self._participants[seat["participant_id"]]["connection_type"] for seat in row["seats"]]
        worst = _worst(kind for kind in kinds if kind)
        if worst != row["connection_type"]:
            self._match(event, connection_type=worst)


def _worst(kinds: Any) -> str | None:
    return max((kind for kind in kinds), key=_WORSE.index, default=None)
