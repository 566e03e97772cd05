"""One episode across all seats: prediction, rollback, and the two frames of truth.

`RollbackSession` is told everything (`tick`: time and the local input; `receive`: time and bytes; `control`: what the
server says) and tells what should happen (packets to send, rows that are final, events). It has no clock, no socket and
no environment of its own.

The order inside a turn is fixed. A packet or a message that arrives runs 1 to 3, a tick 4 to 6:

1. take the packet (inputs, acknowledgements, lags) or the membership message, or nothing;
2. at most one rollback, to the first frame that was stepped with an input now known to be another;
3. move `confirmed` and `stable`, hand out rows, hash states, discard what nobody can need;
4. the stall test;
5. sample, step, and 3 again;
6. send.

A rollback never comes after the stall test, and hashes never before the rollback: both orders are how known engines
came to step on wrong states.

`confirmed` is the newest frame whose inputs are all held here: what was stepped up to it is never rolled back.
`stable` is the newest frame whose inputs are all held by every member: only such frames are recorded and hashed.

Events: `interrupted`, `resumed` and `suspected` (seat), `dropped` (seat, cut, view), `rejoined` (seat, at, view),
`stalled` (frame, waiting_for) and `unstalled` (frame, ms), `evicted`, `equivocation` (seat, frame), `state_taken`
(frame, skipped).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .catch_up import CATCH_UP_MS, CatchUp
from .checksums import ChecksumLedger
from .inbox import Inbox
from .inputs import NULL_FRAME, InputTrack, SeatWords
from .link import PeerLink
from .membership import Membership, ViewChanges
from .metrics import Counters
from .outbox import Outbox
from .own_inputs import OwnInputs
from .prediction import Predictor
from .presence import PresenceWatch
from .simulation import Outcome, Simulation
from .stable_rows import StableRows
from .state_transfer import StateTransfer
from .step_gate import StepGate
from .stepping import Stepping
from .timeline import Timeline
from .timesync import TimeSync
from .truth import Truth
from .turn import LOCKSTEP, SessionConfig, Turn, check_window

BEHIND_FRAMES = 2
"""So many frames behind everybody, with time left in the turn, a second one is stepped."""


class RollbackSession:
    """One episode at one seat.

    Attributes:
        own: Our own inputs, and their delay.
        rows: What has become data.
        costs: What a step and a snapshot cost of late, where that is measured.
        transfer: States for who comes back, given and taken.

    Args:
        config: What it is.
        simulation: The environment, reset.
        seat_words: By seat, the words that are nobody's choice; their length is the seat's word width.
        accepts: By seat, whether a word from outside means an action.
        predictors: By seat, what guesses words that have not arrived.
        timer: A clock in milliseconds for measuring what a step costs; None where nothing is measured.
        links: The peers' round trips, kept from episode to episode; None starts anew.
        membership: Who takes part, kept from episode to episode; None means that persons play all seats.
    """

    def __init__(
        self,
        config: SessionConfig,
        simulation: Simulation,
        seat_words: Sequence[SeatWords],
        accepts: Sequence[Callable[[bytes], bool]],
        predictors: Sequence[Predictor],
        timer: Callable[[], float] | None = None,
        links: dict[int, PeerLink] | None = None,
        membership: Membership | None = None,
    ) -> None:
        self.config = config
        self.counters = Counters()
        local = config.local_seat
        self.membership = membership or Membership(config.seats, local, range(config.seats))
        self._timer = timer
        self._tracks = [InputTrack(words, config.input_delay, config.frames) for words in seat_words]
        self.links = links or {seat: PeerLink() for seat in range(config.seats) if seat != local}
        for link in self.links.values():
            link.new_epoch()
        self._truth = Truth(self._tracks, local, min(config.input_delay, config.frames) - 1)
        self._views = ViewChanges(self.membership, self._tracks, self._truth, config.epoch, config.frames)
        self._timesync = TimeSync(config.seats)
        self._window = self._widest = config.prediction_window
        self._timeline = Timeline(simulation, config.frames, config.snapshot_spacing, max(1, self._window), timer)
        self.costs = self._timeline.costs
        self._stepping = Stepping(self._timeline, self._tracks, predictors, self.links)
        self._catch_up = CatchUp(config, self._views, self.links, timer)
        self._outbox = Outbox(
            config, self._tracks[local], self._truth, self.links, self.membership, self._views, self._timesync,
            self.counters,
        )  # fmt: skip
        self._ledger = ChecksumLedger()
        self.rows = StableRows(self._timeline, self._ledger, self._outbox)
        self._inbox = Inbox(
            config, self._tracks, accepts, self._truth, self._views, self.links, self.membership, self._timesync,
            self._ledger, self.counters,
        )  # fmt: skip
        self.own = OwnInputs(self._tracks[local], config.input_delay, self.counters)
        self._presence = PresenceWatch(self._views, self.links, config.grace_ms)
        self._gate = StepGate(self._views, self._tracks, self.membership, self._timesync, self.counters)
        self.transfer = StateTransfer(
            config, simulation, self._timeline, self.rows, self._ledger, self._tracks, self._catch_up,
            self._is_over, timer,
        )  # fmt: skip
        self._advance_truth()

    # -- the public turn ------------------------------------------------------------------------------------------

    def tick(self, now: float, sample: Callable[[], bytes]) -> Turn:
        """Run one turn: step if that is allowed, and say what to send.

        Args:
            now: The caller's clock, ms.
            sample: Called exactly once for every own input that is made; returns the word of frame
                `next_input_frame`.
        """
        turn = Turn()
        began = self._timer() if self._timer else 0.0
        while self.membership.deferred and not self._views.lacks_log:
            turn.absorb(self.control(now, self.membership.deferred.pop(0)))
        if not self.membership.evicted:
            self._presence.look(now, turn)
            if self._views.takes_part:
                self._play(now, sample, turn, began)
                self.transfer.donor.work(turn)
            else:
                self._follow(now, turn, began)
            # What the step took is not the network's: a packet is stamped when it leaves.
            sent_at = now + (self._timer() - began if self._timer else 0.0)
            self._outbox.fill(turn, sent_at, self.frame - 1, self.frames)
        turn.rate = self._timesync.rate(self._views.others())
        return turn

    def receive(self, now: float, data: bytes) -> Turn:
        """Take one datagram, from whichever path; a rollback that it causes is made now.

        Args:
            now: When it arrived, ms on the caller's clock; it may have waited since.
            data: Its bytes.
        """
        turn = Turn()
        if self._inbox.take(now, data, turn):
            self._settle(turn)
        return turn

    def control(self, now: float, message: Mapping[str, Any]) -> Turn:
        """Take one message of our server about who takes part (docs/netcode.md); a rollback it causes is made now."""
        turn = Turn()
        kind = message["kind"]
        if self.transfer.hear(now, message, turn):
            return turn
        if self._views.lacks_log and kind != "evicted":
            self.membership.deferred.append(message)  # it may mean what the waiting commit makes
            return turn
        if kind == "prepare":
            report = self._views.on_prepare(message, max(self.own.made, self.frame - 1))
            turn.server += [] if report is None else [report]
        elif kind == "abort":
            self._views.on_abort(message)
        elif kind == "commit":
            before = self.frames
            self._views.on_commit(message)
            # The last frame's state is hashed: a frame that becomes the last one must not have been handed out without.
            assert self.frames == before or self.rows.recorded < self.frames - 1, f"INV-5: an end at {self.frames - 1}"
        elif kind == "observe":
            self._observe(message["seat"], message["on"])
        elif kind == "evicted":
            self.membership.evicted = True
        if self.membership.evicted:
            turn.events.append({"name": "evicted"})
            return turn
        self._settle(turn)
        return turn

    # -- what it is asked and told between turns -----------------------------------------------------------------

    def preload(self, commits: Sequence[Mapping[str, Any]], log: Mapping[int, Sequence[bytes]]) -> None:
        """Begin in the middle of an episode: take what the server knows of it, before the first turn.

        Args:
            commits: This episode's, in order.
            log: By person's seat, the words of frames 0 to a common last one; `ViewChanges.covers` must say yes to it.
        """
        self._views.restore(commits, log)
        self._catch_up.read(log)
        self._advance_truth()

    @property
    def needs_log(self) -> bool:
        """Whether we cannot follow the others without a later input log of the server; `top_up` takes it."""
        return self._views.lacks_log

    def top_up(self, log: Mapping[int, Sequence[bytes]]) -> None:
        """Take a later log: by person's seat, the words of frames 0 to a common last one."""
        self._views.top_up(log)
        self._catch_up.read(log)
        self._advance_truth()

    def set_window(self, frames: int) -> None:
        """Predict so many frames at most from now on; 0 is lockstep."""
        check_window(frames)
        self._window = frames
        self._widest = max(self._widest, frames)

    def set_paths(self, paths: Mapping[int, str]) -> None:
        """Take by what the other seats are reached: `server` loses and reorders nothing, `direct` and `turn` may."""
        for seat, path in paths.items():
            link = self.links.get(seat)
            if link is not None and link.in_order != (path == "server"):
                link.switched(path == "server")

    @property
    def frame(self) -> int:
        """The next frame to step."""
        return self._timeline.frame

    @property
    def frames(self) -> int:
        """The episode's frames at most; an early end that the server has committed lowers them."""
        return self._views.frames

    @property
    def confirmed(self) -> int:
        """The newest frame whose inputs are all held here."""
        return self._truth.confirmed

    @property
    def stable(self) -> int:
        """The newest frame whose inputs are all held by everybody."""
        return self._truth.stable

    @property
    def last_hash(self) -> str:
        """The newest state hash, 16 hexadecimal digits, empty before the first."""
        return self.rows.last_hash

    @property
    def failure(self) -> Outcome | None:
        """The outcome of a frame that is certain and in which the environment raised something: nothing follows it."""
        return self.rows.failure

    @property
    def flagged(self) -> bool:
        """Whether a seat has said two different things about one frame."""
        return self._inbox.flagged

    @property
    def last_frame(self) -> int | None:
        """The episode's last frame, once it is certain and stepped (-1 if it has none); None before."""
        last = self.frame - 1
        if last < 0:
            return NULL_FRAME if self.frames == 0 else None
        return last if self._timeline.ends(last) and last <= self.confirmed else None

    @property
    def finished(self) -> bool:
        """Whether the episode's last frame is stable and was handed out as a row."""
        last = self.last_frame
        return last is not None and self.rows.recorded >= last

    def _is_over(self) -> bool:
        return self.finished or self.failure is not None

    @property
    def catching_up(self) -> bool:
        """Whether we are coming back and do not take part yet."""
        return not self._views.takes_part and not self.membership.evicted

    def inputs_hash(self) -> str:
        """Return the hash of all stable inputs, 16 hexadecimal digits."""
        return f"{self._ledger.inputs_hash():016x}"

    def ahead(self) -> float:
        """Return by how many frames this peer is ahead of the others."""
        return self._timesync.ahead(self._views.others())

    def predicted_frames(self) -> float:
        """Return how many frames are predicted of late, for the seat that is heard latest."""
        return self._timesync.furthest(self._views.others())

    def stable_words(self, first: int, last: int) -> dict[int, list[bytes]]:
        """Return all persons' words of stable frames, `last` included: the input log of these frames."""
        assert last <= self.stable, f"frame {last} is not stable"
        people = [seat for seat in range(self.config.seats) if seat not in self.membership.policies]
        return {seat: self._tracks[seat].words(first, last + 1) for seat in people}

    # -- truth ----------------------------------------------------------------------------------------------------

    def _settle(self, turn: Turn) -> None:
        turn.rolled_back = self._roll_back()
        self._advance_truth()
        self._hand_out(turn)

    def _roll_back(self) -> int:
        until = min(self.frame, self.frames)
        target = self._stepping.first_mismatch(self.confirmed + 1, until)
        if target is None:
            if self.frame <= self.frames:
                return 0
            target = self.frames  # an early end lies before what was stepped
        assert self.confirmed < target < self.frame, f"INV-2: {self.confirmed} < {target} < {self.frame}"
        assert self.frame - target <= max(1, self._widest), f"INV-2: a rollback of {self.frame - target} frames"
        self._timeline.frames = self.frames
        depth = self._stepping.again(target, until)
        self.counters.rolled_back(depth)
        return depth

    def _advance_truth(self) -> None:
        self._timeline.frames = self.frames
        self._truth.advance(self._views.members, self._catch_up.bound(self._views.certain))
        self._timeline.first_open = self.confirmed + 1

    def _hand_out(self, turn: Turn) -> None:
        turn.events += self._views.take_events()
        self.rows.hand_out(turn, self.stable, self.confirmed, self._views.fence)

    # -- stepping -------------------------------------------------------------------------------------------------

    def _play(self, now: float, sample: Callable[[], bytes], turn: Turn, began: float) -> None:
        if self._window == LOCKSTEP and self.failure is None and self._goes_on():
            self.own.make(self.frame, sample)  # the others wait for it, as we wait for theirs
            self._advance_truth()
        if not self._may_step(now, turn):
            return
        self._sample_and_step(sample, turn)
        if self._window == LOCKSTEP and self._goes_on():
            self.own.make(self.frame, sample)  # so that it is there when the next frame is due everywhere
        if self._is_behind() and (self._timer is None or self._timer() - began < CATCH_UP_MS):
            again = Turn()
            if self._may_step(now, again):
                self._sample_and_step(sample, turn)
                self.counters.caught_up_frames += 1

    def _may_step(self, now: float, turn: Turn) -> bool:
        frame, confirmed = self.frame, self.confirmed
        if self.failure is not None or frame >= self.frames:
            return False
        held = frame > 0 and self._timeline.outcome(frame - 1).over  # INV-6: a predicted end is waited out
        if held and frame - 1 <= confirmed:
            return False
        return self._gate.opens(now, turn, frame, confirmed, self._window, held)

    def _is_behind(self) -> bool:
        """Whether everybody is known to be well beyond us, as after a sleep."""
        others = self._views.others()
        return bool(others) and min(self.links[seat].newest_frame for seat in others) - self.frame >= BEHIND_FRAMES

    def _sample_and_step(self, sample: Callable[[], bytes], turn: Turn) -> None:
        frame = turn.stepped = self.frame
        self.own.make(frame, sample)
        self._stepping.step()
        self.counters.stepped(frame - self.confirmed, frame - self.stable)
        self._timesync.stepped(frame, {seat: self.links[seat].newest_frame for seat in self._views.others()})
        self._advance_truth()
        self._hand_out(turn)

    # -- who comes back -------------------------------------------------------------------------------------------

    def _observe(self, seat: int, on: bool) -> None:
        self.membership.observe(seat, on)
        self.transfer.donor.stop(seat)
        if seat in self.membership.observers:
            self.links[seat].new_life()
            self._truth.forget(seat)

    def _follow(self, now: float, turn: Turn, began: float) -> None:
        """Step what no change of the members can touch any more, unseen."""
        turn.catching_up = True
        if self.needs_log or self.transfer.receive(now, self.confirmed, self.frames, turn):
            self._catch_up.step(self._may_follow, self._stepping.step, began)
        self._hand_out(turn)
        turn.server += self._catch_up.request(self.frame, now)

    def _may_follow(self) -> bool:
        return self.frame <= self.confirmed and self._goes_on()

    def _goes_on(self) -> bool:
        """Whether the episode, as it stands, has a next frame that is not forbidden now."""
        over = self.frame > 0 and self._timeline.ends(self.frame - 1)
        return not over and self.frame < self._views.limit
