"""Which prediction window fits into a frame's time, and what a researcher is advised where none does."""

from __future__ import annotations

import pytest

from app.engine.budget import advice, fitting_fps, fitting_window, lockstep_delay, mean_cost_ms

FRAME_MS = 1000 / 30


@pytest.mark.parametrize(
    ("step_ms", "window"),
    [(0.02, 8), (2.9, 8), (4.9, 7), (8.0, 4), (12.0, 2), (16.0, 0), (40.0, 0)],
)
def test_the_window_is_as_wide_as_its_mean_cost_allows(step_ms: float, window: int) -> None:
    assert fitting_window(step_ms, 0.08, FRAME_MS) == window


def test_the_window_is_never_wider_than_wanted_and_lockstep_stays_lockstep() -> None:
    assert fitting_window(0.02, 0.01, FRAME_MS, wanted=3) == 3
    assert fitting_window(0.02, 0.01, FRAME_MS, wanted=0) == 0
    assert fitting_window(4.9, 0.08, FRAME_MS, wanted=12) == 7


def test_dear_snapshots_are_taken_seldom_and_still_cost_something() -> None:
    cheap, dear = mean_cost_ms(1.0, 0.05, 8), mean_cost_ms(1.0, 10.0, 8)
    assert cheap == pytest.approx(1.0 * (1 + 0.67 * 7) + 0.05)
    assert cheap < dear < cheap + 10.0
    assert mean_cost_ms(0.0, 0.0, 8) == 0.0


def test_what_fits_gets_no_advice() -> None:
    assert advice(3.5, 0.4, fps=30, window=8, people=2, where="scenes.game") is None
    assert advice(20.0, 0.4, fps=30, window=0, people=2, where="scenes.game") is None
    assert advice(20.0, 0.4, fps=30, window=8, people=1, where="scenes.game") is None, "one person predicts nobody"


@pytest.mark.parametrize(
    ("step_ms", "sentence"),
    [
        (
            8.0,
            "8.0 ms in a participant's browser, so that only 4 predicted frames fit into 30 frames a second; "
            "set multiplayer.prediction_window = 4, or rendering.fps = 17 to keep "
            "prediction_window = 8.",
        ),
        (
            20.0,
            "20 ms in a participant's browser, so that no prediction fits into 30 frames a second; "
            "set multiplayer.prediction_window = 0 with input_delay = 3, or rendering.fps = 7 to keep "
            "prediction_window = 8.",
        ),
        (
            40.0,
            "40 ms in a participant's browser, too long for 30 frames a second; "
            "make step() quicker, or set rendering.fps = 19.",
        ),
        (
            1200.0,
            "1200 ms in a participant's browser, longer than a second's frame allows at any speed; "
            "make step() quicker.",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_the_remedy(step_ms: float, sentence: str) -> None:
    assert (
        advice(step_ms, 0.1, fps=30, window=8, people=2, where="scenes.game")
        == f"scenes.game: a step takes about {sentence}"
    )


@pytest.mark.parametrize("step_ms", [0.5, 3.0, 6.0, 11.0, 25.0, 90.0])
@pytest.mark.parametrize("window", [0, 2, 5, 8, 12])
def test_the_advised_frame_rate_is_the_highest_that_fits(step_ms: float, window: int) -> None:
    fps = fitting_fps(step_ms, 0.2, 60, window)

    def fits(rate: int) -> bool:
        return mean_cost_ms(step_ms, 0.2, window) < 0.8 * 1000 / rate

    assert fps == 0 or fits(fps)
    assert fps == 60 or not fits(fps + 1)


def test_a_lockstep_game_hides_a_round_trip_of_100_ms_behind_its_delay() -> None:
    assert [lockstep_delay(fps) for fps in (10, 30, 60)] == [2, 3, 4]
