"""Runs inside Pyodide for boot_check.mjs: what was there from the start, and what playing the example comes to."""

import hashlib
import json
import random
import sys

imported = {name: name in sys.modules for name in ("numpy", "gymnasium", "cogrid", "app.engine.browser", "environment")}


def play() -> str:
    """Play two hundred steps with seeded actions; returns JSON."""
    import ctypes.util  # noqa: F401 - a module nobody has imported yet

    import numpy as np
    import numpy.fft  # its shared library is loaded before it is needed
    from environment import make_env

    environment = make_env(layout="cramped_room")
    environment.reset(seed=7)
    random.seed(7)
    digest = hashlib.sha256()
    for _ in range(200):
        seats = getattr(environment, "possible_agents", None) or list(environment.agents)
        outcome = environment.step({seat: random.randrange(7) for seat in seats})
        digest.update(repr(outcome).encode())
    np.random.seed(3)
    matrix = np.random.default_rng(5).normal(size=(6, 6))
    numbers = [np.linalg.det(matrix), abs(np.fft.fft(matrix[0])).sum(), np.random.random(), np.random.standard_gamma(2)]
    return json.dumps(
        {
            "digest": digest.hexdigest(),
            "numbers": [float(number).hex() for number in numbers],
            "order": list({"onion", "plate", "soup", "pot", "counter"}),
            "imported": imported,
            "traceback": traceback_of_a_mistake(),
        }
    )


def traceback_of_a_mistake() -> str:
    """What a researcher would see of a mistake in the environment."""
    import traceback

    from environment import make_env

    try:
        make_env(layout="nowhere")
    except Exception:  # noqa: BLE001 - whatever it raises, the place matters
        return traceback.format_exc()
    return ""
