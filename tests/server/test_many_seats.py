"""Five scripted pages on the real server, none of which reaches another but by it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.rig.server import ServedExperiment
from tests.server.crowd import FPS, copy_crowd, gather, turn
from tests.server.scripted_page import ScriptedPage

SEATS = 5
FEWEST_FRAMES, MOST_FRAMES = 60, 900


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExperiment]:
    folder = tmp_path_factory.mktemp("many")
    server = ServedExperiment(copy_crowd(folder / "crowd", SEATS), folder / "data", "127.0.0.1").start()
    try:
        yield server
        server.stop()
    finally:
        server.kill()


def heard_until(page: ScriptedPage, datagrams: int) -> list[list[Any]]:
    """The `datagrams` of the messages that a page gets, until it has so many of them."""
    messages: list[list[Any]] = []
    while sum(map(len, messages)) < datagrams:
        messages.append(page.hear("relay")["datagrams"])
    return messages


def test_five_seats_hear_all_of_each_other_in_order_and_what_belongs_together_in_one_message(
    served: ServedExperiment,
) -> None:
    seated = gather(served.participant_url, SEATS, ScriptedPage)
    messages: list[list[list[Any]]] = [[] for _ in seated]
    pace, began, frames = threading.Event(), time.monotonic(), 0
    # Until every page has had the datagrams of all its partners in one message, however slow the machine.
    while frames < FEWEST_FRAMES or not all(SEATS - 1 in map(len, got) for got in messages):
        assert frames < MOST_FRAMES, [Counter(map(len, got)) for got in messages]
        pace.wait(max(0.0, began + frames / FPS - time.monotonic()))
        for seat, (page, matched) in enumerate(seated):
            page.tell("relay", turn(matched, bytes([seat]) + frames.to_bytes(2)))
        for seat, (page, _) in enumerate(seated):
            messages[seat] += heard_until(page, SEATS - 1)
        frames += 1
    for seat, got in enumerate(messages):
        for sender in set(range(SEATS)) - {seat}:
            of_sender = [data for message in got for at, data in message if at == sender]
            assert of_sender == [bytes([sender]) + frame.to_bytes(2) for frame in range(frames)], (seat, sender)
    for page, _ in seated:
        page.tell("leave", {"reason": "page_closed"})
        page.close()
    assert "Traceback" not in served.errors()


def test_who_leaves_five_is_sent_nothing_more_and_the_others_play_on(served: ServedExperiment) -> None:
    seated = gather(served.participant_url, SEATS, ScriptedPage)
    gone, _ = seated.pop()
    gone.close()
    for page, _ in seated:
        assert page.hear("partner", state="interrupted")["seat"] == SEATS - 1
    for seat, (page, matched) in enumerate(seated):
        page.tell("relay", turn(matched, bytes([seat])))
    for seat, (page, _) in enumerate(seated):
        heard = [entry for message in heard_until(page, SEATS - 2) for entry in message]
        assert sorted(heard) == [[other, bytes([other])] for other in range(SEATS - 1) if other != seat]
    assert "Traceback" not in served.errors()
