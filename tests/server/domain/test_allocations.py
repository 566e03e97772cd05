"""Which condition people are under, when they learn of it, and who may play with whom."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.experiments.allocation import Allocator
from app.server.domain.session import Before
from tests.server.domain.scenario import Study
from tests.server.domain.studies import answers, asks, experiment, game, is_ready, page, plays, study

DELAYS = {
    "unit": "participant",
    "factors": {"delay": [0, 2]},
    "overrides": [
        {"when": {"delay": 2}, "set": {"scenes.game.multiplayer.input_delay": 2, "scenes.intro.title": "Slow"}}
    ],
}
SQUARE = {"unit": "participant", "method": "latin_square", "factors": {"layout": ["ring", "room"]}, "within": "round"}


def matches(it: Study) -> list[dict[str, Any]]:
    return it.stored("add_match")


def test_a_participant_is_given_a_condition_on_arrival_and_sees_the_study_as_it_is_there() -> None:
    it = study(page("intro"), game(), conditions=DELAYS)
    people = [it.arrives() for _ in range(8)]
    expected = [Allocator(it.experiment.conditions, 7).order(number)[0] for number in range(8)]
    assert [it.record_of(who)["condition"] for who in people] == expected
    assert Counter(cell["delay"] for cell in expected) == {0: 4, 2: 4}
    for who, cell in zip(people, expected, strict=True):
        assert it.view(who)["scene"]["title"] == ("Slow" if cell["delay"] else "The study")
        it.goes_on(who, "intro")
        is_ready(it, who)
    allocated = it.stored("add_allocation")
    assert [(each["unit"], each["unit_id"], each["number"]) for each in allocated] == [
        ("participant", who, number) for number, who in enumerate(people)
    ]
    of = dict(zip(people, expected, strict=True))
    assert len(matches(it)) == 4
    for match in matches(it):
        seats = [seat["participant_id"] for seat in match["seats"]]
        assert {str(of[who]) for who in seats} == {str(match["condition"])}, "nobody plays with another condition"
        assert match["config"]["input_delay"] == match["condition"]["delay"]
        assert match["config"]["context"]["condition"] == match["condition"]


def test_numbers_go_on_from_what_the_study_has_had_before() -> None:
    before = Before(participants=3, groups=5)
    it = Study(study=experiment(game(), conditions=DELAYS | {"unit": "participant", "overrides": []}), before=before)
    it.arrives()
    assert it.stored("add_allocation")[0]["number"] == 3
    groups = DELAYS | {"unit": "group", "overrides": []}
    it = Study(study=experiment(game(), conditions=groups), before=before)
    for _ in range(2):
        is_ready(it, it.arrives())
    assert it.stored("add_allocation")[0]["number"] == 5


def test_a_group_is_given_its_condition_when_it_is_matched_and_keeps_it() -> None:
    groups = DELAYS | {"unit": "group", "overrides": []}
    it = study(game("game"), game("again"), page("slow", show_if="condition.delay == 2"), conditions=groups)
    people = [it.arrives() for _ in range(4)]
    assert all("condition" not in it.record_of(who) for who in people)
    for who in people:
        is_ready(it, who)
    pairs = [[seat["participant_id"] for seat in match["seats"]] for match in matches(it)]
    cells = [match["condition"] for match in matches(it)]
    assert sorted(cell["delay"] for cell in cells) == [0, 2]
    assert [it.record_of(pair[0])["group_id"] for pair in pairs] == [
        each["unit_id"] for each in it.stored("add_allocation")
    ]
    for pair in pairs:
        plays(it, *pair)
        for who in pair:
            it.goes_on(who, "game")
    is_ready(it, pairs[0][0])
    is_ready(it, pairs[1][0])
    assert it.view(pairs[0][0])["state"] == it.view(pairs[1][0])["state"] == "waiting", "they are of different cells"
    newcomer = it.arrives()
    is_ready(it, newcomer)
    assert it.view(newcomer)["state"] == "waiting", "who has no condition yet joins no group that has one"
    is_ready(it, pairs[0][1])
    assert matches(it)[-1]["condition"] == cells[0] and len(it.stored("add_allocation")) == 2
    plays(it, *pairs[0])
    after = it.goes_on(pairs[0][0], "again")["scene"]["id"]
    assert after == ("slow" if cells[0]["delay"] == 2 else "end")


def test_each_run_of_a_latin_square_is_played_under_its_cell_and_nothing_else_is() -> None:
    scenes = [page("before", show_if="condition.layout == 'ring'"), game()]
    it = study(page("first"), {"id": "round", "type": "repeat", "n": 2, "scenes": scenes}, page("last"),
               conditions=SQUARE, seats=1)  # fmt: skip
    orders = set()
    for _ in range(4):
        who, played = it.arrives(), []
        it.goes_on(who, "first")
        order = it.stored("add_allocation")[-1]["order"]
        for run, cell in enumerate(order, 1):
            if cell["layout"] == "ring":
                assert it.goes_on(who, f"before-{run}")["scene"]["id"] == f"game-{run}"
            is_ready(it, who)
            played.append(matches(it)[-1]["condition"])
            plays(it, who)
            it.goes_on(who, f"game-{run}")
        assert played == order and it.scene(who) == "last"
        assert it.record_of(who)["condition"] is None
        orders.add(str(order))
    assert len(orders) == 2


def test_people_of_another_order_but_the_same_cell_play_together() -> None:
    it = study({"id": "round", "type": "repeat", "n": 2, "scenes": [game()]}, conditions=SQUARE)
    people = [it.arrives() for _ in range(8)]
    for who in people:
        is_ready(it, who)
    first = {seat["participant_id"]: match["condition"] for match in matches(it) for seat in match["seats"]}
    assert len(first) == 8
    for match in list(matches(it)):
        pair = [seat["participant_id"] for seat in match["seats"]]
        plays(it, *pair)
        for who in pair:
            it.goes_on(who, "game-1")
            is_ready(it, who)
    second = {seat["participant_id"]: match["condition"] for match in matches(it)[4:] for seat in match["seats"]}
    assert len(second) == 8 and all(first[who] != second[who] for who in people)


def test_the_environment_is_told_the_answers_that_it_asks_for_of_every_seat() -> None:
    it = study(asks("questions", "survey"), game(), environment={"answers": ["questions.age"]})
    people = [it.arrives() for _ in range(2)]
    for age, who in enumerate(people, 30):
        answers(it, who, "questions", {"age": age, "fun": 5})
        is_ready(it, who)
    context = it.sent(people[0], "matched")[0]["setup"]["context"]
    seats = {seat["participant_id"]: seat["seat"] for seat in matches(it)[0]["seats"]}
    assert context["answers"] == {seats[who]: {"questions.age": age} for age, who in enumerate(people, 30)}
    assert context == it.sent(people[1], "matched")[0]["setup"]["context"]
    assert context["roles"] == ["cook_a", "cook_b"] and context["condition"] == {}
