"""The example's kitchen: it can be played by people, it is the same at every peer, and its picture tells what is so."""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.drawing import Surface

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"
UP, DOWN, LEFT, RIGHT, PICK_UP_OR_DROP, USE, NOOP = range(7)
STEPS = {UP: (-1, 0), DOWN: (1, 0), LEFT: (0, -1), RIGHT: (0, 1)}
ROOMS = ("cramped_room", "asymmetric_advantages", "coordination_ring", "forced_coordination", "counter_circuit")


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The example's module, imported as the worker imports it: with its folder on the path."""
    mine = ("environment", "pacing", "picture", "room", "cooks", "sprites")
    sys.path.insert(0, str(FOLDER))
    before = {name: sys.modules.pop(name) for name in mine if name in sys.modules}
    yield importlib.import_module("environment")
    sys.path.remove(str(FOLDER))
    for name in mine:
        sys.modules.pop(name, None)
    sys.modules.update(before)


class Play:
    """One cook played by script, with the keys a person would press; the other one stands still."""

    def __init__(self, env: Any, cook: int) -> None:
        self.env = env
        self.cook = cook
        self.frames = 0
        self.rewards = 0.0

    def frame(self, action: int) -> None:
        _, rewards, _, _, _ = self.env.step({self.cook: action, 1 - self.cook: NOOP})
        self.rewards += rewards[self.cook]
        self.frames += 1

    def press(self, action: int, frames: int = 3) -> None:
        """Hold a key for a tenth of a second, then let go for a moment."""
        for _ in range(frames):
            self.frame(action)
        for _ in range(4):
            self.frame(NOOP)

    def go_and_face(self, name: str) -> None:
        """Walk to the nearest thing of that name and turn to it."""
        for action in self._way(name):
            self.press(action)
        facing = self.env._facing(self.cook)
        assert self.env._picture.names[facing] == name

    @property
    def holds(self) -> str | None:
        kind = int(self.env._kitchen._env_state.agent_inv[self.cook, 0])
        return None if kind == -1 else self.env._picture.names[kind]

    def _way(self, name: str) -> list[int]:
        state = self.env._kitchen._env_state
        names, kinds = self.env._picture.names, state.object_type_map
        other = tuple(state.agent_pos[1 - self.cook].tolist())
        start = tuple(state.agent_pos[self.cook].tolist())
        ways: deque[tuple[tuple[int, int], list[int]]] = deque([(start, [])])
        seen = {start}
        while ways:
            (row, column), way = ways.popleft()
            for action, (down, right) in STEPS.items():
                cell = (row + down, column + right)
                if not (0 <= cell[0] < state.height and 0 <= cell[1] < state.width):
                    continue
                if names[int(kinds[cell])] == name:
                    return [*way, action]
                if int(kinds[cell]) == 0 and cell != other and cell not in seen:
                    seen.add(cell)
                    ways.append((cell, [*way, action]))
        raise AssertionError(f"cook {self.cook} cannot reach any {name}")


def put_onion_in_pot(play: Play) -> None:
    play.go_and_face("onion_stack")
    play.press(PICK_UP_OR_DROP)
    assert play.holds == "onion"
    play.go_and_face("pot")
    play.press(PICK_UP_OR_DROP)
    assert play.holds is None


def deliver_a_soup(play: Play, cook_frames: int, key: int = PICK_UP_OR_DROP) -> None:
    for _ in range(3):
        put_onion_in_pot(play)
    play.go_and_face("plate_stack")
    play.press(key)
    assert play.holds == "plate"
    play.go_and_face("pot")
    for _ in range(cook_frames):
        play.frame(NOOP)
    play.press(key)
    assert play.holds == "onion_soup"
    play.go_and_face("delivery_zone")
    play.press(key)
    assert play.holds is None


def shuffled_actions(seed: int, frames: int) -> list[dict[int, int]]:
    """Random keys, each held for a while as people do."""
    chance, actions, held = random.Random(seed), [], {0: NOOP, 1: NOOP}
    for frame in range(frames):
        if frame % 4 == 0:
            held = {0: chance.randrange(7), 1: chance.randrange(7)}
        actions.append(dict(held))
    return actions


def test_one_cook_with_the_keys_of_a_person_delivers_a_soup_within_half_an_episode(example: Any) -> None:
    env = example.make_env()
    _, infos = env.reset(seed=1)
    assert infos == {0: {"delivered": 0}, 1: {"delivered": 0}}
    play = Play(env, 0)
    deliver_a_soup(play, cook_frames=150)
    assert play.rewards == 3 * 3 + 5 + 20
    assert play.frames < 450 + 150
    assert env.step({0: NOOP, 1: NOOP})[4] == {0: {"delivered": 1}, 1: {"delivered": 0}}


def test_the_use_key_works_at_crates_pots_and_the_window_and_nowhere_else(example: Any) -> None:
    env = example.make_env(cook_frames=20)
    env.reset(seed=1)
    play = Play(env, 1)
    deliver_a_soup(play, cook_frames=20, key=USE)
    assert env.step({})[4][1]["delivered"] == 1
    play.go_and_face("onion_stack")
    play.press(USE)
    play.go_and_face("counter")
    play.press(USE)
    assert play.holds == "onion"
    play.press(PICK_UP_OR_DROP)
    assert play.holds is None


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_resets_steps_and_draws_inside_its_picture(example: Any, room: str) -> None:
    env = example.make_env(layout=room)
    env.reset(seed=4)
    for actions in shuffled_actions(5, 60):
        env.step(actions)
    drawn = env.render()
    assert isinstance(drawn, Surface)
    for item in drawn.to_list()["items"]:
        if item[0] in ("rect", "circle", "ellipse", "text"):
            assert 0 <= item[1] <= 640 and -1 <= item[2] <= 480, item


def test_rewards_do_not_depend_on_the_observed_features_and_equal_those_of_cogrid(example: Any) -> None:
    lean, full = example.make_env(cook_frames=20), example.make_env(cook_frames=20, features="full")
    raw = example.make_env(cook_frames=20, features="full")._kitchen
    sizes = [kitchen.reset(seed=1)[0][0].size for kitchen in (lean, full, raw)]
    assert sizes == [8, 892, 892]
    asked: list[dict[int, int]] = []
    hand_on = lean._kitchen.step
    lean._kitchen.step = lambda actions: asked.append(actions) or hand_on(actions)
    play = Play(lean, 0)
    rewards: list[float] = []
    given: list[dict[int, int]] = []
    step = lean.step

    def noted(actions: dict[int, int]) -> Any:
        given.append(actions)
        result = step(actions)
        rewards.append(result[1][0])
        return result

    lean.step = noted
    deliver_a_soup(play, cook_frames=20)
    assert sorted(set(rewards)) == [0, 3, 5, 20]
    assert [full.step(actions)[1][0] for actions in given] == rewards
    assert [raw.step(actions)[1][0] for actions in asked] == rewards


def test_cogrids_own_cooking_time_stays_as_it_is_for_other_kitchens(example: Any) -> None:
    assert example.make_env(cook_frames=77)._kitchen._scope_config["static_tables"]["pot_cooking_time"] == 77
    assert example.make_env(cook_frames=33)._kitchen._scope_config["static_tables"]["pot_cooking_time"] == 33
    from cogrid.envs.overcooked.overcooked_grid_objects import Pot

    assert Pot.recipes[0].cook_time == 30


def test_the_same_seed_gives_the_same_episode_and_another_seed_another_one(example: Any) -> None:
    def states(seed: int | None) -> list[str]:
        env = example.make_env()
        env.reset(seed=seed)
        seen = [json.dumps(env.get_state())]
        for actions in shuffled_actions(2, 120):
            env.step(actions)
            seen.append(json.dumps(env.get_state()))
        return seen

    assert states(3) == states(3)
    assert states(3)[0] != states(5)[0]
    assert states(None) == states(0)


def test_a_state_taken_mid_game_replays_to_the_same_states_rewards_and_pictures(example: Any) -> None:
    env = example.make_env(cook_frames=30)
    env.reset(seed=1)
    play = Play(env, 0)
    deliver_a_soup(play, cook_frames=30)
    put_onion_in_pot(play)
    before = shuffled_actions(11, 47)
    for actions in before:
        env.step(actions)
    saved = env.get_state()
    kept = json.dumps(saved)
    after = shuffled_actions(12, 200)

    def run(kitchen: Any) -> list[Any]:
        seen = []
        for actions in after:
            _, rewards, _, _, infos = kitchen.step(actions)
            seen.append((json.dumps(kitchen.get_state()), rewards, infos, kitchen.render().to_json()))
        return seen

    first = run(env)
    assert json.dumps(saved) == kept, "a later step has changed a saved state"
    env.set_state(saved)
    assert run(env) == first
    elsewhere = example.make_env(cook_frames=30)
    elsewhere.reset(seed=99)
    elsewhere.set_state(json.loads(kept))
    assert elsewhere.render().to_json() != first[-1][3]
    assert run(elsewhere) == first


@pytest.mark.parametrize("layout", range(5))
def test_a_state_leaves_out_nothing_that_changes(example: Any, layout: int) -> None:
    env, elsewhere = (example.make_env(example.LAYOUTS[layout], cook_frames=20) for _ in range(2))
    env.reset(seed=1)
    elsewhere.reset(seed=99)
    if layout == 0:  # where both can reach everything: something cooks
        play = Play(env, 0)
        for _ in range(3):
            put_onion_in_pot(play)
    for number, actions in enumerate(shuffled_actions(4, 300)):
        env.step(actions)
        if number % 10 == 0:
            elsewhere.set_state(env.get_state())
            assert elsewhere._kitchen.get_state() == env._kitchen.get_state()


def test_a_state_is_plain_json(example: Any) -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(type(key) is str and plain(part) for key, part in value.items())
        return all(plain(part) for part in value) if type(value) is list else type(value) in (
            int, float, str, bool, type(None)
        )  # fmt: skip

    env = example.make_env()
    env.reset(seed=2)
    for actions in shuffled_actions(3, 40):
        env.step(actions)
    assert plain(env.get_state())
    assert json.loads(json.dumps(env.get_state())) == env.get_state()


def test_a_held_arrow_walks_one_tile_in_five_frames_and_glides_evenly(example: Any) -> None:
    env = example.make_env()
    env.reset(seed=1)
    play = Play(env, 0)
    for _ in range(12):
        play.frame(LEFT)
    rows, spots = [], []
    for _ in range(20):
        play.frame(RIGHT)
        rows.append(int(env._kitchen._env_state.agent_pos[0, 1]))
        spots.append(_standing_at(env, 0))
    assert rows[:10] == [2] * 5 + [3] * 5
    paces = np.diff(spots[:10])
    assert np.allclose(paces, env._picture._room.tile / 5, atol=0.11)


def test_a_held_action_key_acts_once_until_it_is_released(example: Any) -> None:
    env = example.make_env()
    env.reset(seed=1)
    play = Play(env, 0)
    play.go_and_face("onion_stack")
    held = []
    for _ in range(30):
        play.frame(PICK_UP_OR_DROP)
        held.append(play.holds)
    assert held == ["onion"] * 30


def test_a_turn_and_an_action_pressed_during_a_step_are_carried_out_in_order(example: Any) -> None:
    env = example.make_env()
    env.reset(seed=1)
    play = Play(env, 0)
    play.go_and_face("onion_stack")
    play.press(PICK_UP_OR_DROP)
    kitchen = env._kitchen
    start = kitchen._env_state.agent_pos[0].tolist()
    towards = RIGHT if start[1] == 1 else LEFT
    for action in (towards, UP, UP, PICK_UP_OR_DROP, NOOP):
        play.frame(action)
    assert int(kitchen._env_state.agent_dir[0]) == 3
    assert play.holds is None


def test_a_pot_is_drawn_with_its_onions_then_its_progress_then_as_ready(example: Any) -> None:
    env = example.make_env(cook_frames=60)
    env.reset(seed=1)
    play = Play(env, 0)
    ready = example.KitchenPicture.__module__ and importlib.import_module("sprites").READY

    def arcs() -> list[list[Any]]:
        return [item for item in env.render().to_list()["items"] if item[0] == "arc" and item[7] > 6]

    put_onion_in_pot(play)
    assert arcs() == []
    put_onion_in_pot(play)
    put_onion_in_pot(play)
    progress = arcs()[-1]
    assert 0 < progress[5] - progress[4] < 180
    for _ in range(60):
        play.frame(NOOP)
    assert [item[6] for item in arcs()] == [ready]


def test_the_score_and_what_a_cook_carries_are_drawn(example: Any) -> None:
    env = example.make_env(cook_frames=20)
    env.reset(seed=1)
    assert _texts(env) == ["× 0", "0 points"]
    deliver_a_soup(Play(env, 0), cook_frames=20)
    assert _texts(env)[:2] == ["× 1", "34 points"]
    assert "+20" in _texts(env)
    marked, plain = env.render(viewer=1), env.render()
    assert len(marked) == len(plain) + 1


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"layout": "castle"}, "environment.config.layout = 'castle'; use one of cramped_room"),
        ({"frames_per_move": 0}, "environment.config.frames_per_move = 0; use a whole number of frames, 1 or more"),
        ({"cook_frames": 1.5}, "environment.config.cook_frames = 1.5"),
        ({"features": "everything"}, "environment.config.features = 'everything'"),
    ],
)
def test_a_setting_it_cannot_have_is_refused_by_name(example: Any, config: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        example.make_env(**config)


def _standing_at(env: Any, cook: int) -> float:
    """Return where a cook is drawn, pixels from the left: the middle of its shadow."""
    shadows = [item for item in env.render().to_list()["items"] if item[0] == "ellipse" and item[5] == "#00000038"]
    assert len(shadows) == 2
    rows = env._kitchen._env_state.agent_pos[:, 0].tolist()
    return shadows[0 if (rows[cook], cook) < (rows[1 - cook], 1 - cook) else 1][1]


def _texts(env: Any) -> list[str]:
    return [item[3] for item in env.render().to_list()["items"] if item[0] == "text"]
