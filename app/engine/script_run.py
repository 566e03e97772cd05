"""A script of input words played on an environment, episode after episode: what the parts of the sync test share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .simulation import Outcome, Simulation

Begin = Callable[[int], Simulation]
"""Resets an environment and returns the episode of that number at frame 0; see `Episodes.begin`."""
Script = Sequence[tuple[bytes, ...]]


@dataclass(frozen=True)
class Played:
    """One frame of a run, just stepped.

    Attributes:
        at: Its place in the script.
        episode: Its episode.
        frame: Its frame there.
        outcome: What it came to.
        last: Whether the run leaves the episode with it.
    """

    at: int
    episode: int
    frame: int
    outcome: Outcome
    last: bool


class ScriptRun:
    """Plays a script as often as it is asked to, every time on an environment of its own.

    Args:
        make: Makes an environment anew and returns how its episodes are begun.
        script: The words of the frames, legal ones; where an episode ends, the next goes on with them.
        frames: An episode's frames at most.
        go_on: Asked before every frame; False ends the run there.
    """

    def __init__(self, make: Callable[[], Begin], script: Script, frames: int, go_on: Callable[[], bool]) -> None:
        self.make, self.script = make, script
        self._frames, self._go_on = frames, go_on

    def play(
        self, most: int, began: Callable[[int, Simulation], None] = lambda _at, _simulation: None
    ) -> Iterator[tuple[Played, Simulation]]:
        """Yield every frame after it was stepped.

        Args:
            most: Frames of the script.
            began: Told of every episode at its frame 0: the script's place, and the episode.
        """
        begin = self.make()
        episode = frame = 0
        simulation = begin(episode)
        began(0, simulation)
        for at, words in enumerate(self.script[:most]):
            if not self._go_on():
                return
            outcome = simulation.step(frame, words)
            ends = outcome.over or frame == self._frames - 1
            yield Played(at, episode, frame, outcome, ends or at == most - 1), simulation
            frame += 1
            if ends and at < most - 1:
                episode, frame = episode + 1, 0
                simulation = begin(episode)
                began(at + 1, simulation)


def content_of(simulation: Simulation, saved: Any) -> Any:
    """Return what of a saved state is hashed, with names for its parts where the simulation has them."""
    content = getattr(simulation, "content", None)
    return content(saved) if callable(content) else saved
