"""Going on in the middle of an episode: from a state that was taken over, as if everything before had been stepped."""

from __future__ import annotations

from app.engine.timeline import Timeline

from ..simulation.game import ToyGame
from .table import act


def test_after_a_state_was_taken_over_no_way_leads_back_before_it() -> None:
    game, other = ToyGame(), ToyGame(5)
    timeline = Timeline(game, 100, 1, 8, None)
    for _ in range(3):
        timeline.step((act(1), act(2)), (), 0)
    game.load(other.save())
    timeline.resume(30, game.save(), (act(3), act(4)))
    assert timeline.frame == 30 and timeline.used(29) == (act(3), act(4)) and timeline.predicted(29) == ()
    assert not timeline.ends(29) and timeline.outcome(29).error is None and timeline.depth(29) == 0
    assert timeline.saved_before(30) == other.save()
    for _ in range(3):
        timeline.step((act(1), act(2)), (), 0)
    timeline.discard_before(30)
    timeline.go_back(30)
    assert timeline.frame == 30 and game.save() == other.save()
    assert list(timeline._snapshots) == [30]
