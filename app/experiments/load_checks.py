"""What is checked once the experiment file itself can be read: the files it names, under every condition.

Called by `load_experiment`; runs none of the experiment's code.
"""

from __future__ import annotations

from app.experiments.condition_checks import check_conditions
from app.experiments.config import Experiment
from app.experiments.errors import InputError, ended
from app.experiments.question_scenes import FeedbackScene, QuizScene, SurveyScene
from app.experiments.rule_checks import Questions, check_answers, check_rules
from app.experiments.surveys import READY_FEEDBACK, check_survey, read_survey
from app.experiments.toml_file import FILE_NAME


def check_loaded(experiment: Experiment) -> None:
    """Check the study and what it is under each condition.

    Raises:
        InputError: with one sentence that names file, key, value and remedy.
    """
    questions: Questions = {}
    for variant in variants(experiment):
        try:
            _check_files(variant)
            for scene_id, names in _questions(variant).items():
                questions.setdefault(scene_id, set()).update(names)
            _ = variant.words
        except InputError as error:
            raise InputError(_placed(str(error), experiment, variant)) from None
    for check in (check_conditions, check_rules, check_answers):
        try:
            check(experiment, questions)
        except ValueError as error:
            raise InputError(f"{FILE_NAME}: {ended(str(error))}") from None


def variants(experiment: Experiment) -> list[Experiment]:
    """Return the study without a condition, and every other form that the conditions give it, each once."""
    found = [experiment]
    for cell in experiment.conditions.cells() if experiment.conditions else ():
        variant = experiment.under(cell)
        if not any(variant is each for each in found):
            found.append(variant)
    return found


def _placed(sentence: str, experiment: Experiment, variant: Experiment) -> str:
    """Say that something is wrong only under the overrides of some condition."""
    if variant is experiment or experiment.conditions is None:
        return sentence
    numbers = [str(index + 1) for index in variant.overrides_used]
    which = "conditions.overrides." + " and ".join(numbers)
    return f"{FILE_NAME}: {which}: {sentence.removeprefix(f'{FILE_NAME}: ')}"


def _check_files(experiment: Experiment) -> None:
    for scene in experiment.all_scenes:
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
    _check_modules(experiment)


def _questions(experiment: Experiment) -> dict[str, list[str]]:
    """Return the names of the questions that each scene asks."""
    found: dict[str, list[str]] = {}
    for scene in experiment.all_scenes:
        if not isinstance(scene, QuizScene | SurveyScene | FeedbackScene):
            continue
        if scene.survey is None:
            found[scene.id] = list(READY_FEEDBACK)
            continue
        try:
            survey = read_survey(experiment.folder / scene.survey)
            found[scene.id] = check_survey(survey, is_quiz=isinstance(scene, QuizScene))
        except ValueError as error:
            where = f'{FILE_NAME}: scenes.{scene.id}.survey = "{scene.survey}"'
            raise InputError(f"{where}; {ended(str(error))}") from None
    return found


def _check_modules(experiment: Experiment) -> None:
    if not experiment.game_scenes:
        return
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
