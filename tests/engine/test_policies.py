"""AI players: the same actions in every browser, whatever was rolled back, and their mistakes named."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from app.engine.actions import FLAG_ABSENT, FLAG_BOT, FLAG_FOCUSED, codec_for
from app.engine.environment import MatchEnvironment
from app.engine.policies import people_of, seat_policies
from app.engine.simulation import EpisodeSimulation, canonical_columns

from . import players

NAME = "tests_players"
SEATS = ["a", "b", "c"]
BOT, STAND_IN, GONE = FLAG_BOT, FLAG_BOT | FLAG_ABSENT, FLAG_ABSENT


@pytest.fixture(autouse=True)
def module() -> Iterator[Any]:
    sys.modules[NAME] = players
    yield players
    del sys.modules[NAME]


def plan(name: str, frame_skip: int = 1, **config: Any) -> dict[str, Any]:
    return {"policy": f"{NAME}:{name}", "config": config, "frame_skip": frame_skip}


class Episode:
    """One peer's simulation of one episode: a person on seat a, others as planned."""

    def __init__(self, seed: int = 11, **plans: dict[str, Any]) -> None:
        self.environment = MatchEnvironment(players.Meadow(), SEATS)
        self.codecs = [codec_for(self.environment.action_space(seat), 0) for seat in range(3)]
        first = self.environment.reset(seed)
        policies = seat_policies(plans, SEATS, self.codecs, seed, self.environment.randomness)
        self.simulation = EpisodeSimulation(
            self.environment, self.codecs, episode=0, info=[], observations=False, max_steps=1000,
            first_observations=first, policies=policies,
        )  # fmt: skip
        self.frame = 0

    def words(self, actions: list[int], flags: list[int]) -> list[bytes]:
        return [codec.encode(*pair) for codec, *pair in zip(self.codecs, actions, flags, strict=True)]

    def step(self, actions: list[int], flags: list[int]) -> str:
        outcome = self.simulation.step(self.frame, self.words(actions, flags))
        assert outcome.error is None, outcome.error
        self.frame += 1
        return outcome.row

    def hash(self) -> int:
        return self.simulation.hash(self.simulation.save())


def column(row: str, name: str) -> Any:
    return json.loads(row + ',""]')[canonical_columns(SEATS, []).index(name)]


Script = Callable[[int], tuple[list[int], list[int]]]


def plays(actions_seed: int, second: Callable[[int], int], third: int = BOT) -> Script:
    """Return what a script says at a frame: actions and flags; `second` gives seat b's flags."""

    def at(frame: int) -> tuple[list[int], list[int]]:
        dice = random.Random(actions_seed * 1000 + frame)
        pressed = [dice.randrange(5) for _ in SEATS]
        flags = [FLAG_FOCUSED, second(frame), third]
        return [action if not flag & (BOT | GONE) else 0 for action, flag in zip(pressed, flags, strict=True)], flags

    return at


ALL = {"b": plan("Chaser", 3, bold=0.5), "c": plan("Careful")}
LEAVES = plays(1, lambda frame: FLAG_FOCUSED if frame < 20 else STAND_IN)
RETURNS = plays(2, lambda frame: STAND_IN if 10 <= frame < 33 else FLAG_FOCUSED)
ALWAYS = plays(3, lambda frame: BOT)


@pytest.mark.parametrize("script", [LEAVES, RETURNS, ALWAYS], ids=["leaves", "returns", "always"])
@pytest.mark.parametrize("plans", [ALL, {"b": plan("wander", 4, step=2), "c": plan("make_wanderer", 2, step=3)}])
def test_a_rollback_of_any_depth_leaves_no_trace(script: Script, plans: dict[str, Any]) -> None:
    straight, rolled = Episode(**plans), Episode(**plans)
    expected = [straight.step(*script(frame)) for frame in range(60)]
    dice = random.Random(4)
    frame = 0
    while frame < 60:
        saved = rolled.simulation.save()
        wrong = plays(9, lambda f: dice.choice([FLAG_FOCUSED, BOT, GONE]))
        depth = dice.randrange(0, 9)
        for ahead in range(depth):
            rolled.step(*wrong(frame + ahead))
        rolled.simulation.load(saved)
        rolled.frame = frame
        for _ in range(min(dice.randrange(1, 4), 60 - frame)):
            assert rolled.step(*script(frame)) == expected[frame]
            frame += 1
    assert rolled.hash() == straight.hash()


def test_saving_more_often_changes_nothing() -> None:
    seldom, often = Episode(**ALL), Episode(**ALL)
    for frame in range(40):
        often.simulation.save()
        assert seldom.step(*ALWAYS(frame)) == often.step(*ALWAYS(frame))
    assert seldom.hash() == often.hash()


def test_a_saved_state_stays_as_it_was() -> None:
    episode = Episode(**ALL)
    for frame in range(10):
        episode.step(*ALWAYS(frame))
    saved = episode.simulation.save()
    before = episode.simulation.hash(saved)
    for _ in range(2):
        episode.simulation.load(saved)
        episode.frame = 10
        for frame in range(10, 25):
            episode.step(*ALWAYS(frame))
        assert episode.simulation.hash(saved) == before != episode.hash()


def test_the_hash_tells_a_policys_memory_apart() -> None:
    one, two = Episode(**ALL), Episode(**ALL)
    assert one.hash() == two.hash()
    one.simulation._policies[1]._mind.player.path.append(5)  # noqa: SLF001
    assert one.hash() != two.hash()


def test_the_row_records_what_the_policy_did_and_who_it_was() -> None:
    episode = Episode(**ALL)
    rows = [episode.step([2, 0, 0], [FLAG_FOCUSED, BOT, BOT]) for _ in range(12)]
    assert {column(row, "action.a") for row in rows} == {2}
    assert len({column(row, "action.c") for row in rows}) > 1
    assert [column(rows[-1], f"status.{seat}") for seat in SEATS] == ["present", "bot", "bot"]
    assert [column(rows[-1], f"is_focused.{seat}") for seat in SEATS] == [True, False, False]
    gone = episode.step([2, 0, 0], [FLAG_FOCUSED, GONE, BOT])
    assert (column(gone, "status.b"), column(gone, "action.b")) == ("disconnected", 0)


def test_an_action_is_held_until_the_policy_is_asked_again(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Counting:
        def act(self, observation: Any, rng: np.random.Generator) -> int:
            asked.append(observation["total"])
            return len(asked) % 5

    monkeypatch.setattr(module, "Counting", Counting, raising=False)
    episode = Episode(b=plan("Counting", 3))
    rows = [episode.step([0, 0, 0], [FLAG_FOCUSED, BOT, FLAG_FOCUSED]) for _ in range(8)]
    assert [column(row, "action.b") for row in rows] == [1, 1, 1, 2, 2, 2, 3, 3]
    # A person comes back and leaves again: who takes over decides at once, and then on the common grid.
    episode.step([0, 4, 0], [FLAG_FOCUSED, FLAG_FOCUSED, FLAG_FOCUSED])
    episode.step([0, 4, 0], [FLAG_FOCUSED, FLAG_FOCUSED, FLAG_FOCUSED])
    rows = [episode.step([0, 0, 0], [FLAG_FOCUSED, STAND_IN, FLAG_FOCUSED]) for _ in range(4)]
    assert [column(row, "action.b") for row in rows] == [4, 4, 0, 0]


def test_the_policy_sees_what_the_seat_saw_after_the_frame_before(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(module, "look", lambda observation, rng: seen.append(observation["total"]) or 1, raising=False)
    episode = Episode(b=plan("look"))
    totals = []
    for _ in range(5):
        totals.append(episode.environment.env.total)
        episode.step([1, 0, 1], [FLAG_FOCUSED, BOT, FLAG_FOCUSED])
    assert seen == totals


def test_every_seat_has_dice_of_its_own_from_the_episodes_seed() -> None:
    def actions(seed: int) -> list[tuple[Any, Any]]:
        episode = Episode(seed, b=plan("wander"), c=plan("wander"))
        rows = [episode.step([0, 0, 0], [FLAG_FOCUSED, BOT, BOT]) for _ in range(30)]
        return [(column(row, "action.b"), column(row, "action.c")) for row in rows]

    assert actions(5) == actions(5) != actions(6)
    b, c = zip(*actions(5), strict=True)
    assert b != c


@pytest.mark.parametrize("flag", [BOT, GONE, STAND_IN])
def test_a_page_cannot_say_that_a_policy_plays_for_it_or_that_it_has_left(flag: int) -> None:
    codec = Episode().codecs[0]
    assert codec.accepts_from_peer(codec.encode(3, FLAG_FOCUSED)) and codec.accepts_from_peer(codec.default_word)
    assert not codec.accepts_from_peer(codec.encode(3, flag)) and not codec.accepts_from_peer(b"\x09\x01")


def test_who_has_left_without_a_policy_does_the_default_action() -> None:
    episode = Episode()
    row = episode.step([1, 0, 1], [FLAG_FOCUSED, GONE, FLAG_FOCUSED])
    assert (column(row, "action.b"), column(row, "status.b")) == (0, "disconnected")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda observation, rng: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda observation, rng: 17, "ValueError"),
        (lambda observation, rng: None, "ValueError"),
        (lambda observation, rng: observation["nothing"], "KeyError: 'nothing'"),
    ],
)
def test_a_policys_mistake_ends_the_frame_and_names_the_policy(
    module: Any, monkeypatch: pytest.MonkeyPatch, act: Any, says: str
) -> None:
    monkeypatch.setattr(module, "wrong", act, raising=False)
    episode = Episode(b=plan("wrong"))
    outcome = episode.simulation.step(0, episode.words([0, 0, 0], [FLAG_FOCUSED, BOT, FLAG_FOCUSED]))
    assert outcome.over and outcome.error is not None
    assert outcome.error.startswith(f'policy "{NAME}:wrong" of seat b: {says}')
    assert outcome.traceback and "/policies.py" not in outcome.traceback


def test_the_environments_own_mistake_names_no_policy() -> None:
    episode = Episode(b=plan("wander"))
    episode.environment.env.step = lambda actions: {}["pot"]
    outcome = episode.simulation.step(0, episode.words([0, 0, 0], [FLAG_FOCUSED, BOT, FLAG_FOCUSED]))
    assert outcome.error == "KeyError: 'pot'" and "test_policies.py" in (outcome.traceback or "")


@pytest.mark.parametrize(
    ("name", "says"),
    [("nobody", "has no class or function"), ("SEATS", "has no class or function"), ("make_wanderer", "missing 1 req")],
)
def test_a_policy_that_cannot_be_made_is_named(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=f'policy "{NAME}:{name}" of seat b cannot be made .*{says}'):
        Episode(b=plan(name))


def test_the_environment_is_told_who_plays_when_that_changes() -> None:
    episode = Episode(**ALL)
    flags = [[FLAG_FOCUSED, FLAG_FOCUSED, BOT]] * 3 + [[FLAG_FOCUSED, GONE, BOT]] * 2 + [[FLAG_FOCUSED, STAND_IN, BOT]]
    for flag in flags:
        episode.step([0, 0, 0], flag)
    assert episode.environment.env.told == [
        {"a": "present", "b": "present", "c": "bot"},
        {"a": "present", "b": "disconnected", "c": "bot"},
        {"a": "present", "b": "bot", "c": "bot"},
    ]


def test_nothing_is_carried_from_one_episode_to_the_next() -> None:
    one = Episode(5, **ALL)
    for frame in range(20):
        one.step(*ALWAYS(frame))
    policies = seat_policies(ALL, SEATS, one.codecs, 5, one.environment.randomness)
    assert policies[1]._mind.player.path == []  # noqa: SLF001


def test_people_are_those_whom_no_policy_replaces_from_the_start() -> None:
    stand_in = {**plan("wander"), "departure": True}
    assert people_of({"a": stand_in, "c": plan("wander")}, SEATS) == [0, 1]
