"""What a browser needs to make the environment and play a game scene, as plain JSON types. Used by config.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.experiments.game_scene import GameScene

if TYPE_CHECKING:
    from app.experiments.config import Experiment


def game_setup(
    experiment: Experiment,
    scene: GameScene,
    condition: Mapping[str, Any] | None,
    answers: Mapping[str, Mapping[str, Any]] | None,
) -> dict[str, Any]:
    """Return the setup; see `Experiment.match_setup`."""
    return {
        "factory": experiment.environment.factory,
        "config": experiment.environment.config,
        "context": {
            "condition": dict(condition or {}),
            "roles": [seat.role for seat in experiment.seats.values()],
            "answers": {
                seat: {name: (answers or {}).get(seat, {}).get(name) for name in experiment.environment.answers}
                for seat in experiment.seats
            },
        },
        "seats": list(experiment.seats),
        "fps": scene.rendering.fps,
        "game_width": scene.rendering.game_width,
        "game_height": scene.rendering.game_height,
        "background": scene.rendering.background,
        "num_episodes": scene.gameplay.num_episodes,
        "max_steps": scene.gameplay.max_steps,
        "default_action": scene.gameplay.default_action,
        "input_mode": scene.gameplay.input_mode,
        "keys": dict(scene.keys),
        "key_labels": dict(scene.key_labels),
        "mouse": scene.mouse.model_dump() if scene.mouse else None,
        "gamepad": scene.gamepad.model_dump() if scene.gamepad else None,
        "input_delay": scene.input_delay,
        "prediction_window": scene.multiplayer.prediction_window,
        "predictor": scene.predictor,
        "policies": _policies(experiment, scene),
        "after_departure": scene.multiplayer.after_departure,
        "on_reload": scene.multiplayer.on_reload,
        "reconnection_timeout_ms": scene.multiplayer.reconnection_timeout_ms,
        "longest_stepping_ms": scene.multiplayer.longest_stepping_ms,
        "record": {"observations": scene.record.observations, "info": list(scene.record.info)},
    }


def _policies(experiment: Experiment, scene: GameScene) -> dict[str, dict[str, Any]]:
    """Return who plays for which seat, from the beginning or once its person has left; see `PolicyPlan`."""
    plans: dict[str, dict[str, Any]] = {}
    after = scene.multiplayer
    for name, seat in experiment.seats.items():
        if seat.policy is not None:
            plans[name] = {"policy": seat.policy, "config": seat.policy_config, "frame_skip": seat.frame_skip}
        elif after.departure_policy is not None:
            plans[name] = {
                "policy": after.departure_policy, "config": after.departure_policy_config,
                "frame_skip": after.departure_frame_skip, "departure": True,
            }  # fmt: skip
    return plans
