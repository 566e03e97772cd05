"""What every scene of a study says: its name, its heading, and whether it is shown. Part of `experiment.toml`."""

from __future__ import annotations

from pydantic import Field, field_validator

from app.experiments import show_if
from app.experiments.names import ID_REMEDY, Identifier
from app.experiments.section import Section, use


class SceneBase(Section):
    """A scene: one step of a participant's way."""

    id: Identifier = Field(description="name of the scene, unique in the study", json_schema_extra=ID_REMEDY)
    title: str | None = Field(
        default=None, min_length=1, max_length=200, description="heading of the page; unset: the study's title",
        json_schema_extra=use("1 to 200 characters"),
    )  # fmt: skip


class InnerScene(SceneBase):
    """A scene between the first and the last, which may be passed over."""

    show_if: str | None = Field(
        default=None,
        description='rule under which the scene is shown, such as "game.score >= 10"; unset: always',
    )

    @field_validator("show_if")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        if value is not None:
            show_if.parse(value)
        return value
