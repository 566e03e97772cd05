"""A match is one state machine."""

from __future__ import annotations

import pytest

from app.server.domain.matches import EpisodeReport, Match, MatchSeat, MatchState


def a_match() -> Match:
    seats = [MatchSeat(str(i), i, f"role{i}", f"p{i}") for i in range(2)]
    return Match("m", 0, "game", seats, [11, 22], 33, {}, since_ms=0.0)


def test_a_match_goes_through_its_states_in_order() -> None:
    match = a_match()
    for state in (MatchState.MATCHED, MatchState.VALIDATING, MatchState.PLAYING, MatchState.ENDED):
        assert match.running is (match.state not in (MatchState.WAITING, MatchState.ENDED))
        match.move(state, 1.0)
    assert not match.running


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MatchState.WAITING, MatchState.PLAYING),
        (MatchState.MATCHED, MatchState.PLAYING),
        (MatchState.PLAYING, MatchState.MATCHED),
        (MatchState.ENDED, MatchState.PLAYING),
        (MatchState.ENDED, MatchState.ENDED),
    ],
)
def test_a_step_the_machine_does_not_have_is_an_error(before: MatchState, after: MatchState) -> None:
    match = a_match()
    match.state = before
    with pytest.raises(AssertionError):
        match.move(after, 1.0)


def test_a_disagreement_is_named_by_its_deepest_cause() -> None:
    match = a_match()
    same = EpisodeReport(899, "aa", "bb")
    for other, kind in (
        (same, None),
        (EpisodeReport(899, "ac", "bb"), "state"),
        (EpisodeReport(899, "ac", "bc"), "inputs"),
        (EpisodeReport(700, "ac", "bc"), "frame"),
    ):
        match.seats[0].reports[0], match.seats[1].reports[0] = same, other
        assert match.disagreement(0) == kind


def test_there_is_one_episode_for_each_seed() -> None:
    match = a_match()
    assert [match.begin_episode(0.0) for _ in range(3)] == [0, 1, None]
