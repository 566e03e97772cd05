from __future__ import annotations

from typing import Any

import pytest
from gymnasium import spaces

from app.engine.actions import ActionCodec, codec_for
from app.engine.controls import NotInSpace
from app.engine.gamepad import DEAD_ZONE, GamepadAxes

CODEC = codec_for(spaces.Box(-1.0, 1.0, (3,)))


def axes(codec: ActionCodec = CODEC, **declared: Any) -> GamepadAxes:
    return GamepadAxes({"axes": {"left_x": 0, "left_y": 1, "right_trigger": 2}, **declared}, codec)


def test_a_stick_at_rest_sets_nothing_and_beyond_its_dead_zone_everything_up_to_the_bounds() -> None:
    pad = axes()
    pad.move([DEAD_ZONE, -DEAD_ZONE, 0, 0, 0, 0.1], 1.0)
    assert pad.parts == {} and pad.changed_at is None
    pad.move([-1.0, 0, 0, 0, 0, 1.0], 2.0)
    assert pad.parts == {0: -1.0, 2: 1.0} and pad.changed_at == 2.0
    pad.move([(1 + DEAD_ZONE) / 2, 0, 0, 0, 0, 0], 3.0)
    assert pad.parts == {0: pytest.approx(0.5)}
    pad.move([], 4.0)
    assert pad.parts == {} and pad.changed_at == 4.0


def test_the_dead_zone_is_the_experiments() -> None:
    pad = axes(dead_zone=0.5)
    pad.move([0.5], 1.0)
    assert pad.parts == {}
    pad.move([0.75], 1.0)
    assert pad.parts == {0: 0.5}


@pytest.mark.parametrize(("edge", "pushed_up"), [("top", 1.0), ("bottom", -1.0)])
def test_the_experiment_says_where_an_upright_axis_is_high(edge: str, pushed_up: float) -> None:
    pad = axes(y_high_at=edge)
    pad.move([0, -1.0], 1.0)
    assert pad.parts == {1: pushed_up}


def test_a_stick_moves_from_the_default_action_to_either_bound() -> None:
    pad = GamepadAxes({"axes": {"left_x": 0}, "dead_zone": 0.0}, codec_for(spaces.Box(-2.0, 10.0, (1,)), [0.0]))
    for place, value in [(-1.0, -2.0), (-0.5, -1.0), (0.5, 5.0), (1.0, 10.0)]:
        pad.move([place], 1.0)
        assert pad.parts == {0: value}
    whole = GamepadAxes({"axes": {"left_x": 0}}, codec_for(spaces.MultiDiscrete([3]), [1]))
    for place, value in [(-1.0, 0), (-0.3, 1), (0.8, 2)]:
        whole.move([place], 1.0)
        assert whole.parts == {0: value}


def test_where_two_sticks_move_one_component_the_further_one_does() -> None:
    pad = GamepadAxes({"axes": {"left_x": 0, "right_x": 0}, "dead_zone": 0.0}, CODEC)
    pad.move([0.4, 0, -0.9], 1.0)
    assert pad.parts == {0: pytest.approx(-0.9)}
    pad.move([0.95, 0, -0.9], 1.0)
    assert pad.parts == {0: pytest.approx(0.95)}


def test_a_component_that_the_space_lacks_is_refused() -> None:
    with pytest.raises(NotInSpace, match="names component 7"):
        GamepadAxes({"axes": {"left_x": 7}}, CODEC)
