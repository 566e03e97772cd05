"""Coming back: a turn's steps are bounded, and asking to take part waits until we are near."""

from __future__ import annotations

from itertools import count

from app.engine.catch_up import ASK_AGAIN_MS, CATCH_UP_MS, CATCH_UP_STEPS, CatchUp
from app.engine.link import PeerLink
from app.engine.turn import SessionConfig

from .table import Held, dropped


class Watcher:
    """Seat 2, which watches seats 0 and 1."""

    def __init__(self, window: int = 8, fps: float = 30.0) -> None:
        held = Held([[b"x"] * 9] * 3, 2)
        held.views.on_commit(dropped(1, 2, 5))
        self.links = {0: PeerLink(), 1: PeerLink()}
        self.config = SessionConfig(3, 2, 100, epoch=4, prediction_window=window, fps=fps)
        self.time = 0.0
        self.catch_up = CatchUp(self.config, held.views, self.links, lambda: self.time)
        self.untimed = CatchUp(self.config, held.views, self.links, None)

    def hear(self, first: int, second: int) -> None:
        for link, newest in zip(self.links.values(), (first, second), strict=True):
            link.heard_at, link.newest_frame = 0.0, newest


def test_steps_go_on_until_the_turns_time_is_used_up() -> None:
    watcher = Watcher()
    steps = []

    def step() -> None:
        steps.append(watcher.time)
        watcher.time += 3.0

    watcher.time = 100.0
    watcher.catch_up.step(lambda: True, step, began=100.0)
    assert steps == [100.0, 103.0, 106.0]
    watcher.time = 100.0 + CATCH_UP_MS
    watcher.catch_up.step(lambda: True, step, began=100.0)
    assert len(steps) == 3


def test_where_no_time_is_measured_the_steps_are_counted() -> None:
    steps = count()
    Watcher().untimed.step(lambda: True, lambda: next(steps), 0.0)  # type: ignore[arg-type, return-value]
    assert next(steps) == CATCH_UP_STEPS


def test_only_what_may_be_stepped_is_stepped() -> None:
    left = [1, 1]
    watcher = Watcher()
    watcher.catch_up.step(lambda: bool(left), left.pop, 0.0)  # type: ignore[arg-type]
    assert left == []


def test_who_is_near_the_furthest_member_asks_to_take_part() -> None:
    watcher = Watcher()
    watcher.hear(40, 60)
    assert watcher.catch_up.request(44, 0.0) == []
    assert watcher.catch_up.request(45, 0.0) == [{"kind": "join", "epoch": 4, "frame": 45}]


def test_near_is_half_a_second_or_the_window_whichever_is_more() -> None:
    slow = Watcher(window=12, fps=10.0)
    slow.hear(60, 40)
    assert slow.catch_up.request(47, 0.0) == [] and slow.catch_up.request(48, 0.0) != []


def test_nobody_asks_before_every_member_was_heard() -> None:
    watcher = Watcher()
    watcher.hear(3, 3)
    watcher.links[1].heard_at = None
    assert watcher.catch_up.request(3, 0.0) == []


def test_a_checksum_alone_does_not_say_how_far_its_sender_is() -> None:
    watcher = Watcher()
    watcher.hear(200, -1)
    assert watcher.catch_up.request(199, 0.0) == []
    watcher.hear(200, 200)
    assert watcher.catch_up.request(199, 0.0) != []


def test_it_asks_again_every_second_until_it_takes_part() -> None:
    watcher = Watcher()
    watcher.hear(3, 3)
    assert watcher.catch_up.request(3, 500.0) != []
    assert watcher.catch_up.request(4, 499.0 + ASK_AGAIN_MS) == []
    assert watcher.catch_up.request(5, 500.0 + ASK_AGAIN_MS) == [{"kind": "join", "epoch": 4, "frame": 5}]


def test_where_nobody_is_left_there_is_nobody_to_be_near() -> None:
    watcher = Watcher()
    watcher.catch_up._views.members = ()
    assert watcher.catch_up.request(0, 0.0) != []


def test_what_a_step_costs_is_known_when_enough_were_measured() -> None:
    watcher = Watcher()

    def step() -> None:
        watcher.time += 3.0

    for turn in range(8):
        assert (watcher.catch_up.step_ms is None) == (turn < 7)
        watcher.catch_up.step(lambda: True, step, began=watcher.time)
        watcher.time += 100.0  # between turns nothing is stepped
    assert watcher.catch_up.step_ms == 3.0
    watcher.untimed.step(lambda: True, step, began=0.0)
    watcher.untimed.step(lambda: True, step, began=0.0)
    assert watcher.untimed.step_ms is None


def test_what_is_left_is_counted_to_the_furthest_frame_that_was_stepped() -> None:
    watcher = Watcher()
    assert watcher.catch_up.left(0) == 0
    watcher.catch_up.read({0: [b"x"] * 40, 1: [b"x"] * 41})
    assert watcher.catch_up.left(0) == 40 and watcher.catch_up.left(35) == 5
    watcher.hear(60, 50)
    watcher.catch_up.bound(100)
    assert watcher.catch_up.left(40) == 21
