"""Who takes part in a match, as the server's commits say, and a seat's own part in reaching them.

The server alone decides (NETCODE 2.8, 2.9). A change runs in three steps: *prepare* asks every member for a promise (to
freeze what it holds of a leaver, or not to step a frame yet), *report* answers, *commit* carries the decision, which is
durable before anybody is told. Commits are counted by `view`, attempts by `ballot`.

`Membership` outlives an episode; `ViewChanges` applies it to one episode's inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .inputs import NULL_FRAME, InputTrack
from .truth import Truth
from .wire import words_from_hex, words_to_hex


class Membership:
    """Who is in a match.

    Attributes:
        view: Commits applied so far.
        members: The seats whose persons take part, in order.
        observers: The seats whose persons are catching up.
        absent: The seats whose persons have left: what goes on in their place.
        since: By seat, the view of its last change; a packet of an earlier view comes from a life that is over.
        ballot: The greatest ballot seen.
        evicted: The local seat's person is out.
        paused_at: The frame that is not stepped before the researcher resumes.
        waiting: By view, commits that cannot be applied yet.
        deferred: What the server said after such a commit.

    Args:
        seats: Seats of the match.
        local_seat: Our own.
        people: The seats that persons play; policies play the others.
    """

    def __init__(self, seats: int, local_seat: int, people: Sequence[int]) -> None:
        self.local_seat = local_seat
        self.view = 0
        self.members = tuple(sorted(people))
        self.policies = tuple(seat for seat in range(seats) if seat not in self.members)
        self.observers: tuple[int, ...] = ()
        self.absent: dict[int, str] = {}
        self.since = [0] * seats
        self.ballot = 0
        self.evicted = False
        self.paused_at: int | None = None
        self.waiting: dict[int, Mapping[str, Any]] = {}
        self.deferred: list[Mapping[str, Any]] = []

    def observe(self, seat: int, on: bool) -> None:
        """Note that a seat's person is catching up, or no longer."""
        others = [other for other in self.observers if other != seat]
        self.observers = tuple(sorted([*others, seat] if on and seat not in self.members else others))

    def go_on(self, epoch: int) -> None:
        """Begin an episode: what an observer could not follow any more in the one before holds all the same."""
        while (commit := self.waiting.get(self.view + 1)) is not None and commit["epoch"] < epoch:
            self.apply(self.waiting.pop(commit["view"]))
        while self.deferred and self.view + 1 not in self.waiting:
            message = self.deferred[0]
            if message["kind"] == "commit":
                if message["epoch"] >= epoch:
                    break
                if message["view"] == self.view + 1:
                    self.apply(message)
            elif message["kind"] == "observe":
                self.observe(message["seat"], message["on"])
            del self.deferred[0]
        self.paused_at = None

    def apply(self, commit: Mapping[str, Any]) -> None:
        """Take the next commit's members."""
        self.view = commit["view"]
        for name in commit["drop"]:
            seat = int(name)
            self.members = tuple(member for member in self.members if member != seat)
            self.absent[seat] = commit["substitute"]
            self.since[seat] = self.view
        for name in commit["activate"]:
            seat = int(name)
            self.members = tuple(sorted({*self.members, seat}))
            self.absent.pop(seat, None)
            self.since[seat] = self.view
            self.observe(seat, False)
        if commit["pause"] is not None:
            self.paused_at = commit["pause"]
        if commit["resume"]:
            self.paused_at = None


class ViewChanges:
    """The membership of one episode, applied to its inputs.

    Attributes:
        frozen: Seats whose inputs are not taken any more, while their end is being agreed.
        fence: The frame that we have promised not to step yet.
        members: The seats whose persons take part in this episode, in order. Who comes back at the start of the next
            one is not among them.
        takes_part: Whether the local seat's person does.
        frames: Frames of the episode; an early end lowers it.

    Args:
        membership: Of the match; seats that are absent when the episode begins are closed from its first frame on.
        tracks: The episode's inputs, by seat.
        truth: The episode's truths.
        epoch: The episode.
        frames: Its frames at most.
    """

    def __init__(
        self, membership: Membership, tracks: Sequence[InputTrack], truth: Truth, epoch: int, frames: int
    ) -> None:
        self._membership = membership
        self._tracks = tracks
        self._truth = truth
        self._epoch = epoch
        self.frames = frames
        self.frozen: frozenset[int] = frozenset()
        self.fence: int | None = None
        self._activating: int | None = None
        self._promised: int | None = None
        self._events: list[dict[str, Any]] = []
        membership.go_on(epoch)
        self.members = membership.members
        for seat in membership.policies:
            tracks[seat].close(NULL_FRAME, tracks[seat].standing.bot)
        for seat in membership.absent:
            tracks[seat].close(NULL_FRAME, self._fill(seat))

    @property
    def members(self) -> tuple[int, ...]:
        """See above."""
        return self._members

    @members.setter
    def members(self, seats: tuple[int, ...]) -> None:
        local = self._membership.local_seat
        self._members = seats
        self._others = [seat for seat in seats if seat != local]
        self.takes_part = local in seats

    def others(self) -> list[int]:
        """Return the other members; the same list until they change, not to be changed by who asks."""
        return self._others

    def peers(self) -> list[int]:
        """Return the seats that packets go to: the other members, and who catches up."""
        observers = self._membership.observers
        if not observers:
            return self._others
        local = self._membership.local_seat
        return [seat for seat in sorted({*self._members, *observers}) if seat != local]

    @property
    def certain(self) -> int:
        """The frames that the episode will have in any case: a fence may become its end."""
        return self.frames if self.fence is None else min(self.frames, self.fence)

    @property
    def limit(self) -> int:
        """The first frame that may not be stepped now."""
        paused_at = self._membership.paused_at
        return self.certain if paused_at is None else min(self.certain, paused_at)

    def on_prepare(self, message: Mapping[str, Any], newest: int) -> dict[str, Any] | None:
        """Promise what the server asks for, if that is still possible.

        Args:
            message: The prepare.
            newest: The newest frame that we have stepped or made an input for.

        Returns:
            The report, or None for a ballot that is void.
        """
        membership, truth = self._membership, self._truth
        if message["ballot"] < membership.ballot:
            return None
        fence, drop = message["fence"], message["drop"]
        # Asked again, a promise stands: the first answer may be on its way, and what was possible then is kept.
        stands = message["ballot"] == self._promised
        # A commit that we lack may have cut whom we hold frozen; the server sends it when it reads our view.
        accepted = message["epoch"] == self._epoch and message["view"] <= membership.view + 1
        if message["view"] <= membership.view + 1 and not stands:
            self._lift()
            membership.ballot = message["ballot"]
        if fence is not None and not stands:
            # The frame before the fence may become the last one, so it must not be recorded yet.
            accepted = accepted and newest < fence and truth.confirmed < fence - 1
        receipts, inputs = {}, {}
        if accepted:
            self.frozen, self.fence, self._promised = frozenset(drop), fence, message["ballot"]
            if message["activate"] is not None:
                self._activating = message["activate"]
                self._tracks[self._activating].hold(fence)
            for seat in drop:
                track = self._tracks[seat]
                receipts[str(seat)] = track.last
                words = track.words(truth.stable + 1, track.last + 1)
                inputs[str(seat)] = [truth.stable + 1, words_to_hex(words)]
        return {
            "kind": "report",
            "ballot": message["ballot"],
            "accepted": accepted,
            "view": membership.view,
            "frame": newest,
            "stable": truth.stable,
            "receipts": receipts,
            "inputs": inputs,
        }

    def on_abort(self, message: Mapping[str, Any]) -> None:
        """Take back what was promised in ballots up to this one."""
        if message["ballot"] >= self._membership.ballot:
            self._membership.ballot = message["ballot"]
            self._lift()

    def on_commit(self, message: Mapping[str, Any]) -> bool:
        """Apply a commit and those that waited for it, in order of view; say whether any was applied."""
        membership = self._membership
        if message["view"] <= membership.view:
            return False
        membership.waiting[message["view"]] = message
        return self._drain()

    @property
    def lacks_log(self) -> bool:
        """Whether the next commit cuts a seat at a frame up to which we, an observer, do not know its inputs.

        A member always does: the commit brings what it lacks. An observer takes it from a later log of the server.
        """
        commit = self._membership.waiting.get(self._membership.view + 1)
        return commit is not None and not self.takes_part and self._lacks(commit)

    def top_up(self, log: Mapping[int, Sequence[bytes]]) -> None:
        """Take a later log of the server while we follow the others; its words of a cut seat end where the cut will."""
        for seat, words in log.items():
            if not self._tracks[seat].closed:
                self._tracks[seat].merge(0, words)
        self._drain()

    def take_events(self) -> list[dict[str, Any]]:
        """Return what became of seats since the last look."""
        events, self._events = self._events, []
        return events

    def restore(self, commits: Sequence[Mapping[str, Any]], log: Mapping[int, Sequence[bytes]]) -> None:
        """Take this episode's commits and all persons' inputs so far: we come back to a match that goes on.

        Args:
            commits: Of this episode, in order; `covers` says whether the log suffices for them.
            log: By person's seat, the words of frames 0 to a common last one, the fill of absent seats among them.
        """
        cuts: dict[int, int] = {}
        stood_in = {seat: self._fill(seat) for seat in self._membership.absent}
        back: dict[int, tuple[int, bytes]] = {}
        for commit in commits:
            self._membership.apply(commit)
            self.members = self._membership.members
            for name, cut in commit["drop"].items():
                cuts[int(name)], stood_in[int(name)] = cut, self._fill(int(name))
            for name, frame in commit["activate"].items():
                cuts.pop(int(name), None)
                back[int(name)] = frame, stood_in[int(name)]
                self._truth.opened(int(name), frame, commit["view"])
            if commit["final"] is not None:
                self.frames = commit["final"] + 1
        for seat, words in log.items():
            track = self._tracks[seat]
            if seat in self._membership.absent and seat not in cuts:
                continue  # closed since an earlier episode
            # A log that has hardly begun may lack the frames that are known by definition.
            whole = [*words, *([] if track.closed else track.words(len(words), track.last + 1))]
            kept = whole[: cuts[seat] + 1] if seat in cuts else whole
            if seat in back and seat not in cuts:
                frame, fill = back[seat]
                kept += [fill] * (frame - len(kept))  # it comes back later than the log reaches
            track.replace(kept)
            if seat in cuts:
                track.close(cuts[seat], self._fill(seat))
        self._truth.all_hold(min((len(words) for words in log.values()), default=0) - 1)

    @staticmethod
    def covers(commits: Sequence[Mapping[str, Any]], through: int) -> bool:
        """Say whether a log through that frame reaches every cut: what a leaver did last must be in it."""
        return all(cut <= through for commit in commits for cut in commit["drop"].values())

    def _drain(self) -> bool:
        membership, before = self._membership, self._membership.view
        while (commit := membership.waiting.get(membership.view + 1)) is not None and not self.lacks_log:
            del membership.waiting[commit["view"]]
            self._apply(commit)
        return membership.view > before

    def _lacks(self, commit: Mapping[str, Any]) -> bool:
        """Whether a commit of this episode leaves a gap between what we know of a leaver and what it brings."""
        if commit["epoch"] != self._epoch:
            return False
        starts = {int(name): commit["inputs"][name][0] for name in commit["drop"]}
        return any(
            self._tracks[int(name)].last < min(cut, starts[int(name)] - 1) for name, cut in commit["drop"].items()
        )

    def _apply(self, commit: Mapping[str, Any]) -> None:
        membership = self._membership
        self._lift()
        membership.apply(commit)
        if commit["epoch"] != self._epoch:
            return  # decided for the episode that follows
        self.members = membership.members
        for name, cut in commit["drop"].items():
            seat = int(name)
            track = self._tracks[seat]
            start, text = commit["inputs"][name]
            words = words_from_hex(text, len(track.standing.default), cut + 1)
            assert words is not None, f"INV-7: the inputs of seat {seat} in the commit of view {membership.view}"
            if track.last < cut:
                track.merge(start, words)
            assert track.known(cut) or cut == NULL_FRAME, f"INV-7: seat {seat} is cut at {cut}, known to {track.last}"
            track.close(cut, self._fill(seat))
            self._events.append({"name": "dropped", "seat": seat, "cut": cut, "view": membership.view})
            if seat == membership.local_seat:
                membership.evicted = True
        for name, frame in commit["activate"].items():
            self._tracks[int(name)].reopen(frame)
            self._truth.opened(int(name), frame, membership.view)
            self._events.append({"name": "rejoined", "seat": int(name), "at": frame, "view": membership.view})
        if commit["final"] is not None:
            self.frames = min(self.frames, commit["final"] + 1)

    def _fill(self, seat: int) -> bytes:
        standing = self._tracks[seat].standing
        return standing.bot if self._membership.absent[seat] == "policy" else standing.absent

    def _lift(self) -> None:
        if self._activating is not None and self._tracks[self._activating].closed:
            self._tracks[self._activating].hold(None)
        self.frozen, self.fence, self._activating, self._promised = frozenset(), None, None, None
