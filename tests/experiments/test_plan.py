"""A way through the study: repeats gone through, orders drawn, names that tell the runs apart."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiments.order import Order
from app.experiments.plan import Step, unfold
from tests.experiments.studies import Part, random_order, repeat, static, study


def ids(*scenes: Part, seed: int = 0) -> list[str]:
    steps = unfold(study(*scenes), np.random.default_rng(seed))
    return [step.id for step in steps][1:-1]


def test_scenes_outside_blocks_keep_their_names_and_order() -> None:
    steps = unfold(study(static("a"), static("b")), np.random.default_rng(0))
    assert steps == [Step("welcome", "welcome"), Step("a", "a"), Step("b", "b"), Step("end", "end")]


def test_a_repeat_numbers_its_runs_outermost_first() -> None:
    nested = repeat("outer", 2, static("a"), repeat("inner", 3, static("b")))
    assert ids(nested) == ["a-1", "b-1-1", "b-1-2", "b-1-3", "a-2", "b-2-1", "b-2-2", "b-2-3"]
    last = unfold(study(nested), np.random.default_rng(0))[-2]
    assert (last.scene_id, last.runs) == ("b", {"outer": 2, "inner": 3}) and list(last.runs) == ["outer", "inner"]


def test_a_random_order_keeps_a_block_inside_it_together_and_as_many_parts_as_it_says() -> None:
    block = random_order("any", static("a"), repeat("twice", 2, static("b"), static("c")), static("d"), keep_n=2)
    seen = Counter(tuple(ids(block, seed=seed)) for seed in range(300))
    twice = ("b-1", "c-1", "b-2", "c-2")
    assert set(seen) == {
        ("a", *twice), (*twice, "a"), ("d", *twice), (*twice, "d"), ("a", "d"), ("d", "a"),
    }  # fmt: skip
    assert min(seen.values()) > 25, "each is drawn about 50 times"


def test_every_run_of_a_repeat_draws_its_own_order() -> None:
    again = repeat("rounds", 2, random_order("any", *(static(name) for name in "abcd")))
    plans = [ids(again, seed=seed) for seed in range(20)]
    orders = [([name[0] for name in plan[:4]], [name[0] for name in plan[4:]]) for plan in plans]
    assert any(first != second for first, second in orders)


def test_the_same_state_of_the_generator_gives_the_same_plan() -> None:
    block = random_order("any", *(static(name) for name in "abcdefgh"))
    assert ids(block, seed=3) == ids(block, seed=3) != ids(block, seed=4)


@st.composite
def parts(draw: Any) -> list[Part]:
    """Scenes and blocks in any nesting, each with its own name."""
    number = iter(range(1000))

    def some(depth: int) -> list[Part]:
        return [one(depth) for _ in range(draw(st.integers(1, 3)))]

    def one(depth: int) -> Part:
        kind = draw(st.sampled_from(["static", "repeat", "random_order"] if depth < 3 else ["static"]))
        name = f"s{next(number)}"
        if kind == "static":
            return static(name)
        inner = some(depth + 1)
        if kind == "repeat":
            return repeat(name, draw(st.integers(1, 3)), *inner)
        kept = draw(st.none() | st.integers(1, len(inner)))
        return random_order(name, *inner, **({} if kept is None else {"keep_n": kept}))

    return some(0)


def _count(part: Part) -> tuple[int, int]:
    """The fewest and the most steps that a part unfolds into."""
    counts = [_count(inner) for inner in part.get("scenes", ())]
    if part["type"] == "repeat":
        return part["n"] * sum(low for low, _ in counts), part["n"] * sum(high for _, high in counts)
    if part["type"] == "random_order":
        kept = part.get("keep_n", len(counts))
        return sum(sorted(low for low, _ in counts)[:kept]), sum(sorted(high for _, high in counts)[-kept:])
    return 1, 1


@settings(max_examples=80, deadline=None)
@given(parts(), st.integers(0, 2**32))
def test_whatever_the_nesting_no_step_is_lost_doubled_or_out_of_its_block(scenes: list[Part], seed: int) -> None:
    experiment = study(*scenes)
    steps = unfold(experiment, np.random.default_rng(seed))
    assert len({step.id for step in steps}) == len(steps)
    assert steps[0].id == "welcome" and steps[-1].id == "end"
    low, high = (sum(each) for each in zip(*map(_count, scenes), strict=True))
    assert low <= len(steps) - 2 <= high
    known = {place.id: place for place in Order(experiment.scenes).places}
    for step in steps:
        assert known[step.id].scene_id == step.scene_id and known[step.id].runs == step.runs
    order = Order(experiment.scenes)
    for earlier, later in zip(steps, steps[1:], strict=False):
        assert order.may_precede(earlier.id, later.id), "the checks at load must know every order that can be drawn"
