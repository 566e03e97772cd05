"""The scenes that are read: start, static, consent, instructions, hold, debrief and the end. Part of `experiment.toml`.

`scenes.py` puts the kinds of scene together.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field

from app.experiments.errors import PartError, did_you_mean
from app.experiments.names import EXIT_REASONS, Identifier, PageFile
from app.experiments.scene_base import InnerScene, SceneBase
from app.experiments.section import unit, use

Label = Annotated[str, Field(min_length=1, max_length=60)]
LABEL_REMEDY = use("1 to 60 characters")

PROLIFIC = "https://app.prolific.com/submissions/complete?cc={code}"
PLACEHOLDERS = ("code", "reason", "participant_id", "label")


def _codes(value: dict[str, str]) -> dict[str, str]:
    for reason in value:
        if reason not in EXIT_REASONS:
            near = did_you_mean(reason, EXIT_REASONS)
            hint = f"perhaps {near} is meant" if near else "use " + ", ".join(EXIT_REASONS)
            raise PartError(reason, f"is not a reason to end; {hint}")
    return value


def _redirect(value: str | None) -> str | None:
    if value is None or value == "prolific":
        return value
    if not re.match(r"https?://[^\s/{}]+", value) or re.search(r"\s", value):
        raise ValueError('use "prolific", or an address such as "https://example.org/done?code={code}"')
    for name in re.findall(r"\{([^{}]*)\}", value):
        if name not in PLACEHOLDERS:
            near = did_you_mean(name, PLACEHOLDERS)
            hint = f"perhaps {{{near}}} is meant" if near else f"use {{{'}, {'.join(PLACEHOLDERS)}}}"
            raise ValueError(f"{{{name}}} stands for nothing; {hint}")
    if "{" in (rest := re.sub(r"\{[^{}]*\}", "", value)) or "}" in rest:
        raise ValueError("a brace is not closed or not opened; write a placeholder as {code}")
    return value


class StartScene(SceneBase):
    """The first page, on which a participant takes a place with Start."""

    type: Literal["start"] = "start"
    body: PageFile = Field(description="Markdown or HTML file with the page's text")


class StaticScene(InnerScene):
    """A page that is read."""

    type: Literal["static"] = "static"
    body: PageFile = Field(description="Markdown or HTML file with the page's text")
    button: Label | None = Field(
        default=None, description="words on the button; unset: Continue, in the study's language",
        json_schema_extra=LABEL_REMEDY,
    )  # fmt: skip
    min_time_ms: int = Field(
        default=0, ge=0, le=3_600_000, description="shortest time on the page, after which its button opens",
        json_schema_extra=unit("milliseconds"),
    )  # fmt: skip


class ConsentScene(InnerScene):
    """A page on which participants agree to take part, or leave with NO_CONSENT."""

    type: Literal["consent"] = "consent"
    body: PageFile = Field(description="Markdown or HTML file with what is agreed to")
    version: str = Field(
        default="1", min_length=1, max_length=64, description="version of the text, recorded with each consent",
        json_schema_extra=use("1 to 64 characters"),
    )  # fmt: skip
    agree: Label | None = Field(
        default=None, description="words on the button that agrees; unset: those of the study's language",
        json_schema_extra=LABEL_REMEDY,
    )  # fmt: skip
    decline: Label | None = Field(
        default=None, description="words on the button that declines; unset: those of the study's language",
        json_schema_extra=LABEL_REMEDY,
    )  # fmt: skip


class InstructionScene(InnerScene):
    """A page that explains a game, with the game's own keys to try."""

    type: Literal["instructions"] = "instructions"
    body: PageFile = Field(description="Markdown or HTML file with the page's text")
    game: Identifier | None = Field(
        default=None, description="id of the game scene whose keys are shown; unset: the next one in the file"
    )
    try_keys: Literal["none", "offered", "required"] = Field(
        default="offered",
        description="none shows no keys; offered shows them, and they light up when pressed; required opens the button "
        "once each was pressed",
    )


class HoldScene(InnerScene):
    """A page on which everybody waits until the researcher lets them go on."""

    type: Literal["hold"] = "hold"
    body: PageFile | None = Field(default=None, description="Markdown or HTML file with the page's text")
    reopens: bool = Field(
        default=False,
        description="true: who arrives after a release waits for the next one; false: they pass at once",
    )


class DebriefScene(InnerScene):
    """A page after the experiment: what it was about."""

    type: Literal["debrief"] = "debrief"
    body: PageFile = Field(description="Markdown or HTML file with the page's text")
    for_leavers: bool = Field(
        default=True, description="whether people who leave early or withdraw see it before the end"
    )


class EndScene(SceneBase):
    """The last page, with the completion code of the reason the participant ends for."""

    type: Literal["end"] = "end"
    body: PageFile | None = Field(default=None, description="Markdown or HTML file with the page's text")
    codes: Annotated[dict[str, str], AfterValidator(_codes)] = Field(
        default_factory=dict, description="completion code for each exit reason"
    )
    redirect: Annotated[str | None, AfterValidator(_redirect)] = Field(
        default=None,
        description="where the page leads once the data is saved: prolific, or an address in which {code}, {reason}, "
        "{participant_id} and {label} are filled in; unset: nowhere",
    )

    def redirect_url(self, reason: str, *, participant_id: str = "", label: str = "") -> str | None:
        """Return where a participant is led, or None: there is no redirect, or it needs a code and there is none.

        Args:
            reason: why the participant ends, one of `EXIT_REASONS`.
            participant_id: the participant's pseudonymous id.
            label: the participant's label, if there is one.
        """
        template = PROLIFIC if self.redirect == "prolific" else self.redirect
        code = self.codes.get(reason)
        if template is None or ("{code}" in template and code is None):
            return None
        values = {"code": code or "", "reason": reason, "participant_id": participant_id, "label": label}
        return re.sub(r"\{(\w+)\}", lambda found: quote(values[found[1]], safe=""), template)
