"""One trace, fixed seeds and inputs, is the same in Chromium, in Firefox and under Node: every frame's state and row.

Each engine boots what participants load, from the memory snapshot, once; that and 1,500 frames cost about half a
minute for all of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.trace.engines import ENGINES, Trace, first_difference, prepared_for_traces

pytestmark = pytest.mark.browser

CARTPOLE = {
    "name": "CartPole",
    "factory": "gymnasium.envs.classic_control.cartpole:CartPoleEnv",
    "config": {},
    "seats": ["player"],
    "frames": 600,
    "seed": 11,
}
OVERCOOKED = {
    "name": "cramped room",
    "factory": "environment:make_env",
    "config": {"layout": "cramped_room"},
    "seats": ["0", "1"],
    "frames": 300,
    "seed": 12,
}
SLIME_VOLLEYBALL = {
    "name": "slime volleyball",
    "factory": "slime_volleyball.slimevolley_env:SlimeVolleyEnv",
    "config": {},
    "seats": ["agent_left", "agent_right"],
    "frames": 600,
    "seed": 13,
}
# What must be told apart: a state that depends on the browser, and a game from another seed in one of them.
CONTROL = {
    "name": "browser-dependent",
    "factory": "tells_browsers_apart:TellsBrowsersApart",
    "config": {},
    "seats": ["player"],
    "frames": 60,
    "seed": 14,
}
LEAKS_AT = 40
GAMES = [CARTPOLE, OVERCOOKED, SLIME_VOLLEYBALL]


def reseeded(game: dict[str, Any], engine: str) -> dict[str, Any]:
    """The game under another name, from a seed that is the engine's own."""
    return {**game, "name": f"{game['name']}, own seed", "seed": 100 + list(ENGINES).index(engine), "frames": 5}


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """What every engine made of all games."""
    runtime = prepared_for_traces(tmp_path_factory.mktemp("experiment"))
    return {
        engine: play(
            runtime, [*GAMES, CONTROL, *(reseeded(game, engine) for game in GAMES)], tmp_path_factory.mktemp(engine)
        )
        for engine, play in ENGINES.items()
    }


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game["name"])
def test_every_frame_has_the_same_state_and_row_in_every_engine(traces: dict[str, Trace], game: dict[str, Any]) -> None:
    assert first_difference(game["name"], traces) is None
    hashes = [state for state, _row in traces["Node"][game["name"]]]
    assert len(hashes) == game["frames"]
    assert len(set(hashes)) > 0.9 * len(hashes), "states that hardly change would prove little"


@pytest.mark.parametrize("game", [CARTPOLE, SLIME_VOLLEYBALL], ids=lambda game: game["name"])
def test_the_trace_goes_over_the_ends_of_episodes(traces: dict[str, Trace], game: dict[str, Any]) -> None:
    episodes = {row.partition(",")[0] for _state, row in traces["Node"][game["name"]]}
    assert len(episodes) >= 3


def test_a_state_that_depends_on_the_browser_is_found_at_its_frame(traces: dict[str, Trace]) -> None:
    for pair in (("Chromium", "Firefox"), ("Chromium", "Node"), ("Firefox", "Node")):
        found = first_difference(CONTROL["name"], {engine: traces[engine] for engine in pair})
        assert found is not None
        assert found.startswith(f"browser-dependent, frame {LEAKS_AT}, state: {pair[0]} has ")


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game["name"])
def test_another_seed_in_one_engine_is_found_at_once(traces: dict[str, Trace], game: dict[str, Any]) -> None:
    found = first_difference(f"{game['name']}, own seed", traces)
    assert found is not None and ", frame 0, state: Chromium has " in found


def test_a_trace_that_ends_early_and_a_row_alone_that_differs_are_found() -> None:
    whole: Trace = {"game": [["a", "1"], ["b", "2"]]}
    assert first_difference("game", {"one": whole, "other": {"game": [["a", "1"]]}}) == (
        "game: one played 2 frames, other 1"
    )
    assert first_difference("game", {"one": whole, "other": {"game": [["a", "1"], ["b", "3"]]}}) == (
        "game, frame 1, row: one has 2, other has 3"
    )
