from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.engine.actions import (
    BOX_LEVELS,
    FLAG_ABSENT,
    FLAG_BOT,
    FLAG_FILLED,
    FLAG_FOCUSED,
    KNOWN_FLAGS,
    ActionCodec,
    codec_for,
)

SPACES: list[spaces.Space[Any]] = [
    spaces.Discrete(7),
    spaces.Discrete(5, start=-2),
    spaces.Discrete(1000),
    spaces.MultiDiscrete([3, 300, 2]),
    spaces.MultiDiscrete(np.array([[2, 3], [4, 5]])),
    spaces.MultiDiscrete([3, 4], start=[-1, 10]),
    spaces.MultiBinary(9),
    spaces.MultiBinary((3, 2)),
    spaces.Box(-1.0, 1.0, (3,), np.float32),
    spaces.Box(np.array([0.0, -5.0]), np.array([1.0, 5.0]), dtype=np.float64),
    spaces.Box(-1.0, 0.4, (1,), np.float64),
    spaces.Box(-0.5, 2.0, (), np.float16),
    spaces.Box(0, 255, (2, 2), np.uint8),
    spaces.Box(-100_000, 100_000, (1,), np.int32),
    spaces.Box(np.array([-(2**62)]), np.array([2**53 + 1]), dtype=np.int64),
    spaces.Box(0, 1, (4,), np.dtype("bool")),
]
WHOLE = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
FLOATS = [np.float16, np.float32, np.float64]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, max_side=2)


@st.composite
def boxes(draw: st.DrawFn) -> spaces.Box:
    """A bounded `Box` of any type and shape, its bounds different from component to component."""
    dtype = np.dtype(draw(st.sampled_from([*WHOLE, *FLOATS, np.bool_])))
    shape = draw(SHAPES.filter(lambda shape: np.prod(shape) * dtype.itemsize < 64))
    if dtype.kind == "f":
        elements: Any = arrays.from_dtype(dtype, allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000)
    else:
        elements = arrays.from_dtype(dtype)
    one, other = (
        draw(arrays.arrays(dtype, shape, elements=elements)),
        draw(arrays.arrays(dtype, shape, elements=elements)),
    )
    low, high = np.asarray(np.minimum(one, other)), np.asarray(np.maximum(one, other))
    return spaces.Box(low, high, shape, dtype)


@st.composite
def counted(draw: st.DrawFn) -> spaces.Space[Any]:
    """A `Discrete`, `MultiDiscrete` or `MultiBinary`, their starts negative or not."""
    kind = draw(st.sampled_from(["discrete", "multi_discrete", "multi_binary"]))
    if kind == "discrete":
        return spaces.Discrete(draw(st.integers(1, 2**40)), start=draw(st.integers(-(2**40), 2**40)))
    shape = draw(arrays.array_shapes(max_dims=3, max_side=3))
    if kind == "multi_binary":
        return spaces.MultiBinary(shape)
    counts = draw(arrays.arrays(np.int64, shape, elements=st.integers(1, 2**16)))
    starts = draw(arrays.arrays(np.int64, shape, elements=st.integers(-1000, 1000)))
    return spaces.MultiDiscrete(counts, dtype=draw(st.sampled_from([np.int32, np.int64])), start=starts)


def some_action(space: spaces.Space[Any], dice: random.Random) -> Any:
    """Return an action of any space; Gymnasium's own `sample` leaves the bounds of wide integer boxes."""
    if not isinstance(space, spaces.Box):
        space.seed(dice.randrange(2**31))
        return space.sample()
    draw = dice.uniform if space.dtype.kind == "f" else dice.randint
    bounds = zip(space.low.ravel().tolist(), space.high.ravel().tolist(), strict=True)
    return np.asarray([draw(low, high) for low, high in bounds], dtype=space.dtype).reshape(space.shape)


def survives(codec: ActionCodec, space: spaces.Space[Any], action: Any) -> None:
    """Check an action's way through its word and back."""
    word = codec.encode(action, FLAG_FOCUSED | FLAG_BOT)
    assert len(word) == codec.width and codec.accepts(word)
    decoded, flags = codec.decode(word)
    assert flags == FLAG_FOCUSED | FLAG_BOT
    assert space.contains(decoded)
    again = codec.decode(codec.encode(decoded, flags))[0]
    assert np.array_equal(again, decoded)  # what is stepped is what was sent
    assert codec.recorded(decoded) == (decoded.ravel().tolist() if codec.is_array else decoded)
    if isinstance(space, spaces.Box) and space.dtype.kind == "f":
        step = (np.asarray(space.high, float) - np.asarray(space.low, float)) / (BOX_LEVELS - 1)
        rounding = np.abs(np.asarray(action, float)) * np.finfo(space.dtype).eps * 2 + np.finfo(space.dtype).tiny
        assert (np.abs(np.asarray(decoded, float) - np.asarray(action, float)) <= step * 0.51 + rounding).all()
    else:
        assert np.array_equal(decoded, action)


def edges_are_exact(codec: ActionCodec, space: spaces.Space[Any]) -> None:
    """Check that a box's bounds survive to the last bit."""
    if isinstance(space, spaces.Box):
        for edge in (space.low, space.high):
            assert np.array_equal(codec.decode(codec.encode(edge))[0], edge)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_every_action_of_a_space_survives_its_word(space: spaces.Space) -> None:
    codec, dice = codec_for(space), random.Random(7)
    for _ in range(100):
        survives(codec, space, some_action(space, dice))
    edges_are_exact(codec, space)


@settings(max_examples=60, deadline=None)
@given(boxes() | counted(), st.integers(0, 2**31 - 1))
def test_spaces_of_every_type_shape_and_start_have_words(space: spaces.Space, seed: int) -> None:
    codec, dice = codec_for(space), random.Random(seed)
    for _ in range(3):
        survives(codec, space, some_action(space, dice))
    assert space.contains(codec.default_action)
    edges_are_exact(codec, space)


@settings(max_examples=60, deadline=None)
@given(boxes() | counted(), st.data())
def test_bytes_from_outside_are_accepted_exactly_if_they_mean_an_action(
    space: spaces.Space, data: st.DataObject
) -> None:
    codec = codec_for(space)
    width = data.draw(st.sampled_from([codec.width - 1, codec.width, codec.width, codec.width + 1]))
    word = data.draw(st.binary(min_size=width, max_size=width))
    if codec.accepts(word):
        action, flags = codec.decode(word)
        assert space.contains(action)
        assert np.array_equal(codec.decode(codec.encode(action, flags))[0], action)
    elif len(word) == codec.width and word[-1] <= KNOWN_FLAGS:
        actions = math.prod(component.values for component in codec.components)
        assert int.from_bytes(word[:-1], "little") >= actions


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_no_two_actions_share_a_word_and_no_word_is_left_over(counts: list[int]) -> None:
    codec = codec_for(spaces.MultiDiscrete(counts))
    words = {codec.encode(list(action)) for action in itertools.product(*(range(count) for count in counts))}
    assert len(words) == np.prod(counts)
    every = [number.to_bytes(codec.action_width, "little") + b"\x01" for number in range(2 ** (8 * codec.action_width))]
    assert {word for word in every if codec.accepts(word)} == words


def test_sixty_four_switches_take_eight_bytes() -> None:
    assert codec_for(spaces.MultiBinary(64)).action_width == 8


def test_a_decoded_array_may_be_changed_by_the_environment_without_changing_the_next_one() -> None:
    codec = codec_for(spaces.MultiDiscrete([3, 3]))
    word = codec.encode([1, 2])
    codec.decode(word)[0][:] = 0
    assert codec.decode(word)[0].tolist() == [1, 2]


def test_the_action_of_nobody_is_exactly_what_was_declared() -> None:
    for low, high, rest in [(-1.0, 1.0, 0.0), (-0.5, 1.0, 0.0), (0.0, 1.0, 0.3), (-3.0, 7.0, 0.1)]:
        codec = codec_for(spaces.Box(low, high, (1,), np.float64), [rest])
        assert codec.decode(codec.default_word)[0].tolist() == [rest] == codec.default_action.tolist()
        assert codec.decode(codec.encode([rest]))[0].tolist() == [rest]
    symmetric = codec_for(spaces.Box(-1.0, 1.0, (1,), np.float64), [0.5])
    assert symmetric.decode(symmetric.encode([0.0]))[0].tolist() == [0.0]


def test_words_that_nobody_chose_carry_the_default_action_and_say_why() -> None:
    codec = codec_for(spaces.Discrete(7), 6)
    said = [codec.decode(word) for word in (codec.default_word, codec.absent_word, codec.bot_word)]
    assert said == [(6, FLAG_FOCUSED | FLAG_FILLED), (6, FLAG_FILLED | FLAG_ABSENT), (6, FLAG_BOT)]
    assert all(codec.accepts(word) for word in (codec.default_word, codec.absent_word, codec.bot_word))
    assert not codec.accepts(codec.default_word[:-1] + b"\x10")


def test_the_components_say_what_each_number_may_be() -> None:
    box = codec_for(spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 2.0]), dtype=np.float64)).components
    assert [(component.low, component.high, component.whole) for component in box] == [(-1, 1, False), (0, 2, False)]
    (one,) = codec_for(spaces.Discrete(4, start=-1)).components
    assert (one.low, one.high, one.whole, one.values) == (-1, 2, True, 4)


@pytest.mark.parametrize(
    ("space", "action"),
    [
        (spaces.Discrete(7), 7),
        (spaces.Discrete(7), 1.5),
        (spaces.Discrete(7), "3"),
        (spaces.Discrete(7), [1, 2]),
        (spaces.MultiDiscrete([3, 3]), [0, 3]),
        (spaces.MultiDiscrete([3, 3]), [0]),
        (spaces.MultiDiscrete([3, 3]), [0, 0.5]),
        (spaces.MultiDiscrete([3, 3]), [0, None]),
        (spaces.MultiBinary(2), [0, 2]),
        (spaces.Box(-1.0, 1.0, (1,)), [1.5]),
        (spaces.Box(-1.0, 1.0, (1,)), [np.nan]),
        (spaces.Box(-1.0, 1.0, (1,)), [np.inf]),
        (spaces.Box(0, 9, (1,), np.int32), [10]),
        (spaces.Box(0, 9, (1,), np.int32), [10**30]),
        (spaces.Box(0, 9, (1,), np.int32), [0.5]),
        (spaces.Box(0, 255, (1,), np.uint8), [-1]),
    ],
)
def test_an_action_outside_its_space_is_refused(space: spaces.Space, action: object) -> None:
    with pytest.raises(ValueError):
        codec_for(space).encode(action)
    with pytest.raises(ValueError):
        codec_for(space, action)


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(-np.inf, np.inf, (1,)),
        spaces.Box(-np.finfo(np.float64).max, np.finfo(np.float64).max, (1,), np.float64),
        spaces.Box(-1.0, 1.0, (40,)),
        spaces.Text(5),
    ],
    ids=["unbounded", "too wide", "too many components", "text"],
)
def test_a_space_that_nobody_can_drive_is_refused_with_the_remedy(space: spaces.Space) -> None:
    with pytest.raises(ValueError, match="use|give"):
        codec_for(space)
