"""What never changes within an episode: where things lie in the picture, floor, worktops, and the bar at the top."""

from __future__ import annotations

from collections.abc import Sequence

import sprites

from app.engine.drawing import Surface

BACKGROUND = "#f4f1ea"
BAR_TOP, BAR_HEIGHT = 10, 40
MARGIN = 16
DEPTH = 0.2
"""Height of the worktops, in tiles."""

SOFT = (None, "free_space", "floor", "onion", "tomato", "plate", "onion_soup", "tomato_soup")
"""What a cell may hold and still be floor. Everything else stands there for good."""

Kinds = Sequence[Sequence[str | None]]
"""The names of what stands in every cell, row by row, with None for floor."""


class Room:
    """The fixed part of one kitchen's picture.

    Attributes:
        tile: Size of a cell in pixels.
        depth: Height of the worktops in pixels: they are drawn that much higher than the floor.
        left: Where the grid begins, pixels from the left.
        top: Where the floor of the grid's first row begins, pixels from the top.
        surface: The picture so far.
    """

    def __init__(self, size: tuple[int, int], furniture: Kinds) -> None:
        """Draw a kitchen as large as it fits into a picture of `size` (width, height)."""
        self._furniture = furniture
        self.rows, self.columns = len(furniture), len(furniture[0])
        width, height = size
        free = height - BAR_TOP - BAR_HEIGHT - 2 * MARGIN
        self.tile = float(int(min((width - 2 * MARGIN) / self.columns, free / (self.rows + DEPTH))))
        self.depth = float(round(self.tile * DEPTH))
        self.left = float(round((width - self.columns * self.tile) / 2))
        spare = free - (self.rows + DEPTH) * self.tile
        self.top = float(round(BAR_TOP + BAR_HEIGHT + MARGIN + self.depth + spare / 2))
        self.surface = Surface(BACKGROUND)
        self._draw_bar(width)
        self._draw_base()
        cells = [(row, column) for row in range(self.rows) for column in range(self.columns)]
        for row, column in cells:
            if not self._stands(row, column):
                sprites.floor(self.surface, *self.corner(row, column), self.tile, (row + column) % 2 == 1)
        for row, column in cells:
            if not self._stands(row, column):
                self._draw_shade(row, column)
        for row, column in cells:
            if self._stands(row, column):
                self._draw_furniture(row, column)

    def corner(self, row: float, column: float) -> tuple[float, float]:
        """Return the top left corner of a cell's floor."""
        return self.left + column * self.tile, self.top + row * self.tile

    def worktop(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a cell's worktop."""
        return self.left + (column + 0.5) * self.tile, self.top + (row + 0.5) * self.tile - self.depth

    def outwards(self, row: int, column: int) -> tuple[int, int]:
        """Return the step (rows, columns) that leads out of the kitchen from a cell at its edge."""
        if row in (0, self.rows - 1):
            return (1, 0) if row else (-1, 0)
        return (0, 1) if column == self.columns - 1 else (0, -1)

    def _stands(self, row: int, column: int) -> bool:
        """Say whether a cell is furniture; outside the grid nothing is."""
        return 0 <= row < self.rows and 0 <= column < self.columns and self._furniture[row][column] is not None

    def _draw_bar(self, width: int) -> None:
        """Draw the line at the top: place for the score, and the recipe as pictures that need no language."""
        surface, middle = self.surface, BAR_TOP + BAR_HEIGHT / 2
        surface.rect(
            MARGIN, BAR_TOP, width - 2 * MARGIN, BAR_HEIGHT,
            fill="#ffffff", stroke="#ddd5c8", stroke_width=1, radius=BAR_HEIGHT / 2,
        )  # fmt: skip
        sprites.soup(surface, MARGIN + 32, middle + 2, 16, 0.0)
        x = width - MARGIN - 226
        for index in range(3):
            sprites.onion(surface, x + index * 17, middle + 3, 8)
        sprites.pot(surface, x + 90, middle + 1, 46, 0, 0.0, 0.0)
        sprites.plate(surface, x + 147, middle, 13)
        sprites.delivery_window(surface, x + 199, middle, 30, (0, 1), 0.3)
        for at in (52, 116, 168):
            surface.polygon(
                [x + at - 3, middle - 5, x + at + 4, middle, x + at - 3, middle + 5], fill="#b6aa99"
            )  # fmt: skip

    def _draw_base(self) -> None:
        """Draw the frame around the kitchen, and its shadow."""
        x, y = self.left, self.top - self.depth
        w, h = self.columns * self.tile, self.rows * self.tile + self.depth
        self.surface.rect(x - 6, y - 3, w + 12, h + 14, fill="#00000014", radius=14)
        self.surface.rect(
            x - 4, y - 4, w + 8, h + 8, fill=sprites.WOOD_DARK, stroke="#5f3f23", stroke_width=2, radius=8
        )

    def _draw_shade(self, row: int, column: int) -> None:
        """Draw the shadow that worktops throw on a floor tile."""
        x, y = self.corner(row, column)
        if self._stands(row - 1, column):
            self.surface.rect(x, y, self.tile, self.tile * 0.1, fill="#5a3c1e26")
        if self._stands(row, column - 1):
            self.surface.rect(x, y, self.tile * 0.06, self.tile, fill="#5a3c1e1a")

    def _draw_furniture(self, row: int, column: int) -> None:
        surface, tile, depth = self.surface, self.tile, self.depth
        x, y = self.corner(row, column)
        name, below = self._furniture[row][column], not self._stands(row + 1, column)
        if name == "wall":
            sprites.wall(surface, x, y, tile, depth, below)
            return
        sprites.counter(surface, x, y, tile, depth, below)
        self._draw_rims(row, column)
        place = self.worktop(row, column)
        if name in ("onion_stack", "tomato_stack"):
            sprites.onion_crate(surface, *place, tile)
        elif name == "plate_stack":
            sprites.plate_stack(surface, *place, tile)
        elif name == "pot":
            sprites.stove(surface, *place, tile)

    def _draw_rims(self, row: int, column: int) -> None:
        """Draw where a worktop ends towards the floor, and the seams to its neighbours."""
        surface, tile, depth = self.surface, self.tile, self.depth
        x, y = self.corner(row, column)
        for side in (-1, 1):
            if 0 <= column + side < self.columns and not self._stands(row, column + side):
                # The doors of the worktop above the floor tile stand before the rim.
                top = y if self._stands(row - 1, column + side) else y - depth
                sprites.counter_side(surface, x + tile if side > 0 else x, top, y + tile - depth, tile, side)
        if self._stands(row - 1, column):
            sprites.seam(surface, x, y, tile, depth, upright=False)
        elif row > 0:
            sprites.counter_far_edge(surface, x, y, tile, depth)
        if self._stands(row, column - 1):
            sprites.seam(surface, x, y, tile, depth, upright=True)
