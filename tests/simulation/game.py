"""The game that is played in the simulation, and what its players do: both are pure functions of what they are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from app.engine.inputs import SeatWords
from app.engine.prediction import Predictor, default, repeat_last
from app.engine.simulation import Outcome
from app.engine.snapshot import state_hash

FRAME_MS = 1000 / 30
ACTIONS = 7
FOCUSED, BOT, FILLED, ABSENT = 1, 2, 4, 8
WORDS = SeatWords(
    default=bytes((0, FOCUSED | FILLED)), absent=bytes((0, FILLED | ABSENT)), bot=bytes((0, BOT | FOCUSED))
)
UNFOCUSED = bytes((0, 0))
"""What a hidden page's seat does."""
PADDING = 40_000
"""What a state has besides, so that it is sent in three parts."""
HELD_FRAMES = 6
"""A key is held for so long on average: what people do, and what prediction lives on."""


def accepts(word: bytes) -> bool:
    """Say whether a word from outside means an action."""
    return len(word) == 2 and word[0] < ACTIONS


def script(input_seed: int) -> Callable[[int, int], bytes]:
    """Return what is played: the word of a seat at a frame, however often and in whatever order it is asked for."""
    known: dict[tuple[int, int], bytes] = {}

    def dice(seat: int, frame: int) -> bytes:
        return hashlib.blake2b(f"{input_seed}/{seat}/{frame}".encode(), digest_size=4).digest()

    def word(seat: int, frame: int) -> bytes:
        found = known.get((seat, frame))
        if found is None:
            here = dice(seat, frame)
            if frame <= 0 or here[0] < 256 // HELD_FRAMES:
                found = bytes((here[1] % ACTIONS, FOCUSED))
            else:
                found = word(seat, frame - 1) if (seat, frame - 1) in known else _held(seat, frame)
            known[seat, frame] = found
        return found

    def _held(seat: int, frame: int) -> bytes:
        since = frame
        while since > 0 and dice(seat, since)[0] >= 256 // HELD_FRAMES:
            since -= 1
        return bytes((dice(seat, since)[1] % ACTIONS, FOCUSED))

    return word


class ToyGame:
    """A deterministic game in a few lines: every input of every frame changes everything that follows.

    Args:
        episode: Its number; each episode starts from another state.
        over_at: The episode ends after the first frame from this one on with a state divisible by 13; None: never.
        fault: Called before each step with the frame and this game: what a test breaks in it.
    """

    def __init__(
        self, episode: int = 0, over_at: int | None = None, fault: Callable[[int, ToyGame], None] | None = None
    ) -> None:
        self.state = 1 + episode
        self.over = False
        self._episode, self._over_at, self._fault = episode, over_at, fault

    def step(self, frame: int, words: Sequence[bytes]) -> Outcome:
        """Advance by one frame."""
        assert not self.over, f"frame {frame} was stepped after the episode's end"
        if self._fault:
            self._fault(frame, self)
        actions = [self.state % ACTIONS if word[1] & BOT else word[0] for word in words]
        for action, word in zip(actions, words, strict=True):
            self.state = (self.state * 1_103_515_245 + action * 256 + word[1] + frame) % 2**61
        self.over = self._over_at is not None and frame >= self._over_at and self.state % 13 == 0
        row = [self._episode, frame, self.state, *actions, *(_status(word[1]) for word in words)]
        return Outcome(json.dumps(row, separators=(",", ":"))[:-1], self.over)

    def save(self) -> Any:
        """Return a private copy of the state."""
        return self.state, self.over

    def load(self, saved: Any) -> None:
        """Return to a saved state."""
        self.state, self.over = saved

    def hash(self, saved: Any) -> int:
        """Return the hash of a saved state."""
        return state_hash(saved)

    @property
    def changes_hands(self) -> bool:
        """Whether a state of another page can be taken over."""
        return True

    def portable(self, saved: Any) -> Any:
        """Return a saved state as plain data, in several parts."""
        return *saved, bytes(PADDING)

    def adopted(self, given: Any) -> Any:
        """Return plain data of another page as a saved state."""
        state, over, padding = given
        if len(padding) != PADDING:
            raise ValueError("not a state of this game")
        return int(state), bool(over)


def _status(flags: int) -> str:
    return "bot" if flags & BOT else "disconnected" if flags & ABSENT else "present"


def wrong(last_word: bytes, default_word: bytes) -> bytes:
    """Predict what cannot be right: the worst predictor there is."""
    return bytes(((last_word[0] + 1) % ACTIONS, last_word[1]))


PREDICTORS: dict[str, Predictor] = {"repeat_last": repeat_last, "default": default, "wrong": wrong}
