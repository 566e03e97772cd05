"""The builder and the file say the same: every key of the one has its place in the other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.experiments.builder import (
    ConsentScene,
    DebriefScene,
    EndScene,
    Experiment,
    FeedbackScene,
    GymScene,
    HoldScene,
    InstructionScene,
    QuizScene,
    RandomizeOrder,
    RepeatScene,
    StartScene,
    StaticScene,
    SurveyScene,
    read,
)
from app.experiments.config import Experiment as FileExperiment
from app.experiments.toml_edit import same
from tests.experiments.studies import Folder


def everything() -> Experiment:
    """A study in which every key of the file is said."""
    game = (
        GymScene()
        .scene("game", show_if="consent.agreed")
        .environment(env_creator="environment:make_env", env_config={"sizes": (3, 4)})
        .runtime(packages_to_install=["cogrid==0.3.2"])
        .rendering(fps=20, game_width=500, game_height=300, background="#ffffff")
        .gameplay(
            action_mapping={"w": [{"component": 0, "value": 1}], " ": [1, 0]},
            num_episodes=3,
            max_steps=100,
            default_action=[0, 0],
            input_mode="single_keystroke",
            key_labels={"W": "go"},
            mouse={"x": 0, "y": 1, "y_high_at": "bottom", "buttons": {"left": [1, 1]}, "labels": {"move": "steer"}},
            gamepad={
                "axes": {"left_x": 0}, "y_high_at": "bottom", "dead_zone": 0.2, "buttons": {"a": [1, 1]},
                "labels": {"a": "jump"},
            },
        )
        .content(scene_header="Play", in_game_scene_body="Use *W*.")
        .waitroom(timeout=60000, then="leave:OVERBOOKED")
        .matchmaking(matchmaker="fifo", roles="fixed")
        .multiplayer(
            mode="p2p",
            input_delay=2,
            prediction_window=6,
            predictor="environment:guess",
            after_departure="policy",
            departure_policy="environment:Helper",
            departure_frame_skip=2,
            departure_policy_config={"patience": 1},
            on_reload="leave",
            connection_timeout_ms=4000,
            reconnection_timeout_ms=20000,
            longest_stepping_ms=3000,
            partner_disconnect_message="They left.",
        )
        .record(observations=True, info=["score"])
    )  # fmt: skip
    return (
        Experiment("everything", "Everything", master_seed=1, version=4, language="de")
        .environment(answers=["skill.skill"], runs="browser")
        .entry(attributes=["age"], once_per="none", require=["PROLIFIC_PID"])
        .seat("a", role="cook", filled_by="human")
        .seat("b", "helper", "environment:Helper", frame_skip=2, policy_config={"patience": 3}, filled_by="policy")
        .conditions(unit="participant", factors={"delay": [0, 2]}, method="latin_square", within="twice")
        .override({"delay": 2}, {"scenes.game.multiplayer.input_delay": 3})
        .override({"delay": 0}, {"texts.waiting.others": "Gleich"})
        .texts({"waiting.partner": "Die andere", "reasons.COMPLETED": "Danke."})
        .webrtc(ice_servers=[{"urls": ["turn:h:1"], "username": "u", "credential": "c"}], force_relay=True)
        .scenes(
            StartScene("welcome", title="Hello").content(scene_body="<p>Hello</p>"),
            ConsentScene(
                "consent", title="C", show_if="attribute.age == '2'", body="page.md", version="2", agree="Yes",
                decline="No",
            ),
            InstructionScene(
                "how", title="H", show_if="consent.agreed", body="page.md", game="game", try_keys="required"
            ),
            QuizScene(
                "check", title="Q", show_if="how.finished", body="page.md", survey="quiz.json", attempts=2,
                pass_score=0.5, on_fail="continue", show_wrong=False,
            ),
            RandomizeOrder(
                [
                    StaticScene("p", title="P", show_if="check.passed", body="page.md", button="On", min_time_ms=5),
                    SurveyScene("skill", title="S", show_if="check.passed", body="page.md", survey="skill.json"),
                ],
                keep_n=2,
                scene_id="mixed",
            ),
            RepeatScene(
                [game, HoldScene("wait", title="W", show_if="game.finished", body="page.md", reopens=True)], n=2,
                scene_id="twice",
            ),
            FeedbackScene("back", title="F", show_if="game.finished", body="page.md", survey="skill.json"),
            DebriefScene("debrief", title="D", show_if="game.finished", body="page.md", for_leavers=False),
            EndScene("end", title="E", body="page.md", codes={"COMPLETED": "C1"}).redirect("https://h.org/?c={code}"),
        )
    )  # fmt: skip


def test_every_key_of_the_file_can_be_said_and_comes_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path).path
    written = everything().write(folder)
    found = tomllib.loads((folder / "experiment.toml").read_text(encoding="utf-8"))
    said = set(_said(FileExperiment, found))
    # Of the ways to give out conditions only one can be said at a time; the others have a test of their own.
    assert _declared(FileExperiment) - said == {"Conditions.list", "Conditions.blocks"}
    assert same(read(folder).document(folder), found)
    assert [scene.id for scene in written.all_scenes][:3] == ["welcome", "consent", "how"]


def _declared(model: type[BaseModel]) -> set[str]:
    """Every key that may stand in the file, as Model.key."""
    found: set[str] = set()
    waiting = [model]
    while waiting:
        each = waiting.pop()
        new = {f"{each.__name__}.{name}" for name in each.model_fields} - found
        found |= new
        waiting += [inner for field in each.model_fields.values() for inner in _models(field.annotation) if new]
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _said(model: type[BaseModel], table: dict[str, Any]) -> Iterator[str]:
    """The keys of a document, as Model.key."""
    for key, value in table.items():
        yield f"{model.__name__}.{key}"
        for inner in _models(model.model_fields[key].annotation):
            for each in value if isinstance(value, list) else [value, *value.values()]:
                kind = inner.model_fields.get("type")
                is_it = isinstance(each, dict) and (kind is None or kind.default == each.get("type"))
                if is_it and set(each) <= set(inner.model_fields):
                    yield from _said(inner, each)
