"""What fits into a frame's time: the prediction window that a browser can afford, and what to advise where it cannot.

Used at preflight with costs that were measured on the researcher's computer, and in a match with a browser's own.

A rollback steps up to `window - 1` frames again, and about two frames in three are followed by one. On average that has
to fit into 80 % of the frame's time. A rule for the worst case would make the window so small that play stands still
more often than it is rolled back.
"""

from __future__ import annotations

import math

SHARE_OF_A_FRAME = 0.8
"""What the engine may take of a frame; the rest is for drawing, packets and the browser."""
ROLLBACKS_A_FRAME = 0.67
"""Rollbacks a frame at 50 ms and 1 % loss, with people who press keys all the time."""
WARM_UP_STEPS = 400
"""Steps before costs are measured: the first hundred are nearly twice as slow as later ones."""
NARROWEST_WINDOW = 2
LOCKSTEP = 0
BROWSER_FACTOR = 2.5
"""How much longer the same Python takes in a browser than natively, both warm and on one computer: 2.3 for cogrid
(2.7 ms against 1.2), whose steps are mostly small NumPy calls; 3.1 for CartPole (0.020 ms against 0.0065), which is
cheap anyway. An estimate: a note may follow from it, never a refusal."""
LOCKSTEP_TRIP_MS = 50.0
"""The one-way trip that a lockstep game should hide behind its input delay: a round trip of 100 ms."""
LONGEST_DELAY = 8


def mean_cost_ms(step_ms: float, save_ms: float, window: int, rollbacks_a_frame: float = ROLLBACKS_A_FRAME) -> float:
    """Return what a frame costs on average when the window is used up, at the best distance between snapshots.

    Args:
        step_ms: One step of the environment.
        save_ms: One snapshot.
        window: Frames that may be stepped ahead, 0 for lockstep, where nothing is rolled back.
        rollbacks_a_frame: How often a frame is followed by a rollback.
    """
    if window == LOCKSTEP:
        return step_ms
    apart = 1
    if step_ms > 0:
        apart = max(1, min(window, round(math.sqrt(2 * save_ms / (step_ms * rollbacks_a_frame)))))
    # A rollback starts at a snapshot, on average half their distance before the frame that it corrects.
    again = rollbacks_a_frame * (window - 1 + (apart - 1) / 2)
    return step_ms * (1 + again) + save_ms / apart


def fitting_window(
    step_ms: float,
    save_ms: float,
    frame_ms: float,
    wanted: int = 8,
    rollbacks_a_frame: float = ROLLBACKS_A_FRAME,
) -> int:
    """Return the widest prediction window, at most the wanted one, whose mean cost fits; 0 if not even 2 does.

    Args:
        step_ms: One step of the environment, after `WARM_UP_STEPS`.
        save_ms: One snapshot, likewise.
        frame_ms: The time of a frame.
        wanted: The experiment's window.
        rollbacks_a_frame: How often a frame is followed by a rollback.
    """
    for window in range(wanted, NARROWEST_WINDOW - 1, -1):
        if mean_cost_ms(step_ms, save_ms, window, rollbacks_a_frame) < SHARE_OF_A_FRAME * frame_ms:
            return window
    return LOCKSTEP


def fitting_fps(step_ms: float, save_ms: float, fps: int, window: int) -> int:
    """Return the highest frame rate, at most `fps`, at which a window fits; 0 if none from 1 on does."""
    cost = mean_cost_ms(step_ms, save_ms, window)
    return min(fps, math.ceil(SHARE_OF_A_FRAME * 1000 / cost) - 1) if cost > 0 else fps


def lockstep_delay(fps: int) -> int:
    """Return the input delay, in frames, behind which a lockstep game hides a round trip of 100 ms."""
    return min(LONGEST_DELAY, math.ceil(LOCKSTEP_TRIP_MS * fps / 1000) + 1)


def advice(step_ms: float, save_ms: float, *, fps: int, window: int, people: int, where: str) -> str | None:
    """Return what to tell a researcher whose environment is too slow for the settings, or None if it fits.

    Args:
        step_ms: One step in a browser.
        save_ms: One snapshot in a browser.
        fps: The experiment's frames a second.
        window: The experiment's prediction window.
        people: Persons in a match; one alone needs no prediction.
        where: Names the settings, such as "scenes.game".
    """
    wanted = LOCKSTEP if people == 1 else window
    fits = LOCKSTEP if wanted == LOCKSTEP else fitting_window(step_ms, save_ms, 1000 / fps, wanted)
    if wanted == fits and mean_cost_ms(step_ms, save_ms, fits) < SHARE_OF_A_FRAME * 1000 / fps:
        return None
    shown = f"{step_ms:.1f}" if step_ms < 10 else f"{step_ms:.0f}"
    said = f"{where}: a step takes about {shown} ms in a participant's browser"
    at_all = fitting_fps(step_ms, save_ms, fps, LOCKSTEP)
    keeping = fitting_fps(step_ms, save_ms, fps, wanted)
    if at_all < 1:
        return f"{said}, longer than a second's frame allows at any speed; make step() quicker."
    if fits == LOCKSTEP and at_all < fps:
        return f"{said}, too long for {fps} frames a second; make step() quicker, or set rendering.fps = {at_all}."
    slower = f", or rendering.fps = {keeping} to keep prediction_window = {wanted}" if keeping >= 1 else ""
    if fits == LOCKSTEP:
        delay = lockstep_delay(fps)
        return (
            f"{said}, so that no prediction fits into {fps} frames a second; "
            f"set multiplayer.prediction_window = 0 with input_delay = {delay}{slower}."
        )
    return (
        f"{said}, so that only {fits} predicted frames fit into {fps} frames a second; "
        f"set multiplayer.prediction_window = {fits}{slower}."
    )
