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

KINDS: dict[str, tuple[str, ...]] = {
    "rect": ("x", "y", "w", "h", "fill", "stroke", "stroke_width", "radius"),
    "circle": ("x", "y", "r", "fill", "stroke", "stroke_width"),
    "ellipse": ("x", "y", "rx", "ry", "fill", "stroke", "stroke_width"),
    "arc": ("x", "y", "r", "start_deg", "end_deg", "color", "width"),
    "line": ("x1", "y1", "x2", "y2", "color", "width"),
    "polygon": ("points", "fill", "stroke", "stroke_width"),
    "text": ("x", "y", "string", "size", "color", "align", "weight"),
}
"""Every kind of item, with its fields in the order of the draw list."""

_NUMBERS = frozenset(("x", "y", "x1", "y1", "x2", "y2", "start_deg", "end_deg"))
_SIZES = frozenset(("w", "h", "r", "rx", "ry", "radius", "stroke_width", "width", "size"))
_COLORS = frozenset(("fill", "color", "background"))
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
            frame's picture with it. It is not changed, and what is added to it later does not show here.

    Raises:
        ValueError: A value that cannot be painted. The message names the item, the field, the value and the remedy.
    """

    __slots__ = ("background", "_base", "_base_length", "_items", "_json")

    def __init__(self, background: str | None = None, base: Surface | None = None) -> None:
        if background is None:
            background = DEFAULT_BACKGROUND if base is None else base.background
        _check("picture", "background", background)
        self.background: str = background
        self._base = base
        self._base_length = 0 if base is None else len(base)
        self._items: list[list[Any]] = []
        self._json = (0, "")

    def __len__(self) -> int:
        """Return the number of shapes."""
        return self._base_length + len(self._items)

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
            item: list[Any] = ["rect", round(x * 10) / 10, round(y * 10) / 10, round(w * 10) / 10, round(h * 10) / 10]
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
            item: list[Any] = ["circle", round(x * 10) / 10, round(y * 10) / 10, round(r * 10) / 10]
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
            item: list[Any] = [
                "ellipse",
                round(x * 10) / 10,
                round(y * 10) / 10,
                round(rx * 10) / 10,
                round(ry * 10) / 10,
            ]
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
            item: list[Any] = ["arc", round(x * 10) / 10, round(y * 10) / 10, round(r * 10) / 10]
            item += (round(start_deg * 10) / 10, round(end_deg * 10) / 10, color, round(width * 10) / 10)
            if item[3] < 0 or item[7] < 0 or not _painted(color, None):
                raise ValueError
        except _BAD_VALUE:
            raise self._complaint("arc", x, y, r, start_deg, end_deg, color, width) from None
        self._items.append(item)

    def line(self, x1: Number, y1: Number, x2: Number, y2: Number, *, color: str, width: Number = 1) -> None:
        """Add a straight line from (x1, y1) to (x2, y2)."""
        try:
            item: list[Any] = [
                "line",
                round(x1 * 10) / 10,
                round(y1 * 10) / 10,
                round(x2 * 10) / 10,
                round(y2 * 10) / 10,
            ]
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
            item: list[Any] = ["polygon", corners, fill, stroke, round(stroke_width * 10) / 10]
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
            item: list[Any] = ["text", round(x * 10) / 10, round(y * 10) / 10, str(string), round(size * 10) / 10]
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
        self._check_length()
        return {"background": self.background, "items": self._all_items()}

    def to_json(self) -> str:
        """Return the draw list as JSON text: one string crosses from Python to JavaScript far faster than lists do.

        The text of the base is made once and kept with it, so it costs only what was added to this picture.

        Raises:
            ValueError: There are more items than a page can paint.
        """
        self._check_length()
        return f'{{"background":"{self.background}","items":[{self._items_json(len(self))}]}}'

    def _check_length(self) -> None:
        if len(self) > MAX_ITEMS:
            raise ValueError(f"picture: {len(self)} items; draw at most {MAX_ITEMS} a frame.")

    def _all_items(self) -> list[list[Any]]:
        if self._base is None:
            return self._items.copy()
        return self._base._all_items()[: self._base_length] + self._items

    def _items_json(self, length: int) -> str:
        """Return the first `length` items as JSON, without the brackets around them."""
        if self._json[0] != length:
            own = json.dumps(self._items[: length - self._base_length], ensure_ascii=False, separators=(",", ":"))[1:-1]
            before = "" if self._base is None else self._base._items_json(self._base_length)
            self._json = (length, f"{before},{own}" if before and own else before or own)
        return self._json[1]

    def _complaint(self, kind: str, *values: Any) -> ValueError:
        """Return the error for the first bad value of an item that could not be added."""
        where = f"item {len(self)} ({kind})"
        try:
            for field, value in zip(KINDS[kind], values, strict=True):
                _check(where, field, value)
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
        raise ValueError(f"item {index} ({kind}): {len(item) - 1} values; give {len(fields)}: {', '.join(fields)}.")
    where = f"item {index} ({kind})"
    return [kind, *(_check(where, field, value) for field, value in zip(fields, item[1:], strict=True))]


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


def _check(where: str, field: str, value: Any) -> Any:
    """Return a field's value as it stands in a draw list, or raise the sentence that says what to use instead."""
    if field in _NUMBERS or field in _SIZES:
        rounded = _rounded(value)
        if rounded is not None and (rounded >= 0 or field in _NUMBERS):
            return rounded
        remedy = "use a finite number" if field in _NUMBERS else "use a finite number of pixels, 0 or more"
    elif field in _COLORS or field == "stroke":
        if _is_color(value) or (value is None and field == "stroke"):
            return value
        remedy = 'use "#rrggbb" or "#rrggbbaa"' + (", or None for none" if field == "stroke" else "")
    elif field == "points":
        corners = [_rounded(part) for part in value] if isinstance(value, Iterable) else []
        if len(corners) >= 6 and len(corners) % 2 == 0 and None not in corners:
            return corners
        remedy = "use [x1, y1, x2, y2, x3, y3, ...] with finite numbers"
    elif field == "string":
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return str(value)
        remedy = f"use a string of at most {MAX_TEXT} characters"
    else:
        allowed = _ALIGNS if field == "align" else _WEIGHTS
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
