"""Mutants that no test can tell from the engine as it is, and why: by module, the mutant's name and the reason."""

from __future__ import annotations

SET_BEFORE_IT_IS_READ = "it is set before it is first read"

ACCEPTED: dict[str, dict[str, str]] = {
    "session": {
        "RollbackSession.__init__: Timeline(simulation, config.frames, config.snapshot_spacing, max(1, self._window), "
        "timer) -> Timeline(simulation, None, config.snapshot_spacing, max(1, self._window), timer)": (
            "the truths' first move sets the timeline's frames"
        ),
        "RollbackSession.tick: 0.0 -> 1.0": "without a timer nobody looks when a turn began",
        "RollbackSession.tick: self.control(now, self.membership.deferred.pop(0)) -> "
        "self.control(None, self.membership.deferred.pop(0))": "what the server says is taken whenever it is",
    },
    "membership": {
        "Membership.apply: False -> True": "a member is never noted as coming back",
        "ViewChanges.on_prepare: 1 -> 2": "beyond the newest known word there is none",
        "ViewChanges.restore: 1 -> 2": "beyond the newest known word there is none, and closing cuts what is too much",
        "ViewChanges._apply: track.last < cut -> track.last <= cut": "where nothing is missing nothing is merged",
    },
    "truth": {
        "Truth.told: 0 -> 1": "the frame of a seat that was never away is not looked at",
        "Truth.holds_since_return: 0 -> 1": "the view of a seat that was never away is not looked at",
        "Truth.advance: held < stable -> held <= stable": "the least of two equal numbers",
        "Truth.advance: 0 -> 1": "the view of a seat that was never away is not looked at",
    },
    "varint": {
        "Reader.read_signed: 1 -> 2": "an odd number plus one or plus two has the same half",
        "run_lengths: b'' -> b'?'": SET_BEFORE_IT_IS_READ,
    },
    "inbox": {
        "Inbox.take: isinstance(packet, str) -> isinstance(None, str)": "a reason is never empty",
        "Inbox._why_not: return '' -> return None": "both are no reason",
    },
    "link": {
        "PeerLink.__init__: self._newest_arrived = 0.0 -> self._newest_arrived = None": SET_BEFORE_IT_IS_READ,
        "PeerLink.__init__: 0.0 -> 1.0": SET_BEFORE_IT_IS_READ,
        "PeerLink.received: SEQ_MODULUS // 2 -> SEQ_MODULUS / 2": "the modulus is even",
    },
    "stable_rows": {
        "StableRows.hand_out: self.recorded > before -> self.recorded >= before": "forgetting twice forgets no more",
    },
    "delay": {
        "AdaptiveDelay.__init__: self._towards = 0 -> self._towards = None": "another direction begins the count anew",
        "AdaptiveDelay.__init__: 0 -> 1": "another direction begins the count anew, and the first one is another",
    },
    "timesync": {
        "TimeSync.rate: ahead <= 0.5 -> ahead < 0.5": "half a frame ahead is slowed by nothing",
        "TimeSync._looked: True -> False": "both lists have one entry a seat",
    },
    "metrics": {"_sum: True -> False": "every histogram has a fixed length"},
    "stalls": {
        "StallWatch.__init__: self._counted = 0.0 -> self._counted = None": SET_BEFORE_IT_IS_READ,
        "StallWatch.__init__: 0.0 -> 1.0": SET_BEFORE_IT_IS_READ,
        "StallWatch.__init__: False -> True": SET_BEFORE_IT_IS_READ,
        "StallWatch.__init__: self._waited_for: tuple[int, ...] = () -> self._waited_for: tuple[int, ...] = None": (
            SET_BEFORE_IT_IS_READ
        ),
    },
    "record": {
        "Recorder.__init__: self._episode = 0 -> self._episode = None": SET_BEFORE_IT_IS_READ,
        "Recorder.__init__: self._opened_at = 0.0 -> self._opened_at = None": SET_BEFORE_IT_IS_READ,
        "Recorder.__init__: 0 -> 1": SET_BEFORE_IT_IS_READ,
        "Recorder.__init__: 0.0 -> 1.0": SET_BEFORE_IT_IS_READ,
        "Recorder.close: ':' -> ':?'": "seat-local values are never tables",
    },
}
