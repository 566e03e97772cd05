"""What an environment's `render()` returns: a picture as a short list of shapes.

An environment fills a `Surface` once a frame; the engine turns it into a draw list (plain lists, strings and numbers)
and the participant's page paints that. Nothing here touches pixels, so the same picture can be drawn in a browser,
counted in a test or written into a replay. The shapes are described for researchers in `docs/drawing.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DEFAULT_BACKGROUND = "#f4f1ea"

MAX_ITEMS = 5_000
"""Shapes in one picture. Painting more than a few hundred costs participants' computers frames."""

MAX_TEXT = 500
"""Characters in one text item."""

Number = float
"""Any finite real number: int, float or a NumPy scalar."""

KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "rect": (
        ("x", "number"),
        ("y", "number"),
        ("w", "size"),
        ("h", "size"),
        ("fill", "color"),
        ("stroke", "optional color"),
        ("stroke_width", "size"),
        ("radius", "size"),
    ),
    "circle": (
        ("x", "number"),
        ("y", "number"),
        ("r", "size"),
        ("fill", "color"),
        ("stroke", "optional color"),
        ("stroke_width", "size"),
    ),
    "ellipse": (
        ("x", "number"),
        ("y", "number"),
        ("rx", "size"),
        ("ry", "size"),
        ("fill", "color"),
        ("stroke", "optional color"),
        ("stroke_width", "size"),
    ),
    "arc": (
        ("x", "number"),
        ("y", "number"),
        ("r", "size"),
        ("start_deg", "number"),
        ("end_deg", "number"),
        ("color", "color"),
        ("width", "size"),
    ),
    "line": (
        ("x1", "number"),
        ("y1", "number"),
        ("x2", "number"),
        ("y2", "number"),
        ("color", "color"),
        ("width", "size"),
    ),
    "polygon": (("points", "points"), ("fill", "color"), ("stroke", "optional color"), ("stroke_width", "size")),
    "text": (
        ("x", "number"),
        ("y", "number"),
        ("string", "text"),
        ("size", "size"),
        ("color", "color"),
        ("align", "align"),
        ("weight", "weight"),
    ),
}
"""Every kind of item: its fields in the order of the draw list, each with what it must be."""

_ALIGNS = ("left", "center", "right")
_WEIGHTS = ("normal", "bold")
_COLOR = re.compile(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?", re.IGNORECASE)
_BAD_VALUE = (TypeError, ValueError, OverflowError)

# A picture uses the same few colours on every frame: remembering which were well formed saves half of the check's cost.
_known_colors: set[str] = set()
_KNOWN_COLORS_LIMIT = 4_096


class Surface:
    """One picture, in game coordinates: x to the right, y down, (0, 0) at the top left, 1 unit = 1 pixel of the game.

    Shapes are painted in the order in which they were added. Coordinates are kept to a tenth of a pixel. Colours are
    `"#rrggbb"` or `"#rrggbbaa"` (the last two digits are the opacity).

    Args:
        background: Colour behind everything.
        base: A surface to start from, for whatever looks the same on every frame: draw it once, then begin every
            frame's picture with it. It is not changed.

    Raises:
        ValueError: A value that cannot be painted. The message names the item, the field, the value and the remedy.
    """

    __slots__ = ("background", "_items")

    def __init__(self, background: str | None = None, base: Surface | None = None) -> None:
        if background is None:
            background = DEFAULT_BACKGROUND if base is None else base.background
        _check("picture", "background", "color", background)
        self.background = background
        self._items: list[list[Any]] = [] if base is None else base._items.copy()

    def __len__(self) -> int:
        """Return the number of shapes."""
        return len(self._items)

    def rect(
        self,
        x: Number,
        y: Number,
        w: Number,
        h: Number,
        *,
        fill: str,
        stroke: str | None = None,
        stroke_width: Number = 1,
        radius: Number = 0,
    ) -> None:
        """Add a rectangle with its top left corner at (x, y); `radius` rounds the corners."""
        try:
            item = ["rect", round(x * 10) / 10, round(y * 10) / 10, round(w * 10) / 10, round(h * 10) / 10]
            item += (fill, stroke, round(stroke_width * 10) / 10, round(radius * 10) / 10)
            if item[3] < 0 or item[4] < 0 or item[7] < 0 or item[8] < 0 or not _painted(fill, stroke):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("rect", x, y, w, h, fill, stroke, stroke_width, radius) from None
        self._items.append(item)

    def circle(
        self, x: Number, y: Number, r: Number, *, fill: str, stroke: str | None = None, stroke_width: Number = 1
    ) -> None:
        """Add a disc around (x, y)."""
        try:
            item = ["circle", round(x * 10) / 10, round(y * 10) / 10, round(r * 10) / 10]
            item += (fill, stroke, round(stroke_width * 10) / 10)
            if item[3] < 0 or item[6] < 0 or not _painted(fill, stroke):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("circle", x, y, r, fill, stroke, stroke_width) from None
        self._items.append(item)

    def ellipse(
        self,
        x: Number,
        y: Number,
        rx: Number,
        ry: Number,
        *,
        fill: str,
        stroke: str | None = None,
        stroke_width: Number = 1,
    ) -> None:
        """Add an ellipse around (x, y) with the half axes `rx` (across) and `ry` (down)."""
        try:
            item = ["ellipse", round(x * 10) / 10, round(y * 10) / 10, round(rx * 10) / 10, round(ry * 10) / 10]
            item += (fill, stroke, round(stroke_width * 10) / 10)
            if item[3] < 0 or item[4] < 0 or item[7] < 0 or not _painted(fill, stroke):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("ellipse", x, y, rx, ry, fill, stroke, stroke_width) from None
        self._items.append(item)

    def arc(
        self, x: Number, y: Number, r: Number, start_deg: Number, end_deg: Number, *, color: str, width: Number = 4
    ) -> None:
        """Add a piece of a ring around (x, y), for progress.

        Args:
            x: Centre, pixels from the left.
            y: Centre, pixels from the top.
            r: Radius of the middle of the ring's line.
            start_deg: Where it begins. 0 is at three o'clock, 90 at six, -90 at twelve.
            end_deg: Where it ends, clockwise from `start_deg`; equal ends paint nothing, 360 more a whole ring.
            color: Colour of the ring.
            width: Thickness of the ring in pixels.
        """
        try:
            item = ["arc", round(x * 10) / 10, round(y * 10) / 10, round(r * 10) / 10]
            item += (round(start_deg * 10) / 10, round(end_deg * 10) / 10, color, round(width * 10) / 10)
            if item[3] < 0 or item[7] < 0 or not _painted(color, None):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("arc", x, y, r, start_deg, end_deg, color, width) from None
        self._items.append(item)

    def line(self, x1: Number, y1: Number, x2: Number, y2: Number, *, color: str, width: Number = 1) -> None:
        """Add a straight line from (x1, y1) to (x2, y2)."""
        try:
            item = ["line", round(x1 * 10) / 10, round(y1 * 10) / 10, round(x2 * 10) / 10, round(y2 * 10) / 10]
            item += (color, round(width * 10) / 10)
            if item[6] < 0 or not _painted(color, None):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("line", x1, y1, x2, y2, color, width) from None
        self._items.append(item)

    def polygon(
        self, points: Sequence[Number], *, fill: str, stroke: str | None = None, stroke_width: Number = 1
    ) -> None:
        """Add a closed polygon; `points` is `[x1, y1, x2, y2, ...]`, at least three corners."""
        try:
            corners = [round(value * 10) / 10 for value in points]
            item = ["polygon", corners, fill, stroke, round(stroke_width * 10) / 10]
            if len(corners) < 6 or len(corners) % 2 or item[4] < 0 or not _painted(fill, stroke):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("polygon", points, fill, stroke, stroke_width) from None
        self._items.append(item)

    def text(
        self,
        x: Number,
        y: Number,
        string: str,
        *,
        size: Number = 16,
        color: str = "#2b2b2b",
        align: str = "left",
        weight: str = "normal",
    ) -> None:
        """Add one line of text; (x, y) is the middle of its left end, its centre or its right end, as `align` says.

        Args:
            x: Pixels from the left.
            y: Middle of the line, pixels from the top.
            string: At most 500 characters.
            size: Height of the font in pixels.
            color: Colour of the letters.
            align: `"left"`, `"center"` or `"right"`.
            weight: `"normal"` or `"bold"`.
        """
        try:
            item = ["text", round(x * 10) / 10, round(y * 10) / 10, str(string), round(size * 10) / 10]
            item += (color, align, weight)
            if item[4] < 0 or not isinstance(string, str) or len(string) > MAX_TEXT:
                raise ValueError
            if align not in _ALIGNS or weight not in _WEIGHTS or not _painted(color, None):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("text", x, y, string, size, color, align, weight) from None
        self._items.append(item)

    def to_list(self) -> dict[str, Any]:
        """Return the draw list: `{"background": colour, "items": [[kind, field, ...], ...]}`.

        The items belong to the surface: whoever wants to change them copies them first.

        Raises:
            ValueError: There are more items than a page can paint.
        """
        if len(self._items) > MAX_ITEMS:
            raise ValueError(f"picture: {len(self._items)} items; draw at most {MAX_ITEMS} a frame.")
        return {"background": self.background, "items": self._items}

    def to_json(self) -> str:
        """Return the draw list as JSON text: one string crosses from Python to JavaScript far faster than lists do."""
        return json.dumps(self.to_list(), ensure_ascii=False, separators=(",", ":"))

    def _complaint(self, kind: str, *values: Any) -> ValueError:
        """Return the error for the first bad value of an item that could not be added."""
        where = f"item {len(self._items)} ({kind})"
        try:
            for (field, rule), value in zip(KINDS[kind], values, strict=True):
                _check(where, field, rule, value)
        except ValueError as error:
            return error
        raise AssertionError(f"{where}: was refused, but every one of {values!r} passes its check.")


def draw_list(picture: Surface | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what `render()` returned as a draw list.

    Args:
        picture: A `Surface`, a draw list made by hand (checked here), or None for an empty picture.

    Raises:
        ValueError: Not a picture, or an item of it cannot be painted.
    """
    if isinstance(picture, Surface):
        return picture.to_list()
    if picture is None:
        return {"background": DEFAULT_BACKGROUND, "items": []}
    if not isinstance(picture, Mapping) or not isinstance(picture.get("items"), (list, tuple)):
        raise ValueError(
            f"picture: render() returned {_shown(picture)}; return a Surface or "
            '{"background": "#rrggbb", "items": [...]}.'
        )
    surface = Surface(picture.get("background", DEFAULT_BACKGROUND))
    surface._items = [_checked_item(index, item) for index, item in enumerate(picture["items"])]
    return surface.to_list()


def _checked_item(index: int, item: Any) -> list[Any]:
    """Return one hand-made item, rounded like those of a `Surface`."""
    kind = item[0] if isinstance(item, (list, tuple)) and item else item
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"item {index}: kind = {_shown(kind)}; use one of {', '.join(KINDS)}.")
    fields = KINDS[kind]
    if len(item) != len(fields) + 1:
        names = ", ".join(name for name, _ in fields)
        raise ValueError(f"item {index} ({kind}): {len(item) - 1} values; give {len(fields)}: {names}.")
    where = f"item {index} ({kind})"
    values = (_check(where, name, rule, value) for (name, rule), value in zip(fields, item[1:], strict=True))
    return [kind, *values]


def _painted(first: str, second: str | None) -> bool:
    """Say whether a fill and an optional stroke are colours; the quick check on the way of every shape."""
    known = _known_colors
    if first in known and (second is None or second in known):
        return True
    return _is_color(first) and (second is None or _is_color(second))


def _is_color(value: Any) -> bool:
    if not isinstance(value, str) or _COLOR.fullmatch(value) is None:
        return False
    if len(_known_colors) >= _KNOWN_COLORS_LIMIT:
        _known_colors.clear()
    _known_colors.add(value)
    return True


def _check(where: str, field: str, rule: str, value: Any) -> Any:
    """Return a field's value as it stands in a draw list, or raise the sentence that says what to use instead."""
    if rule in ("number", "size"):
        rounded = _rounded(value)
        if rounded is not None and (rule == "number" or rounded >= 0):
            return rounded
        remedy = "use a finite number" if rule == "number" else "use a finite number of pixels, 0 or more"
    elif rule == "color" or rule == "optional color":
        if _is_color(value) or (value is None and rule == "optional color"):
            return value
        remedy = 'use "#rrggbb" or "#rrggbbaa"' + (", or None for none" if rule == "optional color" else "")
    elif rule == "points":
        corners = [_rounded(part) for part in value] if isinstance(value, Iterable) else []
        if len(corners) >= 6 and len(corners) % 2 == 0 and None not in corners:
            return corners
        remedy = "use [x1, y1, x2, y2, x3, y3, ...] with finite numbers"
    elif rule == "text":
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return str(value)
        remedy = f"use a string of at most {MAX_TEXT} characters"
    else:
        allowed = _ALIGNS if rule == "align" else _WEIGHTS
        if isinstance(value, str) and value in allowed:
            return value
        remedy = "use " + " or ".join(f'"{name}"' for name in allowed)
    raise ValueError(f"{where}: {field} = {_shown(value)}; {remedy}.")


def _rounded(value: Any) -> float | None:
    try:
        return round(value * 10) / 10
    except _BAD_VALUE:
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
