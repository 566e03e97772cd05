"""Two cooks in one of cogrid's Overcooked kitchens, paced and drawn for people.

`make_env` is what `experiment.toml` names. The rules are cogrid's, untouched: onions, pots, plates, deliveries, who
gives way to whom, rewards. Added here is what people need: a walking pace (`pacing.py`), a cooking time that fits it,
a picture (`picture.py`), and the number of delivered soups in `info`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cogrid.cogrid_env import CoGridEnv
from cogrid.core.objects.registry import object_to_idx
from cogrid.envs.overcooked.agent import OvercookedAgent
from cogrid.envs.overcooked.rewards import DeliveryReward, OnionInPotReward, SoupInDishReward
from pacing import NOOP, PICK_UP_OR_DROP, TOGGLE, Pace
from picture import KitchenPicture

from app.engine.drawing import Surface

LAYOUTS = ("cramped_room", "asymmetric_advantages", "coordination_ring", "forced_coordination", "counter_circuit")

FEWEST_FEATURES = ("agent_dir",)
"""Observations nobody reads: people look at the picture. cogrid's full feature list costs 1.7 ms a step in plain Python
and several in a browser, more than everything else in a step together, and a rollback repeats it for every frame."""

FULL_FEATURES = (
    "agent_dir",
    "overcooked_inventory",
    "next_to_counter",
    "next_to_pot",
    "object_type_masks",
    "ordered_pot_features",
    "dist_to_other_players",
    "agent_position",
    "can_move_direction",
)
"""What cogrid's own Overcooked environments observe (892 numbers for each cook)."""

NEVER = 2_000_000_000
"""cogrid wants an episode length; here the experiment decides it (`gameplay.max_steps`)."""

CHANGING = ("agent_pos", "agent_dir", "agent_inv", "object_type_map", "object_state_map", "done")
CHANGING_EXTRA = ("overcooked.pot_contents", "overcooked.pot_timer")
"""The arrays of cogrid's state that change within an episode. The others are the layout and the rules, which every copy
of this kitchen has anyway. cogrid's own `get_state` returns all of it, which takes three times as long."""

SOUP_POINTS = 20
DIRECTIONS = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Row and column of one step to cogrid's directions right, down, left and up."""
ARROW_DIRECTIONS = (3, 1, 2, 0)
"""The direction of each arrow action: up, down, left, right."""


def make_env(
    layout: str = "cramped_room",
    features: Sequence[str] | str = FEWEST_FEATURES,
    frames_per_move: int = 5,
    cook_frames: int = 150,
    width: int = 640,
    height: int = 480,
    **_: Any,
) -> OvercookedPair:
    """Return a kitchen for the cooks 0 and 1.

    Args:
        layout: One of `LAYOUTS`.
        features: cogrid's observation features: a list of names, or `"full"` for those that cogrid's own Overcooked
            environments have. The default is as little as cogrid allows, which makes a step 2.4 times cheaper.
        frames_per_move: Frames a cook takes for one tile. At 30 frames a second 5 is a brisk walk, 3 is hectic.
        cook_frames: Frames from the third onion to a finished soup; 150 are 5 s at 30 frames a second.
        width: Width of the picture in pixels, the scene's `rendering.game_width`.
        height: Height of the picture in pixels, the scene's `rendering.game_height`.

    Raises:
        ValueError: A setting this kitchen cannot have; the message names it.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"environment.config.layout = {layout!r}; use one of {', '.join(LAYOUTS)}.")
    for name, value in (("frames_per_move", frames_per_move), ("cook_frames", cook_frames)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"environment.config.{name} = {value!r}; use a whole number of frames, 1 or more.")
    names = FULL_FEATURES if features == "full" else features
    if isinstance(names, str) or not names:
        raise ValueError(f'environment.config.features = {features!r}; use "full" or a list of feature names.')
    return OvercookedPair(layout, list(names), frames_per_move, cook_frames, (width, height))


class OvercookedPair:
    """A PettingZoo-parallel kitchen whose whole state is plain data.

    Actions are cogrid's seven: up, down, left, right, pick up or put down, use, nothing. "Use" is cogrid's toggle,
    which these kitchens give no meaning; here it picks up or puts down at a crate, a pot or the delivery window, and
    does nothing anywhere else, so it never leaves an onion on the floor by mistake.

    Rewards are cogrid's, shared by both cooks: 3 for an onion in a pot, 5 for a plated soup, 20 for a delivery.
    `info["delivered"]` is how many soups that cook has handed over in this episode.
    """

    metadata = {"name": "overcooked_pair", "is_parallelizable": True, "render_modes": []}
    render_mode = None

    def __init__(
        self, layout: str, features: list[str], frames_per_move: int, cook_frames: int, size: tuple[int, int]
    ) -> None:
        """Build the kitchen; `make_env` checks the arguments."""
        self._kitchen = CoGridEnv(
            config={
                "name": "overcooked",
                "num_agents": 2,
                "action_set": "cardinal_actions",
                "features": features,
                "rewards": [
                    DeliveryReward(coefficient=float(SOUP_POINTS), common_reward=True),
                    OnionInPotReward(coefficient=3.0, common_reward=True),
                    SoupInDishReward(coefficient=5.0, common_reward=True),
                ],
                "grid": {"layout": f"overcooked_{layout}_v0"},
                "max_steps": NEVER,
                "scope": "overcooked",
            },
            agent_class=OvercookedAgent,
        )
        self.possible_agents: list[int] = list(self._kitchen.possible_agents)
        self.agents: list[int] = []
        self._pace = Pace(len(self.possible_agents), frames_per_move)
        self._cook_frames = cook_frames
        self._picture = KitchenPicture(size, cook_frames, SOUP_POINTS)
        self._set_cook_time(cook_frames)
        self._appliances = frozenset(
            object_to_idx(name, scope="overcooked")
            for name in ("pot", "onion_stack", "tomato_stack", "plate_stack", "delivery_zone")
        )
        self._soups = frozenset(object_to_idx(name, scope="overcooked") for name in ("onion_soup", "tomato_soup"))
        self._came_from: list[list[int]] = []
        self._delivered: list[int] = []
        self._last_delivery: list[int] = []

    def _set_cook_time(self, frames: int) -> None:
        """Replace cogrid's 30 steps in this kitchen's own tables; the class that all kitchens share stays as it is."""
        tables = self._kitchen._scope_config["static_tables"]
        for key in ("cooking_time", "pot_cooking_time"):
            tables[key] = frames
        for key in ("recipe_cooking_time", "pot_recipe_cooking_time"):
            tables[key] = np.full_like(tables[key], frames)

    def action_space(self, agent: int) -> Any:
        """Return the seven actions of a cook."""
        return self._kitchen.action_space(agent)

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[dict, dict]:
        """Start an episode.

        Args:
            seed: Decides where the cooks stand, where they look, and who gives way. None counts as 0: a kitchen that
                nobody can reproduce is of no use here.
            options: Not used.
        """
        observations, _ = self._kitchen.reset(seed=0 if seed is None else int(seed))
        self.agents = list(self.possible_agents)
        self._pace.reset()
        self._came_from = self._kitchen._env_state.agent_pos.tolist()
        self._delivered = [0] * len(self.agents)
        self._last_delivery = []
        return observations, self._infos()

    def step(self, actions: Mapping[int, int]) -> tuple[dict, dict, dict, dict, dict]:
        """Advance by one frame.

        Args:
            actions: For each cook what its participant's keys say on this frame, held keys included.
        """
        before = self._kitchen._env_state
        asked = {agent: self._asked(agent, int(actions.get(agent, NOOP))) for agent in self.possible_agents}
        observations, rewards, terminations, truncations, _ = self._kitchen.step(asked)
        after = self._kitchen._env_state
        here, there = before.agent_pos.tolist(), after.agent_pos.tolist()
        for agent in self.possible_agents:
            if here[agent] != there[agent]:
                self._pace.walked(agent)
                self._came_from[agent] = here[agent]
            if int(before.agent_inv[agent, 0]) in self._soups and self._served(agent, asked[agent]):
                self._delivered[agent] += 1
                self._last_delivery = [agent, int(after.time)]
        return observations, rewards, terminations, truncations, self._infos()

    def render(self, viewer: int | None = None) -> Surface:
        """Return the kitchen as it stands.

        Args:
            viewer: The cook whose participant looks at the picture, for a mark above it; None draws no mark.
        """
        return self._picture.draw(
            self._kitchen._env_state,
            came_from=self._came_from,
            progress=[self._pace.progress(agent) for agent in self.possible_agents],
            delivered=sum(self._delivered),
            points=round(self._kitchen.cumulative_score / len(self.possible_agents)),
            last_delivery=self._last_delivery,
            viewer=viewer,
        )

    def get_state(self) -> dict[str, Any]:
        """Return everything that decides what comes next, as fresh lists, numbers and strings (JSON can hold it)."""
        return {
            "kitchen": self._kitchen_state(),
            "pace": self._pace.get_state(),
            "came_from": [list(cell) for cell in self._came_from],
            "delivered": list(self._delivered),
            "last_delivery": list(self._last_delivery),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned; the argument stays as it is and stays the caller's."""
        self._set_kitchen_state(state["kitchen"])
        self._pace.set_state(state["pace"])
        self._came_from = [list(cell) for cell in state["came_from"]]
        self._delivered = list(state["delivered"])
        self._last_delivery = list(state["last_delivery"])

    def _kitchen_state(self) -> dict[str, Any]:
        kitchen, state = self._kitchen, self._kitchen._env_state
        return {
            "arrays": [getattr(state, name).tolist() for name in CHANGING],
            "extra": [state.extra_state[name].tolist() for name in CHANGING_EXTRA],
            "time": int(state.time),
            "key": state.rng_key,
            "generator": kitchen.np_random.bit_generator.state,
            "t": kitchen.t,
            "score": kitchen.cumulative_score,
        }

    def _set_kitchen_state(self, saved: Mapping[str, Any]) -> None:
        kitchen, state = self._kitchen, self._kitchen._env_state
        arrays = {
            name: np.array(values, getattr(state, name).dtype)
            for name, values in zip(CHANGING, saved["arrays"], strict=True)
        }
        extra = {
            name: np.array(values, state.extra_state[name].dtype)
            for name, values in zip(CHANGING_EXTRA, saved["extra"], strict=True)
        }
        kitchen._env_state = dataclasses.replace(
            state, **arrays, extra_state=state.extra_state | extra, time=np.int32(saved["time"]), rng_key=saved["key"]
        )
        kitchen.np_random.bit_generator.state = saved["generator"]
        kitchen.t, kitchen.cumulative_score = saved["t"], saved["score"]

    def close(self) -> None:
        """Release nothing: the kitchen holds no files or windows."""

    def _asked(self, agent: int, action: int) -> int:
        """Return what cogrid is asked to do for a cook on this frame."""
        asked = self._pace.next_action(agent, action, self._only_turns)
        if asked == TOGGLE and self._facing(agent) in self._appliances:
            return PICK_UP_OR_DROP
        return asked

    def _cell(self, agent: int, direction: int) -> tuple[int, int] | None:
        """Return the cell next to a cook, None outside the grid."""
        state = self._kitchen._env_state
        row, column = DIRECTIONS[direction]
        row, column = int(state.agent_pos[agent, 0]) + row, int(state.agent_pos[agent, 1]) + column
        return (row, column) if 0 <= row < state.height and 0 <= column < state.width else None

    def _only_turns(self, agent: int, arrow: int) -> bool:
        cell = self._cell(agent, ARROW_DIRECTIONS[arrow])
        if cell is None:
            return True
        state = self._kitchen._env_state
        kind = state.object_type_map[cell]
        return bool(state.wall_map[cell]) or (kind > 0 and not self._kitchen._lookup_tables["CAN_OVERLAP"][kind])

    def _facing(self, agent: int) -> int:
        cell = self._cell(agent, int(self._kitchen._env_state.agent_dir[agent]))
        return 0 if cell is None else int(self._kitchen._env_state.object_type_map[cell])

    def _served(self, agent: int, asked: int) -> bool:
        """Say whether a cook that held a soup has just handed it over."""
        if asked != PICK_UP_OR_DROP or int(self._kitchen._env_state.agent_inv[agent, 0]) != -1:
            return False
        return self._facing(agent) == object_to_idx("delivery_zone", scope="overcooked")

    def _infos(self) -> dict[int, dict[str, int]]:
        return {agent: {"delivered": self._delivered[agent]} for agent in self.possible_agents}
