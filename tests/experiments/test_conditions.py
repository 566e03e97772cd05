"""`[conditions]`: what it may say, what a study is under a condition, and what cannot differ any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.config import InputError
from app.experiments.overrides import applied, keys_of
from tests.experiments.studies import Folder, Part, game, random_order, repeat, static, study, survey

BOTH = {"unit": "participant", "factors": {"delay": [0, 2], "layout": ["room", "ring"]}}
ROUNDS = repeat("rounds", 4, static("again"), game("play"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def override(*changes: tuple[dict[str, Any], dict[str, Any]], **more: Any) -> dict[str, Any]:
    return BOTH | {"overrides": [{"when": when, "set": then} for when, then in changes]} | more


def one(then: dict[str, Any], **more: Any) -> dict[str, Any]:
    return override(({"delay": 2}, then), **more)


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"factors": {"delay": [0]}}, "conditions.unit is missing; add it (who is given a condition"),
        ({"unit": "pair"}, 'conditions.unit = "pair"; use "group" or "participant".'),
        ({"unit": "group"}, "conditions.factors is missing; add it, such as factors = { delay = [0, 2] }."),
        (BOTH | {"method": "random"}, 'conditions.method = "random"; use "block", "latin_square" or "list".'),
        (BOTH | {"factors": {"delay": []}}, "conditions.factors.delay = []; use"),
        (BOTH | {"factors": {"delay": [0, 0]}}, "conditions.factors.delay = [0, 0]; 0 stands twice; name each level"),
        (BOTH | {"factors": {"my-delay": [0]}}, "conditions.factors.my-delay is no name of a factor; use a name of"),
        (BOTH | {"factors": {"delay": [[0]]}}, "conditions.factors.delay.1 = [0]; use a text, a number, true or false"),
        (
            BOTH | {"factors": {f"f{n}": [0, 1] for n in range(10)}},
            "conditions.factors make 1024 cells; use 512 at",
        ),
        (BOTH | {"method": "list"}, 'conditions.list is missing; method = "list" needs its rows'),
        (BOTH | {"list": [{"delay": 0}]}, 'conditions.list is for method = "list"; set that, or leave it out.'),
        (BOTH | {"within": "rounds"}, 'conditions.within is for method = "latin_square"; set that, or leave it out.'),
        (BOTH | {"method": "latin_square"}, "conditions.within is missing; name the repeat whose runs"),
        (
            {"unit": "group", "method": "list", "list": [{"delay": 0}, {"layout": "ring"}]},
            "conditions.list.2 must name each of delay and nothing else.",
        ),
        (
            BOTH | {"method": "list", "list": [{"delay": 0, "layout": "rnig"}]},
            'conditions.list.1.layout = "rnig" is none of its levels; use "room", "ring".',
        ),
        (override(({"dely": 2}, {"seats.0.role": "x"})), "overrides.1.when.dely is no factor; did you mean delay?"),
        (
            override(({"delay": 3}, {"seats.0.role": "x"})),
            "when.delay = 3 is none of its levels; use 0, 2.",
        ),
        (override(({}, {"seats.0.role": "x"})), "conditions.overrides.1.when = {}; use"),
        (one({}), "conditions.overrides.1.set = {}; use"),
        (BOTH | {"blocks": 0}, "conditions.blocks = 0; use 1 to 100 times."),
        (BOTH | {"factor": {}}, "conditions.factor is not a known key; did you mean factors?"),
    ],
)
def test_what_conditions_cannot_be_is_said_in_one_sentence(
    folder: Folder, conditions: dict[str, Any], says: str
) -> None:
    assert says in folder.refusal(game("play"), conditions=conditions)


@pytest.mark.parametrize(
    ("scenes", "more", "says"),
    [
        ((ROUNDS,), {"within": "round"}, 'conditions.within = "round" is no repeat; did you mean rounds?'),
        ((repeat("rounds", 3, game("play")),), {}, "scenes.rounds.n = 3, but conditions has 4 cells; use n = 4, a run"),
        ((repeat("rounds", 4, static("a")), game("b")), {"unit": "group"}, 'but no game is played in "rounds"; use'),
    ],
)
def test_a_latin_square_needs_a_repeat_with_a_run_for_every_cell(
    folder: Folder, scenes: tuple[Part, ...], more: dict[str, Any], says: str
) -> None:
    assert says in folder.refusal(*scenes, conditions=BOTH | {"method": "latin_square", "within": "rounds"} | more)


def test_an_override_may_set_any_setting_however_deep_its_scene(folder: Folder) -> None:
    inner = random_order("any", repeat("twice", 2, game("play", rendering={"fps": 20})), static("text"))
    folder.put("other.md", "Other")
    then = {
        "scenes.play.multiplayer.input_delay": 3, "scenes.play.rendering.fps": 60, "scenes.text.body": "other.md",
        "environment.config.layout": "ring", "seats.1.role": "boss", "texts.waiting.partner": "Soon",
        "experiment.title": "Another", "webrtc.force_relay": True, "scenes.end.codes.COMPLETED": "C2",
    }  # fmt: skip
    base = folder.load(inner, conditions=one(then), environment={"config": {"layout": "room", "size": 3}})
    under = base.under({"delay": 2, "layout": "room"})
    play = under.game_scenes[0]
    assert (play.multiplayer.input_delay, play.rendering.fps, play.rendering.game_width) == (3, 60, 600)
    assert under.scene("text").model_dump()["body"] == "other.md" and under.end_scene.codes == {"COMPLETED": "C2"}
    assert under.environment.config == {"layout": "ring", "size": 3} and under.seats["1"].role == "boss"
    assert under.words.say("waiting.partner") == "Soon" != base.words.say("waiting.partner")
    assert (under.experiment.title, under.webrtc.force_relay) == ("Another", True)
    assert (under.folder, under.source_hash()) == (base.folder, base.source_hash())
    assert base.game_scenes[0].multiplayer.input_delay is None, "the study in the file stays as it is"


def test_a_study_under_a_condition_is_made_once() -> None:
    base = study(game("play"), conditions=override(({"delay": 2}, {"seats.0.role": "x"})))
    ring, room = base.under({"delay": 2, "layout": "ring"}), base.under({"delay": 2, "layout": "room"})
    assert ring is room is not base
    assert ring.under({"delay": 0, "layout": "ring"}) is base.under(None) is base
    assert ring.under({"delay": 2, "layout": "ring"}) is ring and base.overrides_used == () != ring.overrides_used


def test_later_overrides_stand_above_earlier_ones_and_all_levels_must_be_met() -> None:
    base = study(
        game("play"),
        conditions=override(
            ({"delay": 2}, {"scenes.play.rendering.fps": 20}),
            ({"delay": 2, "layout": "ring"}, {"scenes.play.rendering": {"fps": 50}}),
        ),
    )
    fps = {
        (delay, layout): base.under({"delay": delay, "layout": layout}).game_scenes[0].rendering.fps
        for delay in (0, 2)
        for layout in ("room", "ring")
    }
    assert fps == {(0, "room"): 10, (0, "ring"): 10, (2, "room"): 20, (2, "ring"): 50}


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ({"scenes.play.rendering.fps": 99}, "conditions.overrides.1: scenes.play.rendering.fps = 99; use 1 to 60"),
        ({"scenes.play.rendering.fsp": 9}, "conditions.overrides.1: scenes.play.rendering.fsp is not a known key; did"),
        ({"scenes.text.body": "no.md"}, 'conditions.overrides.1: scenes.text.body = "no.md"; there is no such file'),
        ({"scenes.ask.survey": "no.json"}, 'overrides.1: scenes.ask.survey = "no.json"; there is no such file'),
        ({"environment.factory": "e:make"}, 'conditions.overrides.1: environment.factory = "e:make"; e.py is missing'),
        ({"texts.waiting.ttle": "x"}, "conditions.overrides.1: texts.waiting.ttle"),
        (
            {"scenes.pley.rendering.fps": 9},
            'set names "scenes.pley.rendering.fps"; there is no scene "pley"',
        ),
        ({"scenes.play": {}}, "name a setting of one scene, such as scenes.game.rendering.fps."),
        ({"scenes": []}, "name a setting of one scene"),
        ({"scenes.play.id": "x"}, "id is the same in every condition, because it decides which scenes there are; give"),
        ({"scenes.play.type": "static"}, "type is the same in every condition"),
        ({"scenes.play.show_if": "true"}, "show_if is the same in every condition"),
        ({"scenes.rounds.n": 2}, "n is the same in every condition"),
        ({"scenes.rounds.scenes": []}, "scenes is the same in every condition"),
        ({"experiment.id": "x"}, "experiment.id is the same in every condition, because it is of the whole study."),
        ({"experiment": {}}, "experiment.id is the same in every condition"),
        ({"experiment.master_seed": 1}, "experiment.master_seed is the same in every condition"),
        ({"conditions.unit": "group"}, "conditions is the same in every condition, because conditions do not change"),
        ({"entry.attributes": []}, "entry is the same in every condition, because a participant enters before"),
        ({"environment.packages": []}, "environment.packages is the same in every condition, because browsers load"),
        ({"environment": {}}, "environment.packages is the same in every condition"),
        ({"seats..role": "x"}, 'set names "seats..role"; write the way to a setting with dots, such as'),
        ({"seats.0.role.x": "x"}, 'set names "seats.0.role.x"; seats.0.role is no table; name it with its whole value'),
    ],
)
def test_an_override_that_cannot_be_is_named(folder: Folder, then: dict[str, Any], says: str) -> None:
    scenes = (static("text"), survey("ask"), repeat("rounds", 2, game("play")))
    assert says in folder.refusal(*scenes, conditions=one(then))


def test_of_several_overrides_the_one_that_spoils_the_study_is_named(folder: Folder) -> None:
    changes = [{"seats.0.role": "x"}, {"scenes.play.rendering.fps": 0}, {"seats.1.role": "y"}]
    conditions = override(*(({"delay": 2}, then) for then in changes))
    assert folder.refusal(game("play"), conditions=conditions).startswith("experiment.toml: conditions.overrides.2: ")


@pytest.mark.parametrize(
    ("path", "more", "says"),
    [
        ("scenes.before.body", {}, "too late for a scene before it; use conditions.unit"),
        ("scenes.play.waitroom.timeout_ms", {}, "too late for the waitroom of the first match"),
        ("scenes.play.matchmaking.roles", {}, "too late for the matchmaking of the first match"),
        ("scenes.play.rendering.fps", {}, None),
        ("scenes.after.body", {}, None),
        ("scenes.play_again.waitroom.timeout_ms", {}, None),
        ("scenes.before.body", {"unit": "participant"}, None),
        ("scenes.play.waitroom.timeout_ms", {"unit": "participant"}, None),
    ],
)
def test_a_group_cannot_change_what_comes_before_its_first_match(
    folder: Folder, path: str, more: dict[str, Any], says: str | None
) -> None:
    scenes = (static("before"), game("play"), static("after"), game("play_again"))
    value: Any = {"body": "page.md", "timeout_ms": 5000, "roles": "fixed", "fps": 5}[path.rpartition(".")[2]]
    conditions = one({path: value}, unit="group") | more
    if says is None:
        folder.load(*scenes, conditions=conditions)
    else:
        assert says in folder.refusal(*scenes, conditions=conditions)


def test_a_group_cannot_change_how_many_people_it_has_but_participants_can(folder: Folder) -> None:
    folder.put("players.py", "")
    alone = {"seats.1.policy": "players:Helper"}
    says = "under delay = 2 and layout = room a match has 1 people instead of 2, but a group has its condition once"
    assert says in folder.refusal(game("play"), conditions=one(alone, unit="group"))
    assert folder.load(game("play"), conditions=one(alone)).under({"delay": 2}).people == [0]


def test_groups_need_a_game(folder: Folder) -> None:
    refusal = folder.refusal(static("text"), conditions=BOTH | {"unit": "group"})
    assert 'conditions.unit = "group", but no game is played; use unit = "participant".' in refusal


def test_with_a_latin_square_nothing_outside_its_repeat_can_differ(folder: Folder) -> None:
    square = {"method": "latin_square", "within": "rounds"}
    assert folder.load(ROUNDS, conditions=one({"scenes.again.body": "page.md"}, **square))
    refusal = folder.refusal(static("text"), ROUNDS, conditions=one({"scenes.text.body": "page.md"}, **square))
    assert 'but there is a condition inside "rounds" only; move the scene into it' in refusal


def test_a_game_is_played_under_the_conditions_there_are_where_it_stands() -> None:
    square = study(ROUNDS, game("alone"), conditions=BOTH | {"method": "latin_square", "within": "rounds"})
    play, alone = square.game_scenes
    assert square.conditions_of(alone) == [None] and len(square.conditions_of(play)) == 4
    assert study(game("play")).conditions_of(study(game("play")).game_scenes[0]) == [None]


def test_the_setup_of_a_match_tells_the_environment_its_condition_roles_and_the_answers_it_asked_for() -> None:
    base = study(
        survey("ask"), game("play"), conditions=one({"scenes.play.rendering.fps": 20}),
        environment={"answers": ["ask.skill", "ask.why"]},
    )  # fmt: skip
    condition = {"delay": 2, "layout": "ring"}
    told = base.answers_for_environment({"ask": {"skill": 4, "secret": "x", "finished": True}})
    assert told == {"ask.skill": 4, "ask.why": None}
    setup = base.match_setup(base.game_scenes[0], condition=condition, answers={"1": told})
    nothing = {"ask.skill": None, "ask.why": None}
    assert setup["context"] == {
        "condition": condition, "roles": ["cook", "helper"], "answers": {"0": nothing, "1": told},
    }  # fmt: skip
    assert setup["fps"] == 20 and base.match_setup(base.game_scenes[0])["fps"] == 10
    preload = base.preload_setup()
    assert preload is not None and preload["context"]["condition"] == {"delay": 0, "layout": "room"}
    assert study(static("text")).preload_setup() is None


LEAVES = st.integers() | st.text(max_size=3) | st.booleans() | st.lists(st.integers(), max_size=2)
NAMES = st.text("abc", min_size=1, max_size=3)


@given(st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), LEAVES), min_size=1, max_size=6))
def test_whatever_is_laid_over_the_configuration_is_found_there_and_the_rest_is_untouched(
    changes: list[tuple[list[str], Any]],
) -> None:
    base = {"environment": {"config": {"kept": {"deep": [1, 2]}}}}
    overrides = [
        (index, _override({".".join(["environment", "config", *path]): value}))
        for index, (path, value) in enumerate(changes)
    ]
    expected: dict[str, Any] = {"kept": {"deep": [1, 2]}}
    for path, value in changes:
        here: Any = expected
        for key in path[:-1]:
            here = here.setdefault(key, {}) if isinstance(here, dict) else None
        if not isinstance(here, dict):
            with pytest.raises(ValueError):
                applied(base, overrides)
            return
        here[path[-1]] = value
    assert applied(base, overrides)["environment"]["config"] == expected
    assert base == {"environment": {"config": {"kept": {"deep": [1, 2]}}}}


def _override(then: dict[str, Any]) -> Any:
    conditions = study(game("play"), conditions=one(then | {"seats.0.role": "x"}))
    assert conditions.conditions is not None
    only = conditions.conditions.overrides[0]
    return only.model_copy(update={"set": then})


@pytest.mark.parametrize("path", ["a.b = 1\nc", "a = 1 #", "", ".a", "a.", "a b", "[a]\nb", '"a'])
def test_a_path_is_dots_and_names_and_nothing_else(path: str) -> None:
    with pytest.raises(ValueError, match="write the way to a setting with dots"):
        keys_of(path)
    assert keys_of('scenes.game.config."a b.c"') == ["scenes", "game", "config", "a b.c"]


def test_an_override_that_cannot_be_is_refused_even_where_nothing_was_loaded() -> None:
    base = study(game("play"), conditions=one({"scenes.play.rendering.fps": 0}))
    with pytest.raises(InputError, match=r"conditions\.overrides\.1: scenes\.play\.rendering\.fps = 0; use 1 to 60"):
        base.under({"delay": 2, "layout": "ring"})
