"""Two whole matches, as the browsers hold them, joined by hand: pages' JSON in, packets and chunks out."""

from __future__ import annotations

import json
import random
import sys
import types
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.browser import BrowserMatch

from .test_environment import Parallel

SETUP = {
    "factory": "held_environment:make_env",
    "config": {},
    "seats": ["0", "1"],
    "fps": 30,
    "max_steps": 75,
    "num_episodes": 2,
    "default_action": 0,
    "keys": {"ArrowUp": 1, "ArrowDown": 2},
    "record": {"observations": True, "info": ["total"]},
    "game_width": 640,
}


class Drawn(Parallel):
    goal = 5000

    def render(self) -> dict[str, Any]:
        return {"background": "#ffffff", "items": [["circle", self.total, 5, 5, "#000000", None, 1]]}


@pytest.fixture(autouse=True)
def held_environment() -> Iterator[None]:
    module = types.ModuleType("held_environment")
    module.make_env = Drawn  # type: ignore[attr-defined]
    sys.modules["held_environment"] = module
    yield
    del sys.modules["held_environment"]


def page(seat: int) -> BrowserMatch:
    """Return a page's engine with the match started."""
    engine = BrowserMatch(lambda: 0.0)
    engine.load(json.dumps(SETUP))
    match = {"match_id": "m1", "match_tag": 9, "seat": seat, "episode_seeds": [11, 12], "setup": SETUP}
    engine.start(json.dumps(match), 0.0)
    engine.connections(json.dumps({1 - seat: "direct"}))
    engine.clock(500.0)
    return engine


def play_episode(pages: list[BrowserMatch], episode: int, dice: random.Random) -> list[dict[str, Any]]:
    """Play one episode with a delay of three turns; return what each page said at its end."""
    for engine in pages:
        first = json.loads(engine.begin(episode))
        assert first["frame"] == -1 and json.loads(engine.take_picture() or "")["items"]
    done: list[Any] = [None, None]
    on_the_way: list[tuple[int, int, bytes]] = []
    for turn in range(400):
        now = episode * 60_000 + turn * 33.0
        for seat, engine in enumerate(pages):
            if dice.random() < 0.2:
                engine.keys(json.dumps(dice.sample(["ArrowUp", "ArrowDown"], dice.randrange(3))), now - 5.0)
            result = json.loads(engine.tick(now))
            if "frame" in result:
                engine.painted(episode, result["frame"], now + 8.0)
            done[seat] = done[seat] or result["finished_episode"]
            assert result["failure"] is None and not result["desyncs"]
            on_the_way += [(turn + 3, to, data) for to, _, data in engine.take_packets() if dice.random() > 0.1]
        for _, to, data in [packet for packet in on_the_way if packet[0] <= turn]:
            result = json.loads(pages[to].receive(now, data))
            done[to] = done[to] or result["finished_episode"]
        on_the_way = [packet for packet in on_the_way if packet[0] > turn]
        if all(done):
            return done
    raise AssertionError(f"the episode did not end: {[engine.status(0.0) for engine in pages]}")


def test_two_pages_record_the_same_two_episodes_completely() -> None:
    dice = random.Random(2)
    pages = [page(0), page(1)]
    for episode in range(2):
        first, second = play_episode(pages, episode, dice)
        assert first == second == {**first, "episode": episode}
    reports = [json.loads(engine.finish()) for engine in pages]
    assert reports[0]["rollbacks"] > 0 and reports[0]["ping_ms"]["median"] > 0
    recorded = []
    for seat, engine in enumerate(pages):
        chunks = engine.take_chunks()
        assert [chunk["seq"] for chunk in chunks] == list(range(len(chunks)))
        rows: list[Any] = []
        for chunk in chunks:
            assert zlib.crc32(chunk["data"]) == chunk["crc32"]
            data = json.loads(chunk["data"])
            assert data["seat"] == str(seat) and data["match_id"] == "m1"
            assert (data["rows"][0][1], data["rows"][-1][1]) == (chunk["first_frame"], chunk["last_frame"])
            assert all(len(row) == len(data["columns"]) for row in data["rows"])
            assert all(len(row) == len(data["local_columns"]) for row in data["local_rows"])
            rows += data["rows"]
            assert {row[3] for row in data["local_rows"]} == {"direct"}
            assert all(row[4].endswith("Z") for row in data["local_rows"])
        recorded.append(rows)
    assert recorded[0] == recorded[1]
    frames = [(row[0], row[1]) for row in recorded[0]]
    assert frames == sorted(set(frames)) and {episode for episode, _ in frames} == {0, 1}
    columns = dict(zip(data["columns"], zip(*recorded[0], strict=True), strict=True))
    assert set(columns["action.0"]) == {0, 1, 2}
    assert columns["info.total.0"][:3] == columns["obs.0.0"][:3]
    assert columns["info.total.1"][0] is None  # a key that this seat's info lacks is missing, not invented
    assert sum(value != "" for value in columns["state_hash"]) >= 4


def test_a_page_that_has_played_before_agrees_with_one_that_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(Drawn):
        def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict, dict]:
            self.resets = getattr(self, "resets", 0) + 1
            observations, infos = super().reset(seed, options)
            self.total += self.resets
            return observations, infos

    monkeypatch.setattr(sys.modules["held_environment"], "make_env", Forgetful)
    veteran = page(0)
    play_episode([veteran, page(1)], 0, random.Random(1))
    match = {"match_id": "m2", "match_tag": 9, "seat": 0, "episode_seeds": [11, 12], "setup": SETUP}
    veteran.start(json.dumps(match), 0.0)
    first, second = play_episode([veteran, page(1)], 0, random.Random(2))
    assert first == second


def test_a_key_held_since_the_countdown_acts_at_once_and_is_no_latency() -> None:
    pages = [page(0), page(1)]
    for engine in pages:
        engine.begin(0)
        engine.keys('["ArrowUp"]', -2000.0)
    for turn in range(40):
        for engine in pages:
            engine.tick(turn * 33.0)
        for engine, other in (pages, pages[::-1]):
            for _, _, data in engine.take_packets():
                other.receive(turn * 33.0 + 1, data)
    pages[0].finish()
    data = json.loads(pages[0].take_chunks()[0]["data"])
    assert data["rows"][0][data["columns"].index("action.0")] == 1
    assert all(row[data["local_columns"].index("input_to_step_ms")] is None for row in data["local_rows"])


def test_losing_the_focus_is_recorded_at_every_seat_alike() -> None:
    pages = [page(0), page(1)]
    pages[0].focus(False, 1.0)
    play_episode(pages, 0, random.Random(4))
    for engine in pages:
        data = json.loads(engine.take_chunks()[-1]["data"])
        row = dict(zip(data["columns"], data["rows"][-1], strict=True))
        assert row["is_focused.0"] is False and row["is_focused.1"] is True
