"""Gymnasium's CartPole with two people at it, for measuring: an environment whose step costs next to nothing.

The cart is pushed to the right when the two press differently. It never ends: a fallen pole is put up again, so that no
episode's end falls into a measurement. Runs inside Pyodide beside engine_costs.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
from gymnasium.spaces import Dict, Discrete

SEATS = ("left", "right")


class PushedCart:
    """The cart as Gymnasium makes it: the engine saves it by copying the whole object."""

    def __init__(self) -> None:
        self.cart = CartPoleEnv()
        self.action_space = Dict({seat: Discrete(2) for seat in SEATS})

    def reset(self, seed: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        observation, info = self.cart.reset(seed=seed)
        return dict.fromkeys(SEATS, observation), info

    def step(self, actions: dict[str, int]) -> tuple[Any, ...]:
        observation, reward, terminated, _, _ = self.cart.step(actions["left"] ^ actions["right"])
        if terminated:
            observation, _ = self.cart.reset()
        return dict.fromkeys(SEATS, observation), dict.fromkeys(SEATS, reward), False, False, {}


class PushedCartWithState(PushedCart):
    """The same with `get_state` and `set_state`, as the guide advises."""

    def get_state(self) -> dict[str, Any]:
        cart = self.cart
        return {
            "state": None if cart.state is None else [float(value) for value in cart.state],
            "beyond": cart.steps_beyond_terminated,
            "random": cart.np_random.bit_generator.state,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        cart = self.cart
        cart.state = None if state["state"] is None else np.array(state["state"])
        cart.steps_beyond_terminated = state["beyond"]
        cart.np_random.bit_generator.state = state["random"]
