"""Whatever happens in whatever order: nobody is lost on the way, every step comes once, every seat is taken once, and
everybody can reach the end.

Up to four people do up to 150 things in a study: right ones, late ones, and ones that are refused.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.server.domain.errors import Refused
from app.server.domain.journey import ENDS
from app.server.domain.participants import Participant
from tests.server.domain.scenario import ENVIRONMENT_HASH, Study
from tests.server.domain.studies import RIGHT, WRONG, asked, asks, game, page, study

HOLD = {"id": "hold", "type": "hold"}
MIXED = {"id": "mixed", "type": "random_order", "keep_n": 2, "scenes": [page("a"), page("b"), asks("c", "survey")]}
ROUNDS = {"id": "round", "type": "repeat", "n": 2}
STUDIES: dict[str, Any] = {
    "every kind": lambda: study(
        page("consent", "consent"),
        page("intro", "instructions"),
        asks("quiz", "quiz", attempts=2),
        MIXED,
        game(),
        HOLD,
        asks("questions", "survey", show_if="not game.partner_left"),
        page("debrief", "debrief"),
        conditions={"unit": "group", "factors": {"delay": [0, 2]}},
    ),  # fmt: skip
    "rounds under a square": lambda: study(
        ROUNDS | {"scenes": [HOLD | {"reopens": True}, game(), asks("after", "survey")]},
        page("late", "debrief", for_leavers=False),
        conditions={"unit": "participant", "method": "latin_square", "factors": {"x": [1, 2]}, "within": "round"},
    ),  # fmt: skip
    "going on after failing": lambda: study(
        asks("quiz", "quiz", attempts=2, on_fail="continue"),
        page("poor", show_if="quiz.score < 0.6"),
        ROUNDS | {"scenes": [MIXED, page("pause", min_time_ms=400)]},
        game("alone"),
        {"id": "remarks", "type": "feedback"},
        page("debrief", "debrief", show_if="quiz.passed"),
        seats=1,
    ),  # fmt: skip
}
THINGS = (
    "arrive", "advance", "agree", "decline", "answer", "answer wrongly", "ready", "connect", "finish", "fail",
    "withdraw", "close page", "reload", "disconnect", "wait", "wait long", "release", "hand", "other scene",
)  # fmt: skip
#: What a person would do in a scene of this type, and in a game scene in this state.
USUAL = {"consent": "agree", "survey": "answer", "quiz": "answer", "feedback": "answer", "hold": "release"}
USUAL_IN_GAME = {"loading": "ready", "waiting": "wait", "matched": "connect", "playing": "finish", "ended": "advance"}
#: How many of the things that people do are those.
MOSTLY = ("usual",) * 60


class Crowd:
    """People who do things, and what must be true whatever they do."""

    def __init__(self, it: Study) -> None:
        self.it = it
        self.people: list[str] = []
        self.pages = 0

    @property
    def records(self) -> list[Participant]:
        return [self.it.session._participants.get(who) for who in self.people]

    def does(self, thing: str, index: int, step: int) -> None:
        """One thing happens; what is refused changes nothing."""
        if thing == "arrive" and len(self.people) < 4:
            self.pages += 1
            reply = self.it.took(self.it.session.start(None, self.it.now, page=f"page{self.pages}"))
            self.people.append(reply["participant_id"])
        elif self.people and thing != "arrive":
            before = self.standing()
            try:
                self.try_to(thing, self.records[index % len(self.people)], step)
            except Refused:
                assert self.standing() == before
            person = self.records[index % len(self.people)]
            assert self.it.record_of(person.participant_id)["status"] == person.status
        self.check()

    def standing(self) -> list[Any]:
        return [(p.position, p.state, p.status, p.finished, p.exit_reason, dict(p.attempts)) for p in self.records]

    def try_to(self, thing: str, person: Participant, step: int) -> None:
        it, who, here = self.it, person.participant_id, person.step.id
        if thing == "usual":
            kind = it.experiment.scene(person.step.scene_id).type
            thing = USUAL_IN_GAME[person.state] if kind == "game" else USUAL.get(kind, "advance")
        pages, seats, now = it.session.pages, it.session.seats, it.now
        if thing == "advance":
            it.took(pages.advance(who, here, now))
        elif thing in ("agree", "decline"):
            it.took(pages.consent(who, here, thing == "agree", now))
        elif thing in ("answer", "answer wrongly"):
            it.took(self.answer(person, thing == "answer"))
        elif thing == "ready":
            it.took(it.session.ready(who, here, ENVIRONMENT_HASH, 10.0, now))
        elif thing == "other scene":
            other = person.plan[step % len(person.plan)].id
            it.took(pages.advance(who, other, now))
        elif thing == "hand":
            it.took(pages.hand(who, bool(step % 2), now))
        elif thing == "release":
            it.took(it.session.desk.release_hold(here, "now", now))
        elif thing == "withdraw":
            it.took(it.session.leave(who, "WITHDRAWN", now))
        elif thing == "close page":
            it.took(it.session.leave(who, "page_closed", now))
            it.took(it.session.disconnect(who, now))
        elif thing == "disconnect":
            it.took(it.session.disconnect(who, now))
        elif thing == "reload":
            self.pages += step % 2
            it.took(it.session.connect(person.token, now, page=f"page{self.pages}"))
        elif thing in ("wait", "wait long"):
            it.passes(500 if thing == "wait" else 121_000)
        elif person.match_id is not None:
            match = it.session._play.match(person.match_id)
            others = {str(seat.index): "direct" for seat in match.seats if seat.participant_id != who}
            if thing == "connect":
                it.took(seats.connected(who, match.match_id, others, now))
            elif thing == "finish":
                it.done(who, match.match_id, max(match.episode, 0))
            elif thing == "fail":
                found = {"episode": 0, "frame": 1, "message": "m", "traceback": "t"}
                it.took(seats.failed(who, match.match_id, found, now))

    def answer(self, person: Participant, rightly: bool) -> Any:
        kind = self.it.view(person.participant_id)["scene"]["type"]
        given = (RIGHT if rightly else WRONG) if kind == "quiz" else {"rating": 3} if kind == "feedback" else {"fun": 4}
        # Another attempt takes another time, which tells it from the same message sent again.
        told = [{**each, "rt_ms": self.it.now_ms} for each in asked(given)]
        self.it.now_ms += 1
        return self.it.session.pages.answer(person.participant_id, person.step.id, given, told, self.it.now)

    def check(self) -> None:
        sitting: dict[str, str] = {}
        for match in self.it.session._play.running_matches():
            assert len({seat.participant_id for seat in match.seats}) == len(match.seats)
            for seat in match.seats:
                if not seat.gone:
                    assert sitting.setdefault(seat.participant_id, match.match_id) == match.match_id
        played = [(seat["participant_id"], each["step_id"]) for each in self.it.stored("add_match")
                  for seat in each["seats"]]  # fmt: skip
        assert len(played) == len(set(played)), "a step is played once"
        answered = [(each["participant_id"], each["step_id"], each["attempt"]) for each in self.it.kept("add_answers")]
        assert len(answered) == len(set(answered)), "an attempt is kept once"
        for person in self.records:
            self.check_way(person)

    def check_way(self, person: Participant) -> None:
        """Every step of the plan up to the present one was gone through or passed over, once and in order."""
        ids = [step.id for step in person.plan]
        way = [
            event.data["scene_id"]
            for event in self.it.all.events
            if event.name in ("participant_advanced", "scene_skipped")
            and event.data["participant_id"] == person.participant_id
        ]
        ended = [e for e in self.it.happened("participant_finished") if e["participant_id"] == person.participant_id]
        assert len(ended) == int(person.finished) and (person.status in ENDS) >= person.finished
        if person.finished and person.exit_reason != "COMPLETED":
            left = ids.index(person.exit_scene or "")
            assert way[:left] == ids[1 : left + 1] and way[-1] == person.step.id
            kinds = [self.it.experiment.scene(ids_to_scene(person, step)).type for step in way[left:]]
            assert set(kinds[:-1]) <= {"debrief"} and kinds[-1:] in (["debrief"], ["end"])
        else:
            assert way == ids[1 : person.position + 1]
        view = self.it.session._lobby.view(person, self.it.now)
        assert view["scene"]["id"] == person.step.id
        if view["scene"]["type"] in ("static", "instructions", "debrief"):
            assert view["scene"]["button"], "there is a way on"

    def everybody_reaches_the_end(self) -> None:
        for person in self.records:
            self.it.took(self.it.session.connect(person.token, self.it.now, page=f"last-{person.label}"))
        for _ in range(60):
            for person in self.records:
                if person.state not in ("waiting", "matched", "playing"):
                    self.does("usual", self.people.index(person.participant_id), 0)
            self.it.passes(1000)
            if all(person.step.id == "end" for person in self.records):
                break
            if all(person.step.id == "end" or person.state in ("waiting", "loading", "matched", "playing")
                   for person in self.records):  # fmt: skip
                # Nobody comes any more, and nobody says anything: time ends their waits and matches.
                self.it.passes(130_000)
        assert [person.step.id for person in self.records] == ["end"] * len(self.people)
        assert all(person.finished and person.status in ENDS for person in self.records)
        self.check()


def ids_to_scene(person: Participant, step_id: str) -> str:
    return next(step.scene_id for step in person.plan if step.id == step_id)


def crowd_after(name: str, people: int, seed: int, count: int) -> Crowd:
    """So many people did so many things, drawn from a seed: Hypothesis draws long lists too much alike."""
    draw, crowd = random.Random(seed), Crowd(STUDIES[name]())
    for _ in range(people):
        crowd.does("arrive", 0, 0)
    for _ in range(count):
        crowd.does(draw.choice(MOSTLY + THINGS), draw.randrange(4), draw.randrange(31))
    return crowd


SEEDS, COUNTS, PEOPLE = st.integers(0, 2**32), st.integers(10, 150), st.integers(1, 4)


@pytest.mark.parametrize("name", sorted(STUDIES))
@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, seed=SEEDS, count=COUNTS)
def test_whatever_people_do_nobody_is_lost_and_everybody_can_reach_the_end(
    name: str, people: int, seed: int, count: int
) -> None:
    crowd_after(name, people, seed, count).everybody_reaches_the_end()


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE, seed=SEEDS, count=COUNTS)
def test_closing_the_session_at_any_moment_ends_everybody_at_once(people: int, seed: int, count: int) -> None:
    crowd = crowd_after("every kind", people, seed, count)
    crowd.it.took(crowd.it.session.close(crowd.it.now))
    assert all(person.finished and person.status in ENDS for person in crowd.records)
    assert crowd.it.session._play.running_matches() == []
    assert all("waiting" not in crowd.it.session._lobby.view(person, crowd.it.now) for person in crowd.records)
