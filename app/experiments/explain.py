"""Says what is wrong with `experiment.toml`: from pydantic's findings to one sentence. Used by config.py."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from app.experiments.errors import PartError, did_you_mean, ended


def sentence(file_name: str, model: type[BaseModel], document: dict[str, Any], error: ValidationError) -> str:
    """Turn what pydantic found into one sentence that names file, key, value and remedy.

    An unknown key is said first: a misspelt key is usually also a missing one, and the misspelling is the cause.
    """
    found = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    first = found[0]
    owner, field, keys = _walk(model, document, first["loc"])
    where = ".".join(keys)
    more = f" ({len(found) - 1} more after this one.)" if len(found) > 1 else ""
    kind = first["type"]
    if kind == "extra_forbidden":
        known = list(owner.model_fields) if owner else []
        near = did_you_mean(keys[-1], known)
        remedy = f"did you mean {near}?" if near else f"the keys known here are {', '.join(known)}."
        return f"{file_name}: {where} is not a known key; {remedy}{more}"
    if kind == "missing":
        meaning = f" ({_lower(field.description)})" if field and field.description else ""
        return f"{file_name}: {where} is missing; add it{meaning}.{more}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        value = first["input"].get("type") if isinstance(first["input"], dict) else first["input"]
        found_type = f"{where}.type = {shown(value)}" if value is not None else f"{where}.type is missing"
        return f"{file_name}: {found_type}; use {_any_of(_tags(field))}.{more}"
    if kind == "value_error":
        cause = first["ctx"]["error"]
        if isinstance(cause, PartError):
            part = ".".join(filter(None, (where, cause.part)))
            return f"{file_name}: {part} {ended(str(cause))}{more}"
        value = f"{where} = {shown(first['input'])}; " if where else ""
        return f"{file_name}: {value}{ended(str(cause))}{more}"
    return f"{file_name}: {where} = {shown(first['input'])}; {_remedy(field, first)}.{more}"


def _walk(
    model: type[BaseModel], document: Any, loc: tuple[int | str, ...]
) -> tuple[type[BaseModel] | None, FieldInfo | None, list[str]]:
    """Follow pydantic's location to the model and field it means, and name the way as the file's author would.

    A scene is named by its id instead of its position, without the blocks around it, and the step that only says which
    kind of scene it is (pydantic's tag) is left out.
    """
    owner: type[BaseModel] | None = model
    field: FieldInfo | None = None
    here: Any = document
    keys: list[str] = []
    for step in loc:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            name = here.get("id") if isinstance(here, dict) else None
            if name and len(keys) == 3 and keys[0] == keys[2] == "scenes":
                del keys[1:]
            keys.append(str(name) if name else str(step + 1))
            continue
        if owner is None and field is not None and (choice := _choice(field, step)) is not None:
            owner, field = choice, None
            continue
        if owner is not None:
            field = owner.model_fields.get(step)
            if field is not None:
                owner = _inner_model(field)
        keys.append(step)
        here = here.get(step) if isinstance(here, dict) else None
    return owner, field, keys


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _inner_model(field: FieldInfo) -> type[BaseModel] | None:
    models = _models_in(field.annotation)
    return models[0] if len(models) == 1 else None


def _choice(field: FieldInfo, tag: str) -> type[BaseModel] | None:
    for model in _models_in(field.annotation):
        kind = model.model_fields.get("type")
        if kind is not None and kind.default == tag:
            return model
    return None


def _tags(field: FieldInfo | None) -> list[str]:
    """Return the kinds that a table may be of, such as those of a scene."""
    models = _models_in(field.annotation) if field else []
    return [str(model.model_fields["type"].default) for model in models if "type" in model.model_fields]


def _any_of(words: list[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _lower(text: str) -> str:
    return text.rstrip(".")


def shown(value: Any) -> str:
    """Return a value as it may stand in the file, shortened."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _remedy(field: FieldInfo | None, found: Any) -> str:
    extra = (field.json_schema_extra if field else None) or {}
    unit = f" {extra['unit']}" if isinstance(extra, dict) and extra.get("unit") else ""
    if isinstance(extra, dict) and extra.get("remedy"):
        return f"use {extra['remedy']}"
    low, high = _bounds(field)
    if low is not None and high is not None:
        return f"use {low} to {high}{unit}"
    if found["type"] == "literal_error":
        return "use " + str(found["ctx"]["expected"]).replace("'", '"')
    if low is not None:
        return f"use {low}{unit} or more"
    text = found["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"use {text}{unit}"


def _bounds(field: FieldInfo | None) -> tuple[Any, Any]:
    low = high = None
    for item in field.metadata if field else ():
        low = getattr(item, "ge", low)
        high = getattr(item, "le", high)
    return low, high
