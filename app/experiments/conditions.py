"""`[conditions]`: the factors of a study, how their cells are given out, and what differs in each. Part of
`experiment.toml`.

`allocation.py` gives them out, `overrides.py` changes the study accordingly.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from app.experiments.errors import PartError, did_you_mean
from app.experiments.explain import shown
from app.experiments.names import WORD_REMEDY, Identifier, Plain
from app.experiments.section import Section, use
from app.experiments.section import unit as measured_in

MOST_CELLS = 512

#: A level of each factor.
Cell = dict[str, Any]
Cells = list[Cell]


def _levels(value: list[Any]) -> list[Any]:
    for index, level in enumerate(value):
        if level in value[:index]:
            raise ValueError(f"{shown(level)} stands twice; name each level once")
    return value


def _words(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
            raise PartError(name, f"is no name of a factor; use {WORD_REMEDY['remedy']}")
    return value


# Names of their own, because keys below are called as built-in types and a function are.
Levels = Annotated[list[Plain], Field(min_length=1, max_length=MOST_CELLS), AfterValidator(_levels)]
Factors = Annotated[dict[str, Levels], AfterValidator(_words)]
Row = Annotated[dict[str, Plain], Field(min_length=1), AfterValidator(_words)]
Rows = Annotated[list[Row], Field(max_length=10_000)]
Settings = Annotated[dict[str, Any], Field(min_length=1)]


class Override(Section):
    """`[[conditions.overrides]]`: what is different under certain levels; later ones come on top of earlier ones."""

    when: Row = Field(description="the levels under which it applies, such as { delay = 2 }; all of them together")
    set: Settings = Field(
        description='settings and their values then, such as { "scenes.game.multiplayer.input_delay" = 2 }; a scene is '
        "named by its id"
    )


Overrides = list[Override]


class Conditions(Section):
    """`[conditions]`: what is compared, and how participants are spread over it."""

    unit: Literal["group", "participant"] = Field(
        description="who is given a condition: the people of a match together, or each participant on arrival"
    )
    method: Literal["block", "latin_square", "list"] = Field(
        default="block",
        description="block: every cell equally often in each block, in random order; latin_square: everybody goes "
        "through all cells, in balanced orders; list: the list's rows in order, then again from the start",
    )
    factors: Factors = Field(
        default_factory=dict, description="levels of each factor; the cells are all combinations of them"
    )
    list: Rows = Field(default_factory=list, description='the rows of method = "list", a level of each factor in each')
    blocks: int = Field(
        default=1, ge=1, le=100, description='how often every cell stands in one block of method = "block"',
        json_schema_extra=measured_in("times"),
    )  # fmt: skip
    within: Identifier | None = Field(
        default=None,
        description='id of the repeat that method = "latin_square" goes through, a cell in each run',
        json_schema_extra=use("the id of a repeat"),
    )
    overrides: Overrides = Field(
        default_factory=lambda: [], description="what is different under certain levels; its keys are below"
    )

    @model_validator(mode="after")
    def _method_has_what_it_needs(self) -> Conditions:
        if self.method == "list":
            if not self.list:
                raise PartError("list", 'is missing; method = "list" needs its rows, such as [{ delay = 0 }]')
        elif not self.factors:
            raise PartError("factors", "is missing; add it, such as factors = { delay = [0, 2] }")
        for key, method in (("list", "list"), ("blocks", "block"), ("within", "latin_square")):
            if key in self.model_fields_set and self.method != method:
                raise PartError(key, f'is for method = "{method}"; set that, or leave it out')
        if self.method == "latin_square" and self.within is None:
            raise PartError("within", "is missing; name the repeat whose runs are played under the cells")
        return self

    @model_validator(mode="after")
    def _rows_name_the_same_factors(self) -> Conditions:
        factors = tuple(self.factors or (self.list[0] if self.list else ()))
        for number, row in enumerate(self.list, 1):
            if set(row) != set(factors):
                raise PartError(f"list.{number}", f"must name each of {', '.join(factors)} and nothing else")
            for factor, level in row.items():
                if factor in self.factors:
                    self._check_level(f"list.{number}", factor, level)
        return self

    @model_validator(mode="after")
    def _there_are_not_too_many(self) -> Conditions:
        count = 1
        for levels in self.factors.values():
            count *= len(levels)
        if count > MOST_CELLS:
            raise PartError("factors", f"make {count} cells; use {MOST_CELLS} at most, or fewer levels")
        if self.method == "list" and len(self.cells()) > MOST_CELLS:
            raise PartError("list", f"holds {len(self.cells())} different rows; use {MOST_CELLS} at most")
        return self

    @model_validator(mode="after")
    def _overrides_are_of_levels(self) -> Conditions:
        for number, override in enumerate(self.overrides, 1):
            for factor, level in override.when.items():
                self._check_level(f"overrides.{number}.when", factor, level)
        return self

    def _check_level(self, where: str, factor: str, level: Any) -> None:
        levels = self.levels().get(factor)
        if levels is None:
            near = did_you_mean(factor, self.levels())
            hint = f"did you mean {near}?" if near else f"the factors are {', '.join(self.levels())}"
            raise PartError(f"{where}.{factor}", f"is no factor; {hint}")
        if level not in levels:
            raise PartError(
                f"{where}.{factor}", f"= {shown(level)} is none of its levels; use {', '.join(map(shown, levels))}"
            )

    def levels(self) -> Mapping[str, Levels]:
        """Return the levels of each factor; of a list of rows those that occur in it."""
        if self.factors:
            return self.factors
        names = self.list[0] if self.list else {}
        return {name: [*dict.fromkeys(row[name] for row in self.list if name in row)] for name in names}

    def cells(self) -> Cells:
        """Return every combination of levels that is given out, each once, in the order of the file."""
        if self.method != "list":
            names = tuple(self.factors)
            return [dict(zip(names, levels, strict=True)) for levels in itertools.product(*self.factors.values())]
        cells: Cells = []
        for row in self.list:
            if row not in cells:
                cells.append(row)
        return cells
