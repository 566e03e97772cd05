"""The sync test itself: what it does to a simulation, and that each of its parts bites."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.engine.findings import Finding
from app.engine.fresh_case import export_case, run_case
from app.engine.script_run import Begin
from app.engine.simulation import Outcome
from app.engine.snapshot import state_hash
from app.engine.sync_test import SyncTest

COLUMNS = ["frame", "total", "state_hash"]
outside = [0]


class Toy:
    """A game in a few lines; what tests break is in its methods."""

    def __init__(self, episode: int) -> None:
        self.state: dict[str, Any] = {"total": episode + 1, "cook": {"held": 0}}
        self.log: list[tuple[str, int]] = []

    def step(self, frame: int, words: Any) -> Outcome:
        self.log.append(("step", frame))
        self.change(words)
        return Outcome(f"[{frame},{self.state['total']}", over=self.over(frame))

    def change(self, words: Any) -> None:
        self.state["total"] = (self.state["total"] * 31 + sum(word[0] for word in words)) % 9973
        self.state["cook"]["held"] += words[0][0]

    def over(self, frame: int) -> bool:
        return False

    def save(self) -> Any:
        self.log.append(("save", 0))
        return {"total": self.state["total"], "cook": dict(self.state["cook"])}

    def load(self, saved: Any) -> None:
        self.log.append(("load", 0))
        self.state = {"total": saved["total"], "cook": dict(saved["cook"])}

    def hash(self, saved: Any) -> int:
        return state_hash(saved)


SCRIPT = [
    tuple(bytes((int(number), 1)) for number in pair) for pair in np.random.default_rng(0).integers(0, 7, (80, 2))
]


def sync_test(make: Callable[[], Begin], frames: int = 30, distance: int = 8, **more: Any) -> SyncTest:
    return SyncTest(
        make, SCRIPT, frames=frames, distance=distance, rng=np.random.default_rng(3), columns=COLUMNS, **more
    )  # fmt: skip


def found(toy: Callable[[int], Any], **more: Any) -> Finding:
    findings = sync_test(lambda: toy, **more).run()
    assert len(findings) == 1, findings
    return findings[0]


def test_a_deterministic_game_passes_to_the_end_of_the_script() -> None:
    test = sync_test(lambda: Toy)
    assert test.run() == []
    assert [(played.episode, played.frame) for played in test.steps[28:32]] == [(0, 28), (0, 29), (1, 0), (1, 1)]
    assert len(test.steps) == len(test.hashes) == test.rolled_back_frames == 80


def test_every_frame_is_rolled_back_and_every_distance_up_to_the_deepest_occurs() -> None:
    made: list[Toy] = []
    test = sync_test(lambda: lambda episode: made.append(Toy(episode)) or made[-1], frames=200)  # type: ignore[func-returns-value]
    assert test.run() == []
    log = made[-1].log
    loads = [at for at, (what, _) in enumerate(log) if what == "load"]
    stepped_again = [len(list(itertools.takewhile(lambda entry: entry[0] == "step", log[at + 1 :]))) for at in loads]
    assert set(stepped_again) == set(range(9))
    assert len(loads) == 2 * 80


def test_the_first_step_of_an_episode_is_rolled_back_too() -> None:
    class LateBeginning(Toy):
        started = False

        def change(self, words: Any) -> None:
            if not self.started:
                self.started = True
                self.state["total"] += 1
            super().change(words)

    assert found(LateBeginning).kind == "rollback"


def test_what_a_module_counts_is_seen_when_the_game_is_played_again() -> None:
    class Counting(Toy):
        def change(self, words: Any) -> None:
            super().change(words)
            outside[0] += 1
            self.state["cook"]["held"] += outside[0]

    told = found(Counting)
    assert (told.kind, told.path) == ("repeat", "cook.held")


def test_what_is_left_out_of_a_saved_state_is_seen_when_it_is_gone_back_to() -> None:
    class Forgetful(Toy):
        pace = 0

        def change(self, words: Any) -> None:
            self.pace = (self.pace + words[0][0]) % 5
            super().change(words)
            self.state["total"] += self.pace

    told = found(Forgetful)
    assert (told.kind, told.path) == ("rollback", "total")
    assert "first seen in column total" in told.sentence()


def test_a_part_that_is_not_put_back_is_named() -> None:
    class HalfRestored(Toy):
        def load(self, saved: Any) -> None:
            self.state = {"total": saved["total"], "cook": self.state["cook"]}

    told = found(HalfRestored)
    assert (told.kind, told.path) == ("reload", "cook.held")


def test_a_saved_state_that_goes_on_changing_is_seen() -> None:
    class Live(Toy):
        def save(self) -> Any:
            return self.state

    told = found(Live)
    assert (told.kind, told.path) == ("alias", "total")


def test_a_saved_state_that_is_handed_out_when_it_is_gone_back_to_is_seen() -> None:
    class HandsOut(Toy):
        def load(self, saved: Any) -> None:
            self.state = saved

    assert found(HandsOut).kind in ("alias", "reload")


def test_saving_that_changes_the_game_is_seen() -> None:
    class Touchy(Toy):
        def save(self) -> Any:
            saved = super().save()
            self.state["total"] += 1
            return saved

    assert found(Touchy, frames=200).kind == "save"


def test_an_episode_that_depends_on_the_one_before_it_is_seen() -> None:
    class Place:
        def __init__(self) -> None:
            self.soups = 0

        def begin(self, episode: int) -> Toy:
            toy = Toy(episode)
            toy.state["soups"] = self.soups
            place = self

            class Kept(Toy):
                def change(self, words: Any) -> None:
                    super().change(words)
                    place.soups += 1

                def save(self) -> Any:
                    return {**super().save(), "soups": self.state["soups"]}

                def load(self, saved: Any) -> None:
                    super().load(saved)
                    self.state["soups"] = saved["soups"]

            kept = Kept(episode)
            kept.state["soups"] = self.soups
            return kept

    findings = sync_test(lambda: Place().begin, frames=200).run()
    assert [(each.kind, each.path) for each in findings] == [("reset", "soups")]


def test_a_step_that_fails_is_told_with_its_error() -> None:
    class Fails(Toy):
        def step(self, frame: int, words: Any) -> Outcome:
            return Outcome("", over=True, error="KeyError: 'pot'") if frame == 7 else super().step(frame, words)

    told = found(Fails)
    assert (told.kind, told.frame, told.detail) == ("error", 7, "KeyError: 'pot'")


def test_what_cannot_be_saved_later_on_is_told_too() -> None:
    class Walks(Toy):
        def change(self, words: Any) -> None:
            super().change(words)
            self.state["cook"]["walk"] = (step for step in range(3))

        def save(self) -> Any:
            return {**super().save(), "walk": self.state["cook"].get("walk")}

    assert found(Walks).kind == "unreadable"


def test_an_end_in_the_frames_of_a_wrong_prediction_does_no_harm() -> None:
    class Ends(Toy):
        def over(self, frame: int) -> bool:
            return self.state["total"] % 23 == 0

        def step(self, frame: int, words: Any) -> Outcome:
            assert self.log[-1:] != [("over", 0)], "stepped after its end"
            outcome = super().step(frame, words)
            if outcome.over:
                self.log.append(("over", 0))
            return outcome

    test = sync_test(lambda: Ends, frames=200)
    assert test.run() == []
    assert test.steps[-1].episode > 0


def test_it_ends_early_when_its_time_is_over_with_what_it_knows() -> None:
    asked = itertools.count()
    test = sync_test(lambda: Toy, go_on=lambda: next(asked) < 50)
    assert test.run() == []
    assert len(test.steps) == 50 and test.hashes == [] and test.rolled_back_frames == 0


def test_a_finding_is_one_sentence_with_place_cause_and_remedy() -> None:
    class Live(Toy):
        def save(self) -> Any:
            return self.state

    sentence = found(Live).sentence()
    assert sentence.startswith("total at frame ") and sentence.endswith(".")
    assert "changes when the game goes on" in sentence and "let get_state() return copies" in sentence


# -- into another process, here played in the same one --------------------------------------------------------------


class Shared(Toy):
    """Gives out numbers in its module: `outside` stands for what another process has otherwise."""

    def change(self, words: Any) -> None:
        super().change(words)
        self.state["cook"]["held"] += outside[0]


@pytest.fixture
def another_process() -> Callable[[int], None]:
    outside[0] = 0
    return lambda value: outside.__setitem__(0, value)


def test_a_case_is_the_same_where_nothing_else_is_different(another_process: Callable[[int], None]) -> None:
    assert run_case(export_case(lambda: Shared, SCRIPT, COLUMNS), lambda: Shared) == []


def test_a_case_names_the_part_of_the_state_that_is_different_elsewhere(
    another_process: Callable[[int], None],
) -> None:
    case = export_case(lambda: Shared, SCRIPT, COLUMNS)
    another_process(5)
    [told] = run_case(case, lambda: Shared)
    assert (told.kind, told.frame, told.path) == ("fresh", 40, "cook.held")


def test_a_case_whose_state_cannot_be_sent_is_played_from_its_start(another_process: Callable[[int], None]) -> None:
    class Closed(Shared):
        def save(self) -> Any:
            return {**super().save(), "grow": lambda: 3}

    case = export_case(lambda: Closed, SCRIPT, COLUMNS)
    assert run_case(case, lambda: Closed) == []
    another_process(5)
    [told] = run_case(case, lambda: Closed)
    assert (told.kind, told.frame) == ("start", 0)
