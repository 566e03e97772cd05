"""The whole kitchen as one picture, from cogrid's state arrays.

The room is drawn once and kept; every frame adds what moves: food, pots, the delivery belt, the cooks and the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sprites
from cogrid.core.objects.registry import get_object_names
from cooks import cook
from room import BAR_HEIGHT, BAR_TOP, MARGIN, SOFT, Room

from app.engine.drawing import Surface

FRAMES_PER_SECOND = 30
"""Only for what moves by itself in the picture; the game's own times are all in frames."""

POINTS_SHOWN_FRAMES = 40

Place = tuple[float, float]


class KitchenPicture:
    """Draws one kitchen.

    Args:
        size: Width and height of the picture in pixels.
        cook_frames: Frames from a full pot to a finished soup.
        soup_points: What a delivery is worth, shown when one is made.
    """

    def __init__(self, size: tuple[int, int], cook_frames: int, soup_points: int) -> None:
        """Prepare; the room is drawn with the first picture."""
        self._size = size
        self._cook_frames = cook_frames
        self._soup_points = soup_points
        self.names: Sequence[str | None] = get_object_names(scope="overcooked")
        self._standing = [None if name in SOFT else name for name in self.names]
        self._room: Room | None = None
        self._room_of: list[list[str | None]] = []

    def draw(
        self,
        state: Any,
        *,
        came_from: Sequence[Sequence[int]],
        progress: Sequence[float],
        delivered: int,
        points: int,
        last_delivery: Sequence[int],
        viewer: int | None = None,
    ) -> Surface:
        """Return the picture of a state.

        Args:
            state: cogrid's `EnvState`.
            came_from: Row and column of the tile that each cook left last.
            progress: How much of its last step each cook has walked, 0.0 to 1.0.
            delivered: Soups delivered by all cooks.
            points: Rewards so far, which the cooks share.
            last_delivery: Cook and frame of the last delivery; empty before the first.
            viewer: The cook to mark as the viewer's own.
        """
        kinds = state.object_type_map.tolist()
        now = int(state.time)
        seconds = now / FRAMES_PER_SECOND
        room = self._room_for(kinds)
        surface = Surface(base=room.surface)
        self._draw_score(surface, delivered, points)
        self._draw_food(surface, room, kinds, state.object_state_map.tolist(), seconds)
        self._draw_pots(surface, room, state.extra_state, seconds)
        places = self.places(state, came_from, progress)
        self._draw_cooks(surface, room, state, places, progress, seconds)
        if viewer is not None:
            self._draw_mark(surface, room, places[viewer], viewer)
        if last_delivery and now - last_delivery[1] < POINTS_SHOWN_FRAMES:
            self._draw_points(surface, room, places[last_delivery[0]], (now - last_delivery[1]) / POINTS_SHOWN_FRAMES)
        return surface

    def places(self, state: Any, came_from: Sequence[Sequence[int]], progress: Sequence[float]) -> list[Place]:
        """Return where each cook stands: the middle of its tile's upper edge, between two tiles while it walks."""
        room = self._room_for(state.object_type_map.tolist())
        places = []
        for (row, column), (old_row, old_column), part in zip(
            state.agent_pos.tolist(), came_from, progress, strict=True
        ):
            x, y = room.corner(old_row + (row - old_row) * part, old_column + (column - old_column) * part)
            places.append((x + room.tile / 2, y))
        return places

    def _room_for(self, kinds: list[list[int]]) -> Room:
        standing = [[self._standing[kind] for kind in row] for row in kinds]
        if self._room is None or standing != self._room_of:
            self._room, self._room_of = Room(self._size, standing), standing
        return self._room

    def _draw_score(self, surface: Surface, delivered: int, points: int) -> None:
        middle = BAR_TOP + BAR_HEIGHT / 2
        surface.text(MARGIN + 54, middle, f"× {delivered}", size=22, color=sprites.INK, weight="bold")
        surface.text(MARGIN + 118, middle, f"{points} points", size=18, color="#6d655c")

    def _draw_food(
        self, surface: Surface, room: Room, kinds: list[list[int]], contents: list[list[int]], seconds: float
    ) -> None:
        """Draw what lies on worktops and on the floor, and the belts."""
        for row, line in enumerate(kinds):
            for column, kind in enumerate(line):
                name = self.names[kind]
                if name == "counter":
                    if contents[row][column] > 0:
                        lying = self.names[contents[row][column]] or "?"
                        sprites.item(surface, lying, *room.worktop(row, column), room.tile, seconds)
                elif name == "delivery_zone":
                    way = room.outwards(row, column)
                    sprites.delivery_window(surface, *room.worktop(row, column), room.tile, way, seconds)
                elif name in SOFT[3:]:
                    x, y = room.worktop(row, column)
                    sprites.item(surface, name, x, y + room.depth + room.tile * 0.1, room.tile, seconds)

    def _draw_pots(self, surface: Surface, room: Room, extra: Any, seconds: float) -> None:
        cells = extra["overcooked.pot_positions"].tolist()
        timers = extra["overcooked.pot_timer"].tolist()
        for (row, column), timer, inside in zip(cells, timers, extra["overcooked.pot_contents"].tolist(), strict=True):
            filled = sum(1 for content in inside if content != -1)
            cooked = 1.0 - timer / self._cook_frames if filled == len(inside) else 0.0
            sprites.pot(surface, *room.worktop(row, column), room.tile, filled, cooked, seconds)

    def _draw_cooks(
        self, surface: Surface, room: Room, state: Any, places: list[Place], progress: Sequence[float], seconds: float
    ) -> None:
        """Draw the cooks, the nearer one last."""
        directions, hands = state.agent_dir.tolist(), state.agent_inv.tolist()
        for index in sorted(range(len(places)), key=lambda index: (places[index][1], index)):
            carried = None if hands[index][0] == -1 else self.names[hands[index][0]]
            cook(surface, index, *places[index], room.tile, directions[index], progress[index], carried, seconds)

    def _draw_mark(self, surface: Surface, room: Room, place: Place, index: int) -> None:
        x, y, size = place[0], place[1] - room.tile * 0.3, room.tile * 0.1
        surface.polygon(
            [x - size, y - size, x + size, y - size, x, y + size * 0.5],
            fill=sprites.COOK_COLORS[index % len(sprites.COOK_COLORS)][0], stroke="#ffffff", stroke_width=2,
        )  # fmt: skip

    def _draw_points(self, surface: Surface, room: Room, place: Place, age: float) -> None:
        """Draw what a delivery was worth, rising from the cook and fading; `age` goes from 0.0 to 1.0."""
        alpha = int(255 * min(1.0, 2.5 * (1.0 - age)))
        x, y = place[0], place[1] - room.tile * (0.3 + 0.35 * age)
        size = room.tile * 0.32
        for shift, color in ((2, f"#ffffff{alpha:02x}"), (0, f"#06624a{alpha:02x}")):
            surface.text(
                x, y + shift, f"+{self._soup_points}", size=size, color=color, align="center", weight="bold"
            )  # fmt: skip
