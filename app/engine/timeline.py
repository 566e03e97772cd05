"""What was stepped in this episode, with which words, and how to go back to any frame that may still change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .simulation import Outcome, Simulation

HASH_INTERVAL = 30
"""Frames between two hashed states: the same at every seat, for the hash is a recorded column."""
COST_SAMPLES = 60
"""Steps after which the spacing of snapshots is chosen anew from measured costs."""
ROLLBACKS_A_FRAME = 0.67
"""How often a frame is rolled back at 50 ms and 1 % loss; only the spacing of snapshots depends on it."""


class Timeline:
    """The stepped frames of one episode: results, words used, snapshots.

    A snapshot at frame `f` is the state before it is stepped; it is taken just before that. They stand at `first_open`,
    from there on a grid, whose spacing is chosen so that saving and stepping again cost least together, and wherever a
    state is hashed.

    Attributes:
        frame: The next frame to step.
        first_open: The first frame whose inputs are not all known: no rollback goes back to before it, so that stepping
            known frames again saves nothing.
        frames: Its frames at most; an early end lowers it.

    Args:
        simulation: The episode, at frame 0.
        frames: Its frames at most.
        spacing: Frames between snapshots; None chooses by measured cost.
        most_apart: The widest spacing.
        timer: A clock in ms; None where nothing is measured.
    """

    def __init__(
        self,
        simulation: Simulation,
        frames: int,
        spacing: int | None,
        most_apart: int,
        timer: Callable[[], float] | None,
    ) -> None:
        self._simulation = simulation
        self.frames = frames
        self._fixed = spacing is not None
        self._spacing = spacing or 1
        self._most_apart = most_apart
        self._timer = timer
        self._step_ms = self._save_ms = 0.0
        self._steps = self._saves = 0
        self._costs: tuple[float, float] | None = None
        self._snapshots: dict[int, Any] = {0: simulation.save()}
        self._outcomes: dict[int, Outcome] = {}
        self._used: dict[int, tuple[bytes, ...]] = {}
        self._predicted: dict[int, tuple[int, ...]] = {}
        self._depths: dict[int, int] = {}
        self.frame = 0
        self.first_open = 0

    def step(self, words: tuple[bytes, ...], predicted: Sequence[int], rollback_depth: int) -> None:
        """Step the current frame.

        Args:
            words: One a seat.
            predicted: The seats whose word is a guess; kept of the frame's first step only.
            rollback_depth: Depth of the rollback that steps it again, 0 for none.
        """
        frame = self.frame
        began = self._timer() if self._timer else 0.0
        if frame not in self._snapshots and self._wanted(frame):
            began = self._save(began)
        self._outcomes[frame] = self._simulation.step(frame, words)
        if self._timer:
            self._step_ms += self._timer() - began
            self._steps += 1
        self._used[frame] = words
        if frame not in self._predicted:
            self._predicted[frame] = tuple(predicted)
        if rollback_depth:
            self._depths[frame] = max(rollback_depth, self._depths.get(frame, 0))
        self.frame = frame + 1

    def go_back(self, target: int) -> None:
        """Return to the newest snapshot at or before a frame; those after it are void."""
        base = max([at for at in self._snapshots if at <= target], default=None)
        assert base is not None, f"INV-3: no snapshot at or before frame {target}"
        for at in [at for at in self._snapshots if at > target]:
            del self._snapshots[at]
        self.frame = base
        self._simulation.load(self._snapshots[base])

    def resume(self, frame: int, saved: Any, words: tuple[bytes, ...]) -> None:
        """Go on at a frame whose state was taken over; the simulation holds it already.

        Args:
            frame: The next one to step.
            saved: The state before it.
            words: Of the frame before it, which is known to have been stepped and not to be the last.
        """
        self.frame, self._snapshots, self._depths = frame, {frame: saved}, {}
        self._outcomes, self._used, self._predicted = {frame - 1: Outcome("")}, {frame - 1: words}, {frame - 1: ()}

    def cut(self, until: int) -> None:
        """Forget the results of frames from the current one up to `until`: the corrected episode ends earlier."""
        for frame in range(self.frame, until):
            self._forget(frame)

    def used(self, frame: int) -> tuple[bytes, ...]:
        """Return the words that a frame was stepped with."""
        return self._used[frame]

    def predicted(self, frame: int) -> tuple[int, ...]:
        """Return the seats whose words were guessed when a frame was first stepped."""
        return self._predicted[frame]

    def depth(self, frame: int) -> int:
        """Return the depth of the deepest rollback that stepped a frame again."""
        return self._depths.get(frame, 0)

    def outcome(self, frame: int) -> Outcome:
        """Return what a stepped frame came to."""
        return self._outcomes[frame]

    def ends(self, frame: int) -> bool:
        """Say whether a stepped frame is the episode's last, as far as the words it was stepped with go."""
        return self._outcomes[frame].over or frame >= self.frames - 1

    def hashed(self, frame: int) -> bool:
        """Say whether the state after a stepped frame is hashed."""
        return self.ends(frame) or (frame + 1) % HASH_INTERVAL == 0

    def hash_after(self, frame: int) -> int:
        """Return the hash of the state after a frame that is `hashed`."""
        if frame + 1 not in self._snapshots:
            assert frame + 1 == self.frame, f"INV-3: no snapshot to hash before frame {frame + 1}"
            self._save(self._timer() if self._timer else 0.0)
        return self._simulation.hash(self._snapshots[frame + 1])

    def saved_before(self, frame: int) -> Any:
        """Return the snapshot before a frame, for which there must be one."""
        return self._snapshots[frame]

    def discard_before(self, needed: int) -> None:
        """Forget what only frames before `needed` could ask for."""
        base = max([at for at in self._snapshots if at <= needed], default=0)
        for at in [at for at in self._snapshots if at < base]:
            del self._snapshots[at]
        for frame in [frame for frame in self._outcomes if frame < min(needed, self.frame - 1)]:
            self._forget(frame)

    def costs(self) -> tuple[float, float] | None:
        """Return what a step and a snapshot have cost of late, ms each; None before enough were measured."""
        return self._costs

    def _wanted(self, frame: int) -> bool:
        if self.hashed(frame - 1) or frame == self.first_open:
            return True
        return frame > self.first_open and frame % self._spacing == 0

    def _forget(self, frame: int) -> None:
        del self._outcomes[frame], self._used[frame], self._predicted[frame]
        self._depths.pop(frame, None)

    def _save(self, began: float) -> float:
        """Save the current state, for which the time was taken; return the time when it is done."""
        self._snapshots[self.frame] = self._simulation.save()
        if not self._timer:
            return began
        done = self._timer()
        self._save_ms += done - began
        self._saves += 1
        if not self._fixed and self._steps >= COST_SAMPLES:
            self._choose_spacing()
        return done

    def _choose_spacing(self) -> None:
        """Choose the spacing at which saving and stepping again cost least together."""
        step, save = self._costs = self._step_ms / self._steps, self._save_ms / self._saves
        best = (2 * save / (step * ROLLBACKS_A_FRAME)) ** 0.5 if step > 0 else 1
        self._spacing = max(1, min(self._most_apart, round(best)))
        self._step_ms = self._save_ms = 0.0
        self._steps = self._saves = 0
