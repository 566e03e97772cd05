"""Whole matches with AI players, as the browsers hold them: two people and one, one person and two."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.browser import BrowserMatch

from . import players

NAME = "tests_players"
HELD = {"ArrowUp": 1, "ArrowDown": 2, "KeyA": 3}


@pytest.fixture(autouse=True)
def module() -> Iterator[None]:
    sys.modules[NAME] = players
    yield
    del sys.modules[NAME]


def setup(**policies: dict[str, Any]) -> dict[str, Any]:
    return {
        "factory": f"{NAME}:Meadow", "config": {}, "seats": ["a", "b", "c"], "fps": 30, "max_steps": 70,
        "num_episodes": 2, "default_action": 0, "keys": HELD, "policies": policies,
    }  # fmt: skip


def chaser(frame_skip: int = 2, **more: Any) -> dict[str, Any]:
    return {"policy": f"{NAME}:Chaser", "config": {"bold": 0.4}, "frame_skip": frame_skip, **more}


def page(plan: dict[str, Any], seat: int, people: list[int]) -> BrowserMatch:
    engine = BrowserMatch(lambda: 0.0)
    engine.load(json.dumps(plan))
    match = {"match_id": "m1", "match_tag": 9, "seat": seat, "episode_seeds": [11, 12], "setup": plan, "people": people}
    engine.start(json.dumps(match), 0.0)
    return engine


def play(pages: dict[int, BrowserMatch], episode: int, delay: int, dice: random.Random) -> None:
    """Play an episode whose packets take `delay` turns, some of them for ever."""
    done = dict.fromkeys(pages)
    on_the_way: list[tuple[int, int, bytes]] = []
    for engine in pages.values():
        engine.begin(episode)
    for turn in range(400):
        now = episode * 60_000 + turn * 33.0
        for seat, engine in pages.items():
            if dice.random() < 0.3:
                engine.keys(json.dumps(dice.sample(list(HELD), dice.randrange(2))), now - 5.0)
            result = json.loads(engine.tick(now))
            done[seat] = done[seat] or result["finished_episode"]
            sent = engine.take_packets()
            assert {to for to, _, _ in sent} <= pages.keys() - {seat}, "an AI player has no page to send to"
            on_the_way += [(turn + delay, to, data) for to, _, data in sent if dice.random() > 0.1]
        for _, to, data in [packet for packet in on_the_way if packet[0] <= turn]:
            result = json.loads(pages[to].receive(now, data))
            done[to] = done[to] or result["finished_episode"]
        on_the_way = [packet for packet in on_the_way if packet[0] > turn]
        if all(done.values()):
            assert len({json.dumps(report) for report in done.values()}) == 1
            return
    raise AssertionError("the episode did not end")


def records(engine: BrowserMatch) -> tuple[list[str], list[list[Any]]]:
    engine.finish()
    chunks = [json.loads(chunk["data"]) for chunk in engine.take_chunks()]
    return chunks[0]["columns"], [row for chunk in chunks for row in chunk["rows"]]


def test_two_people_and_an_ai_player_record_the_same_whatever_is_rolled_back() -> None:
    plan = setup(b=chaser())
    pages = {seat: page(plan, seat, [0, 2]) for seat in (0, 2)}
    dice = random.Random(6)
    for episode in range(2):
        play(pages, episode, 4, dice)
    reports = [json.loads(engine.finish()) for engine in pages.values()]
    assert all(report["rollbacks"] > 10 for report in reports)
    (columns, first), (_, second) = (records(engine) for engine in pages.values())
    assert first == second and len(first) == 140
    named = dict(zip(columns, zip(*first, strict=True), strict=True))
    assert set(named["status.b"]) == {"bot"} and set(named["status.a"]) == {"present"}
    assert len(set(named["action.b"])) > 2


def test_one_person_plays_with_ai_players_without_ever_waiting() -> None:
    pages = {1: page(setup(a=chaser(), c=chaser(1)), 1, [1])}
    play(pages, 0, 1, random.Random(2))
    report = json.loads(pages[1].finish())
    assert (report["rollbacks"], report["stalls"], report["recorded_frames"]) == (0, 0, 70)
