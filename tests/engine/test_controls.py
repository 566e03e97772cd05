from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from app.engine.actions import codec_for
from app.engine.controls import NotInSpace, component_of, parts_of

BOX = spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 2.0]), dtype=np.float64)


@pytest.mark.parametrize(
    ("space", "declared", "parts"),
    [
        (spaces.Discrete(5, start=-2), -2, {0: -2}),
        (spaces.MultiDiscrete([3, 3]), [0, 2], {0: 0, 1: 2}),
        (spaces.MultiBinary(3), {"component": 2, "value": 1}, {2: 1}),
        (spaces.MultiBinary(3), [{"component": 2, "value": 1}, {"component": 0, "value": 0}], {2: 1, 0: 0}),
        (BOX, {"component": 1, "value": 2}, {1: 2.0}),
        (BOX, [-1, 0.5], {0: -1.0, 1: 0.5}),
        (spaces.Discrete(3), {"component": 0, "value": 2}, {0: 2}),
    ],
)
def test_a_declaration_sets_a_whole_action_or_only_what_it_names(
    space: spaces.Space, declared: Any, parts: dict[int, Any]
) -> None:
    assert parts_of(declared, codec_for(space)) == parts


@pytest.mark.parametrize(
    ("space", "declared", "said"),
    [
        (spaces.Discrete(3), 3, "is not in the action space; use one of its actions"),
        (spaces.Discrete(3), [], "is not in the action space; use one of its actions"),
        (BOX, {"component": 2, "value": 0}, "names component 2, which is not in the action space; use 0 to 1"),
        (BOX, {"component": 0, "value": 1.5}, "gives component 0 a value that is not in .* use -1.0 to 1.0"),
        (BOX, {"component": 0, "value": float("nan")}, "gives component 0 a value"),
        (spaces.MultiDiscrete([3, 2]), {"component": 0, "value": 0.5}, "use whole numbers from 0 to 2"),
        (spaces.Discrete(3), {"component": 1, "value": 0}, "names component 1, which is not in .* use 0"),
    ],
)
def test_what_does_not_fit_the_space_is_refused_with_the_remedy(space: spaces.Space, declared: Any, said: str) -> None:
    with pytest.raises(NotInSpace, match=said):
        parts_of(declared, codec_for(space))


def test_a_position_needs_a_component_that_exists() -> None:
    assert component_of(1, codec_for(BOX)).high == 2.0
    with pytest.raises(NotInSpace, match="names component -1"):
        component_of(-1, codec_for(BOX))
