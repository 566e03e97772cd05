"""Who is given which condition: a pure function of the study's master seed and the number of a participant or group.

The server asks for an order when a participant takes a place, or a match is made; the preview asks for the next ones.
"""

from __future__ import annotations

import copy

import numpy as np

from app.experiments.conditions import Cell, Conditions

# The first word keeps these streams apart from those that matches draw their seats and seeds from.
_STREAM = 0x436F6E64
_BLOCKS, _LABELS, _ROWS = 0, 1, 2


class Allocator:
    """Gives out the cells of a study.

    Args:
        conditions: the study's `[conditions]`.
        master_seed: the study's.

    Attributes:
        cells: every cell, in the order of the file.
    """

    def __init__(self, conditions: Conditions, master_seed: int) -> None:
        self.cells: list[Cell] = conditions.cells()
        self._conditions = conditions
        self._seed = master_seed
        self._square = latin_square(len(self.cells)) if conditions.method == "latin_square" else []

    def order(self, number: int) -> list[Cell]:
        """Return what a unit is given.

        Args:
            number: counts the participants or groups of the study that are given a condition, from 0.

        Returns:
            One cell, or with a Latin square all of them in the order in which they are gone through.
        """
        if self._conditions.method == "list":
            rows = self._conditions.list
            return [copy.copy(rows[number % len(rows)])]
        if self._conditions.method == "latin_square":
            return self._row(number)
        size = len(self.cells) * self._conditions.blocks
        block, position = divmod(number, size)
        drawn = self._rng(_BLOCKS, block).permutation(size)
        return [copy.copy(self.cells[int(drawn[position]) % len(self.cells)])]

    def preview(self, n: int, start: int = 0) -> list[list[Cell]]:
        """Return what the next units are given, `n` of them from number `start` on."""
        return [self.order(number) for number in range(start, start + n)]

    def _row(self, number: int) -> list[Cell]:
        turn, position = divmod(number, len(self._square))
        # Which cell is which letter is drawn once: drawn for every turn, carry-over would be balanced in none of them.
        labels = self._rng(_LABELS, 0).permutation(len(self.cells))
        rows = self._rng(_ROWS, turn).permutation(len(self._square))
        return [copy.copy(self.cells[int(labels[letter])]) for letter in self._square[int(rows[position])]]

    def _rng(self, purpose: int, index: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(_STREAM, purpose, index)))


def latin_square(size: int) -> list[list[int]]:
    """Return a Latin square in which every letter follows every other equally often (E. J. Williams, 1949).

    An odd size needs two squares, one the other reversed, so there are twice as many rows.

    Args:
        size: how many letters, from 1.
    """
    first = [0]
    for step in range(1, size):
        first.append((step + 1) // 2 if step % 2 else size - step // 2)
    rows = [[(letter + shift) % size for letter in first] for shift in range(size)]
    return rows if size % 2 == 0 or size == 1 else rows + [row[::-1] for row in rows]
