from __future__ import annotations

from app.engine.controls import Parts
from app.engine.switches import MAX_QUEUED_STROKES, Switches

UP, DOWN, W, FIRE = {0: 1}, {0: -1}, {0: 4}, {1: 1}
PARTS: dict[str, dict[str, Parts]] = {
    "keyboard": {"ArrowUp": UP, "ArrowDown": DOWN, "KeyW": W},
    "mouse": {"left": FIRE},
}


def switches(input_mode: str = "pressed_keys") -> Switches:
    return Switches(PARTS, input_mode)


def test_what_is_held_acts_on_every_frame_the_newest_last() -> None:
    held = switches()
    held.press("keyboard", ["ArrowUp"], 10.0)
    assert held.take() == ([UP], 10.0)
    held.press("keyboard", ["ArrowUp", "KeyW"], 20.0)
    assert held.take() == ([UP, W], 20.0)
    assert held.take() == ([UP, W], None)
    held.press("keyboard", ["ArrowUp"], 30.0)
    assert held.take() == ([UP], 30.0)


def test_the_order_of_pressing_goes_across_the_devices() -> None:
    held = switches()
    held.press("keyboard", ["ArrowUp"], 1.0)
    held.press("mouse", ["left"], 2.0)
    held.press("keyboard", ["ArrowUp", "KeyW"], 3.0)
    assert held.take()[0] == [UP, FIRE, W]
    held.press("mouse", [], 4.0)
    assert held.take() == ([UP, W], 4.0)


def test_a_tap_between_two_frames_acts_for_one_frame() -> None:
    held = switches()
    held.press("keyboard", ["KeyW"], 10.0)
    held.press("keyboard", [], 12.0)
    assert held.take() == ([W], 10.0)
    assert held.take() == ([], 12.0)
    assert held.take() == ([], None)


def test_a_tap_acts_for_one_frame_over_what_is_held() -> None:
    held = switches()
    held.press("keyboard", ["ArrowUp"], 10.0)
    held.take()
    held.press("keyboard", ["ArrowUp", "KeyW"], 12.0)
    held.press("keyboard", ["ArrowUp"], 14.0)
    assert held.take() == ([UP, W], 12.0)
    assert held.take() == ([UP], 14.0)


def test_single_strokes_act_once_each_in_their_order() -> None:
    strokes = switches("single_keystroke")
    strokes.press("keyboard", ["KeyW"], 1.0)
    strokes.press("mouse", ["left"], 1.5)
    strokes.press("keyboard", ["KeyW", "ArrowDown"], 2.0)
    assert [strokes.take() for _ in range(4)] == [([W], 1.0), ([FIRE], 1.5), ([DOWN], 2.0), ([], None)]


def test_more_strokes_than_anybody_means_are_forgotten_the_oldest_first() -> None:
    strokes = switches("single_keystroke")
    for at in range(MAX_QUEUED_STROKES + 2):
        strokes.press("keyboard", ["KeyW"], float(at))
        strokes.press("keyboard", [], at + 0.5)
    taken = [strokes.take() for _ in range(MAX_QUEUED_STROKES + 1)]
    assert [at for _, at in taken] == [2.0, 3.0, 4.0, 5.0, None]


def test_keys_that_mean_nothing_here_change_nothing() -> None:
    held = switches()
    held.press("keyboard", ["Tab"], 1.0)
    held.press("mouse", ["KeyW"], 1.0)
    assert held.take() == ([], None)


def test_losing_the_focus_lets_go_of_everything() -> None:
    held = switches()
    held.press("keyboard", ["ArrowUp"], 1.0)
    held.press("mouse", ["left"], 1.0)
    held.release_all(2.0)
    assert held.take() == ([], 2.0)
    held.release_all(3.0)
    assert held.take() == ([], None)


def test_what_was_typed_before_an_episode_does_not_act_but_a_held_key_does() -> None:
    held = switches()
    held.press("keyboard", ["KeyW"], 1.0)
    held.press("keyboard", ["ArrowUp"], 2.0)
    held.settle()
    assert held.take() == ([UP], None)
    strokes = switches("single_keystroke")
    strokes.press("keyboard", ["KeyW"], 1.0)
    strokes.settle()
    assert strokes.take() == ([], None)
