from __future__ import annotations

import json
import sys
import types
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.actions import codec_for
from app.engine.browser import BrowserMatch
from app.engine.devices import Devices

KEYS = {"ArrowUp": 0, "ArrowDown": 1, "KeyW": 4}
DRIVING = spaces.Box(np.array([-1.0, 0.0, 0.0]), np.array([1.0, 1.0, 1.0]), dtype=np.float64)
DRIVING_KEYS = {
    "ArrowLeft": {"component": 0, "value": -1.0},
    "ArrowRight": {"component": 0, "value": 1.0},
    "ArrowUp": {"component": 1, "value": 1.0},
    "Space": [{"component": 1, "value": 0.0}, {"component": 2, "value": 0.8}],
    "KeyR": [0.0, 0.0, 1.0],
}
MOUSE = {"x": 0, "y": None, "y_high_at": "top", "buttons": {"left": {"component": 1, "value": 1}}}
GAMEPAD = {"axes": {"left_x": 0, "right_trigger": 1}, "dead_zone": 0.0, "buttons": {"a": {"component": 2, "value": 1}}}


def cooking(input_mode: str = "pressed_keys") -> Devices:
    return Devices(codec_for(spaces.Discrete(7), 6), KEYS, input_mode)


def driving(**more: Any) -> Devices:
    return Devices(codec_for(DRIVING, [0.0, 0.1, 0.0]), DRIVING_KEYS, "pressed_keys", **more)


def test_of_whole_actions_the_newest_held_key_acts() -> None:
    devices = cooking()
    assert devices.sample() == (6, None)
    devices.press(["ArrowUp"], 10.0)
    assert devices.sample() == (0, 10.0)
    devices.press(["ArrowUp", "KeyW"], 20.0)
    assert devices.sample() == (4, 20.0)
    devices.press(["ArrowUp"], 30.0)
    assert devices.sample() == (0, 30.0)
    assert devices.sample() == (0, None)


def test_a_tap_and_a_single_stroke_act_for_one_frame() -> None:
    devices = cooking()
    devices.press(["KeyW"], 1.0)
    devices.press([], 2.0)
    assert [devices.sample()[0] for _ in range(2)] == [4, 6]
    strokes = cooking("single_keystroke")
    strokes.press(["KeyW"], 1.0)
    strokes.press(["KeyW", "ArrowDown"], 2.0)
    assert [strokes.sample() for _ in range(3)] == [(4, 1.0), (1, 2.0), (6, None)]


def test_held_keys_act_together_and_what_nobody_presses_stays_at_the_default() -> None:
    devices = driving()
    devices.press(["ArrowLeft"], 1.0)
    assert devices.sample()[0] == [-1.0, 0.1, 0.0]
    devices.press(["ArrowLeft", "ArrowUp"], 2.0)
    assert devices.sample()[0] == [-1.0, 1.0, 0.0]


def test_the_newest_held_key_wins_a_component_and_gives_it_back() -> None:
    devices = driving()
    devices.press(["ArrowLeft", "ArrowUp", "ArrowRight"], 1.0)
    assert devices.sample()[0] == [1.0, 1.0, 0.0]
    devices.press(["ArrowLeft", "ArrowUp", "ArrowRight", "Space"], 2.0)
    assert devices.sample()[0] == [1.0, 0.0, 0.8]
    devices.press(["ArrowLeft", "ArrowUp"], 3.0)
    assert devices.sample()[0] == [-1.0, 1.0, 0.0]
    devices.press(["ArrowLeft", "ArrowUp", "KeyR"], 4.0)
    assert devices.sample()[0] == [0.0, 0.0, 1.0]


def test_the_mouse_acts_at_its_last_position_and_keys_go_over_it() -> None:
    devices = driving(mouse=MOUSE)
    assert devices.sample() == ([0.0, 0.1, 0.0], None)
    devices.point(0.25, 0.5, 5.0)
    assert devices.sample() == ([-0.5, 0.1, 0.0], 5.0)
    assert devices.sample() == ([-0.5, 0.1, 0.0], None)
    devices.buttons(["left"], 6.0)
    assert devices.sample() == ([-0.5, 1.0, 0.0], 6.0)
    devices.press(["ArrowRight"], 7.0)
    assert devices.sample() == ([1.0, 1.0, 0.0], 7.0)


def test_a_gamepad_goes_over_the_mouse_and_buttons_go_over_its_sticks() -> None:
    devices = driving(mouse=MOUSE, gamepad=GAMEPAD)
    devices.point(0.0, 0.0, 1.0)
    devices.pad([0.5, 0, 0, 0, 0, 1.0], [0], 2.0)
    assert devices.sample() == ([0.5, 1.0, 1.0], 2.0)
    devices.pad([0.5, 0, 0, 0, 0, 1.0], [1, 99], 3.0)
    devices.press(["ArrowLeft"], 4.0)
    assert devices.sample() == ([-1.0, 1.0, 0.0], 4.0)
    devices.press([], 5.0)
    devices.pad([], [], 6.0)
    assert devices.sample()[0] == [-1.0, 0.1, 0.0]


def test_without_the_focus_the_default_action_is_sampled() -> None:
    devices = driving(mouse=MOUSE, gamepad=GAMEPAD)
    devices.point(1.0, 0.0, 1.0)
    devices.pad([0.5], [0], 1.0)
    devices.press(["ArrowUp"], 1.0)
    devices.focused = False
    devices.release_all(2.0)
    assert devices.sample() == ([0.0, 0.1, 0.0], 2.0)
    devices.point(0.5, 0.0, 3.0)
    assert devices.sample() == ([0.0, 0.1, 0.0], None)
    devices.focused = True
    assert devices.sample() == ([0.5, 0.1, 0.0], None)  # the stick stands where it was; keys need a new press


def test_what_was_done_before_an_episode_is_no_latency_but_what_is_held_acts() -> None:
    devices = driving(mouse=MOUSE, gamepad=GAMEPAD)
    devices.press(["ArrowUp"], 1.0)
    devices.point(1.0, 0.0, 1.0)
    devices.pad([0.0], [], 1.0)
    devices.settle()
    assert devices.sample() == ([1.0, 1.0, 0.0], None)


EVENTS = st.one_of(
    st.tuples(st.just("press"), st.lists(st.sampled_from([*DRIVING_KEYS, "Tab"]), unique=True)),
    st.tuples(st.just("point"), st.lists(st.floats(-1, 2), min_size=2, max_size=2)),
    st.tuples(st.just("buttons"), st.lists(st.sampled_from(["left", "right"]), unique=True)),
    st.tuples(st.just("pad"), st.lists(st.floats(-1.5, 1.5), max_size=6)),
    st.tuples(st.just("focus"), st.booleans()),
)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=20), st.sampled_from(["pressed_keys", "single_keystroke"]))
def test_whatever_a_person_does_is_an_action_of_the_space(events: list[tuple[str, Any]], input_mode: str) -> None:
    codec = codec_for(DRIVING)
    devices = Devices(codec, DRIVING_KEYS, input_mode, MOUSE, GAMEPAD)
    for at, (name, value) in enumerate(events):
        if name == "focus":
            devices.focused = value
        elif name == "point":
            devices.point(value[0], value[1], float(at))
        elif name == "pad":
            devices.pad(value, [0, 15], float(at))
        else:
            getattr(devices, name)(value, float(at))
        action, changed_at = devices.sample()
        assert codec.accepts(codec.encode(action)) and changed_at in (None, float(at), *map(float, range(at)))


class Driven:
    """A Gymnasium environment for one person."""

    action_space = DRIVING

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        return 0, float(action[0]), False, False, {}


def test_what_the_page_tells_of_the_devices_is_what_the_record_says_was_played(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("driven")
    module.make_env = Driven  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "driven", module)
    setup = {
        "factory": "driven:make_env", "seats": ["0"], "fps": 30, "max_steps": 5, "default_action": [0.0, 0.1, 0.0],
        "keys": DRIVING_KEYS, "mouse": MOUSE, "gamepad": GAMEPAD,
    }  # fmt: skip
    page = BrowserMatch(lambda: 0.0)
    match = {"match_id": "m1", "match_tag": 9, "seat": 0, "episode_seeds": [11], "setup": setup}
    page.start(json.dumps(match), 0.0)
    page.begin(0)
    page.tick(0.0)
    page.pointer(json.dumps({"x": 0.25, "y": 0.5, "buttons": ["left"]}), 10.0)
    page.tick(33.0)
    page.pad(json.dumps({"axes": [0.5, 0, 0, 0, 0, 0], "buttons": [0]}), 40.0)
    page.tick(66.0)
    page.keys(json.dumps(["ArrowLeft"]), 70.0)
    page.tick(99.0)
    page.focus(False, 100.0)
    page.tick(132.0)
    page.finish()
    (chunk,) = page.take_chunks()
    data = json.loads(chunk["data"])
    played = [row[data["columns"].index("action.0")] for row in data["rows"]]
    assert [[round(number, 4) for number in action] for action in played] == [
        [0.0, 0.1, 0.0], [-0.5, 1.0, 0.0], [0.5, 1.0, 1.0], [-1.0, 1.0, 1.0], [0.0, 0.1, 0.0],
    ]  # fmt: skip
    assert [row[data["columns"].index("is_focused.0")] for row in data["rows"]] == [True] * 4 + [False]
