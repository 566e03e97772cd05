"""What every table of `experiment.toml` is: the base of the models, and what a declaration may say beside its type."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the file: no unknown keys, no silent conversion (`"30"` is not 30), never changed after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def unit(name: str) -> dict[str, Any]:
    """Say the unit of a number in its declaration."""
    return {"unit": name}


def use(remedy: str) -> dict[str, Any]:
    """Say in a declaration what to write instead of a value that does not fit."""
    return {"remedy": remedy}
