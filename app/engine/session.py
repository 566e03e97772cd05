"""One episode across all seats: prediction, rollback, and the two frames of truth.

`RollbackSession` is told everything (`tick`: time and the local input; `receive`: time and bytes) and says what should
happen (packets to send, rows that are final, events). It has no clock, no socket and no environment of its own.

The order inside a turn is fixed. A packet that arrives runs 1 to 3; a tick runs 2 to 6:

1. take the packet (inputs, acknowledgements, lags), or nothing;
2. at most one rollback, to the first frame that was stepped with an input now known to be another;
3. move `confirmed` and `stable`, hand out rows, hash states, discard what nobody can need;
4. the stall test;
5. sample, step, and 3 again;
6. send.

A rollback never comes after the stall test, and hashes never before the rollback: both orders are how known engines
came to step on wrong states.

`confirmed` is the newest frame whose inputs are all held here: what was stepped up to it is never rolled back.
`stable` is the newest frame whose inputs are all held by everybody: only such frames are recorded and hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .checksums import ChecksumLedger
from .inputs import NULL_FRAME, InputTrack
from .link import PeerLink
from .prediction import Predictor
from .simulation import Simulation
from .timeline import Timeline
from .timesync import TimeSync
from .turn import STALL_REPORT_MS, Counters, SessionConfig, StableRow, Turn
from .wire import ChecksumPacket, InputPacket, decode, encode, words_that_fit

RETRY_MS = 200
"""With nothing new to say, the last packet is repeated this often: a retry and a keepalive in one."""
MAX_PACKETS_A_STEP = 3


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
        self._predict = predictor
        self._timer = timer
        self._accepts = list(accepts)
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
        self._timeline = Timeline(simulation, config.frames, config.snapshot_spacing, config.prediction_window, timer)
        self._stall_began: float | None = None
        self._skips = 0
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
        began = self._timer() if self._timer else 0.0
        self._settle(turn)
        if self._may_step(now, turn):
            self._sample_and_step(sample, turn)
        # What the step took is not the network's: a packet is stamped when it leaves.
        self._send(now + (self._timer() - began if self._timer else 0.0), turn)
        turn.rate = self._timesync.rate()
        return turn

    def receive(self, now: float, data: bytes) -> Turn:
        """Take one datagram, from whichever path; a rollback that it causes is made now.

        Args:
            now: When it arrived, ms on the caller's clock; it may have waited since.
            data: Its bytes.
        """
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
    def frame(self) -> int:
        """The next frame to step."""
        return self._timeline.frame

    @property
    def last_frame(self) -> int | None:
        """The episode's last frame, once it is certain and stepped; None before."""
        last = self.frame - 1
        return last if last >= 0 and self._timeline.ends(last) and last <= self.confirmed else None

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
        self._timeline.discard_before(self._recorded + 1)

    def _first_mismatch(self) -> int | None:
        """Return the first stepped frame whose words are now known to be others than those it was stepped with."""
        for frame in range(self.confirmed + 1, self.frame):
            used = self._timeline.used(frame)
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
        timeline, until = self._timeline, self.frame
        timeline.go_back(target)
        timeline.first_open = min(track.last for track in self._tracks) + 1
        while timeline.frame < until:
            self._step(depth if timeline.frame >= target else 0)
            if timeline.ends(timeline.frame - 1):
                break
        timeline.cut(until)
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
        self._timeline.first_open = confirmed + 1

    def _hand_out(self, turn: Turn) -> None:
        """Give out the rows of stepped frames that are stable, hashing states on the grid."""
        while self._recorded < min(self.stable, self.frame - 1):
            frame = self._recorded + 1
            outcome = self._timeline.outcome(frame)
            if outcome.error is not None:
                self.error = outcome.error
                return
            self._ledger.add_inputs(self._timeline.used(frame))
            state_hash = ""
            if self._timeline.hashed(frame):
                value = self._timeline.hash_after(frame)
                state_hash = self.last_hash = f"{value:016x}"
                turn.desyncs += self._ledger.add_state(frame + 1, value)
                turn.reliable += [(seat, self._checksum(seat, frame + 1, value)) for seat in self._peers]
            predicted, depth = self._timeline.predicted(frame), self._timeline.depth(frame)
            turn.rows.append(StableRow(frame, outcome.row, state_hash, predicted, depth))
            self._recorded = frame
        if 0 < self.frame <= self.confirmed + 1:
            self.error = self._timeline.outcome(self.frame - 1).error or self.error

    # -- stepping -------------------------------------------------------------------------------------------------

    def _may_step(self, now: float, turn: Turn) -> bool:
        if self.error is not None or self.frame >= self.config.frames:
            return False
        held = self.frame > 0 and self._timeline.outcome(self.frame - 1).over  # INV-6: a predicted end is waited out
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
        # A rollback that shortened the episode for a while may have left frames whose input was sampled already.
        if track.last < self.frame + self.config.input_delay:
            track.append(sample())
        turn.stepped = self.frame
        self._step(0)
        newest = {seat: link.newest_frame for seat, link in self.links.items()}
        self._timesync.stepped(self.frame - 1, newest)
        self._advance_truth()
        self._hand_out(turn)
        self._timeline.discard_before(self._recorded + 1)

    def _words(self, frame: int) -> tuple[bytes, ...]:
        words = []
        for track in self._tracks:
            words.append(track[frame] if track.known(frame) else self._predict(track.newest(), track.default_word))
        return tuple(words)

    def _step(self, rollback_depth: int) -> None:
        frame = self.frame
        predicted = [seat for seat in self._peers if not self._tracks[seat].known(frame)]
        self._timeline.step(self._words(frame), predicted, rollback_depth)

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
                packet = InputPacket(**self._header(now, seat), start_frame=start, words=tuple(pending[:count]))
                turn.sends.append((seat, encode(packet)))
                self.counters.packets_sent += 1
                start, pending = start + count, pending[count:]
                if not pending:
                    break
            link.sent(now, self._tracks[local].last, acks)

    def _header(self, now: float | None, seat: int) -> dict[str, Any]:
        """Return what every packet carries; without a time, nothing that round trips are measured by."""
        link, config = self.links[seat], self.config
        echo_of, echo_hold = (0, 0) if now is None else link.echo(now)
        return {
            "match_tag": config.match_tag,
            "epoch": config.epoch,
            "view": 0,
            "sender": config.local_seat,
            "seq": link.next_seq(),
            "sim_frame": self.frame - 1,
            "lag_to_you": self._timesync.lag(seat),
            "sent_at": 0 if now is None else int(now) & 0xFFFFFFFF,
            "echo_of": echo_of,
            "echo_hold": echo_hold,
            "acks": tuple(self._acks[config.local_seat]),
        }

    def _checksum(self, seat: int, frame: int, state_hash: int) -> bytes:
        hashes: dict[str, Any] = {"frame": frame, "state_hash": state_hash, "inputs_hash": self._ledger.inputs_hash()}
        return encode(ChecksumPacket(**self._header(None, seat), **hashes))
