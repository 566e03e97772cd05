"""Action spaces as input words: the few bytes that travel for one seat and one frame.

An input word is the action's bytes followed by one byte of flags. Focus and presence travel with the action, so every
peer records the same of them by construction. Codecs are made once a match by `codec_for`; `Simulation` decodes words
and the keyboard (or any other input device) encodes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FLAG_FOCUSED = 1
"""The participant's page had the focus when the action was sampled."""
FLAG_BOT = 2
"""A policy, not a person, chose the action."""
FLAG_FILLED = 4
"""Nobody chose the action: the frames before the input delay has passed, and those after a seat was cut."""

KNOWN_FLAGS = FLAG_FOCUSED | FLAG_BOT | FLAG_FILLED

BOX_LEVELS = 65_536
"""Float components are quantised to 16 bits over their bounds: 0.003 % of the range, and two bytes on the wire."""


class ActionCodec:
    """One action space as fixed-width words.

    Attributes:
        action_width: Bytes of the action alone.
        width: Bytes of a whole word, the flags included.
        default_action: The action of a seat whose input is nobody's choice.
    """

    def __init__(self, action_width: int, default_action: Any) -> None:
        self.action_width = action_width
        self.width = action_width + 1
        self._decoded: dict[bytes, Any] = {}
        self.default_action = default_action
        self.default_word = self.encode(default_action, FLAG_FOCUSED | FLAG_FILLED)

    def encode(self, action: Any, flags: int = FLAG_FOCUSED) -> bytes:
        """Return the word of an action.

        Args:
            action: An element of the space; floats are rounded to the nearest quantisation level.
            flags: Any of the `FLAG_` bits.

        Raises:
            ValueError: The action is not in the space.
        """
        return self._pack(action) + bytes((flags & KNOWN_FLAGS,))

    def decode(self, word: bytes) -> tuple[Any, int]:
        """Return the action and the flags of a word that `accepts` has passed."""
        body = word[: self.action_width]
        action = self._decoded.get(body)
        if action is None:
            action = self._unpack(body)
            if len(self._decoded) < 4096:  # small spaces repeat few words; large ones must not grow without end
                self._decoded[body] = action
        return (action.copy() if isinstance(action, np.ndarray) else action), word[-1]

    def accepts(self, word: bytes) -> bool:
        """Say whether a word from outside means an element of the space."""
        return len(word) == self.width and not word[-1] & ~KNOWN_FLAGS and self._valid(word[: self.action_width])

    def recorded(self, action: Any) -> Any:
        """Return the action as it stands in a row: an int, or a list of numbers."""
        return action.ravel().tolist() if isinstance(action, np.ndarray) else int(action)

    def _pack(self, action: Any) -> bytes:
        raise NotImplementedError

    def _unpack(self, body: bytes) -> Any:
        raise NotImplementedError

    def _valid(self, body: bytes) -> bool:
        raise NotImplementedError


def _bytes_for(levels: int) -> int:
    """Return how many bytes tell `levels` values apart."""
    return max(1, (int(levels - 1).bit_length() + 7) // 8)


def _offsets(body: bytes, widths: Sequence[int]) -> list[int]:
    """Return the little-endian numbers of the given widths that stand one after another."""
    offsets, at = [], 0
    for width in widths:
        offsets.append(int.from_bytes(body[at : at + width], "little"))
        at += width
    return offsets


class DiscreteCodec(ActionCodec):
    """`Discrete(n, start)`: the offset from `start`, little endian."""

    def __init__(self, n: int, start: int, default_action: Any) -> None:
        self._n, self._start = n, start
        super().__init__(_bytes_for(n), int(default_action))

    def _pack(self, action: Any) -> bytes:
        offset = int(action) - self._start
        if not 0 <= offset < self._n:
            raise ValueError(f"action {action!r} is not in Discrete({self._n}, start={self._start})")
        return offset.to_bytes(_bytes_for(self._n), "little")

    def _unpack(self, body: bytes) -> int:
        return int.from_bytes(body, "little") + self._start

    def _valid(self, body: bytes) -> bool:
        return int.from_bytes(body, "little") < self._n


class MultiDiscreteCodec(ActionCodec):
    """`MultiDiscrete(nvec)` and `MultiBinary(n)`: each component in as few bytes as it needs."""

    def __init__(self, nvec: np.ndarray, start: np.ndarray, dtype: Any, default_action: Any) -> None:
        self._nvec = np.asarray(nvec).ravel()
        self._start = np.asarray(start).ravel()
        self._shape, self._dtype = np.shape(nvec), dtype
        self._widths = [_bytes_for(int(n)) for n in self._nvec]
        super().__init__(sum(self._widths), np.asarray(default_action, dtype=dtype).reshape(self._shape))

    def _pack(self, action: Any) -> bytes:
        values = np.asarray(action).ravel()
        if values.shape != self._nvec.shape:
            raise ValueError(f"action {action!r} has {values.size} components, the space has {self._nvec.size}")
        offsets = values.astype(np.int64) - self._start
        if (offsets < 0).any() or (offsets >= self._nvec).any():
            raise ValueError(f"action {action!r} is not in MultiDiscrete({self._nvec.tolist()})")
        return b"".join(
            int(offset).to_bytes(width, "little") for offset, width in zip(offsets, self._widths, strict=True)
        )

    def _unpack(self, body: bytes) -> np.ndarray:
        values = np.asarray(_offsets(body, self._widths), dtype=np.int64) + self._start
        return values.astype(self._dtype).reshape(self._shape)

    def _valid(self, body: bytes) -> bool:
        return all(offset < n for offset, n in zip(_offsets(body, self._widths), self._nvec, strict=True))


class BoxCodec(ActionCodec):
    """`Box(low, high)`: integers exactly, floats on `BOX_LEVELS` levels between their bounds.

    The local player, too, acts on the quantised value: what is stepped is always what was sent.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray, dtype: Any, default_action: Any) -> None:
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise ValueError("a Box action space needs finite bounds on every component; give low and high numbers")
        self._shape, self._dtype = np.shape(low), np.dtype(dtype)
        self._exact = self._dtype.kind in "iu"
        if self._exact:
            self._low, high_int = np.asarray(low).ravel().astype(object), np.asarray(high).ravel().astype(object)
            self._levels = [int(b) - int(a) + 1 for a, b in zip(self._low, high_int, strict=True)]
        else:
            self._low = np.asarray(low, dtype=np.float64).ravel()
            self._span = np.asarray(high, dtype=np.float64).ravel() - self._low
            self._levels = [BOX_LEVELS] * self._low.size
        self._widths = [_bytes_for(levels) for levels in self._levels]
        super().__init__(sum(self._widths), np.asarray(default_action, dtype=dtype).reshape(self._shape))

    def _pack(self, action: Any) -> bytes:
        values = np.asarray(action).ravel()
        if values.size != len(self._levels):
            raise ValueError(f"action {action!r} has {values.size} components, the space has {len(self._levels)}")
        if self._exact:
            offsets: Sequence[int] = [int(value) - int(low) for value, low in zip(values, self._low, strict=True)]
        else:
            if not np.isfinite(values).all():
                raise ValueError(f"action {action!r} holds a value that is not finite")
            span = np.where(self._span > 0, self._span, 1.0)
            position = (values.astype(np.float64) - self._low) / span
            if (position < -1e-6).any() or (position > 1 + 1e-6).any():
                raise ValueError(f"action {action!r} is outside the bounds of its Box")
            offsets = np.rint(np.clip(position, 0.0, 1.0) * (BOX_LEVELS - 1)).astype(np.int64).tolist()
        if any(not 0 <= offset < levels for offset, levels in zip(offsets, self._levels, strict=True)):
            raise ValueError(f"action {action!r} is outside the bounds of its Box")
        return b"".join(offset.to_bytes(width, "little") for offset, width in zip(offsets, self._widths, strict=True))

    def _unpack(self, body: bytes) -> np.ndarray:
        offsets = _offsets(body, self._widths)
        if self._exact:
            values = np.asarray([int(low) + o for low, o in zip(self._low, offsets, strict=True)], dtype=self._dtype)
        else:
            values = (self._low + self._span * (np.asarray(offsets) / (BOX_LEVELS - 1))).astype(self._dtype)
        return values.reshape(self._shape)

    def _valid(self, body: bytes) -> bool:
        return all(offset < levels for offset, levels in zip(_offsets(body, self._widths), self._levels, strict=True))


def codec_for(space: Any, default_action: Any = None) -> ActionCodec:
    """Return the codec of a Gymnasium space.

    Args:
        space: A `Discrete`, `MultiDiscrete`, `MultiBinary` or bounded `Box`.
        default_action: The action of frames that nobody chose; the space's first element (for a float `Box`, zero
            where it is within the bounds) if not given.

    Raises:
        ValueError: The space is of another kind, or the default action is not in it.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return DiscreteCodec(
            int(space.n), int(space.start), int(space.start) if default_action is None else default_action
        )
    if isinstance(space, spaces.MultiDiscrete):
        start = np.asarray(space.start)
        return MultiDiscreteCodec(space.nvec, start, space.dtype, start if default_action is None else default_action)
    if isinstance(space, spaces.MultiBinary):
        zeros = np.zeros(space.shape, dtype=np.int64)
        return MultiDiscreteCodec(zeros + 2, zeros, space.dtype, zeros if default_action is None else default_action)
    if isinstance(space, spaces.Box):
        default = np.clip(0, space.low, space.high) if default_action is None else default_action
        return BoxCodec(space.low, space.high, space.dtype, default)
    raise ValueError(
        f"action space {space!r} cannot be driven by a person; "
        "use Discrete, MultiDiscrete, MultiBinary or a bounded Box"
    )
