"""Uses the store as the eventlet server does, kills it on the way, prints what happened: see test_eventlet_io.py."""

import json
import os
import signal
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import eventlet  # noqa: E402

if sys.argv[2] == "patched first":
    eventlet.monkey_patch()
from app.server.eventlet_io import EventletIo  # noqa: E402

if sys.argv[2] == "patched later":
    eventlet.monkey_patch()

from app.server.storage.client import StoreClient, StoreError  # noqa: E402

ticks = 0


def tick() -> None:
    """Another green thread: it must run on while the store is waited for."""
    global ticks
    while True:
        eventlet.sleep(0.001)
        ticks += 1


def event(number: int, fill: int = 0) -> dict[str, object]:
    return {"event": f"e{number}", "at_utc": "2026-11-21T10:00:00Z", "session_id": None, "data": {"fill": "x" * fill}}


def main() -> None:
    client = StoreClient(Path(sys.argv[1]), io=EventletIo())
    client.start()
    eventlet.spawn(tick)
    eventlet.sleep(0)
    results: dict[str, object] = {}

    pool = eventlet.GreenPool()
    answers = list(pool.imap(lambda n: client.call("add_event", event(n)), range(200)))
    results["answered"] = sum(answer["ok"] for answer in answers)
    try:
        client.call("update_match", {"match_id": "none", "state": "ENDED"})
    except StoreError as error:
        results["refusal"] = error.code

    first_process = client.process_id
    assert first_process is not None
    os.kill(first_process, signal.SIGSTOP)
    for number in range(200, 400):
        client.post("add_event", event(number, fill=4000))  # fills the pipe: the writer waits in the hub
    waiting = eventlet.spawn(client.call, "add_event", event(400))
    before = ticks
    try:
        client.call("read_chunks", {"match_id": "none"}, timeout_s=0.2)
    except StoreError as error:
        results["timeout"] = error.code
    results["ticks_while_stopped"], before = ticks - before, ticks
    os.kill(first_process, signal.SIGKILL)
    results["after_kill"] = waiting.wait()["ok"]
    results["ticks_while_started_again"] = ticks - before
    results["other_process"] = client.process_id != first_process

    for number in range(401, 500):
        client.post("add_event", event(number))
    client.close()
    print(json.dumps(results), flush=True)


try:
    main()
finally:
    sys.stdout.flush()
    os._exit(0)
