"""A picture is compact plain data, and a value that cannot be painted is named before it reaches a page."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.drawing import KINDS, MAX_ITEMS, Surface, draw_list


def full_picture() -> Surface:
    surface = Surface("#102030")
    surface.rect(1, 2, 30, 40, fill="#ffffff", stroke="#000000", stroke_width=2, radius=5)
    surface.circle(10, 20, 5, fill="#ff000080")
    surface.ellipse(10, 20, 8, 4, fill="#00ff00", stroke="#0000ff")
    surface.arc(50, 50, 12, -90, 270, color="#abcdef", width=3)
    surface.line(0, 0, 640, 480, color="#333333", width=2)
    surface.polygon([0, 0, 10, 0, 5, 8], fill="#ABCDEF")
    surface.text(320, 20, "Score 3", size=22, color="#112233", align="center", weight="bold")
    return surface


def test_every_kind_becomes_one_list_in_the_order_of_the_reference() -> None:
    assert full_picture().to_list() == {
        "background": "#102030",
        "items": [
            ["rect", 1, 2, 30, 40, "#ffffff", "#000000", 2, 5],
            ["circle", 10, 20, 5, "#ff000080", None, 1],
            ["ellipse", 10, 20, 8, 4, "#00ff00", "#0000ff", 1],
            ["arc", 50, 50, 12, -90, 270, "#abcdef", 3],
            ["line", 0, 0, 640, 480, "#333333", 2],
            ["polygon", [0, 0, 10, 0, 5, 8], "#ABCDEF", None, 1],
            ["text", 320, 20, "Score 3", 22, "#112233", "center", "bold"],
        ],
    }
    assert {item[0] for item in full_picture().to_list()["items"]} == set(KINDS)
    assert all(len(item) == len(KINDS[item[0]]) + 1 for item in full_picture().to_list()["items"])


def test_the_json_text_says_the_same_as_the_list() -> None:
    surface = full_picture()
    surface.text(1, 2, 'Größe "3"\n\\')
    assert json.loads(surface.to_json()) == surface.to_list()
    assert json.loads(Surface().to_json()) == Surface().to_list()


def test_coordinates_are_kept_to_a_tenth_and_numpy_numbers_become_plain_ones() -> None:
    surface = Surface()
    surface.rect(np.float32(1.26), np.int32(7), np.float64(3.333333), 4.04999, fill="#ffffff")
    item = surface.to_list()["items"][0]
    assert item[1:5] == [1.3, 7, 3.3, 4]
    assert all(type(value) is float for value in item[1:5])
    assert json.loads(surface.to_json()) == surface.to_list()


def test_a_base_is_drawn_first_and_is_neither_changed_nor_followed() -> None:
    base = Surface("#aaaaaa")
    base.circle(1, 1, 1, fill="#ffffff")
    first = Surface(base=base)
    first.circle(2, 2, 2, fill="#ffffff")
    text = first.to_json()
    base.circle(3, 3, 3, fill="#ffffff")
    second = Surface(base=base)
    assert (len(first), len(base), len(second)) == (2, 2, 2)
    assert [item[1] for item in first.to_list()["items"]] == [1, 2]
    assert [item[1] for item in second.to_list()["items"]] == [1, 3]
    assert first.to_json() == text
    assert first.background == "#aaaaaa"
    for surface in (base, first, second, Surface(base=first), Surface(base=Surface())):
        assert json.loads(surface.to_json()) == surface.to_list()


def test_a_picture_that_grows_after_it_was_written_is_written_anew() -> None:
    surface = Surface()
    surface.circle(1, 1, 1, fill="#ffffff")
    surface.to_json()
    surface.circle(2, 2, 2, fill="#ffffff")
    assert json.loads(surface.to_json()) == surface.to_list()


@pytest.mark.parametrize(
    ("draw", "complaint"),
    [
        (
            lambda s: s.rect(0, math.nan, 3, 4, fill="#ffffff"),
            "item 1 (rect): y = nan; use a finite number.",
        ),
        (
            lambda s: s.circle(0, 0, math.inf, fill="#ffffff"),
            "item 1 (circle): r = inf; use a finite number of pixels, 0 or more.",
        ),
        (
            lambda s: s.ellipse(0, 0, 3, -1, fill="#ffffff"),
            "item 1 (ellipse): ry = -1; use a finite number of pixels, 0 or more.",
        ),
        (
            lambda s: s.rect(0, 0, 3, 4, fill="red"),
            'item 1 (rect): fill = \'red\'; use "#rrggbb" or "#rrggbbaa".',
        ),
        (
            lambda s: s.rect(0, 0, 3, 4, fill="#ffffff", stroke="#12345"),
            'item 1 (rect): stroke = \'#12345\'; use "#rrggbb" or "#rrggbbaa", or None for none.',
        ),
        (
            lambda s: s.rect(0, 0, 3, 4, fill=["#ffffff"]),
            'item 1 (rect): fill = [\'#ffffff\']; use "#rrggbb" or "#rrggbbaa".',
        ),
        (
            lambda s: s.line("3", 0, 1, 1, color="#ffffff"),
            "item 1 (line): x1 = '3'; use a finite number.",
        ),
        (
            lambda s: s.arc(0, 0, 5, 0, 90, color="#ffffff", width=-2),
            "item 1 (arc): width = -2; use a finite number of pixels, 0 or more.",
        ),
        (
            lambda s: s.polygon([0, 0, 1, 1], fill="#ffffff"),
            "item 1 (polygon): points = [0, 0, 1, 1]; use [x1, y1, x2, y2, x3, y3, ...] with finite numbers.",
        ),
        (
            lambda s: s.polygon([(0, 0), (1, 1), (2, 2)], fill="#ffffff"),
            "item 1 (polygon): points = [(0, 0), (1, 1), (2, 2)]; "
            "use [x1, y1, x2, y2, x3, y3, ...] with finite numbers.",
        ),
        (
            lambda s: s.text(0, 0, 7),
            "item 1 (text): string = 7; use a string of at most 500 characters.",
        ),
        (
            lambda s: s.text(0, 0, "a" * 501),
            "item 1 (text): string = '" + "a" * 56 + "...; use a string of at most 500 characters.",
        ),
        (
            lambda s: s.text(0, 0, "a", align="middle"),
            'item 1 (text): align = \'middle\'; use "left" or "center" or "right".',
        ),
        (
            lambda s: s.text(0, 0, "a", weight=700),
            'item 1 (text): weight = 700; use "normal" or "bold".',
        ),
    ],
)
def test_a_value_that_cannot_be_painted_is_named_with_its_item_and_a_remedy(draw: Any, complaint: str) -> None:
    surface = Surface()
    surface.circle(0, 0, 1, fill="#ffffff")
    with pytest.raises(ValueError) as error:
        draw(surface)
    assert str(error.value) == complaint
    assert len(surface) == 1, "a refused item must not be in the picture"


def test_a_background_that_is_no_colour_is_refused() -> None:
    with pytest.raises(ValueError, match=r"picture: background = 'white'; use \"#rrggbb\" or \"#rrggbbaa\"\."):
        Surface("white")


def test_more_items_than_a_page_can_paint_are_refused() -> None:
    surface = Surface()
    for _ in range(MAX_ITEMS + 1):
        surface.circle(0, 0, 1, fill="#ffffff")
    for write in (surface.to_list, surface.to_json):
        with pytest.raises(ValueError, match=f"{MAX_ITEMS + 1} items; draw at most {MAX_ITEMS} a frame"):
            write()


def test_render_may_return_a_surface_a_list_made_by_hand_or_nothing() -> None:
    assert draw_list(full_picture()) == full_picture().to_list()
    assert draw_list(full_picture().to_list()) == full_picture().to_list()
    assert draw_list({"items": [["circle", np.int64(1), 2.345, 3, "#ffffff", None, 1]]})["items"] == [
        ["circle", 1, 2.3, 3, "#ffffff", None, 1]
    ]
    assert draw_list(None)["items"] == []


@pytest.mark.parametrize(
    ("picture", "complaint"),
    [
        (17, 'picture: render() returned 17; return a Surface or {"background": "#rrggbb", "items": [...]}.'),
        ({"items": "none"}, "picture: render() returned {'items': 'none'}; return a Surface or"),
        ({"items": [["sprite", 1]]}, "item 0: kind = 'sprite'; use one of rect, circle, ellipse, arc, line, polygon"),
        ({"items": [[]]}, "item 0: kind = []; use one of"),
        ({"items": [["circle", 1, 2, 3]]}, "item 0 (circle): 3 values; give 6: x, y, r, fill, stroke, stroke_width."),
        ({"items": [["line", 0, 0, 1, None, "#ffffff", 1]]}, "item 0 (line): y2 = None; use a finite number."),
        ({"background": "blue", "items": []}, "picture: background = 'blue'"),
    ],
)
def test_a_list_made_by_hand_is_checked_in_the_same_words(picture: Any, complaint: str) -> None:
    with pytest.raises(ValueError) as error:
        draw_list(picture)
    assert str(error.value).startswith(complaint)


def test_what_a_check_accepts_is_what_the_quick_way_accepts() -> None:
    """Both ways into a picture must agree: the methods' quick one and the one for lists made by hand."""
    values: list[Any] = [0, 1.5, -1, math.nan, "x", None, "#ffffff", "#ffffff80", "#FFF", [0, 0, 1, 0, 1, 1], True]
    items = full_picture().to_list()["items"]
    for item in items:
        for place in range(1, len(item)):
            for value in values:
                changed = [*item[:place], value, *item[place + 1 :]]
                arguments = dict(zip(KINDS[item[0]], changed[1:], strict=True))
                surface = Surface()
                assert _accepts(lambda s=surface, k=item[0], a=arguments: getattr(s, k)(**a)) == _accepts(
                    lambda c=changed: draw_list({"items": [c]})
                ), changed


def test_the_reference_shows_every_kind_with_its_fields_and_a_list_that_is_accepted() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "drawing.md").read_text(encoding="utf-8")
    for kind, fields in KINDS.items():
        parameters = inspect.signature(getattr(Surface, kind)).parameters
        assert tuple(parameters)[1:] == fields
        signature = ", ".join(str(parameter) for parameter in _without_types(parameters))
        assert f"`{kind}({signature})`".replace("'", '"') in text
    example = json.loads(text.split("```json")[1].split("```")[0])
    assert draw_list(example) == example
    assert [item[0] for item in example["items"]] == list(KINDS)


def _without_types(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    shown: list[str] = []
    for name, parameter in list(parameters.items())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        shown.append(name if parameter.default is parameter.empty else f"{name}={parameter.default!r}")
    return shown


def _accepts(attempt: Any) -> bool:
    try:
        attempt()
    except ValueError:
        return False
    return True
