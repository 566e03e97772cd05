"""Two sessions over a bad network end with identical records, whatever the network did."""

from __future__ import annotations

import itertools
import random

import pytest

from app.engine.prediction import default, repeat_last
from app.engine.simulation import Outcome

from .network import Conditions, Seat, SimulatedMatch, ToySimulation, play, sessions

BAD = Conditions(delay_ms=50, jitter_ms=40, loss=0.10, duplication=0.10)


def canonical(seat: Seat) -> list[tuple[int, str, str]]:
    """Return what must be identical at every seat."""
    return [(row.frame, row.row, row.state_hash) for row in seat.rows]


def assert_agreement(match: SimulatedMatch, frames: int) -> None:
    """Assert everything that must hold after any episode."""
    first, *others = match.seats
    assert [row.frame for row in first.rows] == list(range(frames))
    for seat in others:
        assert canonical(seat) == canonical(first)
    for seat in match.seats:
        assert not seat.desyncs
        assert seat.stable_seen == sorted(seat.stable_seen)
        assert not seat.session.flagged
        assert seat.session.counters.packets_malformed == 0


@pytest.mark.parametrize("seed", range(200))
def test_records_are_identical_under_loss_jitter_duplication_and_reordering(seed: int) -> None:
    match = play(seed, BAD, offset_ms=(seed % 5) * 40.0, input_delay=seed % 3)
    assert_agreement(match, 150)
    assert sum(seat.session.counters.rollbacks for seat in match.seats) > 0


@pytest.mark.parametrize(("count", "seed"), list(itertools.product((1, 3, 4), range(5))))
def test_any_number_of_seats_agrees(count: int, seed: int) -> None:
    assert_agreement(play(seed, BAD, count=count), 150)


@pytest.mark.parametrize("seed", range(10))
def test_the_record_depends_on_inputs_alone_not_on_how_the_session_was_tuned(seed: int) -> None:
    """The same script of inputs gives the same record over any network and with any tuning."""

    def scripted(conditions: Conditions, **options: object) -> list[tuple[int, str, str]]:
        match = play(seed, conditions, frames=120, **options)
        assert_agreement(match, 120)
        return canonical(match.seats[0])

    # An input is drawn once a stepped frame, so a seat's script is a function of the seed alone.
    reference = scripted(Conditions())
    assert scripted(BAD) == reference
    assert scripted(BAD, window=4) == reference
    assert scripted(BAD, spacing=5) == reference
    assert scripted(BAD, predictor=default) == reference
    assert scripted(Conditions(delay_ms=200, jitter_ms=100, loss=0.3), predictor=repeat_last, window=12) == reference


@pytest.mark.parametrize("seed", range(60))
def test_an_episode_that_ends_early_ends_on_the_same_frame_at_every_seat(seed: int) -> None:
    def ends(frame: int, state: int) -> bool:
        return frame > 20 and state % 13 == 0

    match = play(
        seed, Conditions(delay_ms=120, jitter_ms=40, loss=0.1), frames=400, simulation=lambda seat: ToySimulation(ends)
    )
    assert_agreement(match, match.seats[0].session.frame)
    assert match.seats[0].session.last_frame == match.seats[1].session.last_frame
    for seat in match.seats:  # a predicted end that did not come about must not make own keys later than they were
        assert seat.samples == seat.furthest


def test_a_nondeterministic_environment_is_caught_by_the_state_hash() -> None:
    dice = random.Random(5)

    class Nondeterministic(ToySimulation):
        def step(self, frame: int, words: list[bytes]) -> Outcome:
            outcome = super().step(frame, words)
            if frame == 40:
                self.state += dice.randrange(1, 1000)
            return outcome

    match = play(3, Conditions(delay_ms=30), simulation=lambda seat: Nondeterministic())
    assert all(seat.desyncs for seat in match.seats)
    assert {desync.kind for seat in match.seats for desync in seat.desyncs} == {"state"}
    assert min(desync.frame for desync in match.seats[0].desyncs) == 60  # the first hash after the fault


def test_a_peer_far_ahead_waits_for_the_other() -> None:
    match = play(1, Conditions(delay_ms=20), offset_ms=400.0, frames=300, window=12)
    assert_agreement(match, 300)
    assert abs(match.seats[0].session.ahead()) < 1.5


def test_garbage_and_strangers_packets_change_nothing() -> None:
    left, right = sessions(2, 100)
    dice = random.Random(9)
    for _ in range(2000):
        turn = left.receive(0.0, dice.randbytes(dice.randrange(0, 1300)))
        assert not turn.rows and not turn.sends
    assert (left.frame, left.confirmed, left.stable) == (0, -1, -1)
    packet = right.tick(0.0, lambda: b"\x03\x01").sends[0][1]
    for at in range(len(packet)):
        for bit in range(8):
            left.receive(0.0, packet[:at] + bytes((packet[at] ^ (1 << bit),)) + packet[at + 1 :])
    left.receive(0.0, packet[:-1])


def test_a_second_different_input_for_a_frame_flags_the_session() -> None:
    left, right = sessions(2, 100)
    left.receive(0.0, right.tick(0.0, lambda: b"\x03\x01").sends[0][1])
    _, impostor = sessions(2, 100)
    left.receive(1.0, impostor.tick(0.0, lambda: b"\x04\x01").sends[0][1])
    assert left.flagged and left.counters.equivocations == 1


def test_a_peer_that_repeats_itself_is_answered_at_the_next_turn() -> None:
    left, right = sessions(2, 100)
    packet = right.tick(0.0, lambda: b"\x03\x01").sends[0][1]
    left.receive(1.0, packet)
    assert left.tick(2.0, lambda: b"\x00\x01").sends
    for now in range(3, 12):
        left.tick(float(now), lambda: b"\x00\x01")
    assert not left.tick(12.0, lambda: b"\x00\x01").sends  # stalled, and nothing new to say
    left.receive(13.0, packet)
    assert left.tick(14.0, lambda: b"\x00\x01").sends
