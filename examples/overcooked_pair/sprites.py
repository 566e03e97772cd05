"""The things of the kitchen as shapes: food, furniture and cooks.

Every function adds to a `Surface` around a point; sizes are in pixels and derive from one tile, so a kitchen of any
size looks alike. `seconds` drives what moves by itself (steam, bubbles, chevrons) and comes from the game's state.
"""

from __future__ import annotations

import math

from app.engine.drawing import Surface

WOOD_TOP, WOOD_LIGHT, WOOD_FRONT, WOOD_DARK = "#c59a6d", "#d4ad82", "#94683f", "#7b5431"
FLOOR_LIGHT, FLOOR_DARK = "#ece4d6", "#e2d8c6"
STEEL, STEEL_DARK, STEEL_LIGHT = "#5d6973", "#39434c", "#8a979f"
ONION, ONION_LIGHT, ONION_LINE, LEAF = "#f2c35a", "#fbe2a0", "#8f5d1a", "#5b9a3c"
PLATE, PLATE_RIM, PLATE_LINE = "#ffffff", "#e3eaee", "#8fa1ad"
SOUP, SOUP_LIGHT, BROTH = "#d98324", "#f4b75c", "#8fb3c4"
SMALL_ONION = 11
"""Below this radius in pixels an onion is drawn without its skin's line, which nobody could see."""
READY, READY_DARK, COOKING = "#0a9d75", "#06624a", "#ffb000"
INK = "#2c2a29"

COOK_COLORS = (("#1f6fc4", "#0f4179", "#cfe3f8"), ("#e9731a", "#8f4207", "#ffdcc0"))
"""Jacket, outline and apron of each cook: blue and orange stay apart for every kind of colour vision."""


def onion(surface: Surface, x: float, y: float, r: float) -> None:
    """Draw an onion of radius `r`."""
    line = max(1.0, r * 0.14)
    surface.polygon(
        [x - r * 0.16, y - r * 0.72, x - r * 0.42, y - r * 1.42, x, y - r * 1.05, x + r * 0.4, y - r * 1.46,
         x + r * 0.16, y - r * 0.72],
        fill=LEAF, stroke="#3c6b26", stroke_width=line * 0.7,
    )  # fmt: skip
    surface.ellipse(x, y, r, r * 0.9, fill=ONION, stroke=ONION_LINE, stroke_width=line)
    surface.ellipse(x - r * 0.34, y - r * 0.22, r * 0.24, r * 0.38, fill=ONION_LIGHT)
    if r > SMALL_ONION:
        surface.arc(x - r * 0.55, y, r * 0.85, -48, 48, color="#b67a2555", width=line)


def plate(surface: Surface, x: float, y: float, r: float) -> None:
    """Draw an empty plate, `r` wide to each side."""
    surface.ellipse(x, y + r * 0.12, r, r * 0.66, fill="#00000026")
    surface.ellipse(x, y, r, r * 0.66, fill=PLATE, stroke=PLATE_LINE, stroke_width=max(1.0, r * 0.09))
    surface.ellipse(x, y, r * 0.62, r * 0.38, fill=PLATE_RIM)


def soup(surface: Surface, x: float, y: float, r: float, seconds: float) -> None:
    """Draw a soup on its plate, steaming."""
    plate(surface, x, y + r * 0.12, r)
    surface.ellipse(x, y + r * 0.1, r * 0.74, r * 0.5, fill="#b9642a")
    line = max(1.0, r * 0.08)
    surface.ellipse(x, y - r * 0.04, r * 0.74, r * 0.46, fill="#fff7ec", stroke="#a7683a", stroke_width=line)
    surface.ellipse(x, y - r * 0.03, r * 0.6, r * 0.34, fill=SOUP)
    surface.ellipse(x - r * 0.2, y - r * 0.08, r * 0.2, r * 0.1, fill=SOUP_LIGHT)
    surface.ellipse(x + r * 0.24, y + r * 0.04, r * 0.14, r * 0.08, fill=SOUP_LIGHT)
    steam(surface, x, y - r * 0.4, r * 0.5, seconds)


def steam(surface: Surface, x: float, y: float, size: float, seconds: float) -> None:
    """Draw two puffs that rise and fade."""
    for index in range(2):
        phase = (seconds * 0.7 + index * 0.5) % 1.0
        sway = math.sin((phase + index) * 6.0) * size * 0.22
        alpha = int(150 * (1 - phase) * min(1.0, phase * 5))
        place = x + (index - 0.5) * size * 0.6 + sway
        surface.circle(place, y - phase * size * 1.1, size * (0.2 + 0.2 * phase), fill=f"#ffffff{alpha:02x}")


def item(surface: Surface, name: str, x: float, y: float, tile: float, seconds: float) -> None:
    """Draw a carried or put down thing by its cogrid name; an unknown one is a labelled disc."""
    if name == "onion":
        onion(surface, x, y, tile * 0.145)
    elif name == "plate":
        plate(surface, x, y, tile * 0.2)
    elif name in ("onion_soup", "tomato_soup"):
        soup(surface, x, y, tile * 0.22, seconds)
    else:
        surface.circle(x, y, tile * 0.16, fill="#d24b3e", stroke=INK, stroke_width=2)
        surface.text(x, y, name[:1].upper(), size=tile * 0.16, color="#ffffff", align="center", weight="bold")


def floor(surface: Surface, x: float, y: float, tile: float, dark: bool) -> None:
    """Draw one floor tile with its top left corner at (x, y)."""
    surface.rect(x, y, tile, tile, fill=FLOOR_DARK if dark else FLOOR_LIGHT)


def counter(surface: Surface, x: float, y: float, tile: float, depth: float, below: bool) -> None:
    """Draw one piece of worktop, raised by `depth`; `below` shows its doors (the cell below is lower)."""
    # Half a pixel more to every side: neighbours that only touch show the floor through the seam on scaled screens.
    surface.rect(x - 0.5, y - depth - 0.5, tile + 1, tile + 1, fill=WOOD_TOP)
    if below:
        front = y + tile - depth
        surface.rect(x - 0.5, front, tile + 1, depth, fill=WOOD_FRONT)
        surface.rect(x - 0.5, front - 0.5, tile + 1, depth * 0.22, fill=WOOD_LIGHT)
        surface.rect(
            x + tile * 0.06, front + depth * 0.34, tile * 0.88, depth * 0.56,
            fill="#a17347", stroke=WOOD_DARK, stroke_width=1, radius=3,
        )  # fmt: skip
        surface.rect(x + tile * 0.42, front + depth * 0.46, tile * 0.16, depth * 0.12, fill=WOOD_DARK, radius=2)


def seam(surface: Surface, x: float, y: float, tile: float, depth: float, upright: bool) -> None:
    """Draw the line between a worktop and the one to its left (`upright`) or above it: one tile, one place to stand."""
    far = (x, y - depth + tile) if upright else (x + tile, y - depth)
    surface.line(x, y - depth, *far, color="#6b432020", width=1.2)


def counter_far_edge(surface: Surface, x: float, y: float, tile: float, depth: float) -> None:
    """Draw the rim of a worktop towards a floor tile above it in the picture."""
    surface.rect(x - 0.5, y - depth - tile * 0.025, tile + 1, tile * 0.025, fill=WOOD_DARK)
    surface.rect(x - 0.5, y - depth, tile + 1, tile * 0.03, fill=WOOD_LIGHT)


def counter_side(surface: Surface, x: float, top: float, bottom: float, tile: float, side: int) -> None:
    """Draw the rim of a worktop towards a floor tile on its right (`side` 1) or its left (-1)."""
    thick = tile * 0.035
    surface.rect(x - (thick if side > 0 else 0), top, thick, bottom - top, fill=WOOD_LIGHT if side < 0 else WOOD_DARK)


def wall(surface: Surface, x: float, y: float, tile: float, depth: float, front: bool) -> None:
    """Draw one piece of wall."""
    surface.rect(x, y - depth, tile, tile, fill="#8b8f94")
    if front:
        surface.rect(x, y + tile - depth, tile, depth, fill="#6c7075")


def onion_crate(surface: Surface, x: float, y: float, tile: float) -> None:
    """Draw a crate of onions around (x, y)."""
    w, h = tile * 0.76, tile * 0.66
    surface.rect(x - w / 2 + 2, y - h / 2 + 5, w, h, fill="#00000026", radius=6)
    surface.rect(x - w / 2, y - h / 2, w, h, fill="#6f4a2a", stroke="#4e321b", stroke_width=2, radius=6)
    surface.rect(x - w / 2 + 5, y - h / 2 + 5, w - 10, h - 10, fill="#55381f", radius=4)
    for row, count in enumerate((3, 3)):
        for index in range(count):
            shift = (index - (count - 1) / 2) * tile * 0.22 + (tile * 0.03 if row else -tile * 0.03)
            onion(surface, x + shift, y - tile * 0.13 + row * tile * 0.2, tile * 0.115)
    front = y + h / 2 - tile * 0.13
    surface.rect(x - w / 2, front, w, tile * 0.15, fill="#a97845", stroke="#4e321b", stroke_width=2, radius=4)


def plate_stack(surface: Surface, x: float, y: float, tile: float) -> None:
    """Draw a pile of plates around (x, y)."""
    surface.ellipse(x, y + tile * 0.17, tile * 0.32, tile * 0.17, fill="#00000022")
    for index in range(4):
        up = y + tile * 0.12 - index * tile * 0.075
        surface.ellipse(x, up, tile * 0.29, tile * 0.185, fill=PLATE, stroke=PLATE_LINE, stroke_width=1.6)
    surface.ellipse(x, y - tile * 0.105, tile * 0.18, tile * 0.105, fill=PLATE_RIM)


def stove(surface: Surface, x: float, y: float, tile: float) -> None:
    """Draw the hob below a pot."""
    side = tile * 0.9
    surface.rect(x - side / 2, y - side / 2, side, side, fill="#4a545d", stroke="#2f373e", stroke_width=2, radius=10)
    surface.circle(x, y + tile * 0.02, tile * 0.385, fill="#353d45", stroke="#2a3137", stroke_width=2)


def pot(surface: Surface, x: float, y: float, tile: float, onions: int, cooked: float, seconds: float) -> None:
    """Draw a pot on its hob.

    Args:
        surface: The picture.
        x: Middle of the hob.
        y: Middle of the hob.
        tile: Size of a tile.
        onions: How many are in it, 0 to 3.
        cooked: 0.0 to 1.0; above 0 the pot is full and cooking, 1.0 means ready.
        seconds: Time of the game.
    """
    ring_y, ring = y + tile * 0.02, tile * 0.385
    ready = cooked >= 1.0
    if ready:
        pulse = 0.5 + 0.5 * math.sin(seconds * 5.0)
        surface.circle(x, ring_y, tile * (0.44 + 0.03 * pulse), fill=f"#35e0ac{int(60 + 60 * pulse):02x}")
        surface.arc(x, ring_y, ring, 0, 360, color=READY, width=tile * 0.075)
    elif onions == 3:
        surface.arc(x, ring_y, ring, 0, 360, color="#00000066", width=tile * 0.075)
        surface.arc(x, ring_y, ring, -90, -90 + 360 * cooked, color=COOKING, width=tile * 0.075)
    w, h, top = tile * 0.27, tile * 0.24, y - tile * 0.13
    surface.ellipse(x, y + tile * 0.17, w * 1.06, tile * 0.15, fill="#00000040")
    for side in (-1, 1):
        grip = x + side * w * 1.1 - tile * 0.05
        surface.rect(grip, top + h * 0.16, tile * 0.1, tile * 0.075, fill=STEEL_DARK, radius=3)
    surface.rect(x - w, top, w * 2, h, fill=STEEL, radius=2)
    surface.ellipse(x, top + h, w, tile * 0.13, fill=STEEL)
    surface.rect(x - w * 0.78, top + tile * 0.06, w * 0.3, h * 0.95, fill="#74818b", radius=5)
    surface.ellipse(x, top, w, tile * 0.15, fill=STEEL_LIGHT, stroke=STEEL_DARK, stroke_width=2)
    surface.ellipse(x, top + tile * 0.01, w * 0.86, tile * 0.118, fill="#23292e")
    if onions:
        _broth(surface, x, top + tile * 0.02, tile, onions, cooked, seconds)
    if 0 < onions < 3:
        _counted(surface, x, y - tile * 0.355, tile, onions)
    if onions == 3:
        steam(surface, x, top - tile * 0.1, tile * (0.34 if ready else 0.22), seconds)
    if ready:
        _tick(surface, x + tile * 0.31, y - tile * 0.33, tile * 0.135)


def _broth(surface: Surface, x: float, y: float, tile: float, onions: int, cooked: float, seconds: float) -> None:
    """Draw what is in a pot: more with every onion, then bubbling, then soup."""
    wide = tile * (0.15, 0.19, 0.225)[onions - 1]
    high = tile * (0.066, 0.086, 0.105)[onions - 1]
    low = tile * (0.03, 0.014, 0.0)[onions - 1]
    surface.ellipse(x, y + low, wide, high, fill=SOUP if cooked >= 1.0 else "#c99a4d" if cooked > 0 else BROTH)
    if cooked >= 1.0:
        surface.ellipse(x - tile * 0.06, y - tile * 0.02, tile * 0.09, tile * 0.035, fill=SOUP_LIGHT)
        surface.ellipse(x + tile * 0.08, y + tile * 0.035, tile * 0.06, tile * 0.025, fill=SOUP_LIGHT)
        return
    sink = 1.0 - 0.55 * cooked
    for index in range(onions):
        turn = index * 2.1 + (seconds * 0.9 if cooked > 0 else 0.0)
        spread = 0.0 if onions == 1 else tile * 0.1
        place = (x + math.cos(turn) * spread, y + low - tile * 0.015 + math.sin(turn) * spread * 0.4)
        r = tile * 0.062 * sink
        surface.ellipse(*place, r, r * 0.85, fill=ONION, stroke=ONION_LINE, stroke_width=1.4)
    if cooked > 0:
        for index in range(3):
            phase = (seconds * 1.6 + index * 0.37) % 1.0
            at = x + math.sin(index * 2.4 + 0.6) * wide * 0.65
            pale = f"#fff3d0{int(220 * (1 - phase)):02x}"
            surface.circle(at, y - phase * tile * 0.03, tile * 0.022 * phase + 0.5, fill=pale)


def _counted(surface: Surface, x: float, y: float, tile: float, onions: int) -> None:
    """Draw three small places, one filled for every onion in the pot."""
    surface.rect(x - tile * 0.21, y - tile * 0.075, tile * 0.42, tile * 0.15, fill="#20262bdd", radius=tile * 0.075)
    for index in range(3):
        full = index < onions
        surface.circle(
            x + (index - 1) * tile * 0.125, y, tile * 0.044,
            fill=ONION if full else "#ffffff22", stroke=None if full else "#ffffff66", stroke_width=1,
        )  # fmt: skip


def _tick(surface: Surface, x: float, y: float, r: float) -> None:
    """Draw a green badge with a tick: ready is told by shape as well as by colour."""
    surface.circle(x, y, r, fill=READY, stroke="#ffffff", stroke_width=2.5)
    surface.line(x - r * 0.48, y + r * 0.02, x - r * 0.1, y + r * 0.4, color="#ffffff", width=r * 0.3)
    surface.line(x - r * 0.14, y + r * 0.4, x + r * 0.5, y - r * 0.36, color="#ffffff", width=r * 0.3)


def delivery_window(surface: Surface, x: float, y: float, tile: float, out: tuple[int, int], seconds: float) -> None:
    """Draw the belt that takes soups away, around (x, y), running towards `out` (row, column)."""
    side = tile * 0.86
    surface.rect(x - side / 2, y - side / 2, side, side, fill=READY_DARK, radius=9)
    surface.rect(x - side / 2 + 4, y - side / 2 + 4, side - 8, side - 8, fill=READY, radius=6)
    down, right = out
    for index in range(3):
        phase = (seconds * 0.6 + index / 3) % 1.0
        far = (phase - 0.5) * tile * 0.6
        alpha = int(240 * min(1.0, 4 * phase, 4 * (1 - phase)))
        _chevron(surface, x + right * far, y + down * far, tile, out, f"#ffffff{alpha:02x}")


def _chevron(surface: Surface, x: float, y: float, tile: float, out: tuple[int, int], color: str) -> None:
    """Draw one arrow head that points to `out` (row, column)."""
    corners = ((0.07, 0.0), (-0.06, 0.2), (-0.15, 0.2), (-0.02, 0.0), (-0.15, -0.2), (-0.06, -0.2))
    down, right = out
    points: list[float] = []
    for along, across in corners:
        points += (x + tile * (right * along + down * across), y + tile * (down * along + right * across))
    surface.polygon(points, fill=color)
