"""The builder's study: what stands in `experiment.toml` beside the scenes, and the way into the folder and back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from app.experiments import config, toml_file
from app.experiments.builder.blocks import name_blocks, walk
from app.experiments.builder.game import GymScene
from app.experiments.builder.notes import note
from app.experiments.builder.scene import Scene
from app.experiments.builder.study_parts import environment_table, merge
from app.experiments.builder.values import UNSET, Target, put, reference
from app.experiments.errors import InputError, did_you_mean
from app.experiments.explain import sentence
from app.experiments.writing import written_as_toml


class Stager:
    """Interactive Gym's name for the list of scenes; `Experiment.scenes` takes it, with a note.

    Args:
        scenes: the scenes and blocks, in order.
    """

    def __init__(self, scenes: Iterable[Scene]) -> None:
        note("Stager is not needed here: give the scenes to Experiment(...).scenes(...).")
        self.parts = list(scenes)


class Experiment:
    """A study as it is written to a folder; every method changes it and returns it.

    Args:
        id: short name of the study and of its folder below `data/`: lower-case letters, digits and hyphens.
        title: what participants and researchers see as the study's name.
        master_seed: the number, 0 or more, that every random decision of the study is drawn from: conditions, orders,
            roles and the seed of each episode.
        version: the study's own version, recorded with every session; unset: 1.
        language: language of the participants' texts, such as `"de"`; unset: `"en"`.
    """

    def __init__(self, id: str, title: str, master_seed: int, *, version: int = UNSET, language: str = UNSET) -> None:
        self.tables: dict[str, Any] = {"format": toml_file.FORMAT, "experiment": {}}
        self.parts: list[Scene] = []
        put(self.tables["experiment"], id=id, title=title, master_seed=master_seed, version=version, language=language)

    def scenes(self, *scenes: Scene | Stager | Iterable[Scene]) -> Self:
        """Say what participants go through, in order: first a `StartScene`, last an `EndScene`.

        Args:
            scenes: scenes and blocks, or lists of them. They take the place of those that were there.
        """
        self.parts = []
        for part in scenes:
            if isinstance(part, Stager):
                self.parts += part.parts
            else:
                self.parts += [part] if isinstance(part, Scene) else part
        return self

    def scene(self, scene_id: str) -> Any:
        """Return the scene or block of an id, to change it.

        Args:
            scene_id: its id.

        Raises:
            InputError: there is none.
        """
        names = [part.table.get("id") for part in walk(self.parts)]
        if scene_id not in names:
            near = did_you_mean(scene_id, filter(None, names))
            hint = f"did you mean {near}?" if near else f"there are {', '.join(filter(None, names)) or 'none'}."
            raise InputError(f'there is no scene "{scene_id}"; {hint}')
        return list(walk(self.parts))[names.index(scene_id)]

    def environment(
        self,
        env_creator: Callable[..., Any] | str = UNSET,
        env_config: Mapping[str, Any] = UNSET,
        packages: Sequence[str] = UNSET,
        answers: Sequence[str] = UNSET,
        runs: str = UNSET,
    ) -> Self:
        """Say what is played, in all games.

        Args:
            env_creator: function or class that makes the environment, of a module in the experiment's folder, or
                `"module:object"`; unset: `"environment:make_env"`.
            env_config: its keyword arguments. Beside them it gets `condition`, `roles` and `answers`, if it has
                parameters of these names.
            packages: pure Python packages it needs, as `"name==version"`, with those that they need.
            answers: earlier answers it is told, of every seat, as `"scene.question"`; it gets no others.
            runs: where it is stepped: `"browser"`; unset: the same.
        """
        table = environment_table(env_creator, env_config) | {"packages": packages, "answers": answers, "runs": runs}
        return self._put("environment", **table)

    def seat(
        self,
        name: Any,
        role: str = UNSET,
        policy: Callable[..., Any] | str = UNSET,
        frame_skip: int = UNSET,
        policy_config: Mapping[str, Any] = UNSET,
        filled_by: str = UNSET,
    ) -> Self:
        """Declare one place in a match, or change it; the order of declaration is the order of the seats.

        Args:
            name: agent id of the environment.
            role: what the experiment calls the seat, such as `cook_a`; unset: `player_` and the name.
            policy: the AI player who sits there: a class, factory or function of a module in the experiment's folder,
                or `"module:object"`; unset: a person.
            frame_skip: for how many frames the AI player keeps an action, 1 to 600; unset: 4.
            policy_config: keyword arguments of the AI player's class or factory.
            filled_by: `"human"` or `"policy"`, to say it in so many words; unset: what follows from `policy`.
        """
        seats = self.tables.setdefault("seats", {})
        put(
            seats.setdefault(str(name), {}),
            role=role,
            policy=reference(policy),
            frame_skip=frame_skip,
            policy_config=policy_config,
            filled_by=filled_by,
        )
        return self

    def entry(self, attributes: Sequence[str] = UNSET, once_per: str = UNSET, require: Sequence[str] = UNSET) -> Self:
        """Say what a participant's link may bring along, and who may take part.

        Args:
            attributes: parameters of the link that are kept with the participant; everything unknown is dropped.
            once_per: `"external_id"` refuses who comes again with the same id, such as `PROLIFIC_PID`; `"none"` refuses
                nobody. Unset: `"external_id"`.
            require: parameters without which a link is not valid, such as `PROLIFIC_PID`.
        """
        return self._put("entry", attributes=attributes, once_per=once_per, require=require)

    def conditions(
        self,
        unit: str = UNSET,
        factors: Mapping[str, Sequence[Any]] = UNSET,
        method: str = UNSET,
        blocks: int = UNSET,
        list: Sequence[Mapping[str, Any]] = UNSET,
        within: str = UNSET,
    ) -> Self:
        """Say what is compared, and how participants are spread over it.

        Args:
            unit: who is given a condition: `"group"`, the people of a match together, or each `"participant"` on
                arrival.
            factors: levels of each factor; the cells are all combinations of them, 512 at most.
            method: `"block"`, every cell equally often in each block, in random order; `"latin_square"`, everybody goes
                through all cells in balanced orders; `"list"`, the rows of `list` in order. Unset: `"block"`.
            blocks: how often every cell stands in one block, 1 to 100; unset: 1.
            list: the rows of `method="list"`, a level of each factor in each.
            within: id of the repeat that `method="latin_square"` goes through, a cell in each run.
        """
        return self._put(
            "conditions", unit=unit, method=method, factors=factors, blocks=blocks, list=list, within=within
        )

    def override(self, when: Mapping[str, Any], set: Mapping[str, Any]) -> Self:
        """Say what is different under certain levels; later overrides come on top of earlier ones.

        Args:
            when: the levels under which it applies, such as `{"delay": 2}`; all of them together.
            set: settings and their values then, such as `{"scenes.game.multiplayer.input_delay": 2}`; a scene is named
                by its id.
        """
        overrides = self.tables.setdefault("conditions", {}).get("overrides", [])
        return self._put("conditions", overrides=[*overrides, {"when": when, "set": set}])

    def texts(self, texts: Mapping[str, Any]) -> Self:
        """Say something the program says in the study's own words.

        Args:
            texts: words by the key of the catalogue, with its dots: `{"waiting.partner": "..."}`; they come on top of
                those given before. None in place of words gives the program's back.
        """
        for key, words in texts.items():
            table = self.tables.setdefault("texts", {})
            *outer, last = key.split(".")
            for part in outer:
                table = table.setdefault(part, {})
            put(table, **{last: words})
        return self

    def webrtc(self, ice_servers: Sequence[Mapping[str, Any]] = UNSET, force_relay: bool = UNSET) -> Self:
        """Say how browsers find a way to each other.

        Args:
            ice_servers: STUN and TURN servers, each `{"urls": [...], "username": ..., "credential": ...}`; unset: none,
                which is right in a lab.
            force_relay: whether TURN servers only are used, so that partners learn no address; unset: false.
        """
        return self._put("webrtc", ice_servers=ice_servers, force_relay=force_relay)

    def document(self, folder: Path | str) -> dict[str, Any]:
        """Return what would stand in `experiment.toml`, without writing anything.

        Args:
            folder: the experiment's folder, from which functions and classes get their names.

        Raises:
            InputError: something cannot stand in the file, or the study cannot be read so.
        """
        return self._document(Target(Path(folder)))

    def write(self, folder: Path | str) -> config.Experiment:
        """Write the study into its folder, and read it back.

        What the builder was given as text is written to files of its own first. `experiment.toml` is changed where it
        differs: comments and order of a file that is there already are kept.

        Args:
            folder: the experiment's folder; it is made if it is not there.

        Returns:
            The study as it was read back, with all that `load_experiment` checks.

        Raises:
            InputError: the study cannot be read so, or a file is in the way; `experiment.toml` is then as before.
        """
        target = Target(Path(folder))
        document = self._document(target)
        target.folder.mkdir(parents=True, exist_ok=True)
        target.write_files()
        path = target.folder / toml_file.FILE_NAME
        source = written_as_toml(document, path.read_bytes() if path.exists() else b"")
        experiment = config.experiment_of(document, source, target.folder)
        # In one step, so that a power cut leaves either the old file or the new one.
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(source)
        new.replace(path)
        return experiment

    def _document(self, target: Target) -> dict[str, Any]:
        name_blocks(self.parts)
        document = {key: target.plain(table, key) for key, table in self.tables.items()}
        for part in walk(self.parts):
            if isinstance(part, GymScene):
                merge(document, target.plain(part.of_study, f"scenes.{part.scene_id}"), part.scene_id)
        for name, seat in document.get("seats", {}).items():
            seat.setdefault("role", f"player_{name}")
        document["scenes"] = [part.in_file(target) for part in self.parts]
        try:
            config.Experiment.model_validate(document)
        except ValidationError as error:
            raise InputError(sentence(toml_file.FILE_NAME, config.Experiment, document, error)) from None
        return copy.deepcopy(document)

    def _put(self, name: str, **given: Any) -> Self:
        table = self.tables.get(name, {})
        put(table, **given)
        put(self.tables, **{name: table or None})
        return self
