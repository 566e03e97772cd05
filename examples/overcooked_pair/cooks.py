"""A cook as shapes: who it is by colour and hat, where it looks by face and hands, what it carries in front of it."""

from __future__ import annotations

import math

from sprites import COOK_COLORS, INK, item

from app.engine.drawing import Surface

SKIN, SKIN_LINE, HAIR = "#f3cda9", "#a8734c", "#5a3a28"
HAT, HAT_LINE = "#ffffff", "#a9b2b9"

RIGHT, DOWN, LEFT, UP = range(4)
SIDEWAYS = (1, 0, -1, 0)
DOWNWARDS = (0, 1, 0, -1)


def cook(
    surface: Surface,
    index: int,
    x: float,
    y: float,
    tile: float,
    direction: int,
    walking: float,
    carried: str | None,
    seconds: float,
) -> None:
    """Draw a cook.

    Args:
        surface: The picture.
        index: Which cook, for its colours.
        x: Middle of where it stands.
        y: Top of the tile where it stands.
        tile: Size of a tile.
        direction: cogrid's direction: right, down, left, up.
        walking: How much of a step is done, 1.0 when it stands.
        carried: cogrid's name of what it holds.
        seconds: Time of the game, for steam.
    """
    jacket, outline, apron = COOK_COLORS[index % len(COOK_COLORS)]
    stride = math.sin(walking * math.pi)
    lift = stride * tile * 0.035
    dx, dy = SIDEWAYS[direction], DOWNWARDS[direction]
    surface.ellipse(x, y + tile * 0.79, tile * (0.27 - 0.02 * stride), tile * 0.085, fill="#00000038")
    _feet(surface, x, y, tile, dx, stride)
    y -= lift
    hands = _hands(x, y, tile, dx, dy, carried is not None)
    if direction == UP:
        _arms(surface, x, y, tile, hands, jacket, outline)
        _carry(surface, carried, x, y, tile, direction, seconds)
    _body(surface, x, y, tile, dx, dy, jacket, outline, apron)
    _head(surface, x, y, tile, dx, dy)
    _hat(surface, x + dx * tile * 0.02, y, tile, jacket, outline, index)
    if direction != UP:
        _carry(surface, carried, x, y, tile, direction, seconds)
        _arms(surface, x, y, tile, hands, jacket, outline)


def _feet(surface: Surface, x: float, y: float, tile: float, dx: int, stride: float) -> None:
    for side in (-1, 1):
        swing = side * stride * tile * 0.05
        surface.ellipse(
            x + side * tile * 0.1 + dx * (tile * 0.03 + swing), y + tile * 0.765 - (0 if dx else max(0.0, swing)),
            tile * 0.085, tile * 0.055, fill="#3a3431",
        )  # fmt: skip


def _body(
    surface: Surface, x: float, y: float, tile: float, dx: int, dy: int, jacket: str, outline: str, apron: str
) -> None:
    line = tile * 0.026
    wide = tile * (0.38 if dx else 0.44)
    surface.rect(
        x - wide / 2, y + tile * 0.4, wide, tile * 0.35, fill=jacket, stroke=outline, stroke_width=line,
        radius=tile * 0.13,
    )  # fmt: skip
    if dy < 0:
        surface.rect(x - tile * 0.15, y + tile * 0.57, tile * 0.3, tile * 0.035, fill="#ffffff", radius=2)
        surface.polygon(
            [x, y + tile * 0.585, x - tile * 0.07, y + tile * 0.66, x + tile * 0.07, y + tile * 0.66], fill="#ffffff"
        )
        return
    shift = dx * tile * 0.085
    across = tile * (0.18 if dx else 0.27)
    surface.rect(x - across / 2 + shift, y + tile * 0.5, across, tile * 0.225, fill=apron, radius=tile * 0.05)


def _head(surface: Surface, x: float, y: float, tile: float, dx: int, dy: int) -> None:
    line = tile * 0.02
    cy = y + tile * 0.29
    surface.circle(x, cy, tile * 0.185, fill=SKIN if dy >= 0 else HAIR, stroke=SKIN_LINE, stroke_width=line)
    if dy < 0:
        return
    if dx:
        surface.ellipse(x - dx * tile * 0.105, cy - tile * 0.005, tile * 0.075, tile * 0.12, fill=HAIR)
        nose = x + dx * tile * 0.185
        surface.circle(nose, cy + tile * 0.035, tile * 0.038, fill=SKIN, stroke=SKIN_LINE, stroke_width=1)
        surface.ellipse(x + dx * tile * 0.09, cy + tile * 0.01, tile * 0.024, tile * 0.034, fill=INK)
        surface.line(
            x + dx * tile * 0.06, cy + tile * 0.11, x + dx * tile * 0.13, cy + tile * 0.088, color=SKIN_LINE, width=line
        )
        return
    for side in (-1, 1):
        surface.ellipse(x + side * tile * 0.07, cy + tile * 0.02, tile * 0.024, tile * 0.034, fill=INK)
        surface.circle(x + side * tile * 0.115, cy + tile * 0.085, tile * 0.03, fill="#e8946e66")
    surface.arc(x, cy + tile * 0.07, tile * 0.05, 25, 155, color=SKIN_LINE, width=line)


def _hat(surface: Surface, x: float, y: float, tile: float, jacket: str, outline: str, index: int) -> None:
    """Draw a tall hat for the first cook and a flat one for the second, with a band in the cook's colour."""
    line = tile * 0.02
    band = y + tile * 0.135
    if index % 2 == 0:
        brim = x - tile * 0.135
        surface.rect(brim, y - tile * 0.06, tile * 0.27, tile * 0.22, fill=HAT, stroke=HAT_LINE, stroke_width=line)
        for place, up, r in ((-0.125, -0.05, 0.1), (0.125, -0.05, 0.1), (0.0, -0.095, 0.125)):
            surface.circle(x + place * tile, y + up * tile, r * tile, fill=HAT, stroke=HAT_LINE, stroke_width=line)
        surface.rect(x - tile * 0.125, y - tile * 0.06, tile * 0.25, tile * 0.1, fill=HAT)
    else:
        surface.ellipse(x, y + tile * 0.045, tile * 0.235, tile * 0.125, fill=HAT, stroke=HAT_LINE, stroke_width=line)
        surface.ellipse(x - tile * 0.06, y + tile * 0.0, tile * 0.1, tile * 0.035, fill="#eef1f3")
    surface.rect(
        x - tile * 0.165, band - tile * 0.035, tile * 0.33, tile * 0.085, fill=jacket, stroke=outline,
        stroke_width=line, radius=tile * 0.04,
    )  # fmt: skip


def _hands(x: float, y: float, tile: float, dx: int, dy: int, busy: bool) -> list[tuple[float, float]]:
    """Return where both hands are: stretched out in front of the cook, further apart when they carry."""
    if dx:
        reach = 0.31 if busy else 0.25
        return [(x + dx * tile * reach, y + tile * 0.53), (x + dx * tile * (reach - 0.06), y + tile * 0.61)]
    apart = 0.2 if busy else 0.24
    down = 0.62 if dy > 0 else 0.42
    return [(x - tile * apart, y + tile * down), (x + tile * apart, y + tile * down)]


def _arms(
    surface: Surface, x: float, y: float, tile: float, hands: list[tuple[float, float]], jacket: str, outline: str
) -> None:
    sideways = abs(hands[0][0] - hands[1][0]) < tile * 0.2
    for side, (hx, hy) in zip((-1, 1), hands, strict=True):
        shoulder = (x + (0.0 if sideways else side * tile * 0.19), y + tile * 0.5)
        surface.line(*shoulder, hx, hy, color=outline, width=tile * 0.12)
        surface.line(*shoulder, hx, hy, color=jacket, width=tile * 0.085)
        surface.circle(hx, hy, tile * 0.055, fill=SKIN, stroke=SKIN_LINE, stroke_width=tile * 0.018)


def _carry(
    surface: Surface, carried: str | None, x: float, y: float, tile: float, direction: int, seconds: float
) -> None:
    if carried is None:
        return
    across = SIDEWAYS[direction] * tile * 0.42
    down = tile * (0.5 if SIDEWAYS[direction] else 0.63 if direction == DOWN else -0.2)
    item(surface, carried, x + across, y + down, tile, seconds)
