"""SurveyJS files: read, and checked for what would fail or be lost only once participants answer.

`load_checks.py` calls this for every survey, quiz and feedback scene; the questions' names are what rules and the
environment may ask for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.experiments.errors import did_you_mean

Survey = dict[str, Any]

#: The names of the three questions of a feedback scene without a file.
READY_FEEDBACK = ("rating", "trouble", "remarks")
#: What is known of a scene besides its answers; a question of this name would hide it.
RESERVED = ("finished", "skipped", "score", "passed")
RIGHT = "correctAnswer"

_SHOWN_ONLY = ("html", "image", "panel", "paneldynamic", "expression")
_TYPES = (
    "boolean", "buttongroup", "checkbox", "comment", "dropdown", "expression", "html", "image", "imagemap",
    "imagepicker", "matrix", "matrixdropdown", "matrixdynamic", "multipletext", "panel", "paneldynamic", "radiogroup",
    "ranking", "rating", "signaturepad", "slider", "tagbox", "text",
)  # fmt: skip
#: What makes a page load or open something, with what to do instead.
_FROM_OUTSIDE = {
    "choicesByUrl": "would load choices from another server; write them into choices",
    "navigateToUrl": "would lead away from the study; leave it out, the study goes on by itself",
    "navigateToUrlOnCondition": "would lead away from the study; leave it out, the study goes on by itself",
    "surveyId": "would load the survey from another server; leave it out",
    "surveyPostId": "would send answers to another server; leave it out",
}
_OUTSIDE_ADDRESS = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
_OUTSIDE_IN_HTML = re.compile(r"\b(src|srcset|poster|data|background)\s*=\s*[\"']?\s*(https?:)?//", re.IGNORECASE)
_LOADED_FROM = ("imageLink", "logo", "backgroundImage", "imageUrl")


def read_survey(file: Path) -> Survey:
    """Return what a SurveyJS file says.

    Raises:
        ValueError: with what is wrong and the remedy, to stand after the file's name.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ValueError(f"there is no such file in {file.parent}, add it") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg.lower()}; correct the JSON") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError("the file cannot be read as UTF-8 text, save it as such") from None
    if not isinstance(document, dict) or not isinstance(document.get("pages", document.get("elements")), list):
        raise ValueError("it has neither pages nor elements; save the JSON of the survey creator as it is")
    return document


def check_survey(survey: Survey, *, is_quiz: bool = False) -> list[str]:
    """Return the names under which a survey's answers are kept, in its order.

    Args:
        survey: what the file says.
        is_quiz: whether some question must have a right answer.

    Raises:
        ValueError: it would fail, or lose answers, while participants fill it in; with the remedy.
    """
    _check_nothing_is_loaded(survey, "")
    elements = list(_elements(survey))
    names: dict[str, str] = {}
    for element in elements:
        name = element.get("name")
        _check_type(element, name)
        if not isinstance(name, str) or not name:
            if element["type"] in _SHOWN_ONLY:
                continue
            raise ValueError(f"a question of type {element['type']} has no name; give it one")
        if name in names:
            raise ValueError(f'the name "{name}" is used twice; give every question its own')
        names[name] = name
        if element["type"] not in ("html", "image", "panel"):
            names[name] = _answer_name(element)
    if not any(element["type"] not in _SHOWN_ONLY for element in elements):
        raise ValueError("it asks nothing; add a question")
    if is_quiz and not any(RIGHT in element for element in elements):
        raise ValueError(f"no question has a {RIGHT}; set it for at least one")
    shown_only = {element.get("name") for element in elements if element["type"] in ("html", "image", "panel")}
    return [answer for name, answer in names.items() if name not in shown_only]


def _answer_name(element: Survey) -> str:
    """Return under which name the answer to a question is kept."""
    for key in ("name", "valueName"):
        name = element.get(key)
        if name is None:
            continue
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
            raise ValueError(
                f'"{name}" is no {"name" if key == "name" else key} for a question; use letters, digits and '
                "underscores, and begin with a letter"
            )
        if name in RESERVED:
            raise ValueError(f'a question may not be called "{name}", which says something else; call it otherwise')
    return str(element.get("valueName") or element["name"])


def _check_type(element: Survey, name: Any) -> None:
    kind, which = element.get("type"), f'question "{name}"' if name else "a question"
    if kind == "file":
        raise ValueError(f"{which} takes files, which are not kept with the answers; leave it out")
    if kind not in _TYPES:
        near = did_you_mean(str(kind), _TYPES)
        hint = f"did you mean {near}?" if near else f"use one of {', '.join(_TYPES)}"
        raise ValueError(f"{which} has no type; {hint}" if kind is None else f'{which} has type "{kind}"; {hint}')


def _elements(part: Survey) -> Iterator[Survey]:
    """Yield the elements of a survey, page or panel, those inside others included.

    What repeats its elements (a dynamic panel) keeps their answers inside its own.
    """
    for key in ("pages", "elements", "questions"):
        for inner in part.get(key) or ():
            if not isinstance(inner, dict):
                raise ValueError(f"{key} holds {json.dumps(inner)[:40]}; use an object for each of them")
            if key == "pages":
                yield from _elements(inner)
            else:
                yield inner
                if inner.get("type") == "panel":
                    yield from _elements(inner)
                for template in inner.get("templateElements") or ():
                    _check_type(template, template.get("name"))


def _check_nothing_is_loaded(value: Any, key: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _FROM_OUTSIDE and inner:
                raise ValueError(f"{name} {_FROM_OUTSIDE[name]}")
            _check_nothing_is_loaded(inner, name)
    elif isinstance(value, list):
        for inner in value:
            _check_nothing_is_loaded(inner, key)
    elif isinstance(value, str):
        loads = key in _LOADED_FROM and _OUTSIDE_ADDRESS.match(value)
        if loads or _OUTSIDE_IN_HTML.search(value):
            raise ValueError(
                f'{key or "a text"} would load "{value.strip()[:60]}" from another server; '
                "put the picture into the file as a data: address, or leave it out"
            )
