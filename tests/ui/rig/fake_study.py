"""A study that only looks alive: the real researcher site over a made-up monitor, for tests and for looking at it.

`python -m tests.ui.rig.fake_study --people 12` prints the address as one JSON line and serves until its standard
input closes. Everything is drawn from a fixed seed; `--still` shows one moment without movement.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SCENE = "game"
FPS, STEPS, EPISODES = 30, 900, 2
HOSTILE_LABEL = "<img src=x onerror=\"document.title='taken over'\">"


def utc(seconds_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z")


class FakeMonitor:
    """Has the shape of the server's monitor and moves by itself."""

    def __init__(self, people: int, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.opened_utc = utc(872)
        self.callbacks: list[Callable[[dict[str, Any]], None]] = []
        self.participants: dict[str, dict[str, Any]] = {}
        self.matches: dict[str, dict[str, Any]] = {}
        playing = people // 2 * 2 if people <= 2 else people - 4
        for number in range(0, playing, 2):
            self._add_pair(number, ended=people > 4 and number == 0)
        for number in range(playing, people):
            state = ("waiting", "loading", "reading", "reading")[number - playing]
            self._add_person(number, state=state, since_utc=utc(14), waiting_timeout_ms=120_000)
        if people > 4:
            second = self.matches["m2"]
            second["desync"] = {"episode": 0, "kind": "state_hash"}
            self.participants["p5"].update(state="interrupted", connected=False)
            self.participants["p6"].update(ping_ms=281.0)

    def _add_person(self, number: int, **fields: Any) -> dict[str, Any]:
        person = {
            "participant_id": f"p{number}",
            "label": f"P{number + 1:02}",
            "scene_id": SCENE,
            "connected": True,
            "state": "reading",
            "since_utc": utc(40),
            "frames_played": 0,
            "acknowledged_frames": 0,
            **fields,
        }
        self.participants[person["participant_id"]] = person
        return person

    def _add_pair(self, number: int, ended: bool) -> None:
        match_id = f"m{number // 2 + 1}"
        frame = self.random.randrange(200, 700)
        seats = []
        for index in (0, 1):
            self._add_person(
                number + index,
                state="completed" if ended else "playing",
                match_id=match_id,
                episode=1 if ended else number // 2 % EPISODES,
                frame=STEPS if ended else frame,
                acknowledged_frames=2 * STEPS if ended else frame - self.random.randrange(5, 30),
                frames_played=2 * STEPS if ended else frame,
                ping_ms=self.random.uniform(18, 60),
                fps=self.random.uniform(29.4, 30),
                rollbacks=self.random.randrange(20, 140),
                max_rollback_depth=self.random.randrange(2, 6),
                stalls=self.random.randrange(0, 4),
                connection_type=("direct", "direct", "turn", "server")[number // 2 % 4],
            )
            seats.append(
                {"seat": str(index), "index": index, "role": f"cook_{index}", "participant_id": f"p{number + index}"}
            )
        self.matches[match_id] = {
            "match_id": match_id,
            "number": number // 2 + 1,
            "scene_id": SCENE,
            "episode": number // 2 % EPISODES,
            "frame": frame,
            "state": "ENDED" if ended else "PLAYING",
            "end_reason": "COMPLETED" if ended else None,
            "created_utc": utc(95 + number),
            "started_utc": utc(90 + number),
            "ended_utc": utc(12) if ended else None,
            "seats": seats,
            "desync": None,
        }

    def snapshot(self) -> dict[str, Any]:
        return {
            "experiment": {
                "id": "overcooked-pair",
                "title": "Two cooks, one kitchen",
                "version": 3,
                "hash": "3fa2c19e77d0" + "0" * 52,
            },
            "session": {"session_id": "s1", "kind": "test", "state": "open", "opened_utc": self.opened_utc},
            "waiting": {},
            "refused": {},
            "participants": list(self.participants.values()),
            "matches": list(self.matches.values()),
        }

    def subscribe(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.callbacks.append(callback)

    def put(self, area: str, row_id: str, value: dict[str, Any] | None) -> None:
        """Change one row and tell everybody."""
        rows = self.participants if area == "participants" else self.matches
        if value is None:
            rows.pop(row_id, None)
        else:
            rows[row_id] = value
        for callback in self.callbacks:
            callback({"path": [area, row_id], "value": value})

    def move(self, seconds: float) -> None:
        """Let everybody who plays play on."""
        for row_id, row in list(self.participants.items()):
            if row["state"] != "playing" or not row["connected"]:
                continue
            frame = min(STEPS, row["frame"] + round(FPS * seconds))
            spike = self.random.uniform(20, 90) if self.random.random() < 0.1 else 0
            ping = max(8.0, row["ping_ms"] + self.random.uniform(-6, 6) * seconds + spike)
            self.put(
                "participants",
                row_id,
                {
                    **row,
                    "frame": frame,
                    "acknowledged_frames": max(0, frame - self.random.randrange(8, 28)),
                    "frames_played": frame,
                    "ping_ms": ping if spike == 0 else ping - spike / 2,
                    "rollbacks": row["rollbacks"] + self.random.randrange(0, 3),
                },
            )
            match = self.matches[row["match_id"]]
            self.put("matches", match["match_id"], {**match, "frame": frame})


class FakeCommands:
    """Does what the researcher asks for, to a made-up study."""

    def __init__(self, monitor: FakeMonitor | None = None) -> None:
        self.monitor = monitor

    def handle(self, name: str, payload: Any = None) -> dict[str, Any]:
        if self.monitor is None or (payload or {}).get("reason") == "refuse me":
            return {"ok": False, "error": {"code": "no_such_hold", "message": "there is no such hold scene."}}
        for row_id, row in list(self.monitor.participants.items()):
            if name == "release_hold" and row["state"] == "holding" and row["scene_id"] == payload["scene_id"]:
                self.monitor.put("participants", row_id, {**row, "state": "reading", "scene_id": "after"})
            if name == "lower_hand" and row_id == payload["participant_id"]:
                self.monitor.put("participants", row_id, {**row, "hand_raised_utc": None})
        return {"ok": True}


class FakePlan:
    """As much of an experiment as the site asks for."""

    class _Role:
        is_persons = True

        def __init__(self, role: str) -> None:
            self.role = role

    class _Scene:
        id = SCENE

        class gameplay:
            num_episodes, max_steps = EPISODES, STEPS

        class rendering:
            fps = FPS

    def __init__(self) -> None:
        self.seats = {"0": self._Role("cook_0"), "1": self._Role("cook_1")}
        self.game_scenes = [self._Scene()]


def serve(people: int, port: int, still: bool, address: str, log_name: str | None) -> None:
    import eventlet
    import eventlet.tpool
    import eventlet.wsgi

    from app.server.web.researcher_site import create_researcher_site

    monitor = FakeMonitor(people)
    folder = Path("data") / "overcooked-pair"

    def export() -> Path:
        eventlet.sleep(0.2)
        return folder / "exports" / "20261121T094500Z"

    site = create_researcher_site(
        monitor=monitor,
        experiment=FakePlan(),
        participant_url=address,
        token="fake-token",
        data_folder=folder,
        export=export,
        commands=FakeCommands(monitor),
    )
    listener = eventlet.listen(("127.0.0.1", port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/?token=fake-token"

    def play() -> None:
        while True:
            eventlet.sleep(1.0)
            monitor.move(1.0)

    def obey() -> None:
        # One JSON patch a line: {"path": [...], "value": ...}; the end of the input is the end of the server.
        while line := eventlet.tpool.execute(sys.stdin.readline):
            patch = json.loads(line)
            monitor.put(patch["path"][0], patch["path"][1], patch["value"])
        listener.close()
        sys.exit(0)

    if not still:
        eventlet.spawn(play)
    print(json.dumps({"event": "listening", "researcher_url": url}), flush=True)
    server = eventlet.spawn(eventlet.wsgi.server, listener, site.app, log_output=bool(log_name))
    eventlet.spawn(obey).link(lambda _: server.kill())
    try:
        server.wait()
    except eventlet.greenlet.GreenletExit:
        sys.exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--still", action="store_true", help="nothing moves by itself")
    parser.add_argument("--address", default="http://127.0.0.1:8000/")
    parser.add_argument("--log", default=None)
    arguments = parser.parse_args()
    serve(arguments.people, arguments.port, arguments.still, arguments.address, arguments.log)


if __name__ == "__main__":
    main()
