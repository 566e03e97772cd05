"""The client keeps its word when the store dies under it: unanswered commands are sent again, in order, once stored."""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.experiments.errors import InputError
from app.server.storage.client import MAX_SENDINGS, StoreClient, StoreError


@pytest.fixture
def client(tmp_path: Path) -> Iterator[StoreClient]:
    made = StoreClient(tmp_path / "two-cooks")
    made.start()
    yield made
    made.close()


def stored(client_folder: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(f"file:{client_folder / 'study.db'}?mode=ro", uri=True, timeout=10)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def begin(client: StoreClient, lang: Any) -> None:
    for command, payload in lang.opening():
        client.call(command, payload)


def stop(client: StoreClient) -> int:
    assert client.process_id is not None
    os.kill(client.process_id, signal.SIGSTOP)
    return client.process_id


def in_thread(function: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(function())
        except StoreError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_a_call_returns_the_answer_and_a_refusal_raises(client: StoreClient, lang: Any) -> None:
    begin(client, lang)
    assert client.call("add_chunk", lang.chunk())["seq"] == 0
    with pytest.raises(StoreError) as caught:
        client.call("add_chunk", lang.chunk(match="m9"))
    assert caught.value.code == "unknown_match"
    assert caught.value.message == "match_id = 'm9' is not in the store."


def test_what_was_unanswered_when_the_store_was_killed_is_sent_again_and_stored_once(
    client: StoreClient, lang: Any, tmp_path: Path
) -> None:
    begin(client, lang)
    process_id = stop(client)
    for n in range(300):
        event = {"event": f"e{n}", "at_utc": lang.NOW, "session_id": "s1", "data": {"fill": "x" * 1000}}
        client.post("add_event", event)  # more than the pipe holds, so that the writer is in the middle of one
    thread, results = in_thread(lambda: client.call("add_chunk", lang.chunk()))
    os.kill(process_id, signal.SIGKILL)
    thread.join(30)
    assert results and results[0]["ok"]
    assert client.process_id != process_id
    names = stored(tmp_path / "two-cooks", "SELECT event FROM events ORDER BY event_id")
    assert names == [f"e{n}" for n in range(300)]


def test_many_callers_and_many_deaths_lose_and_double_nothing(client: StoreClient, lang: Any, tmp_path: Path) -> None:
    begin(client, lang)
    halfway = threading.Barrier(5)

    def caller(seat: str, part: int) -> list[int]:
        answers = []
        for seq in range(40 * part, 40 * part + 40):
            if seq % 10 == 5:
                halfway.wait(30)
            answers.append(client.call("add_chunk", lang.chunk(seat, seq, 3 * seq, 3 * seq + 2))["seq"])
        return answers

    jobs = [in_thread(lambda s=seat, p=part: caller(s, p)) for seat in "01" for part in (0, 1)]
    for _ in range(4):
        halfway.wait(30)
        assert client.process_id is not None
        os.kill(client.process_id, signal.SIGKILL)
    for thread, results in jobs:
        thread.join(60)
        assert isinstance(results[0], list) and len(results[0]) == 40
    assert stored(tmp_path / "two-cooks", "SELECT count(*) FROM chunks") == [160]


def test_a_command_that_every_store_dies_of_is_given_up_and_the_others_go_on(lang: Any, tmp_path: Path) -> None:
    program = Path(__file__).with_name("deadly_store.py")
    client = StoreClient(tmp_path / "two-cooks", argv=[sys.executable, str(program), str(tmp_path / "two-cooks")])
    client.start()
    begin(client, lang)
    with pytest.raises(StoreError, match=f"store_lost: the store process ended {MAX_SENDINGS} times.*exit code 9"):
        client.call("die", {})
    assert client.call("add_chunk", lang.chunk())["duplicate"] is False
    client.close()


def test_what_was_posted_before_the_end_is_stored(lang: Any, tmp_path: Path) -> None:
    client = StoreClient(tmp_path / "two-cooks")
    client.start()
    for command, payload in lang.opening():
        client.post(command, payload)
    for seq in range(200):
        client.post("add_chunk", lang.chunk(seq=seq, first=5 * seq, last=5 * seq + 4))
    client.close()
    assert stored(tmp_path / "two-cooks", "SELECT count(*) FROM chunks") == [200]
    with pytest.raises(StoreError, match="closed"):
        client.call("read_chunks", {"match_id": "m1"})
    client.close()


def test_what_was_posted_before_the_end_is_stored_even_if_the_store_dies_then(lang: Any, tmp_path: Path) -> None:
    client = StoreClient(tmp_path / "two-cooks")
    client.start()
    begin(client, lang)
    process_id = stop(client)
    for seq in range(50):
        client.post("add_chunk", lang.chunk(seq=seq, first=5 * seq, last=5 * seq + 4))
    thread, _ = in_thread(client.close)
    os.kill(process_id, signal.SIGKILL)
    thread.join(30)
    assert stored(tmp_path / "two-cooks", "SELECT count(*) FROM chunks") == [50]


def test_a_refused_post_is_logged_with_its_reason(
    client: StoreClient, lang: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("update_match", {"match_id": "m9", "state": "ENDED"})
    begin(client, lang)
    assert "The store refused update_match: match_id = 'm9' is not in the store." in caplog.text


def test_a_store_that_does_not_answer_is_a_timeout(client: StoreClient, lang: Any) -> None:
    process_id = stop(client)
    with pytest.raises(StoreError, match="timeout: the store did not answer read_chunks within 0.2 s"):
        client.call("read_chunks", {"match_id": "m1"}, timeout_s=0.2)
    os.kill(process_id, signal.SIGCONT)


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^data folder .*file/study cannot be written \(Not a directory\); choose"):
        StoreClient(tmp_path / "file" / "study").start()


def test_a_store_that_cannot_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the store cannot start"):
        StoreClient(tmp_path, argv=[sys.executable, "-c", "pass"]).start()
