"""Which frames of a match are stored, which are missing, and whether it is complete: from the chunks' numbers alone.

A frame is known to exist when any seat recorded it or a later one of its episode: seats record the same frames. One
that a seat skipped, for its page came back by another seat's state, is accounted for where another seat has stored it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    """Frames `first` to `last` of an episode, both included."""

    episode: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.episode}:{self.first}-{self.last}"


class Coverage:
    """The stored spans of one match.

    Args:
        seats: the seats of the match.
        spans: seat and span of every stored chunk, in any order; spans of a seat do not overlap.
        skipped: seat and span of what pages have said that they skipped.
    """

    def __init__(
        self, seats: Iterable[str], spans: Iterable[tuple[str, Span]], skipped: Iterable[tuple[str, Span]] = ()
    ) -> None:
        self._skipped = list(skipped)
        self._spans: dict[str, dict[int, list[Span]]] = {seat: defaultdict(list) for seat in seats}
        self._last: dict[int, int] = {}
        for seat, span in spans:
            self._spans[seat][span.episode].append(span)
            self._last[span.episode] = max(self._last.get(span.episode, -1), span.last)

    @property
    def episodes(self) -> int:
        """Episodes of which at least one frame is stored."""
        return len(self._last)

    def recorded(self, seat: str) -> int:
        """Frames stored for a seat."""
        return sum(span.last - span.first + 1 for spans in self._spans[seat].values() for span in spans)

    def missing(self, seat: str) -> list[Span]:
        """Frames known to exist that are neither stored for a seat nor accounted for, as spans in order."""
        return self._in_gaps(seat, accounted_for=False)

    def skipped(self, seat: str) -> list[Span]:
        """Frames not stored for a seat that its page skipped and another seat has stored, as spans in order."""
        return self._in_gaps(seat, accounted_for=True)

    def _in_gaps(self, seat: str, accounted_for: bool) -> list[Span]:
        held, found = self._held(seat), []
        for gap in self.gaps(seat):
            at = gap.first
            for span in held:
                if span.episode != gap.episode or span.last < at or span.first > gap.last:
                    continue
                inside = Span(gap.episode, max(span.first, at), min(span.last, gap.last))
                if accounted_for:
                    found.append(inside)
                elif inside.first > at:
                    found.append(Span(gap.episode, at, inside.first - 1))
                at = inside.last + 1
            if not accounted_for and at <= gap.last:
                found.append(Span(gap.episode, at, gap.last))
        return found

    def _held(self, seat: str) -> list[Span]:
        """Return what a seat skipped and a seat has stored, as spans in order that do not touch.

        By their ends, not frame by frame: how far a gap goes is for a page to say.
        """
        pieces = sorted(
            Span(said.episode, max(said.first, stored.first), min(said.last, stored.last))
            for name, said in self._skipped
            for episodes in self._spans.values()
            for stored in episodes.get(said.episode, ())
            if name == seat and stored.first <= said.last and said.first <= stored.last
        )
        held: list[Span] = []
        for piece in pieces:
            if held and held[-1].episode == piece.episode and piece.first <= held[-1].last + 1:
                held[-1] = Span(piece.episode, held[-1].first, max(held[-1].last, piece.last))
            else:
                held.append(piece)
        return held

    def gaps(self, seat: str) -> list[Span]:
        """Frames known to exist that are not stored for a seat, as spans in order."""
        gaps = []
        for episode, last in sorted(self._last.items()):
            expected = 0
            for span in sorted(self._spans[seat].get(episode, ())):
                if span.first > expected:
                    gaps.append(Span(episode, expected, span.first - 1))
                expected = span.last + 1
            if expected <= last:
                gaps.append(Span(episode, expected, last))
        return gaps

    def complete(self, ended: bool, completed: bool, episodes: int) -> bool:
        """Whether a match is recorded as a whole.

        Args:
            ended: the match is over.
            completed: it was played to its end, so that all its episodes must be here.
            episodes: episodes it was to have.
        """
        whole = bool(self._last) and not any(self.missing(seat) for seat in self._spans)
        return ended and whole and (self.episodes == episodes if completed else True)
