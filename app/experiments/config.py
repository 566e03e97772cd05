"""What a study is: the models behind `experiment.toml`, each key declared once with type, unit, default and meaning.

`load_experiment` is called by the command line, the server, the checks and the tests. Only keys that do
something exist; an unknown key is an error, so that a misspelling cannot silently change a study.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from app.experiments.errors import InputError
from app.experiments.explain import sentence, shown
from app.experiments.scenes import EXIT_REASONS, OBJECT_PATTERN, EndScene, GameScene, Scene, StartScene
from app.experiments.seats import MOST_SEATS, Seat
from app.experiments.section import Section, use

__all__ = [
    "EXIT_REASONS", "EndScene", "Experiment", "GameScene", "InputError", "Scene", "StartScene", "load_experiment",
]  # fmt: skip

FILE_NAME = "experiment.toml"
FORMAT = 1


class Identity(Section):
    """`[experiment]`: which study this is."""

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="short name of the study and of its folder below data/",
        json_schema_extra=use("lower-case letters, digits and hyphens, 1 to 64 of them"),
    )
    title: str = Field(
        min_length=1, max_length=200, description="what participants and researchers see as the study's name",
        json_schema_extra=use("1 to 200 characters"),
    )  # fmt: skip
    version: int = Field(default=1, ge=1, description="the study's own version, recorded with every session")
    master_seed: int = Field(
        ge=0, description="the number every random decision of the study is drawn from: roles and episode seeds"
    )
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="language of the participants' texts",
        json_schema_extra=use('a language tag such as "en", "de" or "pt-BR"'),
    )  # fmt: skip


class Environment(Section):
    """`[environment]`: the Gymnasium environment that is played."""

    factory: str = Field(
        default="environment:make_env",
        pattern=f"^{OBJECT_PATTERN}$",
        description="module:function in the experiment's folder; called as make_env(**config)",
        json_schema_extra=use('module:function, such as "environment:make_env"'),
    )
    config: dict[str, Any] = Field(default_factory=dict, description="keyword arguments of the factory")
    packages: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]] = (
        Field(
            default_factory=list,
            description="pure Python packages the environment needs, as name==version; fetched once and served locally",
            json_schema_extra=use('name==version, such as "cogrid==0.3.2"'),
        )
    )
    runs: Literal["browser"] = Field(default="browser", description="where the environment is stepped")


class IceServer(Section):
    """One STUN or TURN server, as a browser's RTCPeerConnection takes it."""

    urls: list[str] = Field(min_length=1, description='addresses such as "stun:192.168.1.5:3478"')
    username: str | None = Field(default=None, description="TURN user name")
    credential: str | None = Field(default=None, description="TURN password")


class WebRtc(Section):
    """`[webrtc]`: how browsers find a way to each other."""

    ice_servers: list[IceServer] = Field(default_factory=list, description="STUN and TURN servers; none on a LAN")
    force_relay: bool = Field(default=False, description="use TURN servers only, so that partners learn no address")


class Experiment(Section):
    """One study as read from its folder; see `load_experiment`."""

    format: int = Field(default=FORMAT, description="version of the file's format")
    experiment: Identity = Field(description="which study this is")
    environment: Environment = Field(default_factory=Environment, description="what is played")
    seats: dict[str, Seat] = Field(description="the places in a match, in order; each key an agent id")
    scenes: list[Scene] = Field(description="the pages and games in order", min_length=1)
    webrtc: WebRtc = Field(default_factory=WebRtc, description="how browsers find a way to each other")

    _folder: Path = PrivateAttr(default=Path())
    _source: bytes = PrivateAttr(default=b"")

    @model_validator(mode="after")
    def _fits_together(self) -> Experiment:
        if not 1 <= len(self.seats) <= MOST_SEATS:
            raise ValueError(f"seats has {len(self.seats)} of them; declare 1 to {MOST_SEATS}, such as [seats.0]")
        if not self.people:
            raise ValueError("seats: every one has a policy; leave one of them to a person")
        for seat in self.seats:
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", seat):
                raise ValueError(f'seats."{seat}" is not a usable agent id; use letters, digits, hyphens, underscores')
        ids = [scene.id for scene in self.scenes]
        for scene_id in ids:
            if ids.count(scene_id) > 1:
                raise ValueError(f'scenes: id "{scene_id}" is used twice; give every scene its own id')
        kinds = [scene.type for scene in self.scenes]
        if kinds[0] != "start":
            raise ValueError(f'scenes.{ids[0]}.type = "{kinds[0]}" comes first; begin with a scene of type "start"')
        if kinds.count("end") != 1 or kinds[-1] != "end":
            raise ValueError('scenes: the last scene, and only the last, must be of type "end"; move or add it')
        if "game" not in kinds:
            raise ValueError('scenes: there is no scene of type "game"; add one')
        return self

    @property
    def folder(self) -> Path:
        """The experiment's folder."""
        return self._folder

    @property
    def people(self) -> list[int]:
        """The indexes of the seats on which people sit, in order."""
        return [index for index, seat in enumerate(self.seats.values()) if seat.is_persons]

    @property
    def game_scenes(self) -> list[GameScene]:
        """The scenes in which a match is played, in order."""
        return [scene for scene in self.scenes if isinstance(scene, GameScene)]

    @property
    def end_scene(self) -> EndScene:
        """The last scene."""
        scene = self.scenes[-1]
        assert isinstance(scene, EndScene)
        return scene

    def source_hash(self) -> str:
        """Return the SHA-256 of `experiment.toml` as read, in hexadecimal."""
        return hashlib.sha256(self._source).hexdigest()

    def text(self, name: str | None) -> str:
        """Return the text of a file of the experiment (already checked by `load_experiment`), empty for None."""
        return (self._folder / name).read_text(encoding="utf-8") if name else ""

    def match_setup(self, scene: GameScene) -> dict[str, Any]:
        """Return everything a browser needs to make the environment and play `scene`, as plain JSON types."""
        return {
            "factory": self.environment.factory,
            "config": self.environment.config,
            "seats": list(self.seats),
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
            "policies": self._policies(scene),
            "after_departure": scene.multiplayer.after_departure,
            "on_reload": scene.multiplayer.on_reload,
            "reconnection_timeout_ms": scene.multiplayer.reconnection_timeout_ms,
            "longest_stepping_ms": scene.multiplayer.longest_stepping_ms,
            "record": {"observations": scene.record.observations, "info": list(scene.record.info)},
        }

    def _policies(self, scene: GameScene) -> dict[str, dict[str, Any]]:
        """Return who plays for which seat, from the beginning or once its person has left; see `PolicyPlan`."""
        plans: dict[str, dict[str, Any]] = {}
        after = scene.multiplayer
        for name, seat in self.seats.items():
            if seat.policy is not None:
                plans[name] = {"policy": seat.policy, "config": seat.policy_config, "frame_skip": seat.frame_skip}
            elif after.departure_policy is not None:
                plans[name] = {
                    "policy": after.departure_policy, "config": after.departure_policy_config,
                    "frame_skip": after.departure_frame_skip, "departure": True,
                }  # fmt: skip
        return plans


def load_experiment(folder: Path) -> Experiment:
    """Read and check the experiment in `folder`.

    Checks the file itself and that the files it names exist; it runs none of the experiment's code
    (`app.experiments.checks` does).

    Raises:
        InputError: with one sentence that names file, key, value and remedy.
    """
    folder = Path(folder)
    path = folder / FILE_NAME
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give the folder that holds {FILE_NAME}.")
    document, source = _parse(path)
    found = document.get("format", FORMAT)
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        remedy = "update the program" if newer else f"use {FORMAT}"
        raise InputError(f"{FILE_NAME}: format = {shown(found)}; this program reads format {FORMAT}, so {remedy}.")
    try:
        experiment = Experiment.model_validate(document)
    except ValidationError as error:
        raise InputError(sentence(FILE_NAME, Experiment, document, error)) from None
    experiment._folder, experiment._source = folder.resolve(), source
    _check_files(experiment)
    return experiment


def _parse(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        source = path.read_bytes()
        return tomllib.loads(source.decode("utf-8")), source
    except FileNotFoundError:
        raise InputError(f"{path.parent}: {FILE_NAME} is missing; give the folder of an experiment.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{FILE_NAME}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        place = place.rstrip(")") or "somewhere"
        raise InputError(f"{FILE_NAME}: {place}: {_lower_first(reason)}; correct the TOML there.") from None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _check_files(experiment: Experiment) -> None:
    for scene in experiment.scenes:
        for key in ("body", "instructions"):
            name = getattr(scene, key, None)
            if name is None:
                continue
            where = f'{FILE_NAME}: scenes.{scene.id}.{key} = "{name}"'
            try:
                (experiment.folder / name).read_text(encoding="utf-8")
            except FileNotFoundError:
                raise InputError(f"{where}; there is no such file in {experiment.folder}, add it.") from None
            except (OSError, UnicodeDecodeError):
                raise InputError(f"{where}; the file cannot be read as UTF-8 text, save it as such.") from None
    named = {"environment.factory": experiment.environment.factory}
    named |= {f"seats.{name}.policy": seat.policy for name, seat in experiment.seats.items() if seat.policy}
    for game in experiment.game_scenes:
        for key in ("predictor", "departure_policy"):
            if ":" in (name := getattr(game.multiplayer, key) or ""):
                named[f"scenes.{game.id}.multiplayer.{key}"] = name
    for key, name in named.items():
        module = name.partition(":")[0].split(".")
        base = experiment.folder.joinpath(*module)
        if not base.with_suffix(".py").is_file() and not (base / "__init__.py").is_file():
            raise InputError(
                f'{FILE_NAME}: {key} = "{name}"; {"/".join(module)}.py is missing in {experiment.folder}, '
                f"add it or name the module that has {name.partition(':')[2]}."
            )
