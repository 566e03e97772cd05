"""The builder's game scene: the methods of Interactive Gym's `GymScene`, with every parameter that does something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from app.experiments.builder.keys import key_codes
from app.experiments.builder.notes import note
from app.experiments.builder.scene import Scene
from app.experiments.builder.study_parts import environment_table, policy_seats, runtime_table
from app.experiments.builder.values import UNSET, page, put, reference
from app.experiments.game_scene import GameScene

_OLD_PREDICTORS = {"default_action": "default", "previous_submitted_action": "repeat_last"}


class GymScene(Scene):
    """A game: participants wait for their partners and play the episodes of a match together.

    `environment`, `policies` and `runtime` belong to the study, which has one environment and one set of seats. They
    may be said at a game, as in Interactive Gym; all games then share them.

    Args:
        scene_id: name of the scene; or use `scene`.
    """

    model: ClassVar[type[BaseModel]] = GameScene

    def __init__(self, scene_id: str = UNSET) -> None:
        super().__init__(scene_id)
        #: What this scene says of the study: tables as in the file.
        self.of_study: dict[str, dict[str, Any]] = {}

    def scene(self, scene_id: str, show_if: str = UNSET) -> Self:
        """Name the scene.

        Args:
            scene_id: unique in the study: lower-case letters, digits, hyphens and underscores. It stands in the data
                and in `show_if` rules.
            show_if: rule under which the game is played, such as `"check.passed"`; unset: always.
        """
        put(self.table, id=scene_id, show_if=show_if)
        return self

    def environment(self, env_creator: Callable[..., Any] | str = UNSET, env_config: Mapping[str, Any] = UNSET) -> Self:
        """Say what is played.

        Args:
            env_creator: function or class that makes the environment: a PettingZoo parallel one, or a Gymnasium one. It
                lies in a module of the experiment's folder; `"module:object"` says the same. Unset:
                `"environment:make_env"`.
            env_config: its keyword arguments. Beside them it gets `condition`, `roles` and `answers`, if it has
                parameters of these names.
        """
        self._study("environment", environment_table(env_creator, env_config))
        return self

    def rendering(
        self,
        fps: int = UNSET,
        game_width: int = UNSET,
        game_height: int = UNSET,
        background: str = UNSET,
    ) -> Self:
        """Say how the game looks and how fast it goes.

        Args:
            fps: environment steps per second, 1 to 60; unset: 10. At 10 a key takes up to a tenth of a second to show,
                at 30 play feels immediate; a step in the browser must take less than a frame, at 30 that is 33 ms.
            game_width: width of the picture in pixels, 50 to 4000; unset: 600.
            game_height: height of the picture in pixels, 50 to 4000; unset: 400.
            background: colour behind the picture as `"#rrggbb"`; unset: `"#f4f1ea"`.
        """
        self._inner("rendering", fps=fps, game_width=game_width, game_height=game_height, background=background)
        return self

    def policies(
        self,
        policy_mapping: Mapping[Any, Any] = UNSET,
        frame_skip: int | Mapping[Any, int] = UNSET,
        policy_configs: Mapping[Any, Mapping[str, Any]] = UNSET,
        roles: Mapping[Any, str] = UNSET,
    ) -> Self:
        """Say who sits on which seat.

        Args:
            policy_mapping: by agent id of the environment, in the order of the seats, `"human"`, or the AI player: a
                class, factory or function of a module in the experiment's folder, or `"module:object"`.
            frame_skip: for how many frames an AI player keeps an action, 1 to 600; for all of them, or by agent id.
                Unset: 4. With 1 it reacts at every frame, faster than any person.
            policy_configs: by agent id, keyword arguments of the AI player's class or factory.
            roles: by agent id, what the experiment calls the seat, such as `cook_a`; unset: `player_` and the agent id.

        Raises:
            InputError: `frame_skip`, `policy_configs` or `roles` names a seat that `policy_mapping` does not.
        """
        self.of_study["seats"] = policy_seats(policy_mapping, frame_skip, policy_configs, roles)
        return self

    def gameplay(
        self,
        action_mapping: Mapping[str, Any] = UNSET,
        num_episodes: int = UNSET,
        max_steps: int = UNSET,
        default_action: Any = UNSET,
        action_population_method: str = UNSET,
        input_mode: str = UNSET,
        key_labels: Mapping[str, str] = UNSET,
        mouse: Mapping[str, Any] = UNSET,
        gamepad: Mapping[str, Any] = UNSET,
    ) -> Self:
        """Say how people act and how long a match is.

        Args:
            action_mapping: what each key does while it is held: a whole action, `{"component": 0, "value": 1}`, or a
                list of such. Keys are named by place (`event.code`: `KeyW`, `ArrowUp`, `Space`); a letter, digit or
                space means the key that types it on an English keyboard, and `"w"` and `"W"` are one key.
            num_episodes: episodes a match plays, 1 to 1000; unset: 1.
            max_steps: steps after which an episode is truncated, 1 to 1000000; unset: 10000. At 30 frames per second
                900 steps last 30 seconds.
            default_action: the action of a seat whose player presses nothing; every game needs one.
            action_population_method: Interactive Gym's name for `multiplayer(predictor)`: `"default_action"` or
                `"previous_submitted_action"`; accepted with a note.
            input_mode: `"pressed_keys"` repeats the action while a key is held, which suits moving about;
                `"single_keystroke"` acts once for a press, which suits turns and grids. Unset: `"pressed_keys"`.
            key_labels: words shown beside a key under the game, by key.
            mouse: what the mouse does, with the keys of `[scenes.mouse]`, such as `{"x": 0}`.
            gamepad: what a gamepad does, with the keys of `[scenes.gamepad]`, such as `{"axes": {"left_x": 0}}`.

        Raises:
            InputError: keys are named together, or a key is given two actions.
        """
        self._inner(
            "gameplay",
            num_episodes=num_episodes,
            max_steps=max_steps,
            default_action=default_action,
            input_mode=input_mode,
        )
        keys = key_codes(action_mapping) if isinstance(action_mapping, Mapping) else action_mapping
        labels = key_codes(key_labels) if isinstance(key_labels, Mapping) else key_labels
        put(self.table, keys=keys, key_labels=labels, mouse=mouse, gamepad=gamepad)
        if action_population_method is not UNSET:
            now = _OLD_PREDICTORS.get(action_population_method, action_population_method)
            note(f'gameplay(action_population_method="{action_population_method}") is multiplayer(predictor="{now}").')
            self._inner("multiplayer", predictor=now)
        return self

    def content(
        self,
        scene_header: str = UNSET,
        in_game_scene_body: str = UNSET,
        in_game_scene_body_filepath: str | Path = UNSET,
    ) -> Self:
        """Say what is written around the game. What is read before it is a page of its own, an `InstructionScene`.

        Args:
            scene_header: heading of the page, 1 to 200 characters; unset: the study's title.
            in_game_scene_body: text beside the game: HTML if it begins with a tag, else Markdown. It is written to a
                file that is called as the scene.
            in_game_scene_body_filepath: in place of the text, a `.md` or `.html` file of the experiment's folder.

        Raises:
            InputError: text and file were both given.
        """
        names = "in_game_scene_body and in_game_scene_body_filepath"
        text = page(in_game_scene_body, in_game_scene_body_filepath, names)
        put(self.table, title=scene_header, instructions=text)
        return self

    def waitroom(self, timeout: int = UNSET, then: str = UNSET) -> Self:
        """Say how long participants wait for partners.

        Args:
            timeout: longest wait in milliseconds, 1000 to 86400000; unset: 120000, two minutes. The page says how long
                there is to wait at most.
            then: what happens then: `"leave:"` and the reason whose code is shown; unset: `"leave:LOBBY_TIMEOUT"`.
        """
        self._inner("waitroom", timeout_ms=timeout, then=then)
        return self

    def matchmaking(self, matchmaker: str = UNSET, roles: str = UNSET) -> Self:
        """Say who plays with whom, and where.

        Args:
            matchmaker: `"fifo"`, who waits longest is matched first; unset: the same.
            roles: `"random"` draws the seats from the master seed, so that they do not follow from who came first;
                `"fixed"` gives them in the order of entering the waiting room. Unset: `"random"`.
        """
        self._inner("matchmaking", matchmaker=matchmaker, roles=roles)
        return self

    def runtime(
        self,
        environment_initialization_code: str = UNSET,
        environment_initialization_code_filepath: str | Path = UNSET,
        packages_to_install: Sequence[str] = UNSET,
    ) -> Self:
        """Say what browsers load to make the environment.

        Args:
            environment_initialization_code: Python source that binds a global `env`. It is written to `environment.py`
                with a `make_env` whose environments are copies of that `env`.
            environment_initialization_code_filepath: in place of the text, a file of the experiment's folder that holds
                it, not called `environment.py`.
            packages_to_install: pure Python packages the environment needs, as `"name==version"`, with those that they
                need. NumPy and Gymnasium are there already.

        Raises:
            InputError: code and file were both given.
        """
        code = runtime_table(
            environment_initialization_code, environment_initialization_code_filepath, packages_to_install
        )
        self._study("environment", code)
        return self

    def multiplayer(
        self,
        mode: str = UNSET,
        input_delay: int = UNSET,
        prediction_window: int = UNSET,
        predictor: Callable[..., Any] | str = UNSET,
        after_departure: str = UNSET,
        departure_policy: Callable[..., Any] | str = UNSET,
        departure_frame_skip: int = UNSET,
        departure_policy_config: Mapping[str, Any] = UNSET,
        on_reload: str = UNSET,
        connection_timeout_ms: int = UNSET,
        reconnection_timeout_ms: int = UNSET,
        longest_stepping_ms: int = UNSET,
        partner_disconnect_message: str = UNSET,
    ) -> Self:
        """Say how several browsers play one game, and what follows when somebody is absent.

        Args:
            mode: `"p2p"`, every participant's browser steps the environment; unset: the same.
            input_delay: frames between a key and its effect, at both players, 0 to 8; unset: 0 up to 30 frames per
                second, else 1. At 0 one's own key acts at once, and a partner's movement is corrected a little more
                often; at 6 frames of 30 per second everything comes a fifth of a second late, which people feel as
                sluggish.
            prediction_window: frames played ahead of the partners' last known inputs before the game waits: 0 waits for
                every frame, else 2 to 12; unset: 8. More bridges longer gaps of the network, and corrects further back.
            predictor: how a partner's missing input is guessed: `"repeat_last"`, `"default"`, or a function of the last
                and the default action from a module of the experiment's folder. It changes how often the picture is
                corrected, never what is recorded. Unset: what suits the input mode.
            after_departure: what follows when a player has left for good: `"end"` the match, go on with the seat's
                `"default_action"`, or let a `"policy"` play. Unset: `"end"`.
            departure_policy: the AI player who then takes the seat, a class, factory or function of a module in the
                experiment's folder.
            departure_frame_skip: for how many frames that AI player keeps an action, 1 to 600; unset: 4.
            departure_policy_config: keyword arguments of that AI player's class or factory.
            on_reload: what a page that is loaded again during a match does: `"rejoin"` takes its seat again once it has
                caught up, `"leave"` counts as having left. Unset: `"rejoin"`.
            connection_timeout_ms: longest try for a direct connection in milliseconds, 500 to 60000, before inputs
                travel through the server; unset: 5000.
            reconnection_timeout_ms: longest absence of a player in milliseconds, 1000 to 600000, before they count as
                having left; unset: 30000. The others see that the game waits.
            longest_stepping_ms: a page that is loaded again steps what it has missed; where that would take longer than
                this, in milliseconds, 0 to 60000, it takes over another player's state, if the environment's
                `get_state` is plain data. Unset: 5000; 0 never steps.
            partner_disconnect_message: shown to those who remain when a player leaves, 1 to 1000 characters; unset: a
                sentence in the study's language.
        """
        guess = _OLD_PREDICTORS.get(predictor, predictor) if isinstance(predictor, str) else predictor
        if guess is not predictor:
            note(f'multiplayer(predictor="{predictor}") is called "{guess}" here.')
        self._inner(
            "multiplayer",
            mode=mode,
            input_delay=input_delay,
            prediction_window=prediction_window,
            predictor=reference(guess),
            after_departure=after_departure,
            departure_policy=reference(departure_policy),
            departure_frame_skip=departure_frame_skip,
            departure_policy_config=departure_policy_config,
            on_reload=on_reload,
            connection_timeout_ms=connection_timeout_ms,
            reconnection_timeout_ms=reconnection_timeout_ms,
            longest_stepping_ms=longest_stepping_ms,
            partner_disconnect_message=partner_disconnect_message,
        )
        return self

    def record(self, observations: bool = UNSET, info: Sequence[str] = UNSET) -> Self:
        """Say what is recorded beside actions, rewards and ends.

        Args:
            observations: whether every seat's observations are recorded, each number a column; unset: they are not.
            info: keys of the environment's `info` that are recorded for every seat; unset: none.
        """
        self._inner("record", observations=observations, info=info)
        return self

    def _inner(self, name: str, **given: Any) -> None:
        """Set keys of a table inside the scene's, which is there only if it has any."""
        table = dict(self.table.get(name, {}))
        put(table, **given)
        put(self.table, **{name: table or None})

    def _study(self, name: str, given: dict[str, Any]) -> None:
        put(self.of_study.setdefault(name, {}), **given)
