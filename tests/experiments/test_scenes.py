"""The kinds of scene: what each may say, how they fit together, and where the end leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.experiments.scenes import EndScene, InstructionScene, QuizScene
from tests.experiments.studies import Folder, Part, game, random_order, repeat, static, study, survey

EVERY_KIND: tuple[Part, ...] = (
    {"id": "consent", "type": "consent", "body": "page.md", "version": "2", "agree": "Yes", "decline": "No"},
    {"id": "how", "type": "instructions", "body": "page.md", "try_keys": "required"},
    {"id": "quiz", "type": "quiz", "survey": "quiz.json", "attempts": 2, "pass_score": 0.5, "on_fail": "continue"},
    {"id": "hold", "type": "hold", "reopens": True},
    random_order("any", static("one", button="Next", min_time_ms=2000), survey("two"), keep_n=1),
    repeat("rounds", 2, game("play"), survey("after", show_if="play.score > 1")),
    {"id": "feedback", "type": "feedback"},
    {"id": "debrief", "type": "debrief", "body": "page.html", "for_leavers": False},
)


LATE_START = {"id": "x", "type": "start", "body": "page.md"}
A_QUIZ = {"id": "q", "type": "quiz", "survey": "quiz.json"}
A_PAGE = {"id": "i", "type": "instructions", "body": "page.md"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.put("page.html", "<p>Hello</p>")
    return made


def test_every_kind_of_scene_can_be_written_and_found_again(folder: Folder) -> None:
    experiment = folder.load(*EVERY_KIND)
    assert [scene.type for scene in experiment.all_scenes] == [
        "start", "consent", "instructions", "quiz", "hold", "static", "survey", "game", "survey", "feedback", "debrief",
        "end",
    ]  # fmt: skip
    assert experiment.scene("two").type == "survey" and [each.id for each in experiment.game_scenes] == ["play"]
    assert (experiment.start_scene.id, experiment.end_scene.id) == ("welcome", "end")
    how, quiz = experiment.scene("how"), experiment.scene("quiz")
    assert isinstance(how, InstructionScene) and experiment.game_of(how) is experiment.game_scenes[0]
    assert isinstance(quiz, QuizScene) and quiz.exit_reason is None
    assert QuizScene(id="quiz", survey="quiz.json").exit_reason == "FAILED_QUIZ"
    rule = experiment.rule("after")
    assert rule is not None and rule.names() == {("play", "score")} and experiment.rule("welcome") is None
    with pytest.raises(KeyError):
        experiment.scene("any")


def test_a_study_of_pages_and_questions_needs_neither_environment_nor_seats(folder: Folder) -> None:
    (folder.path / "environment.py").unlink()
    experiment = folder.load(survey("ask"))
    assert experiment.game_scenes == [] and experiment.people == [] and experiment.preload_setup() is None
    assert "seats has 0 of them; declare 1 to 8" in folder.refusal(game("play"), seats={})
    assert "environment.py is missing in" in folder.refusal(game("play"))


@pytest.mark.parametrize(
    ("scenes", "says"),
    [
        ((), 'nothing is between "welcome" and "end"; add a game, a survey or a page.'),
        ((static("a"), static("a")), 'id "a" is used twice'),
        ((random_order("a", static("a")),), 'id "a" is used twice'),
        ((static("condition"),), 'id "condition" means something else in a show_if rule; give the scene another id'),
        (
            (repeat("r", 2, LATE_START),),
            'type = "start" comes later; only the first',
        ),
        ((repeat("r", 2, {"id": "x", "type": "end"}),), "the last scene, and only the last, must be of type"),
        (
            (repeat("r", 3, static("a")), static("a-2")),
            '"a-2" would name a run of both "a" and "a-2"; give',
        ),
        ((repeat("r", 100, repeat("s", 100, static("a"))),), "there are 10002 steps; use 1000 at most"),
        ((repeat("r", 0, static("a")),), "scenes.r.n = 0; use 1 to 100 runs."),
        ((repeat("r", 2),), "scenes.r.scenes = []; use"),
        (
            (repeat("r", 2, static("a", body="a.doc")),),
            'scenes.a.body = "a.doc"; use a file whose name ends in',
        ),
        (
            (repeat("r", 2, static("a", bdy="x")),),
            "experiment.toml: scenes.a.bdy is not a known key; did you mean body?",
        ),
        ((repeat("r", 2, static("a", type="statc")),), 'scenes.a.type = "statc"; use "start", "static"'),
        (
            (random_order("r", static("a"), keep_n=2),),
            "keep_n = 2, but the block has 1 scenes; use that or less.",
        ),
        ((static("a", title=""),), 'scenes.a.title = ""; use 1 to 200 characters.'),
        ((static("a", min_time_ms=-1),), "scenes.a.min_time_ms = -1; use 0 to 3600000 milliseconds."),
        ((static("a", show_if="finished"),), 'scenes.a.show_if = "finished"; finished is not a name; write it as'),
        (
            (A_QUIZ | {"on_fail": "stay"},),
            'on_fail = "stay"; use "continue", or',
        ),
        (
            (A_QUIZ | {"pass_score": 2},),
            "scenes.q.pass_score = 2; use 0 to 1.",
        ),
        ((survey("s", survey="s.js"),), 'scenes.s.survey = "s.js"; use a SurveyJS file whose name ends in .json.'),
        ((A_PAGE | {"game": "plya"}, game("play")), "did you mean play?"),
        (
            (A_PAGE | {"game": "x"}, static("a")),
            "is no game scene; leave it",
        ),
        (
            (game("play"), A_PAGE | {"try_keys": "required"}),
            'scenes.i.try_keys = "required", but no game follows; name one with game, or leave it out.',
        ),
        ((static("a", button=""),), 'scenes.a.button = ""; use 1 to 60 characters.'),
    ],
)
def test_scenes_that_do_not_fit_are_named(folder: Folder, scenes: tuple[Part, ...], says: str) -> None:
    assert says in folder.refusal(*scenes)


def test_instructions_without_a_game_show_no_keys() -> None:
    experiment = study(game("play"), A_PAGE)
    scene = experiment.scene("i")
    assert isinstance(scene, InstructionScene) and experiment.game_of(scene) is None
    named = study(game("play"), A_PAGE | {"game": "play", "try_keys": "required"})
    scene = named.scene("i")
    assert isinstance(scene, InstructionScene) and named.game_of(scene) is named.game_scenes[0]


@pytest.mark.parametrize(
    ("redirect", "says"),
    [
        ("prolifc", 'scenes.end.redirect = "prolifc"; use "prolific", or an address'),
        ("javascript:alert(1)", 'use "prolific", or an address'),
        ("https://{code}", 'use "prolific", or an address'),
        ("https://x.org/{cod}", "{cod} stands for nothing; perhaps {code} is meant."),
        ("https://x.org/{nothing}", "{nothing} stands for nothing; use {code}, {reason}, {participant_id}, {label}."),
        ("https://x.org/{code", "a brace is not closed or not opened; write a placeholder as {code}."),
        ("https://x.org/a b", 'use "prolific", or an address'),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(folder: Folder, redirect: str, says: str) -> None:
    assert says in folder.refusal(static("a"), end={"redirect": redirect})


def test_the_end_leads_where_the_study_says_with_its_values_made_safe() -> None:
    end = EndScene(id="end", codes={"COMPLETED": "A&B/1"}, redirect="prolific")
    assert end.redirect_url("COMPLETED") == "https://app.prolific.com/submissions/complete?cc=A%26B%2F1"
    assert end.redirect_url("WITHDRAWN") is None, "without a code there is nothing to hand in"
    own = EndScene(id="end", redirect="https://x.org/{reason}?p={participant_id}&l={label}&q=1")
    assert own.redirect_url("WITHDRAWN", participant_id="p-1", label="{code} ü") == (
        "https://x.org/WITHDRAWN?p=p-1&l=%7Bcode%7D%20%C3%BC&q=1"
    )
    assert EndScene(id="end").redirect_url("COMPLETED") is None
