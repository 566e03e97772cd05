"""Action spaces as input words: the few bytes that travel for one seat and one frame.

An input word is the action's bytes followed by one byte of flags. Focus and presence travel with the action, so every
peer records the same of them by construction. Codecs are made once a match by `codec_for`; `Simulation` decodes words
and `Match` encodes what the input devices mean.

Every space is seen as a row of numbers, its components: one for `Discrete`, and those of an array row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from .wire import MAX_WORD_BYTES

FLAG_FOCUSED = 1
"""The participant's page had the focus when the action was sampled."""
FLAG_BOT = 2
"""A policy, not a person, chose the action."""
FLAG_FILLED = 4
"""Nobody chose the action: the frames before the input delay has passed, and those after a seat was cut."""
FLAG_ABSENT = 8
"""The seat's person has left the match."""

KNOWN_FLAGS = FLAG_FOCUSED | FLAG_BOT | FLAG_FILLED | FLAG_ABSENT
PEER_FLAGS = FLAG_FOCUSED | FLAG_FILLED
"""What a page may say of its own input: who has left or is played by a policy is for the server to say."""

BOX_LEVELS = 65_535
"""Levels of a float component between its bounds: 0.0015 % of the range apart, two bytes on the wire. An odd number,
so that the middle of the range is one of them; the one code that remains means the default action's value exactly."""
_DEFAULT_VALUE = BOX_LEVELS


@dataclass(frozen=True)
class Component:
    """One number of an action.

    Attributes:
        low: Its lowest value.
        high: Its highest value.
        whole: Whether it is a whole number.
    """

    low: float
    high: float
    whole: bool

    @property
    def values(self) -> int:
        """How many values it has; only of a whole one."""
        return int(self.high) - int(self.low) + 1


class ActionCodec:
    """One action space as fixed-width words.

    Args:
        space: How the space is called in messages.
        components: The numbers of an action.
        shape: The array's shape; None for an action that is a plain int.
        dtype: The array's type.
        action_width: Bytes of the action alone.
        default_action: The action of a seat whose input is nobody's choice.

    Attributes:
        components: The numbers of an action, an array's row by row.
        action_width: Bytes of the action alone.
        width: Bytes of a whole word, the flags included.
        default_values: The default action's numbers.
        default_action: The default action as the environment is given it.

    Raises:
        ValueError: The default action is not in the space, or its words are too long for the wire.
    """

    def __init__(
        self,
        space: str,
        components: Sequence[Component],
        shape: tuple[int, ...] | None,
        dtype: Any,
        action_width: int,
        default_action: Any,
    ) -> None:
        self.components = tuple(components)
        self.action_width, self.width = action_width, action_width + 1
        self._space, self._shape, self._dtype = space, shape, np.dtype(dtype)
        if self.width > MAX_WORD_BYTES:
            raise ValueError(
                f"an action of {space} takes {self.width} bytes a frame; "
                f"use a space whose actions take {MAX_WORD_BYTES} at most, such as {MAX_WORD_BYTES // 2 - 1} floats"
            )
        self._decoded: dict[bytes, tuple[Any, int]] = {}
        default = self.numbers(default_action)
        self.default_values: list[Any] = default if shape is None else self._array(default).ravel().tolist()
        self.default_word = self.encode(self.default_values, FLAG_FOCUSED | FLAG_FILLED)
        self.default_action = self.decode(self.default_word)[0]

    @property
    def absent_word(self) -> bytes:
        """The word of a seat whose person has left: the default action."""
        return self.default_word[:-1] + bytes((FLAG_FILLED | FLAG_ABSENT,))

    @property
    def bot_word(self) -> bytes:
        """The word of a seat that a policy plays; its default action stands for what the policy will choose."""
        return self.default_word[:-1] + bytes((FLAG_BOT,))

    @property
    def is_array(self) -> bool:
        """Whether an action is an array, not a plain int."""
        return self._shape is not None

    def numbers(self, action: Any) -> list[Any]:
        """Return an action as its components' values, ints where they are whole.

        Args:
            action: An element of the space: a number, an array, or a list of its components row by row.

        Raises:
            ValueError: The action is not in the space.
        """
        found = np.asarray(action, dtype=object).ravel().tolist()
        if len(found) != len(self.components):
            raise ValueError(f"action {action!r} has {len(found)} components, {self._space} has {len(self.components)}")
        return [self._number(value, component, action) for value, component in zip(found, self.components, strict=True)]

    def encode(self, action: Any, flags: int = FLAG_FOCUSED) -> bytes:
        """Return the word of an action.

        Args:
            action: An element of the space, or a list of its components; floats are rounded to the nearest level.
            flags: Any of the `FLAG_` bits.

        Raises:
            ValueError: The action is not in the space.
        """
        return self._pack(self.numbers(action)) + bytes((flags & KNOWN_FLAGS,))

    def decode(self, word: bytes) -> tuple[Any, int]:
        """Return the action and the flags of a word that `accepts` has passed."""
        decoded = self._decoded.get(word)
        if decoded is None:
            numbers = self._unpack(word[: self.action_width])
            decoded = numbers[0] if self._shape is None else self._array(numbers), word[-1]
            if len(self._decoded) < 4096:  # small spaces repeat few words; large ones must not grow without end
                self._decoded[word] = decoded
        return decoded if self._shape is None else (decoded[0].copy(), decoded[1])

    def accepts(self, word: bytes) -> bool:
        """Say whether a word from outside means an element of the space."""
        return len(word) == self.width and not word[-1] & ~KNOWN_FLAGS and self._valid(word[: self.action_width])

    def accepts_from_peer(self, word: bytes) -> bool:
        """Say whether a word that another page sent as its own input may be taken."""
        return self.accepts(word) and not word[-1] & ~PEER_FLAGS

    def recorded(self, action: Any) -> Any:
        """Return the action as it stands in a row: an int, or a list of numbers."""
        if not isinstance(action, np.ndarray):
            return int(action)
        return (action.astype(np.int8) if action.dtype.kind == "b" else action).ravel().tolist()

    def _number(self, value: Any, component: Component, action: Any) -> Any:
        slack = 0 if component.whole else (component.high - component.low) * 1e-6
        is_number = isinstance(value, Real | np.bool_)
        if (
            not is_number
            or not component.low - slack <= value <= component.high + slack
            or (component.whole and int(value) != value)
        ):
            raise ValueError(f"action {action!r} is not in {self._space}")
        return int(value) if component.whole else min(max(float(value), component.low), component.high)

    def _array(self, numbers: Sequence[Any]) -> np.ndarray:
        return np.asarray(numbers, dtype=self._dtype).reshape(self._shape)

    def _pack(self, numbers: list[Any]) -> bytes:
        raise NotImplementedError

    def _unpack(self, body: bytes) -> list[Any]:
        raise NotImplementedError

    def _valid(self, body: bytes) -> bool:
        raise NotImplementedError


class WholeCodec(ActionCodec):
    """Spaces of whole numbers: all components together are one number, little endian, in as few bytes as it needs."""

    def __init__(
        self,
        space: str,
        components: Sequence[Component],
        shape: tuple[int, ...] | None,
        dtype: Any,
        default_action: Any,
    ) -> None:
        self._bases = [(int(component.low), component.values) for component in components]
        self._actions = math.prod(values for _, values in self._bases)
        width = max(1, ((self._actions - 1).bit_length() + 7) // 8)
        super().__init__(space, components, shape, dtype, width, default_action)

    def _pack(self, numbers: list[Any]) -> bytes:
        packed = 0
        for number, (low, values) in zip(reversed(numbers), reversed(self._bases), strict=True):
            packed = packed * values + number - low
        return packed.to_bytes(self.action_width, "little")

    def _unpack(self, body: bytes) -> list[Any]:
        packed = int.from_bytes(body, "little")
        numbers = []
        for low, values in self._bases:
            packed, offset = divmod(packed, values)
            numbers.append(low + offset)
        return numbers

    def _valid(self, body: bytes) -> bool:
        return int.from_bytes(body, "little") < self._actions


class FloatCodec(ActionCodec):
    """A `Box` of floats: each component on `BOX_LEVELS` levels between its bounds.

    The local player, too, acts on the quantised value: what is stepped is always what was sent.
    """

    def __init__(
        self, space: str, components: Sequence[Component], shape: tuple[int, ...], dtype: Any, default_action: Any
    ) -> None:
        super().__init__(space, components, shape, dtype, 2 * len(components), default_action)

    def _pack(self, numbers: list[Any]) -> bytes:
        in_type = self._array(numbers).ravel().tolist()
        return b"".join(
            (_DEFAULT_VALUE if value == default else self._level(number, component)).to_bytes(2, "little")
            for value, default, number, component in zip(
                in_type, self.default_values, numbers, self.components, strict=True
            )
        )

    def _level(self, number: float, component: Component) -> int:
        span = component.high - component.low
        return round((number - component.low) / span * (BOX_LEVELS - 1)) if span > 0 else 0

    def _unpack(self, body: bytes) -> list[Any]:
        numbers = []
        for index, component in enumerate(self.components):
            level = int.from_bytes(body[2 * index : 2 * index + 2], "little")
            if level == _DEFAULT_VALUE:
                numbers.append(self.default_values[index])
            elif level == BOX_LEVELS - 1:
                numbers.append(component.high)
            else:
                value = component.low + (component.high - component.low) * (level / (BOX_LEVELS - 1))
                numbers.append(min(value, component.high))
        return numbers

    def _valid(self, body: bytes) -> bool:
        return True


def codec_for(space: Any, default_action: Any = None) -> ActionCodec:
    """Return the codec of a Gymnasium space.

    Args:
        space: A `Discrete`, `MultiDiscrete`, `MultiBinary` or bounded `Box`.
        default_action: The action of frames that nobody chose; the space's first element (for a `Box`, what is nearest
            to zero within the bounds) if not given.

    Raises:
        ValueError: The space is of another kind or too large, or the default action is not in it.
    """
    from gymnasium import spaces

    given = default_action is not None
    if isinstance(space, spaces.Discrete):
        low, count = int(space.start), int(space.n)
        whole = [Component(low, low + count - 1, True)]
        return WholeCodec(str(space), whole, None, np.int64, default_action if given else low)
    if isinstance(space, spaces.MultiDiscrete):
        starts, counts = np.ravel(space.start).tolist(), np.ravel(space.nvec).tolist()
        whole = [Component(start, start + count - 1, True) for start, count in zip(starts, counts, strict=True)]
        return WholeCodec(str(space), whole, space.nvec.shape, space.dtype, default_action if given else starts)
    if isinstance(space, spaces.MultiBinary):
        whole = [Component(0, 1, True)] * int(np.prod(space.shape))
        return WholeCodec(str(space), whole, space.shape, space.dtype, default_action if given else [0] * len(whole))
    if isinstance(space, spaces.Box):
        return _box_codec(space, default_action)
    raise ValueError(
        f"action space {space!r} cannot be driven by a person; "
        "use Discrete, MultiDiscrete, MultiBinary or a bounded Box"
    )


def _box_codec(space: Any, default_action: Any) -> ActionCodec:
    whole = space.dtype.kind in "iub"
    kind = int if whole else float
    bounds = [(kind(low), kind(high)) for low, high in zip(np.ravel(space.low), np.ravel(space.high), strict=True)]
    if not whole and not all(math.isfinite(high - low) for low, high in bounds):
        raise ValueError(f"{space} needs finite bounds on every component; give low and high numbers")
    components = [Component(low, high, whole) for low, high in bounds]
    default = [min(max(kind(0), low), high) for low, high in bounds] if default_action is None else default_action
    make = WholeCodec if whole else FloatCodec
    return make(str(space), components, space.shape, space.dtype, default)
