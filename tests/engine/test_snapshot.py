from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.engine.snapshot import EnvironmentState, canonical_bytes, state_hash


class Leaky:
    """`get_state` returns its live list."""

    def __init__(self) -> None:
        self.items = [0]

    def get_state(self) -> list[int]:
        return self.items

    def set_state(self, state: list[int]) -> None:
        self.items = state

    def step(self) -> None:
        self.items.append(len(self.items))


def test_a_saved_state_is_private_though_get_state_returns_live_data() -> None:
    state = EnvironmentState(Leaky())
    saved = state.save()
    before = canonical_bytes(state.content(saved))
    state.env.step()
    assert canonical_bytes(state.content(saved)) == before
    state.load(saved)
    state.env.step()
    assert canonical_bytes(state.content(saved)) == before  # loading, too, must not hand out the saved copy


def test_a_state_that_cannot_be_pickled_is_saved_all_the_same() -> None:
    class Unpicklable(Leaky):
        def __reduce__(self) -> str:
            raise TypeError("no")

        def __deepcopy__(self, memo: Any) -> Unpicklable:
            return self

        def get_state(self) -> list[Any]:  # type: ignore[override]
            return [list(self.items), self]

        def set_state(self, state: list[Any]) -> None:
            self.items = list(state[0])

    state = EnvironmentState(Unpicklable())
    saved = state.save()
    state.env.items.append(7)
    state.load(saved)
    assert state.env.items == [0]


class Plain:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)
        self.seen: list[int] = []

    def step(self) -> None:
        self.seen.append(int(self.rng.integers(1000)))


def test_an_environment_without_get_state_is_saved_whole_and_goes_on_exactly_from_there() -> None:
    state = EnvironmentState(Plain())
    state.env.step()
    saved = state.save()
    runs = []
    for _ in range(2):
        state.load(saved)
        for _ in range(5):
            state.env.step()
        runs.append(list(state.env.seen))
    assert runs[0] == runs[1]
    assert state_hash(state.content(saved)) == state_hash(state.content(saved))


def test_what_can_be_pickled_no_longer_is_copied_from_then_on() -> None:
    class Turning(Leaky):
        def get_state(self) -> list[Any]:  # type: ignore[override]
            return [*self.items, lambda: 3] if len(self.items) > 1 else list(self.items)

        def set_state(self, state: list[Any]) -> None:
            self.items = [item for item in state if isinstance(item, int)]

    state = EnvironmentState(Turning())
    first = state.save()
    state.env.step()
    second = state.save()
    state.env.step()
    for saved, items in ((second, [0, 1]), (first, [0]), (second, [0, 1])):
        state.load(saved)
        assert state.env.items == items


def test_a_state_that_is_bytes_itself_is_not_taken_for_a_pickled_one() -> None:
    class Packed(Leaky):
        def get_state(self) -> bytes:  # type: ignore[override]
            return bytes(self.items)

        def set_state(self, state: bytes) -> None:  # type: ignore[override]
            self.items = list(state)

        def __deepcopy__(self, memo: Any) -> Packed:
            raise AssertionError("an environment with methods of its own is not copied")

    state = EnvironmentState(Packed())
    state._pickles = False
    saved = state.save()
    assert state.content(saved) == b"\x00"
    state.env.step()
    state.load(saved)
    assert state.env.items == [0]


KINDS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
UNSEEDED = "without seeds of its own"


@pytest.mark.parametrize(
    ("kind", "how"), [*((kind, how) for kind in KINDS for how in ("seeded", "spawned from")), ("MT19937", UNSEEDED)]
)
def test_a_generator_saved_whole_draws_on_and_spawns_on_from_there(kind: str, how: str) -> None:
    bits: Any = getattr(np.random, kind)(7)
    if how == UNSEEDED:
        bits._legacy_seeding(7)
    env: Any = Plain()
    env.rng = env.twin = np.random.Generator(bits)
    env.rng.integers(1000, size=5, dtype=np.uint32)  # half a word is left
    if how == "spawned from":
        env.rng.spawn(2)
    state = EnvironmentState(env)
    saved = state.save()
    assert isinstance(saved, bytes), "it was copied the long way, as what does not survive pickling is"

    def drawn(env: Any) -> list[int]:
        env.step()
        spawned = [] if how == UNSEEDED else env.rng.spawn(2)
        return [env.seen[-1], *(int(each.integers(1000, dtype=np.uint32)) for each in (env.rng, *spawned))]

    runs = []
    for _ in range(2):
        state.load(saved)
        assert state.env.twin is state.env.rng and state.env.rng is not env.rng
        runs.append(drawn(state.env))
    assert runs[0] == runs[1] == drawn(env)
