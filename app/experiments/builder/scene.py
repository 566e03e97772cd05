"""What every scene of the builder is: the table of one `[[scenes]]`, filled by chained calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from app.experiments.builder.values import UNSET, Target, page, put
from app.experiments.errors import InputError


class Scene:
    """One step of a participant's way; see the kinds of scene.

    Every method changes the scene, returns it, and leaves alone what it is not given, so that calls chain and a copy
    (`copy.deepcopy`) may be changed where it shall differ. `None` takes a setting away, so that its default counts.
    """

    model: ClassVar[type[BaseModel]]

    def __init__(self, scene_id: str = UNSET, **given: Any) -> None:
        self.table: dict[str, Any] = {"type": self.kind()}
        put(self.table, id=scene_id, **given)

    @classmethod
    def kind(cls) -> str:
        """The scene's type, as in the file."""
        return str(cls.model.model_fields["type"].default)

    @property
    def scene_id(self) -> str:
        """The scene's id.

        Raises:
            InputError: it has none yet.
        """
        if "id" not in self.table:
            raise InputError(f'a scene of type "{self.kind()}" has no id; give it one, such as .scene("page").')
        return str(self.table["id"])

    def scene(self, scene_id: str) -> Self:
        """Name the scene.

        Args:
            scene_id: unique in the study: lower-case letters, digits, hyphens and underscores. It stands in the data
                and in `show_if` rules.
        """
        put(self.table, id=scene_id)
        return self

    def in_file(self, target: Target) -> dict[str, Any]:
        """Return the scene's table as it stands in the file, its keys in the order of their declaration."""
        where = f"scenes.{self.scene_id}"
        order = ["id", "type", *self.model.model_fields]
        keys = sorted(self.table, key=lambda key: order.index(key) if key in order else len(order))
        return {key: target.plain(self.table[key], f"{where}.{key}", self.scene_id) for key in keys}


class Page(Scene):
    """A scene with a text above everything else."""

    def content(
        self, scene_header: str = UNSET, scene_body: str = UNSET, scene_body_filepath: str | Path = UNSET
    ) -> Self:
        """Say what the page shows.

        Args:
            scene_header: heading of the page, 1 to 200 characters; unset: the study's title.
            scene_body: the page's text: HTML if it begins with a tag, else Markdown. It is written to a file that is
                called as the scene, such as `welcome.md`.
            scene_body_filepath: in place of the text, a `.md` or `.html` file of the experiment's folder.

        Raises:
            InputError: text and file were both given.
        """
        put(
            self.table,
            title=scene_header,
            body=page(scene_body, scene_body_filepath, "scene_body and scene_body_filepath"),
        )
        return self
