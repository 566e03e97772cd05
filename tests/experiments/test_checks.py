"""An environment is tried in a process of its own: whatever it does costs one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.experiments import checks
from app.experiments.config import InputError, load_experiment

TOML = """
[experiment]
id = "tried"
title = "Tried"
master_seed = 1
[environment]
config = { size = 3 }
[seats.0]
role = "a"
[seats.1]
role = "b"
[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"
[[scenes]]
id = "game"
type = "game"
gameplay = { default_action = 0 }
keys = { KeyQ = 1 }
[[scenes]]
id = "end"
type = "end"
"""

GOOD = """
from gymnasium.spaces import Discrete

class Env:
    possible_agents = ["0", "1"]
    def __init__(self, size):
        self.agents = list(self.possible_agents)
        self.action_spaces = {agent: Discrete(size) for agent in self.agents}
    def action_space(self, agent):
        return self.action_spaces[agent]
    def reset(self, seed=None, options=None):
        return {a: 0 for a in self.agents}, {a: {} for a in self.agents}
    def step(self, actions):
        each = lambda value: {a: value for a in self.agents}
        return each(0), each(0.0), each(False), each(False), each({})

def make_env(size):
    return Env(size)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "experiment.toml").write_text(TOML, encoding="utf-8")
    (folder / "environment.py").write_text(GOOD, encoding="utf-8")
    (folder / "welcome.md").write_text("Hello", encoding="utf-8")
    return folder


@pytest.fixture
def check(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Check the folder as it is; the packages, which packages.py tests, are left out."""
    monkeypatch.setattr(checks, "_package_folders", lambda *_: [])

    def run(time_limit_s: float = 60.0) -> list[str]:
        return checks.check_environment(
            load_experiment(folder),
            cache_dir=tmp_path / "cache",
            vendor_dir=tmp_path,
            time_limit_s=time_limit_s,
        )

    return run


def test_an_environment_that_can_be_played_is_tried_once_until_it_changes(
    check, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check()
    monkeypatch.setattr(checks, "_command", lambda: ["no-such-program"])
    check()
    (folder / "environment.py").write_text(GOOD + "\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        check()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("def reset(", "def start(", "has no reset()"),
        ("def step(", "def advance(", "has no step()"),
        ("from gymnasium", "import nothing_of_this_name\nfrom gymnasium", "No module named 'nothing_of_this_name'"),
        ("return Env(size)", "return Env(10 / 0)", "environment.py: make_env(size=3) failed (ZeroDivisionError"),
        ("def make_env(size)", "def make(size)", "has no callable 'make_env'"),
        ('["0", "1"]', '["red", "blue"]', "seats 0, 1 must be the environment's agents blue, red"),
        (
            "Discrete(size)",
            "Discrete(1)",
            "scenes.game.keys.KeyQ = 1 is not in the action space of seat 0, Discrete(1)",
        ),
        (
            "return each(0), each",
            "raise KeyError('pot')\n        return each(0), each",
            "step() with the default action",
        ),
        (
            "return {a: 0 for",
            "raise ValueError('no kitchen')\n        return {a: 0 for",
            "reset(seed=0) failed (ValueErr",
        ),
        ("class Env", "class Env(", "environment.py: cannot be imported (SyntaxError"),
        ("class Env", "print('{}')\nimport os; os._exit(3)\nclass Env", "ended its process with exit code 3"),
    ],
)
def test_an_environment_that_cannot_be_played_costs_one_sentence(
    check, folder: Path, before: str, after: str, sentence: str
) -> None:
    assert before in GOOD
    (folder / "environment.py").write_text(GOOD.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        check()
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_the_line_of_the_researchers_own_code_is_named(check, folder: Path) -> None:
    (folder / "environment.py").write_text(GOOD.replace("return Env(size)", "return Env(10 / 0)"), encoding="utf-8")
    line = GOOD.splitlines().index("    return Env(size)") + 1
    with pytest.raises(InputError, match=f"in environment.py, line {line}"):
        check()


def test_an_environment_that_hangs_is_given_up(check, folder: Path) -> None:
    (folder / "environment.py").write_text(GOOD + "\nwhile True:\n    pass\n", encoding="utf-8")
    with pytest.raises(InputError, match="took longer than 3 seconds"):
        check(time_limit_s=3.0)


def test_what_the_environment_prints_is_not_taken_for_the_answer(check, folder: Path) -> None:
    (folder / "environment.py").write_text('print(\'{"problem": "hm"}\')\n' + GOOD, encoding="utf-8")
    check()


def test_a_default_action_outside_the_space_is_named(check, folder: Path) -> None:
    text = TOML.replace("default_action = 0", "default_action = 9")
    (folder / "experiment.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="scenes.game.gameplay.default_action = 9 is not in the action space"):
        check()


PLAYERS = """
class Good:
    def __init__(self, speed=1):
        self.speed = speed
    def act(self, observation, rng):
        return int(rng.integers(3)) * self.speed

def lost(observation, rng):
    return observation["map"]

def far(observation, rng):
    return 7

def guess(last_action, default_action):
    return last_action

def no_guess(last_action, default_action):
    return -1
"""


def with_players(folder: Path, seat: str = "", multiplayer: str = "") -> None:
    text = TOML.replace('role = "b"', f'role = "b"\n{seat}')
    text = text.replace("keys =", f"multiplayer = {{ {multiplayer} }}\nkeys =") if multiplayer else text
    (folder / "experiment.toml").write_text(text, encoding="utf-8")
    (folder / "players.py").write_text(PLAYERS, encoding="utf-8")


def test_ai_players_and_predictors_that_work_pass(check, folder: Path) -> None:
    departure = 'after_departure = "policy", departure_policy = "players:Good"'
    with_players(folder, 'policy = "players:Good"', f'{departure}, predictor = "players:guess"')
    assert check() == []


@pytest.mark.parametrize(
    ("seat", "multiplayer", "sentence"),
    [
        ('policy = "players:Bad"', "", """'policy "players:Bad" of seat 1 cannot be made"""),
        ('policy = "players:Good"\npolicy_config = { size = 2 }', "", "unexpected keyword argument 'size'"),
        ('policy = "players:lost"', "", 'policy "players:lost" of seat 1: TypeError'),
        ('policy = "players:lost"', "", '(File "players.py", line 9, in lost); correct it.'),
        ('policy = "players:far"', "", 'policy "players:far" of seat 1: ValueError: action 7 is not in Discrete(3'),
        (
            "",
            'after_departure = "policy", departure_policy = "players:lost"',
            'policy "players:lost" of seat 0: TypeError',
        ),
        ("", 'predictor = "players:no_guess"', 'predictor "players:no_guess" failed, or gave what is no action'),
    ],
)
def test_a_player_that_cannot_play_costs_one_sentence(
    check, folder: Path, seat: str, multiplayer: str, sentence: str
) -> None:
    with_players(folder, seat, multiplayer)
    with pytest.raises(InputError) as refused:
        check()
    assert sentence.lstrip("'") in str(refused.value) and "\n" not in str(refused.value)


def test_an_ai_player_may_have_other_actions_than_people(check, folder: Path) -> None:
    with_players(folder, 'policy = "players:one"')
    (folder / "players.py").write_text("def one(observation, rng):\n    return 0\n", encoding="utf-8")
    own = GOOD.replace("{agent: Discrete(size) for", "{agent: Discrete(size if agent == '0' else 1) for")
    (folder / "environment.py").write_text(own, encoding="utf-8")
    assert check() == []


def test_an_environment_that_fails_later_is_found(check, folder: Path) -> None:
    late = GOOD.replace(
        "return each(0), each", "self.n = getattr(self, 'n', 0) + 1; 1 / (60 - self.n); return each(0), each"
    )
    (folder / "environment.py").write_text(late, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"ZeroDivisionError: division by zero \(File .environment.py., line \d+, in step"
    ):
        check()


def test_a_slow_environment_gets_a_note_each_time_and_is_not_refused(
    check, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"cost": {"step_ms": 12.0, "save_ms": 0.1}, "notes": [], "takes": []}
    monkeypatch.setattr(checks, "_try", lambda *_: answer)
    (note,) = check()
    assert note.startswith("experiment.toml: scenes.game: a step takes about 30 ms in a participant's browser, so that")
    monkeypatch.setattr(checks, "_command", lambda: ["no-such-program"])
    assert check() == [note]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "return each(0)",
            "self.now = __import__('time').perf_counter_ns()\n        return each(0)",
            "env.now at frame",
        ),
        (
            "return each(0)",
            "self.walk = (n for n in range(9))\n        return each(0)",
            "environment.py: env.walk: a state holds generator",
        ),
        (
            "def step",
            "def render(self):\n        return {'width': 3}\n    def step",
            "environment.py: render() failed (picture: ",
        ),
        (
            "def step",
            "def render(self):\n        self.drawn = getattr(self, 'drawn', 0) + 1\n    def step",
            "environment.py: env.drawn at frame 0: drawing changes the state",
        ),
        (
            "return each(0), each(0.0)",
            "self.on = COUNTS.setdefault(actions['0'], len(COUNTS))\n        return each(0), each(float(self.on))",
            "another Python process gets something else from the same state",
        ),
    ],
)
def test_an_environment_that_two_participants_would_see_differ_is_refused_with_the_part(
    check, folder: Path, before: str, after: str, sentence: str
) -> None:
    text = "COUNTS = {}\n" + GOOD.replace(before, after, 1)
    (folder / "environment.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        check()
    assert sentence in str(refused.value) and "\n" not in str(refused.value)
    assert str(refused.value).startswith("environment.py: ") and str(refused.value).endswith(".")


def test_what_is_told_in_info_and_not_recorded_is_noted(check, folder: Path) -> None:
    text = GOOD.replace("each(False), each({})", "each(False), each({'soups': 1, 'at': __import__('time').time()})")
    (folder / "environment.py").write_text(text, encoding="utf-8")
    for _ in range(2):  # also when it is remembered
        (note,) = check()
        assert note.startswith('environment: step() returns "at", "soups" in info')
        assert "scenes.game.record.info" in note


def test_texts_that_the_study_s_language_lacks_are_noted(check, folder: Path) -> None:
    assert check() == []
    spoken = TOML.replace("master_seed = 1", 'master_seed = 1\nlanguage = "fr"')
    (folder / "experiment.toml").write_text(spoken, encoding="utf-8")
    (note,) = check()
    assert 'experiment.language = "fr"' in note and "add texts.fr.toml" in note
