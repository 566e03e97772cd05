"""How each bug of the zoo looks in our engine, as a patch that puts it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.engine import outbox, wire
from app.engine.inbox import Inbox
from app.engine.inputs import InputTrack
from app.engine.link import PeerLink
from app.engine.membership import ViewChanges
from app.engine.own_inputs import OwnInputs
from app.engine.session import RollbackSession
from app.engine.stable_rows import StableRows
from app.engine.stepping import Stepping
from app.engine.truth import Truth
from app.engine.wire import InputPacket
from app.server.domain import ballots, changes
from app.server.domain.decisions import Persist, Send

# -- the core ---------------------------------------------------------------------------------------------------------


def stall_drops_the_rollback(patch: pytest.MonkeyPatch) -> None:
    roll_back = RollbackSession._roll_back

    def only_if_it_may_step(self: RollbackSession) -> int:
        return 0 if self.frame - self.confirmed >= self._window else roll_back(self)

    patch.setattr(RollbackSession, "_roll_back", only_if_it_may_step)


def checksum_before_resimulation(patch: pytest.MonkeyPatch) -> None:
    def settle(self: RollbackSession, turn: Any) -> None:
        first_open = self.confirmed + 1
        self._advance_truth()
        self._hand_out(turn)
        until = min(self.frame, self.frames)
        target = self._stepping.first_mismatch(max(first_open, self.rows.recorded + 1), until)
        if target is not None:
            turn.rolled_back = self._stepping.again(target, until)

    patch.setattr(RollbackSession, "_settle", settle)


def loads_the_current_frame(patch: pytest.MonkeyPatch) -> None:
    first_mismatch = Stepping.first_mismatch

    def never_nothing(self: Stepping, first: int, end: int) -> int | None:
        found = first_mismatch(self, first, end)
        return end if found is None and end > 3 else found

    patch.setattr(Stepping, "first_mismatch", never_nothing)


def own_receipts_are_exported(patch: pytest.MonkeyPatch) -> None:
    advance = Truth.advance

    def own(self: Truth, members: Any, frames: int) -> None:
        advance(self, members, frames)
        self.stable = self.confirmed

    patch.setattr(Truth, "advance", own)


def input_is_sampled_twice(patch: pytest.MonkeyPatch) -> None:
    make = OwnInputs.make

    def twice(self: OwnInputs, frame: int, sample: Callable[[], bytes]) -> None:
        sample()
        make(self, frame, sample)

    patch.setattr(OwnInputs, "make", twice)


def end_hash_is_missing(patch: pytest.MonkeyPatch) -> None:
    hand_out = StableRows.hand_out
    patch.setattr(
        StableRows,
        "hand_out",
        lambda self, turn, stable, confirmed, fence: hand_out(self, turn, stable, confirmed, None),
    )


def prediction_starts_above_the_gap(patch: pytest.MonkeyPatch) -> None:
    merge = InputTrack.merge

    def over_the_gap(self: InputTrack, start: int, words: Any) -> tuple[int, int | None]:
        if words and start > len(self._words):
            self._words += [self.newest()] * (start - len(self._words))
        return merge(self, start, words)

    patch.setattr(InputTrack, "merge", over_the_gap)


# -- what is sent -----------------------------------------------------------------------------------------------------


def acknowledged_input_is_kept(patch: pytest.MonkeyPatch) -> None:
    first_unsent = PeerLink.first_unsent
    patch.setattr(PeerLink, "first_unsent", lambda self, acked, now: max(0, first_unsent(self, acked, now) - 1))


def fills_are_not_sent(patch: pytest.MonkeyPatch) -> None:
    """Seat 0 is the one whose delay grows in the story."""
    make, encode = OwnInputs.make, outbox.encode
    fills: set[int] = set()

    def noting(self: OwnInputs, frame: int, sample: Callable[[], bytes]) -> None:
        before = self._track.last
        make(self, frame, sample)
        fills.update(range(before + 1, self._track.last))

    def without(packet: Any) -> bytes:
        if isinstance(packet, InputPacket) and packet.sender == 0:
            while packet.words and packet.start_frame in fills:
                packet.start_frame, packet.words = packet.start_frame + 1, packet.words[1:]
            ends = (at for at in range(len(packet.words)) if packet.start_frame + at in fills)
            packet.words = packet.words[: next(ends, len(packet.words))]
        return encode(packet)

    patch.setattr(OwnInputs, "make", noting)
    patch.setattr(outbox, "encode", without)


def gossip_rides_on_inputs_only(patch: pytest.MonkeyPatch) -> None:
    encode = outbox.encode

    def silent(packet: Any) -> bytes:
        if not getattr(packet, "words", ()):
            packet.acks = (-1,) * len(packet.acks)
        return encode(packet)

    patch.setattr(outbox, "encode", silent)


def duplicates_reset_the_retry_timer(patch: pytest.MonkeyPatch) -> None:
    received = PeerLink.received

    def resetting(self: PeerLink, now: float, packet: Any) -> bool:
        self._progress_at = now
        return received(self, now, packet)

    patch.setattr(PeerLink, "received", resetting)


def stale_packets_are_not_answered(patch: pytest.MonkeyPatch) -> None:
    take_inputs = Inbox._take_inputs

    def quiet(self: Inbox, packet: Any, link: PeerLink, turn: Any) -> None:
        take_inputs(self, packet, link, turn)
        link.must_answer = False

    patch.setattr(Inbox, "_take_inputs", quiet)


def advantage_is_a_signed_byte(patch: pytest.MonkeyPatch) -> None:
    write_signed = wire.write_signed

    def byte(number: int, out: bytearray) -> None:
        write_signed((number + 128) % 256 - 128, out)

    patch.setattr(wire, "write_signed", byte)


def one_timer_for_all_peers(patch: pytest.MonkeyPatch) -> None:
    shared = {"at": float("-inf")}
    patch.setattr(
        PeerLink, "sent_at", property(lambda self: shared["at"], lambda self, at: shared.update(at=at)), raising=False
    )


# -- membership -------------------------------------------------------------------------------------------------------


def least_receipt_is_the_cut(patch: pytest.MonkeyPatch) -> None:
    def least(reports: dict[int, Any], leavers: tuple[int, ...]) -> ballots.Cuts:
        cuts = ballots.decide_cuts(reports, leavers)
        for leaver in leavers:
            cut = cuts.frames[leaver] = min(report.receipts[leaver] for report in reports.values())
            best = next(report for report in reports.values() if report.receipts[leaver] == cut)
            cuts.inputs[leaver] = best.inputs[leaver]
        return cuts

    patch.setattr(changes, "decide_cuts", least)


def receipts_are_not_frozen(patch: pytest.MonkeyPatch) -> None:
    on_prepare = ViewChanges.on_prepare

    def thawed(self: ViewChanges, message: Any, newest: int) -> Any:
        report = on_prepare(self, message, newest)
        self.frozen = frozenset()
        return report

    patch.setattr(ViewChanges, "on_prepare", thawed)


def commit_is_sent_before_it_is_durable(patch: pytest.MonkeyPatch) -> None:
    commit = changes.Changes._commit

    def sent_first(self: Any, actions: list[Any], change: dict[str, Any]) -> None:
        new: list[Any] = []
        commit(self, new, change)
        actions += sorted(new, key=lambda action: isinstance(action, Persist))

    patch.setattr(changes.Changes, "_commit", sent_first)


def late_packets_of_a_leaver_are_taken(patch: pytest.MonkeyPatch) -> None:
    why_not, take_inputs = Inbox._why_not, Inbox._take_inputs

    def anybody(self: Inbox, packet: Any) -> str:
        reason = why_not(self, packet)
        return "" if reason in ("view", "member") else reason

    def whatever(self: Inbox, packet: Any, link: PeerLink, turn: Any) -> None:
        track = self._tracks[packet.sender]
        if track.closed:
            track.merge(packet.start_frame, packet.words)
        else:
            take_inputs(self, packet, link, turn)

    patch.setattr(Inbox, "_why_not", anybody)
    patch.setattr(Inbox, "_take_inputs", whatever)


def old_acknowledgements_are_trusted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Truth, "forget", lambda self, seat: None)


def episode_ends_at_the_cut(patch: pytest.MonkeyPatch) -> None:
    commit = changes.Changes._commit

    def earlier(self: Any, actions: list[Any], change: dict[str, Any]) -> None:
        if change.get("drop") and change.get("final") is not None:
            change = {**change, "final": change["final"] - 1}
        commit(self, actions, change)

    patch.setattr(changes.Changes, "_commit", earlier)


def who_is_back_is_not_told_of_the_others(patch: pytest.MonkeyPatch) -> None:
    activate = changes.Changes._activate

    def untold(self: Any, seat: int, frame: int, actions: list[Any]) -> None:
        new: list[Any] = []
        activate(self, seat, frame, new)
        actions += [each for each in new if not (isinstance(each, Send) and each.message["kind"] == "observe")]

    patch.setattr(changes.Changes, "_activate", untold)
