"""One episode across all seats: prediction, rollback, and the two frames of truth.

`RollbackSession` is told everything (`tick`: time and the local input; `receive`: time and bytes) and says what should
happen (packets to send, rows that are final, events). It has no clock, no socket and no environment of its own.

The order inside a turn is fixed. A packet that arrives runs 1 to 4; a tick runs all:

1. take the packet (inputs, acknowledgements, lags), or nothing;
2. at most one rollback, to the first frame that was stepped with an input now known to be another;
3. move `confirmed` and `stable`, hand out rows, hash states, discard what nobody can need;
4. (events)
5. the stall test;
6. sample, step;
7. send.

A rollback never comes after the stall test, and hashes never before the rollback: both orders are how known engines
came to step on wrong states.

`confirmed` is the newest frame whose inputs are all held here: what was stepped up to it is never rolled back.
`stable` is the newest frame whose inputs are all held by everybody: only such frames are recorded and hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checksums import ChecksumLedger, Desync
from .inputs import NULL_FRAME, InputTrack
from .link import PeerLink
from .prediction import Predictor
from .simulation import Outcome, Simulation
from .timesync import TimeSync
from .wire import ChecksumPacket, InputPacket, decode, encode, words_that_fit

RETRY_MS = 200
"""With nothing new to say, the last packet is repeated this often: a retry and a keepalive in one."""
STALL_REPORT_MS = 100
"""A stall shorter than this is not felt, and not reported."""
MAX_PACKETS_A_STEP = 3
MAX_INPUT_DELAY = 8
MIN_WINDOW, MAX_WINDOW = 2, 12
HASH_INTERVAL = 30
"""Frames between two hashed states: the same at every seat, for the hash is a recorded column."""
COST_SAMPLES = 60
"""Steps after which the snapshot spacing is chosen anew from their measured cost."""
ROLLBACKS_A_FRAME = 0.67
"""How often a frame is rolled back at 50 ms and 1 % loss; only the spacing of snapshots depends on it."""


@dataclass(frozen=True)
class SessionConfig:
    """One episode of one seat.

    Attributes:
        seats: Seats of the match.
        local_seat: Our own seat's index.
        frames: The episode's frames at most.
        match_tag: Tells this match's packets from any other's.
        epoch: The episode's number.
        input_delay: Frames between sampling a key and executing it, 0 to 8. At 0 own keys act at once and more is
            rolled back; at 6 frames of 33 ms a participant feels a fifth of a second of sluggishness, whatever the
            network does.
        prediction_window: Frames that may be stepped ahead of `confirmed`, 2 to 12.
        snapshot_spacing: Frames between snapshots; None chooses by measured cost.
    """

    seats: int
    local_seat: int
    frames: int
    match_tag: int = 0
    epoch: int = 0
    input_delay: int = 0
    prediction_window: int = 8
    snapshot_spacing: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.input_delay <= MAX_INPUT_DELAY:
            raise ValueError(f"input_delay = {self.input_delay}; use 0 to {MAX_INPUT_DELAY} frames")
        if not MIN_WINDOW <= self.prediction_window <= MAX_WINDOW:
            raise ValueError(f"prediction_window = {self.prediction_window}; use {MIN_WINDOW} to {MAX_WINDOW} frames")


@dataclass(frozen=True)
class StableRow:
    """A frame that is final.

    Attributes:
        frame: Its number.
        row: The canonical row without its closing bracket and state hash.
        state_hash: 16 hexadecimal digits on the hash grid and at the episode's end, else empty.
        predicted: The seats whose inputs were predicted when the frame was first stepped here.
        rollback_depth: The deepest rollback that stepped it again here; 0 for none.
    """

    frame: int
    row: str
    state_hash: str
    predicted: tuple[int, ...]
    rollback_depth: int


@dataclass
class Turn:
    """What one call of `tick` or `receive` decided.

    Attributes:
        sends: `(seat, datagram)` for the unreliable path.
        reliable: `(seat, datagram)` for the reliable path.
        rows: Frames that became final, in order.
        desyncs: Disagreements found.
        stepped: The frame stepped by this tick, or None.
        rolled_back: Depth of the rollback made, 0 for none.
        rate: The speed to run at, a share of the nominal frame rate.
        stalled: The tick could not step because inputs are missing.
        waiting_for: The seats whose inputs are missing.
    """

    sends: list[tuple[int, bytes]] = field(default_factory=list)
    reliable: list[tuple[int, bytes]] = field(default_factory=list)
    rows: list[StableRow] = field(default_factory=list)
    desyncs: list[Desync] = field(default_factory=list)
    stepped: int | None = None
    rolled_back: int = 0
    rate: float = 1.0
    stalled: bool = False
    waiting_for: tuple[int, ...] = ()


@dataclass
class Counters:
    """What a session counted since it began; all of it goes into the match's report."""

    rollbacks: int = 0
    rolled_back_frames: int = 0
    max_rollback_depth: int = 0
    stalls: int = 0
    stalled_ms: float = 0.0
    skipped_frames: int = 0
    packets_malformed: int = 0
    packets_of_other_epochs: int = 0
    packets_received: int = 0
    packets_sent: int = 0
    equivocations: int = 0


class RollbackSession:
    """One episode at one seat.

    Args:
        config: What it is.
        simulation: The environment, reset.
        default_words: By seat, the word of frames that nobody chose; its length is the seat's word width.
        accepts: By seat, whether a word from outside means an action.
        predictor: Guesses words that have not arrived.
        timer: A clock in milliseconds for measuring what a step costs; None where nothing is measured.
        links: The peers' round trips, kept from episode to episode; None starts anew.
    """

    def __init__(
        self,
        config: SessionConfig,
        simulation: Simulation,
        default_words: Sequence[bytes],
        accepts: Sequence[Callable[[bytes], bool]],
        predictor: Predictor,
        timer: Callable[[], float] | None = None,
        links: dict[int, PeerLink] | None = None,
    ) -> None:
        self.config = config
        self.counters = Counters()
        self._simulation = simulation
        self._predict = predictor
        self._accepts = list(accepts)
        self._timer = timer
        self._widths = [len(word) for word in default_words]
        self._tracks = [InputTrack(word, config.input_delay, config.frames) for word in default_words]
        self._peers = [seat for seat in range(config.seats) if seat != config.local_seat]
        self.links = links if links is not None else {seat: PeerLink() for seat in self._peers}
        for link in self.links.values():
            link.new_epoch()
        known = config.input_delay - 1
        self._acks = [[min(known, config.frames - 1)] * config.seats for _ in range(config.seats)]
        self._timesync = TimeSync(config.seats, config.local_seat)
        self._ledger = ChecksumLedger()
        self._snapshots: dict[int, Any] = {0: simulation.save()}
        self._outcomes: dict[int, Outcome] = {}
        self._used: dict[int, tuple[bytes, ...]] = {}
        self._predicted: dict[int, tuple[int, ...]] = {}
        self._depths: dict[int, int] = {}
        self._spacing = config.snapshot_spacing or 1
        self._step_ms = self._save_ms = 0.0
        self._steps_measured = self._saves_measured = 0
        self._stall_began: float | None = None
        self._skips = 0
        self.frame = 0
        self.confirmed = self.stable = NULL_FRAME
        self._recorded = NULL_FRAME
        self.last_hash = ""
        self.flagged = False
        self.error: str | None = None
        self._advance_truth()

    # -- the public turn ------------------------------------------------------------------------------------------

    def tick(self, now: float, sample: Callable[[], bytes]) -> Turn:
        """Run one turn: step if that is allowed, and say what to send.

        Args:
            now: The caller's clock, ms.
            sample: Called exactly if a step is made; returns the local input word.
        """
        turn = Turn()
        self._settle(turn)
        if self._may_step(now, turn):
            self._sample_and_step(sample, turn)
        self._send(now, turn)
        turn.rate = self._timesync.rate()
        return turn

    def receive(self, now: float, data: bytes) -> Turn:
        """Take one datagram, from whichever path; a rollback that it causes is made now."""
        turn = Turn()
        packet = decode(data, seats=self.config.seats, word_widths=self._widths)
        if packet is None or packet.match_tag != self.config.match_tag or packet.sender not in self.links:
            self.counters.packets_malformed += 1
            return turn
        if packet.epoch != self.config.epoch:
            self.counters.packets_of_other_epochs += 1
            return turn
        self.counters.packets_received += 1
        if self.links[packet.sender].received(now, packet):
            self._timesync.told(packet.sender, packet.lag_to_you)
        self._merge_acks(packet.sender, packet.acks)
        if isinstance(packet, ChecksumPacket):
            turn.desyncs += self._ledger.told(packet.sender, packet.frame, packet.state_hash, packet.inputs_hash)
        else:
            self._take_inputs(packet)
        self._settle(turn)
        return turn

    @property
    def last_frame(self) -> int | None:
        """The episode's last frame, once it is certain and stepped; None before."""
        last = self.frame - 1
        return last if last >= 0 and self._ends(last) and last <= self.confirmed else None

    @property
    def finished(self) -> bool:
        """Whether the episode's last frame is stable and was handed out as a row."""
        last = self.last_frame
        return last is not None and self._recorded >= last

    def inputs_hash(self) -> str:
        """Return the hash of all stable inputs, 16 hexadecimal digits."""
        return f"{self._ledger.inputs_hash():016x}"

    def ahead(self) -> float:
        """Return by how many frames this peer is ahead of the others."""
        return self._timesync.ahead()

    # -- taking packets -------------------------------------------------------------------------------------------

    def _merge_acks(self, sender: int, acks: Sequence[int]) -> None:
        limit = self.config.frames - 1
        row = self._acks[sender]
        for seat, ack in enumerate(acks):
            # A peer cannot hold more of our own inputs than we have made.
            ceiling = self._tracks[seat].last if seat == self.config.local_seat else limit
            row[seat] = max(row[seat], min(ack, ceiling))

    def _take_inputs(self, packet: InputPacket) -> None:
        link = self.links[packet.sender]
        link.newest_frame = max(link.newest_frame, packet.sim_frame)
        if not packet.words:
            return
        accepts = self._accepts[packet.sender]
        if not all(accepts(word) for word in packet.words):
            self.counters.packets_malformed += 1
            return
        new, conflict = self._tracks[packet.sender].merge(packet.start_frame, packet.words)
        if conflict is not None:
            self.counters.equivocations += 1
            self.flagged = True
        if not new:
            link.must_answer = True  # it repeats what we hold: our acknowledgement was lost

    # -- truth ----------------------------------------------------------------------------------------------------

    def _settle(self, turn: Turn) -> None:
        turn.rolled_back = self._roll_back()
        self._advance_truth()
        self._hand_out(turn)
        self._discard()

    def _first_mismatch(self) -> int | None:
        """Return the first stepped frame whose words are now known to be others than those it was stepped with."""
        for frame in range(self.confirmed + 1, self.frame):
            used = self._used[frame]
            for seat in self._peers:
                track = self._tracks[seat]
                if track.known(frame) and track[frame] != used[seat]:
                    return frame
        return None

    def _roll_back(self) -> int:
        target = self._first_mismatch()
        if target is None:
            return 0
        depth = self.frame - target
        assert self.confirmed < target < self.frame, f"INV-2: {self.confirmed} < {target} < {self.frame}"
        assert depth <= self.config.prediction_window, f"INV-2: rollback of {depth} frames"
        base = max((at for at in self._snapshots if at <= target), default=None)
        assert base is not None, f"INV-3: no snapshot at or before frame {target}"
        for at in [at for at in self._snapshots if at > target]:
            del self._snapshots[at]
        until, self.frame = self.frame, base
        self._simulation.load(self._snapshots[base])
        while self.frame < until:
            self._step(depth if self.frame >= target else 0)
            if self._ends(self.frame - 1):
                break
        for frame in range(self.frame, until):  # the corrected episode ends earlier
            self._forget(frame)
        self.counters.rollbacks += 1
        self.counters.rolled_back_frames += depth
        self.counters.max_rollback_depth = max(self.counters.max_rollback_depth, depth)
        return depth

    def _advance_truth(self) -> None:
        self._acks[self.config.local_seat] = [track.last for track in self._tracks]
        confirmed = min(self._acks[self.config.local_seat])
        stable = min(min(row) for row in self._acks)
        assert confirmed >= self.confirmed and stable >= self.stable, "INV-1: a truth went back"
        self.confirmed, self.stable = confirmed, min(stable, confirmed)

    def _hand_out(self, turn: Turn) -> None:
        """Give out the rows of stepped frames that are stable, hashing states on the grid."""
        while self._recorded < min(self.stable, self.frame - 1):
            frame = self._recorded + 1
            outcome = self._outcomes[frame]
            if outcome.error is not None:
                self.error = outcome.error
                return
            self._ledger.add_inputs(self._used[frame])
            state_hash = ""
            if self._ends(frame) or (frame + 1) % HASH_INTERVAL == 0:
                value = self._simulation.hash(self._snapshots[frame + 1])
                state_hash = self.last_hash = f"{value:016x}"
                turn.desyncs += self._ledger.add_state(frame + 1, value)
                turn.reliable += [(seat, self._checksum(seat, frame + 1, value)) for seat in self._peers]
            turn.rows.append(
                StableRow(frame, outcome.row, state_hash, self._predicted[frame], self._depths.get(frame, 0))
            )
            self._recorded = frame
        if self.frame - 1 <= self.confirmed and self.frame:
            self.error = self._outcomes[self.frame - 1].error or self.error

    def _discard(self) -> None:
        """Forget what no rollback, row or hash can need: snapshots and results below both truths."""
        needed = min(self._recorded, self.confirmed) + 1
        base = max((at for at in self._snapshots if at <= needed), default=0)
        for at in [at for at in self._snapshots if at < base]:
            del self._snapshots[at]
        for frame in [frame for frame in self._outcomes if frame < min(needed, self.frame - 1)]:
            self._forget(frame)

    def _forget(self, frame: int) -> None:
        del self._outcomes[frame], self._used[frame], self._predicted[frame]
        self._depths.pop(frame, None)

    # -- stepping -------------------------------------------------------------------------------------------------

    def _may_step(self, now: float, turn: Turn) -> bool:
        if self.error is not None or self.frame >= self.config.frames:
            return False
        held = self.frame > 0 and self._outcomes[self.frame - 1].over  # INV-6: a predicted end is waited out
        if held and self.frame - 1 <= self.confirmed:
            return False
        if held or self.frame - self.confirmed >= self.config.prediction_window:
            turn.stalled = True
            newest = self.confirmed + 1
            turn.waiting_for = tuple(seat for seat in self._peers if not self._tracks[seat].known(newest))
            if self._stall_began is None:
                self._stall_began = now
            return False
        if self._stall_began is not None:
            lasted, self._stall_began = now - self._stall_began, None
            self.counters.stalled_ms += lasted
            self.counters.stalls += lasted >= STALL_REPORT_MS
        if self._skips == 0:
            self._skips = self._timesync.frames_to_skip()
        if self._skips:
            self._skips -= 1
            self.counters.skipped_frames += 1
            return False
        return True

    def _sample_and_step(self, sample: Callable[[], bytes], turn: Turn) -> None:
        track = self._tracks[self.config.local_seat]
        if track.last < self.frame + self.config.input_delay:  # else it was sampled before a rollback took the frame back
            track.append(sample())
        turn.stepped = self.frame
        self._step(0)
        newest = {seat: link.newest_frame for seat, link in self.links.items()}
        self._timesync.stepped(self.frame - 1, newest)
        self._advance_truth()
        self._hand_out(turn)
        self._discard()

    def _ends(self, frame: int) -> bool:
        """Say whether a stepped frame is the episode's last, as far as the inputs it was stepped with go."""
        return self._outcomes[frame].over or frame >= self.config.frames - 1

    def _words(self, frame: int) -> tuple[bytes, ...]:
        words = []
        for track in self._tracks:
            words.append(track[frame] if track.known(frame) else self._predict(track.newest(), track.default_word))
        return tuple(words)

    def _step(self, rollback_depth: int) -> None:
        """Step `frame` with what is known and guessed now, and save a snapshot of what comes out on the grid."""
        frame = self.frame
        words = self._words(frame)
        began = self._timer() if self._timer else 0.0
        self._outcomes[frame] = outcome = self._simulation.step(frame, words)
        if self._timer:
            self._step_ms += self._timer() - began
            self._steps_measured += 1
        self._used[frame] = words
        if frame not in self._predicted:
            self._predicted[frame] = tuple(seat for seat in self._peers if not self._tracks[seat].known(frame))
        if rollback_depth:
            self._depths[frame] = max(rollback_depth, self._depths.get(frame, 0))
        self.frame = frame + 1
        on_grid = self.frame % self._spacing == 0 or self.frame % HASH_INTERVAL == 0
        if (on_grid or self._ends(frame)) and outcome.error is None:
            self._save()

    def _save(self) -> None:
        began = self._timer() if self._timer else 0.0
        self._snapshots[self.frame] = self._simulation.save()
        if not self._timer:
            return
        self._save_ms += self._timer() - began
        self._saves_measured += 1
        if self.config.snapshot_spacing is None and self._steps_measured >= COST_SAMPLES:
            self._choose_spacing()

    def _choose_spacing(self) -> None:
        """Choose the spacing at which saving and stepping again cost least together (NETCODE 2.6)."""
        step = self._step_ms / self._steps_measured
        save = self._save_ms / self._saves_measured
        best = (2 * save / (step * ROLLBACKS_A_FRAME)) ** 0.5 if step > 0 else 1
        self._spacing = max(1, min(self.config.prediction_window, round(best)))
        self._step_ms = self._save_ms = 0.0
        self._steps_measured = self._saves_measured = 0

    # -- sending --------------------------------------------------------------------------------------------------

    def _send(self, now: float, turn: Turn) -> None:
        local = self.config.local_seat
        acks = tuple(self._acks[local])
        for seat in self._peers:
            link = self.links[seat]
            start = self._acks[seat][local] + 1
            pending = self._tracks[local].words(start, self._tracks[local].last - start + 1)
            new = self._tracks[local].last > link.sent_through or acks != link.sent_acks or link.must_answer
            if not new and now - link.sent_at < RETRY_MS:
                continue
            for _ in range(MAX_PACKETS_A_STEP):
                count = words_that_fit(pending, self.config.seats)
                packet = InputPacket(*self._header(now, seat), start, tuple(pending[:count]))
                turn.sends.append((seat, encode(packet)))
                self.counters.packets_sent += 1
                start, pending = start + count, pending[count:]
                if not pending:
                    break
            link.sent(now, self._tracks[local].last, acks)

    def _header(self, now: float, seat: int) -> tuple[Any, ...]:
        link = self.links[seat]
        echo_of, echo_hold = link.echo(now)
        return (
            self.config.match_tag, self.config.epoch, 0, self.config.local_seat, link.next_seq(), self.frame - 1,
            self._timesync.lag(seat), int(now) & 0xFFFFFFFF, echo_of, echo_hold, tuple(self._acks[self.config.local_seat]),
        )  # fmt: skip

    def _checksum(self, seat: int, frame: int, state_hash: int) -> bytes:
        link = self.links[seat]
        header = (
            self.config.match_tag, self.config.epoch, 0, self.config.local_seat, link.next_seq(), self.frame - 1,
            self._timesync.lag(seat), 0, 0, 0, tuple(self._acks[self.config.local_seat]),
        )  # fmt: skip
        return encode(ChecksumPacket(*header, frame, state_hash, self._ledger.inputs_hash()))
