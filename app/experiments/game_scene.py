"""The scene in which a match is played: picture, actions, waiting, netcode and what is recorded.

Part of `experiment.toml`; `scenes.py` puts the kinds of scene together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from app.experiments.controls import Action, Gamepad, Keys, Mouse
from app.experiments.errors import PartError
from app.experiments.names import (
    LEAVE_PATTERN,
    OBJECT_PATTERN,
    POLICY_REMEDY,
    Colour,
    FrameSkip,
    PageFile,
    PolicyName,
)
from app.experiments.scene_base import InnerScene
from app.experiments.section import Section, unit, use


def _window(value: int) -> int:
    if value == 1:
        raise ValueError("use 0 for lockstep, or 2 to 12 frames")
    return value


class Rendering(Section):
    """`rendering` of a game scene."""

    fps: int = Field(
        default=10, ge=1, le=60, description="environment steps per second", json_schema_extra=unit("frames per second")
    )
    game_width: int = Field(
        default=600, ge=50, le=4000, description="width of the game's picture", json_schema_extra=unit("pixels")
    )
    game_height: int = Field(
        default=400, ge=50, le=4000, description="height of the game's picture", json_schema_extra=unit("pixels")
    )
    background: Colour = Field(
        default="#f4f1ea", description="colour behind the picture", json_schema_extra=use('"#rrggbb"')
    )


class Gameplay(Section):
    """`gameplay` of a game scene."""

    num_episodes: int = Field(
        default=1, ge=1, le=1000, description="episodes a match plays", json_schema_extra=unit("episodes")
    )
    max_steps: int = Field(
        default=10000, ge=1, le=1_000_000, description="steps after which an episode is truncated",
        json_schema_extra=unit("steps"),
    )  # fmt: skip
    default_action: Action = Field(description="the action of a seat whose player presses nothing")
    input_mode: Literal["pressed_keys", "single_keystroke"] = Field(
        default="pressed_keys",
        description="pressed_keys repeats the action while a key is held; single_keystroke acts once for a press",
    )


class Waitroom(Section):
    """`waitroom` of a game scene."""

    timeout_ms: int = Field(
        default=120_000, ge=1000, le=86_400_000, description="longest wait for partners",
        json_schema_extra=unit("milliseconds"),
    )  # fmt: skip
    then: str = Field(
        default="leave:LOBBY_TIMEOUT",
        pattern=f"^{LEAVE_PATTERN}$",
        description="what happens then: the end scene with this reason's code",
        json_schema_extra=use('"leave:" and a reason, such as "leave:LOBBY_TIMEOUT"'),
    )

    @property
    def exit_reason(self) -> str:
        """The reason a participant leaves with after the longest wait."""
        return self.then.partition(":")[2]


class Matchmaking(Section):
    """`matchmaking` of a game scene."""

    matchmaker: Literal["fifo"] = Field(default="fifo", description="fifo: who waits longest is matched first")
    roles: Literal["random", "fixed"] = Field(
        default="random",
        description="random: seats are drawn from master_seed; fixed: seats in the order of entering the waiting room",
    )


class Multiplayer(Section):
    """`multiplayer` of a game scene."""

    mode: Literal["p2p"] = Field(default="p2p", description="who steps the environment: every participant's browser")
    input_delay: int | None = Field(
        default=None, ge=0, le=8,
        description="frames between a key and its effect at both players; unset: 0 up to 30 frames per second, else 1",
        json_schema_extra=unit("frames"),
    )  # fmt: skip
    prediction_window: Annotated[int, AfterValidator(_window)] = Field(
        default=8, ge=0, le=12,
        description="frames played ahead of the partners' last known inputs before waiting; 0 waits for every frame "
        "(lockstep), otherwise 2 or more",
        json_schema_extra=unit("frames"),
    )  # fmt: skip
    predictor: str | None = Field(
        default=None, pattern=rf"^(repeat_last|default|{OBJECT_PATTERN})$",
        description="how a partner's missing input is guessed: repeat_last, default or module:object, called as "
        "object(last_action, default_action); unset: repeat_last for pressed_keys, else default",
        json_schema_extra=use('"repeat_last", "default" or module:object, such as "guessing:predict"'),
    )  # fmt: skip
    after_departure: Literal["end", "default_action", "policy"] = Field(
        default="end",
        description="what follows when a player has left for good: end the match, go on with the seat's default "
        "action, or let departure_policy play",
    )
    on_reload: Literal["rejoin", "leave"] = Field(
        default="rejoin",
        description="what a page that is loaded again during a match does: rejoin takes its seat again once it has "
        "caught up, leave counts as having left",
    )
    departure_policy: PolicyName | None = Field(
        default=None,
        description="module:object of the AI player who takes the seat of a person who has left",
        json_schema_extra=POLICY_REMEDY,
    )
    departure_frame_skip: FrameSkip = Field(
        default=4, description="frames for which that AI player keeps an action", json_schema_extra=unit("frames")
    )
    departure_policy_config: dict[str, Any] = Field(
        default_factory=dict, description="keyword arguments of the AI player's class or factory"
    )
    connection_timeout_ms: int = Field(
        default=5000, ge=500, le=60_000, description="longest try for a direct connection before the server relays",
        json_schema_extra=unit("milliseconds"),
    )  # fmt: skip
    reconnection_timeout_ms: int = Field(
        default=30_000, ge=1000, le=600_000, description="longest absence of a player before they count as having left",
        json_schema_extra=unit("milliseconds"),
    )  # fmt: skip
    longest_stepping_ms: int = Field(
        default=5000, ge=0, le=60_000,
        description="a page that is loaded again steps what it has missed; where that would take longer than this, it "
        "takes over another player's state instead, if the environment's get_state is plain data; 0 never steps",
        json_schema_extra=unit("milliseconds"),
    )  # fmt: skip
    partner_disconnect_message: str | None = Field(
        default=None, min_length=1, max_length=1000,
        description="shown to those who remain when a player leaves; unset: a sentence in the study's language",
        json_schema_extra=use("1 to 1000 characters"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _a_departure_has_its_policy(self) -> Multiplayer:
        if self.after_departure == "policy" and self.departure_policy is None:
            raise PartError("departure_policy", 'is missing; add it, such as "players:Chaser"')
        if self.after_departure != "policy":
            for key in ("departure_policy", "departure_frame_skip", "departure_policy_config"):
                if key in self.model_fields_set:
                    raise PartError(key, 'is used after_departure = "policy" only; set that, or leave it out')
        return self


class Record(Section):
    """`record` of a game scene: what is recorded besides actions, rewards and ends."""

    observations: bool = Field(default=False, description="whether every seat's observations are recorded")
    info: list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]] = Field(
        default_factory=list, description="keys of the environment's info to record for every seat",
        json_schema_extra=use("names of letters, digits and underscores"),
    )  # fmt: skip


class GameScene(InnerScene):
    """Waiting room, match and episodes."""

    type: Literal["game"] = "game"
    instructions: PageFile | None = Field(default=None, description="Markdown or HTML file shown beside the game")
    rendering: Rendering = Field(default_factory=Rendering, description="picture and speed")
    gameplay: Gameplay = Field(description="episodes, steps and actions")
    keys: Keys = Field(
        default_factory=dict,
        description="key codes of the browser (event.code) and what each one does while it is held: a whole action, "
        "{ component = 0, value = 1 }, or a list of such",
    )
    key_labels: dict[str, str] = Field(
        default_factory=dict, description="words shown beside a key under the game, by key code"
    )
    mouse: Mouse | None = Field(default=None, description="what the mouse does; its keys are below")
    gamepad: Gamepad | None = Field(default=None, description="what a gamepad does; its keys are below")
    waitroom: Waitroom = Field(default_factory=Waitroom, description="how long to wait for partners")
    matchmaking: Matchmaking = Field(default_factory=Matchmaking, description="who plays with whom, and where")
    multiplayer: Multiplayer = Field(default_factory=Multiplayer, description="netcode and absences")
    record: Record = Field(default_factory=Record, description="what is recorded")

    @model_validator(mode="after")
    def _there_is_something_to_act_with(self) -> GameScene:
        if not self.keys and self.mouse is None and self.gamepad is None:
            raise PartError("keys", "is missing, and so are mouse and gamepad; add one, such as keys = { ArrowUp = 1 }")
        return self

    @model_validator(mode="after")
    def _labels_are_of_keys(self) -> GameScene:
        for code in self.key_labels:
            if code not in self.keys:
                raise PartError(f"key_labels.{code}", f"labels a key that is not in keys; use {', '.join(self.keys)}")
        return self

    @property
    def input_delay(self) -> int:
        """Frames of input delay in force: the file's, or 0 up to 30 frames per second and 1 above."""
        chosen = self.multiplayer.input_delay
        return chosen if chosen is not None else int(self.rendering.fps > 30)

    @property
    def predictor(self) -> str:
        """The predictor in force: the file's, or the one that suits the input mode."""
        suited = "repeat_last" if self.gameplay.input_mode == "pressed_keys" else "default"
        return self.multiplayer.predictor or suited
