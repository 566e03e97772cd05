"""What people do is the only thing that a record depends on: the network, the tuning and the paths leave no trace.

M1, M2, M3 and R1 of the netcode's list of proofs. A page samples by the frame that the input acts in, so a script is
the same however often anybody stalls or rolls back.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from .game import FRAME_MS, WORDS, ToyGame
from .generate import LINES
from .network import CHANNEL, RELAY
from .oracle import check
from .peer import Row
from .result import Result
from .run import run
from .schedule import Event, Schedule

FRAMES = 90
LASTS_MS = FRAMES * FRAME_MS


def record(schedule: Schedule) -> list[Row]:
    """Return the record that all pages of a run have handed out."""
    result = run(schedule)
    assert [str(violation) for violation in check(result)] == []
    first, *others = [life.rows for life in result.lives]
    assert all(rows == first for rows in others)
    return first


def base(seed: int, **changes: Any) -> Schedule:
    """Return a match without any event over a perfect network."""
    dice = random.Random(f"metamorphic/{seed}")
    peers = dice.choice((2, 2, 3, 4))
    plain = Schedule(
        seed=seed,
        input_seed=seed,
        peers=peers,
        ai_seats=dice.choice((0, 1)),
        frames=FRAMES,
        over_at=dice.choice((None, 40)),
        delay=dice.choice((0, 1, 3)),
    )
    return replace(plain, **changes)


@pytest.mark.parametrize("seed", range(12))
def test_any_network_that_drops_nobody_gives_the_identical_record(seed: int) -> None:  # M1
    dice = random.Random(seed)
    reference = record(base(seed))
    for line in dice.sample(LINES, 3):
        stall = Event(dice.uniform(0, LASTS_MS), "stall", 0, ms=400)
        starts = tuple(dice.uniform(0, 300) for _ in range(6))
        assert record(base(seed, channel=dict(line), starts_ms=starts, events=(stall,))) == reference


@pytest.mark.parametrize("seed", range(12))
def test_no_tuning_changes_the_record(seed: int) -> None:  # M2
    line = dict(LINES[2])
    reference = record(base(seed, channel=line))
    dice = random.Random(seed)
    for window in (0, 2, 12):
        tuned = base(
            seed,
            channel=line,
            window=window,
            spacings=tuple(dice.choice((1, 3, 8)) for _ in range(6)),
            predictor=dice.choice(("default", "wrong")),
            skew_ppm=tuple(dice.uniform(-3000, 3000) for _ in range(6)),
            events=(Event(dice.uniform(0, LASTS_MS), "set_window", 0, value=dice.choice((2, 5, 8))),),
        )
        assert record(tuned) == reference


@pytest.mark.parametrize("seed", range(12))
def test_switching_between_channel_and_relay_at_any_point_changes_nothing(seed: int) -> None:  # M3
    dice = random.Random(seed)
    line = dict(LINES[1])
    match = base(seed, channel=line, relay={"delay_ms": 25.0, "jitter_ms": 5.0})
    reference = record(match)
    switches = []
    for _ in range(8):
        one, other = dice.sample(range(match.peers), 2)
        path = dice.choice((CHANNEL, RELAY))
        switches.append(Event(dice.uniform(0, LASTS_MS), "set_paths", one, other, path=path))
    switches.sort(key=lambda event: event.at_ms)
    assert record(replace(match, events=tuple(switches))) == reference


def test_a_path_that_is_lost_with_all_that_was_on_it_is_replaced_by_the_other() -> None:  # M3
    cut = [Event(700, "block", a, b, path=CHANNEL) for a, b in ((0, 1), (1, 0))]
    over = [Event(1200, "set_paths", a, b, path=RELAY) for a, b in ((0, 1), (1, 0))]
    match = base(5, channel=dict(LINES[1]), relay={"delay_ms": 40.0})
    assert record(replace(match, events=(*cut, *over))) == record(match)


def replayed(result: Result) -> list[tuple[int, str]]:
    """Play the server's input log in one process."""
    schedule, log = result.schedule, result.log[0]
    game = ToyGame(0, schedule.over_at)
    rows = []
    for frame in range(len(log[0])):
        words = [log[seat][frame] if seat in log else WORDS.bot for seat in range(schedule.seats)]
        rows.append((frame, game.step(frame, words).row))
    return rows


@pytest.mark.parametrize("seed", range(10))
def test_the_servers_input_log_played_in_one_process_is_every_pages_record(seed: int) -> None:  # R1
    leaves = Event(1000, "kill", 1)
    for events in ((), (leaves,)):
        result = run(base(seed, channel=dict(LINES[2]), events=events, over_at=None))
        assert [str(violation) for violation in check(result)] == []
        truth = replayed(result)
        for life in result.lives:
            rows = [(row.frame, row.row) for row in life.rows]
            assert rows == truth[: len(rows)]
            assert life.fate == "killed" or len(rows) == len(truth) == FRAMES
