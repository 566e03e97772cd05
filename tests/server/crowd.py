"""A match of many scripted pages whose only way to each other is the server."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any, TypeVar

from tests.browser.rig.server import copy_experiment
from tests.server.scripted_page import ScriptedPage

STUDY = Path(__file__).with_name("crowd_study")
FPS = 30

Page = TypeVar("Page", bound=ScriptedPage)


def copy_crowd(target: Path, people: int) -> Path:
    """Copy the study for so many people; return its folder."""
    folder = copy_experiment(STUDY, target, {"people = 2": f"people = {people}"})
    with (folder / "experiment.toml").open("a", encoding="utf-8") as toml:
        toml.writelines(f'[seats.{seat}]\nrole = "counter"\n' for seat in range(people))
    return folder


def gather(url: str, people: int, page: type[Page]) -> list[tuple[Page, dict[str, Any]]]:
    """Bring so many pages into one match and to its beginning; return them with what they were told, by seat."""
    with urllib.request.urlopen(f"{url}api/study", timeout=10) as answer:
        environment_hash = json.load(answer)["runtime"]["environment_hash"]
    pages = [page(url) for _ in range(people)]
    for each in pages:
        each.start()
        assert each.ready(environment_hash)["ok"]
    seated = sorted(((each, each.hear("matched")) for each in pages), key=lambda pair: pair[1]["seat"])
    for each, matched in seated:
        connections = {str(other): "server" for other in matched["people"] if other != matched["seat"]}
        told = {"match_id": matched["match_id"], "connections": connections, "digest": "d1"}
        assert each.ask("connected", told)["ok"]
    for each in pages:
        each.hear("begin")
    return seated


def turn(matched: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Return the message of one turn that has the same bytes for every partner."""
    others = [seat for seat in matched["people"] if seat != matched["seat"]]
    return {"match_id": matched["match_id"], "datagrams": [[seat, data] for seat in others]}
