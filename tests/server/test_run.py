"""The real server process, with scripted pages over loopback: the whole way of a match, and what may go wrong.

Most tests share one server; those that end it or need short waits start their own, which takes about a second once the
browser files are prepared.
"""

from __future__ import annotations

import csv
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from app.engine.wire import words_from_hex
from tests.server.domain.ballots_scenario import holds
from tests.server.scripted_page import chunk
from tests.server.served import ROOT, Served

EXAMPLE = ROOT / "examples" / "overcooked_pair"


def example_with(folder: Path, **values: str) -> Path:
    """A copy of the example with other values of some keys."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    toml = (folder / "experiment.toml").read_text(encoding="utf-8")
    for key, value in values.items():
        toml, found = re.subn(rf"\b{key} = \d+", f"{key} = {value}", toml)
        assert found == 1, key
    (folder / "experiment.toml").write_text(toml, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_with(tmp_path_factory.mktemp("patient") / "overcooked_pair", max_steps="60")


@pytest.fixture(scope="module")
def impatient_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = {"timeout_ms": "5000", "reconnection_timeout_ms": "1000"}
    return example_with(tmp_path_factory.mktemp("impatient") / "overcooked_pair", max_steps="60", **values)


@pytest.fixture(scope="module")
def patient_server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(folder, tmp_path_factory.mktemp("served") / "data")


@pytest.fixture
def impatient(impatient_folder: Path, tmp_path: Path) -> Iterator[Served]:
    """A server that waits five seconds for a partner and one for a lost connection."""
    yield from serving(impatient_folder, tmp_path / "data")


@pytest.fixture
def served(patient_server: Served) -> Iterator[Served]:
    """The server that most tests share; their pages are gone afterwards."""
    yield patient_server
    patient_server.close_pages()


def serving(folder: Path, data_dir: Path) -> Iterator[Served]:
    server = Served(folder, data_dir)
    yield server
    server.close_pages()
    assert server.stop() == 0, server.errors()
    assert "Traceback" not in server.errors(), server.errors()


def test_two_pages_play_to_the_end_and_their_records_agree(served: Served) -> None:
    (zero, matched), (one, matched_one) = served.pair()
    assert matched["episode_seeds"] == matched_one["episode_seeds"] and matched["setup"]["max_steps"] == 60
    signal_data = {"description": {"type": "offer", "sdp": "v=0\r\n"}}
    assert zero.ask("signal", {"match_id": matched["match_id"], "to": 1, "data": signal_data}) == {"ok": True}
    assert one.hear("signal")["data"] == signal_data
    zero.connected(matched)
    one.connected(matched_one)
    zero.tell("relay", {"match_id": matched["match_id"], "datagrams": [[1, bytes(range(256))]]})
    assert one.hear("relay") == {"match_id": matched["match_id"], "datagrams": [[0, bytes(range(256))]]}
    seqs = {zero: 0, one: 0}
    for episode in range(2):
        for page, match in ((zero, matched), (one, matched_one)):
            assert page.hear("begin")["episode"] == episode
            seqs[page] = page.play_episode(match, episode, 60, seqs[page])
    for page in (zero, one):
        assert page.hear("match_ended")["reason"] == "COMPLETED"
        assert page.ask("match_report", {"match_id": matched["match_id"], "report": {"rollbacks": 0}})["ok"]
        view = page.ask("advance", {"scene_id": "game"})["view"]
        assert view["end"]["code"] == "SOUP-7291"
        page.close()
    tables = served.export()
    frames = sorted(
        path for path in tables.rglob("*.csv") if "frame" in path.read_text(encoding="utf-8").split("\n")[0]
    )
    counts = [len(list(csv.reader(path.open(encoding="utf-8", newline="")))) - 1 for path in frames]
    assert counts.count(120) == 2, dict(zip(frames, counts, strict=True))
    records = [str(path) for path, count in zip(frames, counts, strict=True) if count == 120]
    compared = subprocess.run([sys.executable, "-m", "app", "compare", *records], cwd=ROOT, check=False)
    assert compared.returncode == 0


def test_a_partner_whose_tab_is_gone_ends_the_match_for_the_other(impatient: Served) -> None:
    (zero, matched), (one, matched_one) = impatient.pair()
    zero.connected(matched)
    one.connected(matched_one)
    zero.hear("begin")
    one.close()
    assert zero.hear("partner") == {"match_id": matched["match_id"], "seat": 1, "state": "interrupted"}
    ended = zero.hear("match_ended")
    assert (ended["reason"], ended["left_seat"]) == ("PARTNER_LEFT", 1) and ended["message"]
    view = zero.ask("advance", {"scene_id": "game"})["view"]
    assert view["end"]["code"] == "PART-3516"


def test_a_page_that_comes_back_in_time_goes_on(served: Served) -> None:
    (zero, matched), (one, matched_one) = served.pair()
    zero.connected(matched)
    one.connected(matched_one)
    one.close()
    zero.hear("partner", state="interrupted")
    back = served.page(token=one.token)
    assert back.view["state"] == "playing"
    assert zero.hear("partner", state="resumed")["seat"] == 1
    assert back.ask("episode_done", {**_done(matched), "episode": 0})["ok"]


def test_a_page_that_is_loaded_again_is_given_its_match_and_the_inputs_so_far(served: Served) -> None:
    (zero, matched), (one, matched_one) = served.pair(page="first")
    match_id = matched["match_id"]
    zero.connected(matched)
    one.connected(matched_one)
    zero.hear("begin")
    for page, match in ((zero, matched), (one, matched_one)):
        assert page.ask("chunk", chunk(match, 0, 0, 29, 0))["ok"]
    one.tell("leave", {"reason": "page_closed"})
    one.close()
    asked = zero.hear("membership")["message"]
    assert (asked["kind"], asked["drop"]) == ("prepare", [1])
    back = served.page(token=one.token, page="second")
    assert back.view["state"] == "playing"
    report = holds(asked["ballot"], {1: 35}, stable=30, frame=36)
    assert zero.ask("membership", {"match_id": match_id, "message": report})["ok"]
    rejoin = back.hear("matched")["rejoin"]
    assert rejoin["recorded"] == {"episode": 0, "through": 29, "seq": 1}
    assert [commit["drop"] for commit in rejoin["commits"]] == [{"1": 35}]
    assert zero.hear("membership", message=rejoin["commits"][0]) and zero.hear("membership")["message"]["on"]
    log = back.ask("input_log", {"match_id": match_id, "episode": 0})
    assert log["through"] == 29
    assert words_from_hex(log["inputs"]["0"], 2, 30) == [b"\x06\x01"] * 30
    assert zero.ask("episode_done", {**_done(matched), "episode": 0})["ok"]
    assert zero.hear("begin", episode=1) and back.hear("begin", episode=1)


def _done(matched: dict[str, Any]) -> dict[str, Any]:
    return {"match_id": matched["match_id"], "frame": 59, "state_hash": "aa", "inputs_hash": "bb"}


def test_a_wait_that_is_too_long_ends_with_a_code(impatient: Served) -> None:
    page = impatient.page()
    page.start()
    assert page.ready(impatient.environment_hash())["view"]["state"] == "waiting"
    assert page.hear("view", state="ended")["end"]["code"] == "WAIT-4408"


def test_what_cannot_be_understood_is_refused_and_the_others_play_on(served: Served) -> None:
    (zero, matched), (one, matched_one) = served.pair()
    rude = served.page()
    rude.start()
    assert rude.ask("advance", {"scene_id": ["game"]})["error"]["code"] == "bad_message"
    assert rude.ask("chunk", {"match_id": matched["match_id"]})["error"]["code"] == "bad_message"
    assert rude.connected(matched)["error"]["code"] == "not_your_match"
    rude.tell("relay", {"match_id": matched["match_id"], "datagrams": [[0, b"x"]]})
    assert rude.ask("no_such_message", {"a": 1})["error"]["code"] == "unknown_message"
    assert rude.ask("clock")["server_time_ms"] > 1.7e12
    rude.send_raw(b"\xc1 this is no msgpack")
    for nonsense in (
        "9 nor is this a packet",
        "4 nor this",
        "b!!!",
        b"",
        msgpack.packb({"type": 2, "nsp": "/", "data": 5}),
    ):
        served.page().send_raw(nonsense)
    zero.connected(matched)
    one.connected(matched_one)
    assert zero.hear("begin")["episode"] == one.hear("begin")["episode"] == 0


def test_an_environment_of_another_version_is_not_admitted(served: Served) -> None:
    page = served.page()
    page.start()
    assert page.ready("00" * 32)["error"]["code"] == "other_environment"


def test_a_guessed_token_opens_nothing(served: Served) -> None:
    assert served.page(token="A" * 43).view["state"] == "reading"


def test_a_page_of_another_origin_cannot_connect(served: Served) -> None:
    request = urllib.request.Request(
        f"{served.url}socket.io/?EIO=4&transport=polling", headers={"Origin": "http://elsewhere.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 400


def test_stopping_tells_the_pages_and_keeps_what_was_played(folder: Path, tmp_path: Path) -> None:
    server = Served(folder, tmp_path / "data")
    (zero, matched), _ = server.pair()
    server.process.send_signal(signal.SIGINT)
    assert zero.hear("match_ended")["reason"] == "TECH_PROBLEM"
    assert server.ends() == 0
    tables = server.export()
    matches = next(path for path in tables.rglob("*matches*.csv"))
    (row,) = csv.DictReader(matches.open(encoding="utf-8", newline=""))
    assert row["match_id"] == matched["match_id"] and row["end_reason"] == "TECH_PROBLEM"


def test_the_server_stops_when_who_started_it_is_gone(folder: Path, tmp_path: Path) -> None:
    server = Served(folder, tmp_path / "data", "--watch-stdin")
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert server.ends() == 0
    assert "Traceback" not in server.errors(), server.errors()


def test_the_researchers_site_is_on_this_computer_only_and_wants_its_token(served: Served) -> None:
    url = served.listening["researcher_url"]
    assert url.startswith("http://127.0.0.1:") and "?token=" in url
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.partition("?")[0], timeout=10)
    assert refused.value.code == 403


def test_seats_are_drawn_anew_in_every_session_of_a_study(folder: Path, tmp_path: Path) -> None:
    seeds = []
    for _ in range(2):
        server = Served(folder, tmp_path / "data")
        (_, matched), _ = server.pair()
        seeds.append(matched["episode_seeds"])
        assert server.stop() == 0
    assert seeds[0] != seeds[1]


def test_groups_are_counted_on_in_the_next_session_so_that_no_cell_is_given_twice(tmp_path: Path) -> None:
    folder = example_with(tmp_path / "cells", max_steps="30")
    toml = folder / "experiment.toml"
    conditions = '\n[conditions]\nunit = "group"\nfactors = { delay = [0, 2] }\n'
    toml.write_text(toml.read_text(encoding="utf-8") + conditions, encoding="utf-8")
    cells = []
    for _ in range(2):
        server = Served(folder, tmp_path / "data")
        try:
            (_, matched), _ = server.pair()
            cells.append(matched["setup"]["context"]["condition"]["delay"])
            server.close_pages()
        finally:
            server.stop()
    assert sorted(cells) == [0, 2]
