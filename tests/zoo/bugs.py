"""Bugs that were made before, by others and by us, each put back into our engine as a patch.

An entry is data: what it was, where, how it looks in our engine, and which check of the suite has to catch it: a story
played in tests/simulation with the invariants that notice, or a test of one module. Where our design has no place for
a bug, the entry says what its nearest relative is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ..simulation.schedule import Schedule
from . import patches, stories

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """One bug.

    Attributes:
        name: What it does, in a few words.
        source: Who had it.
        was: What went wrong, and where our engine has no place for it, its nearest relative.
        patch: Puts it back.
        story: The schedule in which it shows, or none.
        caught_by: The invariants that notice, any of them; without a story, the test that does, `module:function`.
    """

    name: str
    source: str
    was: str
    patch: Patch
    caught_by: str
    story: Schedule | None = None


def engine(module: str, name: str) -> str:
    """Name a test of one of the engine's modules."""
    return f"tests.engine.{module}:{name}"


RECORD = "nothing-raises records-agree states-agree inputs-are-what-was-done records-are-complete"
STANDS = "liveness records-are-complete"

ZOO = (
    Bug(
        "a stall drops the rollback", "GGRS #70",
        "The stall test came before the rollback: inputs that arrived while standing still corrected nothing.",
        patches.stall_drops_the_rollback, RECORD, stories.STALLS,
    ),
    Bug(
        "a checksum is taken before the resimulation", "GGRS PR #86, bevy_ggrs #71 and #112",
        "The state was hashed and reported while a rollback to before it was pending. Rows leave with it here.",
        patches.checksum_before_resimulation, RECORD, stories.LOSES_MUCH,
    ),
    Bug(
        "the current frame is loaded", "GGRS PR #119",
        "A cut right at the current frame rolled back to a frame that was not saved yet.",
        patches.loads_the_current_frame, "nothing-raises", stories.MATCH,
    ),
    Bug(
        "what only we hold is exported", "GGPO, GGRS (own model, appendix A)",
        "Frames counted as final on own receipts: who dies next takes other inputs with it than were recorded.",
        patches.own_receipts_are_exported, RECORD, stories.TWO_DIE,
    ),
    Bug(
        "an input is sampled twice", "ours",
        "A frame stepped again asked for the keys again: a key pressed in between acted in the past.",
        patches.input_is_sampled_twice,
        engine("test_own_inputs", "test_a_frames_input_is_sampled_once_however_often_the_frame_is_stepped"),
    ),
    Bug(
        "the end has no hash where an episode ends early", "ours",
        "The frame before a fence was handed out as any other, and then became the last one.",
        patches.end_hash_is_missing, RECORD, stories.FINISHES,
    ),
    Bug(
        "prediction starts above the gap", "GGPO",
        "With a packet missing, the newest word was built upon as if all before it were known. Our tracks take no word "
        "beyond a gap; the nearest is to fill it with guesses.",
        patches.prediction_starts_above_the_gap,
        engine("test_inputs", "test_what_would_leave_a_gap_is_not_taken"),
    ),
    Bug(
        "what is acknowledged is kept", "GGPO, ggrs 0.2",
        "The queue dropped what is before the acknowledged frame, not that frame itself (`<` for `<=`).",
        patches.acknowledged_input_is_kept,
        engine("test_outbox", "test_everything_that_is_not_acknowledged_goes_to_everybody_oldest_first"),
    ),
    Bug(
        "fills are not sent", "GGRS (set_input_delay)",
        "The inputs that a growing delay repeats were kept locally only: the others waited for them for ever.",
        patches.fills_are_not_sent, STANDS, stories.DELAY_GROWS,
    ),
    Bug(
        "gossip rides on inputs only", "Fortress 001-d8",
        "A peer with nothing to say acknowledged nothing, and all stood still for each other.",
        patches.gossip_rides_on_inputs_only, STANDS, stories.LOSES_AT_THE_END,
    ),
    Bug(
        "duplicates reset the retry timer", "GGPO, GGRS",
        "Any packet counted as progress, so what was lost was never sent again. Here: over a path in order.",
        patches.duplicates_reset_the_retry_timer, STANDS, stories.SERVER_BREAKS,
    ),
    Bug(
        "stale packets are not answered", "GGRS",
        "Who repeats itself has missed our acknowledgement, and did not hear it again before the next input. A "
        "keepalive repeats it here, so that only the answer at once is missing.",
        patches.stale_packets_are_not_answered,
        engine("test_inbox", "test_who_repeats_itself_or_leaves_a_gap_has_missed_our_acknowledgement"),
    ),
    Bug(
        "the frame advantage is a signed byte", "GGPO, GGRS",
        "More than 127 frames ahead counted as far behind.",
        patches.advantage_is_a_signed_byte,
        engine("test_wire", "test_a_lag_may_be_any_number"),
    ),
    Bug(
        "one timer for all peers", "GGRS #97",
        "A packet to one peer put off the repetition to all others.",
        patches.one_timer_for_all_peers,
        engine("test_outbox", "test_with_nothing_new_to_say_a_packet_goes_out_only_now_and_then"),
    ),
    Bug(
        "the least receipt is the cut", "GGRS (own model, appendix A)",
        "A leaver was cut at the least that anybody held of it: what others had confirmed was taken back.",
        patches.least_receipt_is_the_cut, RECORD, stories.ONE_DIES,
    ),
    Bug(
        "receipts are not frozen", "own model, appendix A",
        "A member that had said what it holds of a leaver took more of its late packets.",
        patches.receipts_are_not_frozen, RECORD, stories.LEAVES_SLOWLY,
    ),
    Bug(
        "a commit is sent before it is durable", "ours",
        "A server that died in between decided anew, and differently.",
        patches.commit_is_sent_before_it_is_durable,
        "tests.server.domain.test_membership:test_a_departure_is_cut_at_the_greatest_receipt_of_all_who_remain",
    ),
    Bug(
        "a leaver's late packets are taken after the cut", "ours",
        "What came by the slower path overwrote the fill that everybody else had agreed upon.",
        patches.late_packets_of_a_leaver_are_taken, RECORD, stories.LEAVES_VERY_SLOWLY,
    ),
    Bug(
        "a returning page's old acknowledgements are trusted", "ours",
        "What the page before it had acknowledged was not sent to the new one.",
        patches.old_acknowledgements_are_trusted,
        engine("test_session_return", "test_a_page_that_comes_back_is_heard_as_a_new_one"),
    ),
    Bug(
        "the episode ends at the cut", "ours",
        "A member may have recorded the cut's frame without a hash before it became the last one.",
        patches.episode_ends_at_the_cut, RECORD, stories.DIES_BEHIND_THE_OTHERS,
    ),
    Bug(
        "who is back is not told who else is coming back", "ours",
        "Two who reloaded waited for each other's packets.",
        patches.who_is_back_is_not_told_of_the_others, "who-reloads-comes-back " + STANDS, stories.TWO_RELOAD,
    ),
)  # fmt: skip
