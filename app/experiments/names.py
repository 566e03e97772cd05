"""What names may look like in `experiment.toml`, and the reasons for which a way through a study ends.

Every file that declares settings takes these from here.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from app.experiments.section import use

#: Why a participant's way through the study ended; each may have its own completion code.
EXIT_REASONS = (
    "COMPLETED", "NO_CONSENT", "SCREENED_OUT", "FAILED_QUIZ", "LOBBY_TIMEOUT", "PARTNER_LEFT", "DROPPED_OUT",
    "EXCLUDED", "OVERBOOKED", "WITHDRAWN", "TECH_PROBLEM",
)  # fmt: skip
#: `leave:` and one of them.
LEAVE_PATTERN = "leave:(" + "|".join(EXIT_REASONS) + ")"
#: `module:object` in the experiment's folder.
OBJECT_PATTERN = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"
POLICY_REMEDY = use('module:object, such as "players:Chaser"')
ID_REMEDY = use("lower-case letters, digits, hyphens and underscores")
WORD_REMEDY = use("a name of letters, digits and underscores that begins with a letter")
PAGE_SUFFIXES = (".md", ".html")


def _inside(value: str) -> str:
    path = Path(value)
    if not value or path.is_absolute() or ".." in path.parts or "\\" in value:
        raise ValueError("use the name of a file inside the experiment's folder, such as welcome.md")
    return value


def _page(value: str) -> str:
    if Path(_inside(value)).suffix not in PAGE_SUFFIXES:
        raise ValueError("use a file whose name ends in .md (Markdown) or .html")
    return value


def _survey(value: str) -> str:
    if Path(_inside(value)).suffix != ".json":
        raise ValueError("use a SurveyJS file whose name ends in .json")
    return value


def _plain(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("use a text, a number, true or false")
    return value


PolicyName = Annotated[str, Field(pattern=f"^{OBJECT_PATTERN}$")]
FrameSkip = Annotated[int, Field(ge=1, le=600)]
PageFile = Annotated[str, AfterValidator(_page)]
SurveyFile = Annotated[str, AfterValidator(_survey)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
#: What may stand after a dot in a show_if rule: a factor, an attribute, a question.
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
#: A level of a factor: text, a finite number, true or false.
Plain = Annotated[Any, BeforeValidator(_plain)]
