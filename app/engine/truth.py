"""The two frames of truth: what is held here, and what is held by everybody.

`Truth` alone moves `confirmed` and `stable`. It keeps, for every seat's peer, the newest frame up to which that peer
holds each seat's inputs, as its packets said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .inputs import NULL_FRAME, InputTrack


class Truth:
    """What everybody holds of one episode's inputs.

    Attributes:
        confirmed: The newest frame whose inputs are all held here: nothing up to it is ever rolled back.
        stable: The newest frame whose inputs are all held by every member.
        rows: By seat, what that seat's peer holds of each seat.

    Args:
        tracks: The inputs, by seat.
        local_seat: Our own seat.
        known: The frame up to which everybody's inputs are known by definition.
    """

    def __init__(self, tracks: Sequence[InputTrack], local_seat: int, known: int) -> None:
        self._tracks = tracks
        self._local = local_seat
        self._opened: dict[int, tuple[int, int]] = {}
        self.rows = [[known] * len(tracks) for _ in tracks]
        self.confirmed = self.stable = NULL_FRAME

    @property
    def own(self) -> list[int]:
        """What is held here, by seat."""
        return self.rows[self._local]

    def told(self, sender: int, acks: Sequence[int], view: int, frames: int) -> None:
        """Take what a peer says that it holds.

        Args:
            sender: Its seat.
            acks: By seat.
            view: The peer's membership view when it said so.
            frames: Frames of the episode.
        """
        row = self.rows[sender]
        for seat, ack in enumerate(acks):
            # Before it knew that the seat is back, it counted the seat's fill as held for ever.
            opened_view, opened_at = self._opened.get(seat, (0, 0))
            ceiling = opened_at - 1 if view < opened_view else frames - 1
            if seat == self._local:
                ceiling = min(ceiling, self._tracks[seat].last)  # nobody holds more of our inputs than we have made
            row[seat] = max(row[seat], min(ack, ceiling))

    def opened(self, seat: int, frame: int, view: int) -> None:
        """Note that a seat's person is back from a frame on: what was held as fill from there on is not held."""
        self._opened[seat] = view, frame
        for row in self.rows:
            row[seat] = min(row[seat], frame - 1)

    def holds_since_return(self, seat: int, of: int) -> bool:
        """Say whether a seat's peer holds another's inputs up to where it came back, if it has been away."""
        return self.rows[seat][of] >= self._opened.get(seat, (0, 0))[1] - 1

    def forget(self, seat: int) -> None:
        """Count nothing as held by a peer that begins anew."""
        self.rows[seat] = [NULL_FRAME] * len(self._tracks)

    def all_hold(self, through: int) -> None:
        """Take for known that everybody holds all inputs through a frame."""
        self.rows = [[max(ack, through) for ack in row] for row in self.rows]

    def advance(self, members: Iterable[int], frames: int) -> None:
        """Move both truths as far as what is held allows.

        For an observer nothing is confirmed before it is stable: it promises nothing when a seat is cut, so only what
        no cut can reach any more is certain for it.
        """
        own = self.rows[self._local] = [track.last for track in self._tracks]
        confirmed = min(min(own), frames - 1)
        stable = confirmed
        observes = True
        for member in members:
            if member == self._local:
                observes = False
                continue
            held = min(self.rows[member])
            if held < stable:
                # Who came back counts from the frame on which that was agreed for.
                stable = min(stable, max(held, self._opened.get(member, (0, 0))[1] - 1))
        if observes:
            confirmed = stable
        assert confirmed >= self.confirmed and stable >= self.stable, (
            f"INV-1: a truth went back, from {self.confirmed}, {self.stable} to {confirmed}, {stable}"
        )
        self.confirmed, self.stable = confirmed, stable
