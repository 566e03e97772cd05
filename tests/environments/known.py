"""Environments that researchers know, as a study would bring them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import gymnasium

from tests.third_party import slimevb_folder

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "overcooked_pair"


def cart_pole() -> Any:
    return gymnasium.make("CartPole-v1")


def taxi() -> Any:
    return gymnasium.make("Taxi-v4")


def slime_volleyball() -> Any:
    if str(slimevb_folder()) not in sys.path:
        sys.path.append(str(slimevb_folder()))
    env = importlib.import_module("slime_volleyball.slimevolley_env").SlimeVolleyEnv()
    env.render = None  # its pictures need OpenCV
    return env


def kitchen() -> Any:
    """The example's kitchen; its files are imported as a study's are, by bare names."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        return importlib.import_module("environment").make_env()
    finally:
        sys.path.remove(str(EXAMPLE))
