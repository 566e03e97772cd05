"""Studies of many scenes for the domain's tests, and what people do in them."""

from __future__ import annotations

from typing import Any

from app.experiments.config import Experiment
from app.server.domain.materials import Materials
from tests.server.domain.scenario import ENVIRONMENT_HASH, Study

QUIZ = {
    "elements": [
        {"type": "radiogroup", "name": "soup", "title": "Onions in a soup?", "choices": [1, 2, 3], "correctAnswer": 3},
        {"type": "checkbox", "name": "tools", "choices": ["pot", "plate", "axe"], "correctAnswer": ["pot", "plate"]},
    ]
}
SURVEY = {
    "elements": [
        {"type": "rating", "name": "fun", "title": "Was it fun?"},
        {"type": "text", "name": "age", "inputType": "number"},
    ]
}
RIGHT, WRONG = {"soup": "3", "tools": ["plate", "pot"]}, {"soup": 1, "tools": ["plate", "pot"]}
CODES = {"COMPLETED": "DONE", "NO_CONSENT": "NONE", "FAILED_QUIZ": "QUIZ", "WITHDRAWN": "WITH", "PARTNER_LEFT": "PART"}


def page(scene_id: str, kind: str = "static", **keys: Any) -> dict[str, Any]:
    """A scene that is read."""
    return {"id": scene_id, "type": kind, "body": f"{scene_id}.md", **keys}


def asks(scene_id: str, kind: str, **keys: Any) -> dict[str, Any]:
    """A quiz or survey."""
    return {"id": scene_id, "type": kind, "survey": "quiz.json" if kind == "quiz" else "survey.json", **keys}


def game(scene_id: str = "game", **keys: Any) -> dict[str, Any]:
    """A game scene of one short episode."""
    gameplay = {"num_episodes": 1, "max_steps": 30, "default_action": 0}
    return {"id": scene_id, "type": "game", "gameplay": gameplay, "keys": {"ArrowUp": 1, "KeyW": 2}, **keys}


def experiment(*scenes: dict[str, Any], seats: int = 2, **tables: Any) -> Experiment:
    """A study of these scenes between start and end."""
    return Experiment.model_validate(
        {
            "experiment": {"id": "study", "title": "The study", "master_seed": 7},
            "seats": {str(index): {"role": f"cook_{'abc'[index]}"} for index in range(seats)},
            "scenes": [page("welcome", "start"), *scenes, {"id": "end", "type": "end", "codes": CODES}],
            **tables,
        }
    )


def study(*scenes: dict[str, Any], **tables: Any) -> Study:
    """A session of such a study."""
    materials = Materials(surveys={"quiz.json": QUIZ, "survey.json": SURVEY})
    return Study(study=experiment(*scenes, **tables), materials=materials)


def agrees(study: Study, who: str, agreed: bool = True, scene: str = "consent") -> dict[str, Any]:
    return study.took(study.session.pages.consent(who, scene, agreed, study.now))["view"]


def asked(answers: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions as a page tells of them."""
    return [
        {"name": name, "title": name.capitalize(), "type": "text", "order": order, "rt_ms": 900.0 * order}
        for order, name in enumerate(answers, 1)
    ]


def answers(study: Study, who: str, scene: str, given: dict[str, Any]) -> dict[str, Any]:
    return study.took(study.session.pages.answer(who, scene, given, asked(given), study.now))


def is_ready(study: Study, who: str) -> dict[str, Any]:
    """Somebody in a game scene has loaded the game."""
    ready = study.session.ready(who, study.scene(who), ENVIRONMENT_HASH, 900.0, study.now)
    return study.took(ready)["view"]


def plays(study: Study, *people: str, agreed: bool = True) -> str:
    """People who are matched play their match to its end; return its id."""
    matched = {who: study.sent(who, "matched")[-1] for who in people}
    match_id = next(iter(matched.values()))["match_id"]
    seats = {who: told["seat"] for who, told in matched.items()}
    for who in people:
        others = {str(seat): "direct" for other, seat in seats.items() if other != who}
        study.took(study.session.seats.connected(who, match_id, others, study.now))
    for who in people:
        study.done(who, match_id, 0)
    return match_id
