"""The netcode's figures in simulated networks: the same every time, better where the network is, and within the aim."""

from __future__ import annotations

import pytest

from benchmarks import netcode
from benchmarks.netcode import Held, Match, figures
from benchmarks.networks import NETWORKS, Network

LAN, *_, FAR, JITTER = NETWORKS
FRAMES = 900


@pytest.fixture(scope="module")
def lossy() -> dict[str, float]:
    """At 100 ms and 5 % loss."""
    return figures(netcode.AIM_NETWORK, matches=2, frames=FRAMES)


def test_the_payload_at_100_ms_and_5_percent_loss_is_within_a_kilobyte_a_second(lossy: dict[str, float]) -> None:
    assert netcode.AIM_NETWORK.round_trip_ms == 100 and netcode.AIM_NETWORK.loss == 0.05
    assert 300 < lossy["bytes_a_second"] <= netcode.BYTES_AIM
    assert 30 <= lossy["packets_a_second"] < 33, "one packet a frame, and some of checksums"


def test_the_same_seeds_give_the_same_figures(lossy: dict[str, float]) -> None:
    assert figures(netcode.AIM_NETWORK, matches=2, frames=FRAMES) == lossy


def test_a_worse_network_costs_deeper_rollbacks_and_a_longer_lag(lossy: dict[str, float]) -> None:
    near, far = (figures(network, matches=1, frames=FRAMES) for network in (LAN, FAR))
    for figure in ("depth_p99", "lag_mean", "lag_max"):
        assert near[figure] < lossy[figure] < far[figure], figure
    assert near["rollbacks_per_100"] < far["rollbacks_per_100"]


def test_no_rollback_and_no_lag_goes_beyond_the_window() -> None:
    match = Match(Network("very bad", 400, jitter_ms=100, loss=0.3), seed=3, frames=FRAMES).play()
    assert max(match.depths) <= netcode.PREDICTION_WINDOW
    assert max(match.lags) <= netcode.PREDICTION_WINDOW
    assert sum(session.counters.stalls for session in match.sessions) > 0, "a network beyond the window stalls play"


def test_what_was_held_when_does_not_depend_on_how_often_it_was_asked() -> None:
    often, seldom = Held("a"), Held("a")
    answers = [often.word(now) for now in range(0, 5000, 10)]
    assert [seldom.word(now) for now in range(0, 5000, 500)] == answers[::50]
    changes = sum(one != other for one, other in zip(answers, answers[1:], strict=False))
    assert 5 <= changes <= 33, "keys are held between 150 and 600 ms"


def test_jitter_reorders_and_nothing_is_lost_by_it() -> None:
    match = Match(JITTER, seed=1, frames=300).play()
    assert [session.last_frame for session in match.sessions] == [299, 299]
    assert match.sessions[0].inputs_hash() == match.sessions[1].inputs_hash()
