"""With which words a frame is stepped, and which frame turns out to be the first that was wrong."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.engine.prediction import default, repeat_last
from app.engine.stepping import Stepping
from app.engine.timeline import Timeline

from ..simulation.game import ToyGame
from .table import WORDS, InputTrack, act


class Bench:
    """Two seats; ours is known to the end, the other's inputs come from outside."""

    def __init__(self, over_at: int | None = None, predictor: Any = repeat_last, frames: int = 60) -> None:
        self.game = ToyGame(0, over_at)
        self.timeline = Timeline(self.game, frames, 1, 8, None)
        self.tracks = [InputTrack(WORDS, 0, 100) for _ in range(2)]
        self.tracks[0].merge(0, [act(frame % 7) for frame in range(100)])
        self.stepping = Stepping(self.timeline, self.tracks, [predictor] * 2, [1])

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.stepping.step()

    def hear(self, *actions: int) -> None:
        self.tracks[1].merge(self.tracks[1].last + 1, [act(action) for action in actions])

    def state_of(self, actions: list[int]) -> int:
        """Return the state that these actions of the other seat lead to."""
        game = ToyGame(0)
        for frame, action in enumerate(actions):
            game.step(frame, [act(frame % 7), act(action)])
        return game.state


def test_known_words_are_used_and_unknown_ones_are_guessed_from_the_newest() -> None:
    bench = Bench()
    bench.hear(3)
    bench.steps(3)
    assert [bench.timeline.used(frame) for frame in range(3)] == [(act(0), act(3)), (act(1), act(3)), (act(2), act(3))]
    assert [bench.timeline.predicted(frame) for frame in range(3)] == [(), (1,), (1,)]


def test_before_anything_is_known_the_default_word_is_what_is_repeated() -> None:
    bench = Bench()
    bench.steps(1)
    assert bench.timeline.used(0)[1] == repeat_last(WORDS.default, WORDS.default)


def test_each_seat_has_its_own_predictor() -> None:
    bench = Bench()
    bench.stepping = Stepping(bench.timeline, bench.tracks, [repeat_last, default], [1])
    bench.hear(3)
    bench.steps(2)
    assert bench.timeline.used(1)[1][0] == WORDS.default[0]


def test_a_right_guess_is_no_mismatch() -> None:
    bench = Bench()
    bench.hear(3)
    bench.steps(4)
    bench.hear(3, 3)
    assert bench.stepping.first_mismatch(1, 4) is None


def test_the_first_wrong_guess_is_found_and_only_between_the_bounds() -> None:
    bench = Bench()
    bench.steps(5)
    bench.hear(0, 4, 0, 5)
    bench.timeline._used[0] = (act(0), act(0))
    assert bench.stepping.first_mismatch(0, 5) == 1
    assert bench.stepping.first_mismatch(2, 5) == 3
    assert bench.stepping.first_mismatch(0, 1) is None


def test_our_own_words_are_never_wrong() -> None:
    bench = Bench()
    bench.hear(0, 0)
    bench.steps(1)
    bench.timeline._used[0] = (act(5), act(0))
    assert bench.stepping.first_mismatch(0, 1) is None


def test_going_back_steps_to_where_we_were_with_what_is_known_now() -> None:
    bench = Bench()
    bench.steps(5)
    bench.hear(0, 4)
    assert bench.stepping.again(1, 5) == 4
    assert bench.timeline.frame == 5
    assert bench.game.state == bench.state_of([0, 4, 4, 4, 4])
    assert [bench.timeline.depth(frame) for frame in range(5)] == [0, 4, 4, 4, 4]
    assert bench.timeline.predicted(1) == (1,), "that it was a guess once stays on the record"
    assert bench.timeline.first_open == 2


def test_frames_stepped_again_only_to_reach_the_target_were_not_wrong() -> None:
    bench = Bench()
    bench.timeline._spacing = 4
    bench.hear(0)
    bench.steps(7)
    bench.hear(0, 0, 0, 0, 0)
    bench.timeline._snapshots.pop(5, None)
    assert bench.stepping.again(6, 7) == 1
    assert [bench.timeline.depth(frame) for frame in range(7)] == [0] * 6 + [1]


def test_an_episode_that_turns_out_to_end_earlier_ends_there() -> None:
    for seen in range(200):
        bench = Bench(over_at=2)
        bench.hear(seen % 7, seen // 7 % 7, seen // 49 % 7)
        while not (bench.timeline.frame and bench.timeline.ends(bench.timeline.frame - 1)) and bench.timeline.frame < 6:
            bench.steps(1)
        end = bench.timeline.frame
        if 3 <= end < 6:
            break
    late = Bench(over_at=None)
    late.steps(6)
    late.game._over_at = 2
    late.hear(seen % 7, seen // 7 % 7, seen // 49 % 7)
    late.stepping.again(0, 6)
    assert late.timeline.frame == end and late.timeline.ends(end - 1)
    assert sorted(late.timeline._outcomes) == list(range(end)), "what came after it never was"


@given(st.lists(st.integers(0, 2), min_size=8, max_size=8), st.lists(st.integers(0, 2), max_size=8), st.integers(0, 8))
def test_the_first_mismatch_is_what_a_naive_comparison_says(told: list[int], more: list[int], first: int) -> None:
    bench = Bench()
    bench.hear(*told[:3])
    bench.steps(8)
    used = [bench.timeline.used(frame)[1] for frame in range(8)]
    bench.hear(*more)
    known = [*told[:3], *more]
    wrong = [frame for frame in range(first, 8) if frame < len(known) and used[frame] != act(known[frame])]
    assert bench.stepping.first_mismatch(first, 8) == (wrong[0] if wrong else None)
    target = bench.stepping.first_mismatch(0, 8)
    if target is not None:
        bench.stepping.again(target, 8)
        row = json.loads(bench.timeline.outcome(7).row + "]")
        everything = [*known[:8], *[known[-1]] * (8 - len(known))]
        assert row[2] == bench.state_of(everything) == bench.game.state
