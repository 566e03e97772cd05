from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from app.engine.actions import codec_for
from app.engine.controls import NotInSpace
from app.engine.mouse import MousePosition

CODEC = codec_for(spaces.Box(np.array([-1.0, 0.0, 5.0]), np.array([1.0, 10.0, 6.0]), dtype=np.float64))


def test_the_picture_from_left_to_right_is_the_component_from_low_to_high() -> None:
    mouse = MousePosition({"x": 1}, CODEC)
    assert mouse.parts == {}
    for place, value in [(0.0, 0.0), (0.25, 2.5), (1.0, 10.0), (1.5, 10.0), (-0.5, 0.0)]:
        mouse.move(place, 0.5, 1.0)
        assert mouse.parts == {1: value}


@pytest.mark.parametrize(("edge", "at_top", "at_bottom"), [("top", 1.0, -1.0), ("bottom", -1.0, 1.0)])
def test_the_experiment_says_at_which_edge_y_is_high(edge: str, at_top: float, at_bottom: float) -> None:
    mouse = MousePosition({"x": 2, "y": 0, "y_high_at": edge}, CODEC)
    mouse.move(0.5, 0.0, 1.0)
    assert mouse.parts == {2: 5.5, 0: at_top}
    mouse.move(0.5, 1.0, 2.0)
    assert mouse.parts == {2: 5.5, 0: at_bottom}


def test_whole_numbers_share_the_picture_in_equal_parts() -> None:
    mouse = MousePosition({"x": 0, "y": 1}, codec_for(spaces.MultiDiscrete([3, 2], start=[-1, 0])))
    cells = []
    for place in (0.0, 0.32, 0.34, 0.66, 0.67, 1.0):
        mouse.move(place, place, 1.0)
        cells.append((mouse.parts[0], mouse.parts[1]))
    assert cells == [(-1, 1), (-1, 1), (0, 1), (0, 0), (1, 0), (1, 0)]


def test_only_a_move_that_changes_the_action_is_a_change() -> None:
    mouse = MousePosition({"x": 1}, CODEC)
    mouse.move(0.5, 0.1, 1.0)
    mouse.move(0.5, 0.9, 2.0)
    assert mouse.changed_at == 1.0
    mouse.move(0.6, 0.9, 3.0)
    assert mouse.changed_at == 3.0


def test_a_component_that_the_space_lacks_is_refused() -> None:
    with pytest.raises(NotInSpace, match="names component 3"):
        MousePosition({"x": 3}, CODEC)
