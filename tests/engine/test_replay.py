"""A replay from seed and log gives, byte for byte, what the session that played it has handed out."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.episodes import Episodes, random_words
from app.engine.inputs import SeatWords
from app.engine.match_setup import MatchSetup
from app.engine.prediction import repeat_last
from app.engine.replay import ReplayedFrame, replay_episode, replay_match
from app.engine.session import RollbackSession
from app.engine.turn import SessionConfig

FRAMES = 70


def episodes(name: str) -> Episodes:
    setup = MatchSetup("tests.environments." + name, ["0", "1"], 30, FRAMES, default_action=0)
    return Episodes(setup, lambda episode: 40 + episode)


def script_of(played: Episodes) -> list[tuple[bytes, ...]]:
    return random_words(played.setup, played.codecs, FRAMES, np.random.default_rng(4))


def played_alone(begun: Episodes, script: list[tuple[bytes, ...]], frames: int) -> list[ReplayedFrame]:
    """The rows that one page hands out; the other seat's words it has all beforehand."""
    words = [SeatWords(codec.default_word, codec.absent_word, codec.bot_word) for codec in begun.codecs]
    config = SessionConfig(seats=1, local_seat=0, frames=frames)

    class Both:
        """The episode as a game for one seat, whose word is that of both."""

        def __init__(self) -> None:
            self.episode = begun.begin(0)
            self.save, self.load, self.hash = self.episode.save, self.episode.load, self.episode.hash

        def step(self, frame: int, joined: object) -> object:
            return self.episode.step(frame, script[frame])

    session = RollbackSession(config, Both(), words[:1], [lambda word: True], [repeat_last])  # type: ignore[arg-type]
    rows = []
    for turn in range(frames):
        rows += session.tick(turn * 33.0, lambda: script[session.frame][0]).rows
    return [ReplayedFrame(row.frame, row.row, row.state_hash) for row in rows]


@pytest.mark.parametrize("name", ["odd:GlobalRandom", "odd:Leaving", "odd:LiveState", "nasty:Raises"])
def test_a_replay_is_what_was_played(name: str) -> None:
    script = script_of(episodes(name))
    replayed = replay_episode(episodes(name).begin(0), script, FRAMES)
    assert replayed == played_alone(episodes(name), script, FRAMES)
    assert replayed


def test_states_are_hashed_on_the_grid_and_at_the_end() -> None:
    replayed = replay_episode(episodes("odd:StringSet").begin(0), script_of(episodes("odd:StringSet")), FRAMES)
    assert [row.frame for row in replayed if row.state_hash] == [29, 59, 69]


def test_an_episode_that_was_ended_early_is_hashed_where_it_ended() -> None:
    script = script_of(episodes("odd:GlobalRandom"))
    replayed = replay_episode(episodes("odd:GlobalRandom").begin(0), script, 44)
    assert replayed == played_alone(episodes("odd:GlobalRandom"), script, 44)
    assert [row.frame for row in replayed if row.state_hash] == [29, 43]


def test_a_match_is_replayed_episode_after_episode_on_one_environment() -> None:
    script = script_of(episodes("odd:GlobalRandom"))
    both = replay_match(episodes("odd:GlobalRandom").begin, [script, script[:20]], [FRAMES, FRAMES])
    assert [len(rows) for rows in both] == [FRAMES, 20]
    assert both[1] == replay_episode(episodes("odd:GlobalRandom").begin(1), script[:20], FRAMES)
    assert not both[1][-1].state_hash  # a log that breaks off has no end
