from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from app.engine.actions import FLAG_BOT, FLAG_FILLED, FLAG_FOCUSED, codec_for

SPACES = [
    spaces.Discrete(7),
    spaces.Discrete(5, start=-2),
    spaces.Discrete(1000),
    spaces.MultiDiscrete([3, 300, 2]),
    spaces.MultiDiscrete([[2, 3], [4, 5]]),
    spaces.MultiBinary(9),
    spaces.Box(-1.0, 1.0, (3,), np.float32),
    spaces.Box(np.array([0.0, -5.0]), np.array([1.0, 5.0]), dtype=np.float64),
    spaces.Box(0, 255, (2, 2), np.uint8),
    spaces.Box(-100_000, 100_000, (1,), np.int32),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_every_action_of_a_space_survives_its_word(space: spaces.Space) -> None:
    codec = codec_for(space)
    space.seed(7)
    for _ in range(200):
        action = space.sample()
        word = codec.encode(action, FLAG_FOCUSED | FLAG_BOT)
        assert len(word) == codec.width and codec.accepts(word)
        decoded, flags = codec.decode(word)
        assert flags == FLAG_FOCUSED | FLAG_BOT
        assert space.contains(decoded)
        assert codec.encode(decoded, flags) == word  # what is stepped is what was sent
        if isinstance(space, spaces.Box) and space.dtype.kind == "f":
            step = (space.high - space.low) / 65_535
            assert (np.abs(np.asarray(decoded, float) - np.asarray(action, float)) <= step * 0.51).all()
        else:
            assert np.array_equal(decoded, action)


@given(st.binary(max_size=12))
def test_bytes_from_outside_are_accepted_exactly_if_they_mean_an_action(data: bytes) -> None:
    for space in SPACES[:6]:
        codec = codec_for(space)
        if codec.accepts(data):
            assert space.contains(codec.decode(data)[0])


def test_a_decoded_array_may_be_changed_by_the_environment_without_changing_the_next_one() -> None:
    codec = codec_for(spaces.MultiDiscrete([3, 3]))
    word = codec.encode([1, 2])
    codec.decode(word)[0][:] = 0
    assert codec.decode(word)[0].tolist() == [1, 2]


def test_frames_that_nobody_chose_carry_the_default_action_and_say_so() -> None:
    action, flags = codec_for(spaces.Discrete(7), 6).decode(codec_for(spaces.Discrete(7), 6).default_word)
    assert action == 6 and flags & FLAG_FILLED


@pytest.mark.parametrize(
    ("space", "action"),
    [
        (spaces.Discrete(7), 7),
        (spaces.MultiDiscrete([3, 3]), [0, 3]),
        (spaces.MultiDiscrete([3, 3]), [0]),
        (spaces.Box(-1.0, 1.0, (1,)), [1.5]),
        (spaces.Box(-1.0, 1.0, (1,)), [np.nan]),
        (spaces.Box(0, 9, (1,), np.int32), [10]),
    ],
)
def test_an_action_outside_its_space_is_refused(space: spaces.Space, action: object) -> None:
    codec = codec_for(space)
    with pytest.raises(ValueError):
        codec.encode(action)


@pytest.mark.parametrize("space", [spaces.Box(-np.inf, np.inf, (1,)), spaces.Text(5)])
def test_a_space_that_nobody_can_drive_is_refused_with_the_remedy(space: spaces.Space) -> None:
    with pytest.raises(ValueError, match="use|give"):
        codec_for(space)
