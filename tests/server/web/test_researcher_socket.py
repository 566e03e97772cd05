"""The live line: patches leave together, the latest value only, in the order of their last change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.server.web.researcher_socket import PatchFeed


class ByHand:
    """A socket server whose background tasks run when the test says so."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []
        self.sent: list[tuple[str, Any]] = []
        self.slept: list[float] = []

    def emit(self, event: str, data: Any) -> None:
        self.sent.append((event, data))

    def start_background_task(self, target: Callable[[], None]) -> None:
        self.tasks.append(target)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(self) -> None:
        tasks, self.tasks = self.tasks, []
        for task in tasks:
            task()


def patch(path: str, value: Any) -> dict[str, Any]:
    return {"path": path.split("/"), "value": value}


def test_patches_of_a_moment_leave_together_and_only_the_latest_of_each_path() -> None:
    server = ByHand()
    feed = PatchFeed(server, flush_seconds=0.2)
    for each in (patch("participants/a", 1), patch("participants/b", 1), patch("participants/a", 2)):
        feed.add(each)
    assert server.sent == [] and len(server.tasks) == 1
    server.run()
    assert server.slept == [0.2]
    assert server.sent == [("patches", [patch("participants/b", 1), patch("participants/a", 2)])]


def test_what_arrives_later_leaves_with_the_next_moment() -> None:
    server = ByHand()
    feed = PatchFeed(server)
    feed.add(patch("session", {"state": "open"}))
    server.run()
    feed.add(patch("session", {"state": "closed"}))
    server.run()
    assert [data[0]["value"]["state"] for _, data in server.sent] == ["open", "closed"]
