from __future__ import annotations

from app.engine.keyboard import Keyboard

KEYS = {"ArrowUp": 0, "ArrowDown": 1, "KeyW": 4}


def test_the_newest_held_key_acts_on_every_frame() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["ArrowUp"], 10.0)
    assert keyboard.sample() == (0, 10.0)
    keyboard.press(["ArrowUp", "KeyW"], 20.0)
    assert keyboard.sample() == (4, 20.0)
    assert keyboard.sample() == (4, None)
    keyboard.press(["ArrowUp"], 30.0)
    assert keyboard.sample() == (0, 30.0)


def test_a_tap_between_two_frames_acts_for_one_frame() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["KeyW"], 10.0)
    keyboard.press([], 12.0)
    assert keyboard.sample() == (4, 10.0)
    assert keyboard.sample() == (6, 12.0)
    assert keyboard.sample() == (6, None)


def test_a_tap_acts_for_one_frame_while_another_key_is_held() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["ArrowUp"], 10.0)
    keyboard.sample()
    keyboard.press(["ArrowUp", "KeyW"], 12.0)
    keyboard.press(["ArrowUp"], 14.0)
    assert keyboard.sample() == (4, 12.0)
    assert keyboard.sample() == (0, 14.0)


def test_single_strokes_act_once_each_in_their_order() -> None:
    keyboard = Keyboard(KEYS, "single_keystroke", 6)
    keyboard.press(["KeyW"], 1.0)
    keyboard.press(["KeyW", "ArrowDown"], 2.0)
    assert [keyboard.sample() for _ in range(3)] == [(4, 1.0), (1, 2.0), (6, None)]


def test_keys_that_mean_nothing_here_change_nothing() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["Tab"], 1.0)
    assert keyboard.sample() == (6, None)


def test_losing_the_focus_lets_go_of_every_key() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["ArrowUp"], 1.0)
    keyboard.release_all(2.0)
    assert keyboard.sample() == (6, 2.0)


def test_what_was_typed_before_an_episode_does_not_act_but_a_held_key_does() -> None:
    keyboard = Keyboard(KEYS, "pressed_keys", 6)
    keyboard.press(["KeyW"], 1.0)
    keyboard.press(["ArrowUp"], 2.0)
    keyboard.settle()
    assert keyboard.sample() == (0, None)
    strokes = Keyboard(KEYS, "single_keystroke", 6)
    strokes.press(["KeyW"], 1.0)
    strokes.settle()
    assert strokes.sample() == (6, None)
