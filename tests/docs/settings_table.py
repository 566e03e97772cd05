"""The tables of settings in the user guide, made from where the settings are declared.

`python -m tests.docs.settings_table` prints them; test_user_guide.py compares them with what the guide says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.experiments.conditions import Conditions, Override
from app.experiments.config import Environment, Experiment, IceServer, Identity, WebRtc
from app.experiments.controls import Gamepad, Mouse
from app.experiments.entry import Entry
from app.experiments.scenes import (
    ConsentScene,
    DebriefScene,
    EndScene,
    FeedbackScene,
    GameScene,
    HoldScene,
    InstructionScene,
    QuizScene,
    RandomOrder,
    Repeat,
    StartScene,
    StaticScene,
    SurveyScene,
)
from app.experiments.seats import Seat

TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[experiment]", Identity),
    ("[entry]", Entry),
    ("[environment]", Environment),
    ("[conditions]", Conditions),
    ("[[conditions.overrides]]", Override),
    ("[seats.NAME]", Seat),
    ('[[scenes]] with type = "start"', StartScene),
    ('[[scenes]] with type = "static"', StaticScene),
    ('[[scenes]] with type = "consent"', ConsentScene),
    ('[[scenes]] with type = "instructions"', InstructionScene),
    ('[[scenes]] with type = "quiz"', QuizScene),
    ('[[scenes]] with type = "survey"', SurveyScene),
    ('[[scenes]] with type = "feedback"', FeedbackScene),
    ('[[scenes]] with type = "game"', GameScene),
    ("[scenes.mouse]", Mouse),
    ("[scenes.gamepad]", Gamepad),
    ('[[scenes]] with type = "hold"', HoldScene),
    ('[[scenes]] with type = "debrief"', DebriefScene),
    ('[[scenes]] with type = "end"', EndScene),
    ('[[scenes]] with type = "random_order"', RandomOrder),
    ('[[scenes]] with type = "repeat"', Repeat),
    ("[webrtc]", WebRtc),
    ("[[webrtc.ice_servers]]", IceServer),
)


def table(title: str, model: type[BaseModel]) -> str:
    """Return one table as Markdown."""
    lines = [f"### `{title}`", "", "| key | default | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *rows(model)])


def rows(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield a line for every key, those of inner tables with their whole path."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if name == "type":
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from rows(inner, f"{before}{name}.")
        else:
            meaning = (field.description or "").replace("|", "\\|")
            yield f"| `{before}{name}` | {default(field)} | {meaning}{limits(field)} |"


def default(field: FieldInfo) -> str:
    """Return the default as it would be written in the file."""
    if field.is_required():
        return "**needed**"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "unset"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, int | float | list | dict) else f'`"{value}"`'


def limits(field: FieldInfo) -> str:
    """Return unit and range in words."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low = next((item.ge for item in field.metadata if getattr(item, "ge", None) is not None), None)
    high = next((item.le for item in field.metadata if getattr(item, "le", None) is not None), None)
    span = f"{low} to {high}" if low is not None and high is not None else f"{low} or more" if low is not None else ""
    words = " ".join(str(part) for part in (span, extra.get("unit", "")) if part)
    return f" ({words})" if words else ""


def main() -> None:
    print("\n\n".join(table(title, model) for title, model in TABLES))


# The guide tells of `texts` in words: its keys are those of the catalogue.
_TOLD_IN_WORDS = {"format", "texts"}
assert {title.strip("[]").partition(".")[0].partition("]")[0] for title, _ in TABLES} | _TOLD_IN_WORDS == set(
    Experiment.model_fields
)

if __name__ == "__main__":
    main()
