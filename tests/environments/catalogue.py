"""Every environment of this folder, and what the sync test has to say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PASSES = ("passes",)
OUTSIDE = ("repeat", "rollback", "fresh", "start")
"""What is not in the state at all may show at any of these; which comes first depends on addresses."""


@dataclass(frozen=True)
class Case:
    """One environment.

    Attributes:
        factory: Where it is.
        expected: `passes`, or the kinds of findings it may be refused with.
        path: What the finding must name.
        seats: Its seats.
        info: The keys of `info` that are recorded.
        default_action: See the experiment's setting.
        frames: Frames to play.
    """

    factory: str
    expected: tuple[str, ...] = PASSES
    path: str | None = None
    seats: tuple[str, ...] = ("0", "1")
    info: tuple[str, ...] = ()
    default_action: Any = 0
    frames: int = 60
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.factory.partition(":")[2] + "".join(f" recording {key}" for key in self.info)

    def setup(self, max_steps: int = 25) -> dict[str, Any]:
        """What `Experiment.match_setup` would return of it, as far as the engine reads it."""
        return {
            "factory": self.factory, "config": self.config, "seats": list(self.seats), "fps": 30,
            "max_steps": max_steps, "default_action": self.default_action,
            "record": {"observations": True, "info": list(self.info)},
        }  # fmt: skip


def nasty(name: str, *expected: str, path: str | None = None) -> Case:
    return Case(f"tests.environments.nasty:{name}", expected, path)


def odd(name: str, **more: Any) -> Case:
    return Case(f"tests.environments.odd:{name}", **more)


CASES = [
    Case("tests.environments.known:cart_pole", seats=("cart",)),
    Case("tests.environments.known:taxi", seats=("driver",), info=("prob", "action_mask"), frames=6),
    Case("tests.environments.known:slime_volleyball", seats=("agent_left", "agent_right"), frames=40),
    Case("tests.environments.known:kitchen", default_action=6, info=("delivered",), frames=40),
    odd("GlobalRandom"),
    odd("StringSet"),
    odd("EarlyEnd"),
    odd("Leaving"),
    odd("Megabyte", frames=16),
    odd("Boxes", default_action=[0.0, 0.0]),
    odd("ReusedInfo", info=("total", "list")),
    odd("LiveState"),
    odd("WallClock", info=("total",)),
    odd("Closures"),
    odd("WallClock", info=("t",), expected=("repeat",), path="column info.t.0"),
    nasty("ModuleCounter", "repeat"),
    nasty("ModuleCache", "fresh"),
    nasty("ProcessNumber", "fresh"),
    nasty("Clock", "repeat"),
    nasty("Unseeded", "repeat"),
    nasty("GrowingSet", "set", path="env.seen"),
    nasty("IdOrdered", *OUTSIDE),
    nasty("HashOrdered", "repeat", "rollback", "reload", "set", "fresh", "start"),
    nasty("Raises", "error"),
    nasty("LeakyReset", "reset"),
    nasty("Forgetful", "rollback"),
    nasty("HalfRestored", "reload", path="env.cook.pace"),
    nasty("SavingDraws", "save"),
    nasty("DrawingChanges", "render", path="env.pictures"),
    nasty("ShallowCopy", "alias", path="env.pots[0]"),
    nasty("LostView", "rollback"),
    nasty("OnlyArguments", "rollback", "reload"),
    nasty("RunningGenerator", "unreadable", path="env.cooks[1].walk"),
    nasty("WeakReference", "unreadable", path="env.near.pot"),
]
