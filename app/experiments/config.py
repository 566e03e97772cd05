"""What a study is: the models behind `experiment.toml`, each key declared once with type, unit, default and meaning.

`load_experiment` is called by the command line, the server, the checks and the tests. Only keys that do
something exist; an unknown key is an error, so that a misspelling cannot silently change a study.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from app.experiments import overrides, show_if, toml_file
from app.experiments.conditions import Cell, Conditions
from app.experiments.entry import Entry
from app.experiments.errors import InputError, PartError, ended
from app.experiments.explain import sentence
from app.experiments.game_setup import game_setup
from app.experiments.order import Order
from app.experiments.page_scenes import InstructionScene
from app.experiments.scenes import EXIT_REASONS, EndScene, GameScene, Scene, SceneOrBlock, StartScene, leaves
from app.experiments.seats import Seat
from app.experiments.section import Section
from app.experiments.settings import Environment, IceServer, Identity, WebRtc
from app.experiments.structure import check_structure
from app.experiments.texts import Texts, own_texts
from app.experiments.toml_file import FILE_NAME, FORMAT

__all__ = [
    "EXIT_REASONS", "EndScene", "Environment", "Experiment", "GameScene", "IceServer", "Identity", "InputError",
    "Scene", "StartScene", "WebRtc", "load_experiment",
]  # fmt: skip


class Experiment(Section):
    """One study as read from its folder; see `load_experiment`."""

    format: int = Field(default=FORMAT, description="version of the file's format")
    experiment: Identity = Field(description="which study this is")
    entry: Entry = Field(default_factory=Entry, description="what a participant's link may bring along")
    environment: Environment = Field(default_factory=Environment, description="what is played")
    conditions: Conditions | None = Field(default=None, description="what is compared")
    seats: dict[str, Seat] = Field(
        default_factory=dict, description="the places in a match, in order; each key an agent id"
    )
    scenes: list[SceneOrBlock] = Field(description="the pages, games and blocks in order", min_length=1)
    texts: Annotated[dict[str, Any], AfterValidator(own_texts)] = Field(
        default_factory=dict, description="the study's own words in place of the program's, by their key"
    )
    webrtc: WebRtc = Field(default_factory=WebRtc, description="how browsers find a way to each other")

    _folder: Path = PrivateAttr(default=Path())
    _source: bytes = PrivateAttr(default=b"")
    _document: dict[str, Any] = PrivateAttr(default_factory=dict)
    _base: Experiment | None = PrivateAttr(default=None)
    _words: Texts | None = PrivateAttr(default=None)
    _which: tuple[int, ...] = PrivateAttr(default=())
    _under: dict[tuple[int, ...], Experiment] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _remembers_its_document(cls, data: Any, make: Callable[[Any], Experiment]) -> Experiment:
        made = make(data)
        if isinstance(data, dict):
            made._document = copy.deepcopy(data)
        return made

    @model_validator(mode="after")
    def _fits_together(self) -> Experiment:
        check_structure(self)
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
    def all_scenes(self) -> list[Scene]:
        """Every scene once, in the order of the file, those inside blocks included."""
        return list(leaves(self.scenes))

    @property
    def game_scenes(self) -> list[GameScene]:
        """The scenes in which a match is played, in the order of the file."""
        return [scene for scene in self.all_scenes if isinstance(scene, GameScene)]

    @property
    def start_scene(self) -> StartScene:
        """The first scene."""
        scene = self.scenes[0]
        assert isinstance(scene, StartScene)
        return scene

    @property
    def end_scene(self) -> EndScene:
        """The last scene."""
        scene = self.scenes[-1]
        assert isinstance(scene, EndScene)
        return scene

    def scene(self, scene_id: str) -> Scene:
        """Return the scene of an id.

        Raises:
            KeyError: there is none.
        """
        for scene in leaves(self.scenes):
            if scene.id == scene_id:
                return scene
        raise KeyError(scene_id)

    def game_of(self, scene: InstructionScene) -> GameScene | None:
        """Return the game that a page of instructions is about, None if it is about none."""
        if scene.game is not None:
            game = self.scene(scene.game)
            assert isinstance(game, GameScene)
            return game
        following = self.all_scenes
        following = following[[each.id for each in following].index(scene.id) :]
        return next((each for each in following if isinstance(each, GameScene)), None)

    def rule(self, scene_id: str) -> show_if.Rule | None:
        """Return the rule under which a scene is shown, None if it always is."""
        text = getattr(self.scene(scene_id), "show_if", None)
        return show_if.parse(text, [scene.id for scene in self.all_scenes]) if text is not None else None

    def answers_for_environment(self, facts: show_if.Facts) -> dict[str, Any]:
        """Return what the environment is told of one participant's answers, by the names in `environment.answers`.

        Args:
            facts: what is known of the participant, by scene instance.
        """
        ids = [scene.id for scene in self.all_scenes]
        split = {name: name.partition(".") for name in self.environment.answers}
        return {name: show_if.look_up(facts, scene, key, ids) for name, (scene, _, key) in split.items()}

    def under(self, condition: Mapping[str, Any] | None) -> Experiment:
        """Return the study as it is under a condition; the same object each time.

        Args:
            condition: a level of each factor; None: without any override.

        Raises:
            InputError: what an override sets cannot be used; `load_experiment` has found that out for every cell.
        """
        base = self._base or self
        if base.conditions is None or not condition:
            return base
        which = overrides.matching(base.conditions, condition)
        if not which:
            return base
        if which not in base._under:
            base._under[which] = base._changed_by(which)
        return base._under[which]

    @property
    def overrides_used(self) -> tuple[int, ...]:
        """Which overrides made this study out of the one in the file, by position; empty for that one."""
        return self._which

    def source_hash(self) -> str:
        """Return the SHA-256 of `experiment.toml` as read, in hexadecimal."""
        return hashlib.sha256(self._source).hexdigest()

    @property
    def words(self) -> Texts:
        """What the program itself says to this study's participants; `load_experiment` has read it."""
        if self._words is None:
            self._words = Texts.load(self.experiment.language, self._folder, self.texts)
        return self._words

    def text(self, name: str | None) -> str:
        """Return the text of a file of the experiment (already checked by `load_experiment`), empty for None."""
        return (self._folder / name).read_text(encoding="utf-8") if name else ""

    def match_setup(
        self,
        scene: GameScene,
        *,
        condition: Mapping[str, Any] | None = None,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Return everything a browser needs to make the environment and play `scene`, as plain JSON types.

        Args:
            scene: the scene, of this study under whatever condition.
            condition: the condition it is played under, which overrides are taken from.
            answers: by seat, what `answers_for_environment` returns for who sits there.
        """
        here = self.under(condition)
        game = here.scene(scene.id)
        assert isinstance(game, GameScene)
        return game_setup(here, game, condition, answers)

    def conditions_of(self, scene: GameScene) -> list[Cell | None]:
        """Return the conditions under which a game may be played; None stands for no condition."""
        conditions = self.conditions
        if conditions is None:
            return [None]
        if conditions.within is not None and not Order(self.scenes).is_within(scene.id, conditions.within):
            return [None]
        return list(conditions.cells())

    def preload_setup(self) -> dict[str, Any] | None:
        """Return a setup with which a page makes the first game's environment ahead of its match; None without games.

        It is under a condition that there is; the match says which one it is played under.
        """
        games = self.game_scenes
        return self.match_setup(games[0], condition=self.conditions_of(games[0])[0]) if games else None

    def _changed_by(self, which: tuple[int, ...]) -> Experiment:
        assert self.conditions is not None
        chosen = [(index, self.conditions.overrides[index]) for index in which]
        try:
            made = Experiment.model_validate(overrides.applied(self._document, chosen))
        except (PartError, ValidationError):
            raise InputError(self._what_cannot_be(chosen)) from None
        made._folder, made._source, made._base, made._which = self._folder, self._source, self, which
        return made

    def _what_cannot_be(self, chosen: list[tuple[int, Any]]) -> str:
        """Say which of these overrides is the first that the study cannot be read with."""
        for count in range(1, len(chosen) + 1):
            number = chosen[count - 1][0] + 1
            document: dict[str, Any] = {}
            try:
                document = overrides.applied(self._document, chosen[:count])
                Experiment.model_validate(document)
            except PartError as error:
                return f"{FILE_NAME}: {error.part} {ended(str(error))}"
            except ValidationError as error:
                return sentence(f"{FILE_NAME}: conditions.overrides.{number}", Experiment, document, error)
        raise AssertionError("they can be read")


def load_experiment(folder: Path) -> Experiment:
    """Read and check the experiment in `folder`, under every condition.

    Checks the file itself and that the files it names exist; it runs none of the experiment's code
    (`app.experiments.checks` does).

    Raises:
        InputError: with one sentence that names file, key, value and remedy.
    """
    folder = Path(folder)
    return experiment_of(*toml_file.read(folder), folder)


def experiment_of(document: dict[str, Any], source: bytes, folder: Path) -> Experiment:
    """Check a document as the `experiment.toml` of a folder, whether or not it has been written there.

    Args:
        document: the document.
        source: the file's bytes, of which `source_hash` tells.
        folder: the folder, whose other files are checked as well.

    Raises:
        InputError: with one sentence that names file, key, value and remedy.
    """
    # Needs the class above, and reads files.
    from app.experiments.load_checks import check_loaded

    try:
        experiment = Experiment.model_validate(document)
    except ValidationError as error:
        raise InputError(sentence(FILE_NAME, Experiment, document, error)) from None
    experiment._folder, experiment._source = folder.resolve(), source
    check_loaded(experiment)
    return experiment
