"""States on their way to pages that come back: who is asked, what passes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.engine import donor as engine
from app.engine import plain_state
from app.server.domain.decisions import Send
from app.server.domain.donations import KINDS, LONGEST_REASON, MOST_BYTES, PART_BYTES, Donations
from app.server.domain.errors import Refused
from tests.server.domain.test_departures import Reloading, plays_on

STATES = json.loads((Path(__file__).parents[2] / "contract" / "states.json").read_text(encoding="utf-8"))
ASK, OFFER = STATES["from_page"]["snapshot"], STATES["from_page"]["offer"]


def asked(donors: tuple[int, ...] = (0, 2)) -> Donations:
    """Seat 1 has asked; seat 0 is to give."""
    it = Donations()
    assert it.ask(1, ASK, donors) == [Send(min(donors), STATES["to_page"]["donate"])]
    return it


def offered() -> Donations:
    it = asked()
    it.answer(0, OFFER)
    return it


def refused(it: Donations, call: str, *what: Any) -> str:
    before = repr(it._running)
    with pytest.raises(Refused) as found:
        getattr(it, call)(*what)
    assert repr(it._running) == before, "what is refused changes nothing"
    return found.value.code


def test_the_golden_messages_pass() -> None:
    assert set(KINDS) == set(STATES["from_page"])
    assert asked().answer(0, OFFER) == [Send(1, STATES["to_page"]["offer"])]
    assert asked().answer(0, STATES["from_page"]["decline"]) == [Send(1, STATES["to_page"]["declined"])]


def test_the_bounds_are_the_engines() -> None:
    assert (MOST_BYTES, PART_BYTES) == (plain_state.MOST_BYTES, engine.PART_BYTES)


def test_the_lowest_seat_that_is_there_gives_and_never_who_asks() -> None:
    assert Donations().ask(0, ASK, [3, 0, 2]) == [Send(2, {**STATES["to_page"]["donate"], "to": 0})]
    nobody = Donations().ask(1, ASK, [1])
    assert nobody == [Send(1, {"kind": "declined", "epoch": 0, "reason": "nobody_there"})]


def test_a_state_is_asked_for_once_a_life_and_episode() -> None:
    it = asked()
    assert refused(it, "ask", 1, ASK, (0,)) == "asked_before"
    assert it.ask(1, {**ASK, "epoch": 1}, (0,)) and it.ask(2, ASK, (0,))
    it.new_life(1)
    assert it.ask(1, ASK, (0,))
    for epoch in (None, -1, True, "0", 2**40):
        assert refused(it, "ask", 3, {"epoch": epoch}, (0,)) == "asked_before"


def test_parts_pass_in_their_order_up_to_the_size_that_was_said() -> None:
    it = offered()
    assert refused(it, "part", 0, 1, 0, 600, 1, PART_BYTES) == "bad_part"
    it.part(0, 1, 0, 600, 0, PART_BYTES)
    for wrong in ((0, 600, 0, PART_BYTES), (0, 601, 1, 3616), (0, 600, 1, 3617), (0, 600, 1, 1), (0, 600, 2, 3616)):
        assert refused(it, "part", 0, 1, *wrong) == "bad_part"
    it.part(0, 1, 0, 600, 1, 20000 - PART_BYTES)
    assert refused(it, "part", 0, 1, 0, 600, 2, PART_BYTES) == "not_donating", "it is whole"


def test_only_who_was_asked_may_give_and_only_to_who_asked() -> None:
    it = offered()
    assert refused(it, "part", 2, 1, 0, 600, 0, PART_BYTES) == "not_donating"
    assert refused(it, "part", 0, 2, 0, 600, 0, PART_BYTES) == "not_donating"
    assert refused(it, "part", 0, 1, 1, 600, 0, PART_BYTES) == "not_donating"
    assert refused(it, "answer", 2, OFFER) == "not_donating"
    for to in (None, "1", 0, 5, True, [1]):
        assert refused(asked(), "answer", 0, {**OFFER, "to": to}) == "not_donating"
    assert refused(asked(), "part", 0, 1, 0, 600, 0, PART_BYTES) == "bad_part", "nothing was offered yet"


@pytest.mark.parametrize(
    "wrong",
    [
        {"frame": 0}, {"frame": -1}, {"frame": None}, {"frame": 6.0}, {"size": 0}, {"parts": 1}, {"parts": 3},
        {"size": MOST_BYTES + 1, "parts": 257}, {"state_hash": "x"}, {"state_hash": "A" * 16}, {"inputs_hash": None},
        {"inputs_hash": "a" * 17},
    ],
)  # fmt: skip
def test_what_is_no_offer_is_not_passed_on(wrong: dict[str, Any]) -> None:
    assert refused(asked(), "answer", 0, {**OFFER, **wrong}) == "bad_message"


def test_an_offer_is_made_once() -> None:
    assert refused(offered(), "answer", 0, OFFER) == "bad_message"


def test_the_largest_state_passes() -> None:
    it = asked()
    assert it.answer(0, {**OFFER, "size": MOST_BYTES, "parts": MOST_BYTES // PART_BYTES})


def test_a_reason_is_passed_on_as_text_of_bounded_length() -> None:
    said = asked().answer(0, {**STATES["from_page"]["decline"], "reason": "x" * 5000})
    assert said[0].message["reason"] == "x" * LONGEST_REASON
    assert asked().answer(0, {**STATES["from_page"]["decline"], "reason": {"a": 1}})[0].message["reason"] == ""


def test_a_donor_that_is_gone_is_said_to_who_waits() -> None:
    it = offered()
    assert it.look([1], [0, 2]) == []
    assert it.look([1], [2]) == [Send(1, {"kind": "declined", "epoch": 0, "reason": "donor_gone"})]
    assert it.look([1], [2]) == [] and refused(it, "part", 0, 1, 0, 600, 0, PART_BYTES) == "not_donating"


def test_who_takes_part_again_waits_for_nothing() -> None:
    it = offered()
    assert it.look([2], [0]) == [] and refused(it, "part", 0, 1, 0, 600, 0, PART_BYTES) == "not_donating"


# -- in a match -------------------------------------------------------------------------------------------------------


class Coming(Reloading):
    """Seat 1's page was loaded again and has been told what it comes back to."""

    def __init__(self) -> None:
        super().__init__(multiplayer={"after_departure": "default_action"})
        self.zero, self.one, self.match_id = self.playing()
        self.back(self.one, self.zero, self.match_id)

    def asks(self) -> None:
        self.tells(self.one, self.match_id, **ASK)

    def offers(self) -> None:
        self.tells(self.zero, self.match_id, **OFFER)

    def gives(self, who: str, index: int = 0, size: int = PART_BYTES, to: int = 1) -> None:
        parts = self.session.seats.state_part(who, self.match_id, to, 0, 600, index, bytes(size))
        self.took(parts)

    def last(self, who: str) -> dict[str, Any]:
        return self.controls(who)[-1]


def test_a_page_that_comes_back_gets_its_partners_state() -> None:
    study = Coming()
    study.asks()
    assert study.last(study.zero) == STATES["to_page"]["donate"]
    study.offers()
    assert study.last(study.one) == STATES["to_page"]["offer"]
    study.gives(study.zero)
    study.gives(study.zero, 1, 20000 - PART_BYTES)
    (first, second) = study.sent(study.one, "state_part")
    assert first == {"match_id": study.match_id, "epoch": 0, "frame": 600, "index": 0, "data": bytes(PART_BYTES)}
    assert second["index"] == 1 and len(second["data"]) == 20000 - PART_BYTES
    assert not study.sent(study.zero, "state_part") and not study.stored("state_part")


def test_a_state_of_an_episode_that_is_not_played_is_not_asked_for_and_nothing_is_kept_of_the_question() -> None:
    study = Coming()
    for epoch in (1, 7, 2**31 - 1, None, "0"):
        with pytest.raises(Refused) as found:
            study.tells(study.one, study.match_id, kind="snapshot", epoch=epoch)
        assert found.value.code == "other_episode"
    assert not study.controls(study.zero, "donate")
    study.asks()
    assert len(study.controls(study.zero, "donate")) == 1


def test_who_takes_part_asks_for_nothing_and_gives_nothing_unasked() -> None:
    study = Coming()
    for message in (ASK, OFFER, {**STATES["from_page"]["decline"]}):
        with pytest.raises(Refused):
            study.tells(study.zero, study.match_id, **message)
    with pytest.raises(Refused) as found:
        study.gives(study.zero)
    assert found.value.code == "not_donating"


def test_nothing_is_taken_from_a_seat_of_another_match() -> None:
    study = Coming()
    study.asks()
    study.offers()
    stranger, _, other_match = study.playing()
    for call in (
        lambda: study.gives(stranger, to=1),
        lambda: study.tells(stranger, study.match_id, **OFFER),
        lambda: study.tells(stranger, study.match_id, **ASK),
    ):
        with pytest.raises(Refused) as found:
            call()
        assert found.value.code == "not_your_match"
    with pytest.raises(Refused) as found:
        study.took(study.session.seats.state_part(study.zero, other_match, 1, 0, 600, 0, b"x"))
    assert found.value.code == "not_your_match"
    assert study.sent(study.one, "state_part") == []


def test_a_partner_that_the_server_has_lost_gives_nothing_and_who_waits_hears_it() -> None:
    study = Coming()
    study.asks()
    study.took(study.session.disconnect(study.zero, study.now))
    study.passes(250)
    assert {"kind": "declined", "epoch": 0, "reason": "donor_gone"} in study.controls(study.one)


def test_a_seat_that_has_lost_the_server_is_not_asked() -> None:
    study = Coming()
    study.took(study.session.disconnect(study.zero, study.now))
    study.asks()
    assert study.last(study.one) == {"kind": "declined", "epoch": 0, "reason": "nobody_there"}
    assert study.controls(study.zero, "donate") == []


def test_who_comes_back_and_loses_the_server_meanwhile_waits_for_no_more_parts() -> None:
    study = Coming()
    study.asks()
    study.offers()
    study.tells(study.one, study.match_id, kind="back", view=1, epoch=0)
    assert {"kind": "declined", "epoch": 0, "reason": "connection_lost"} in study.controls(study.one)
    with pytest.raises(Refused):
        study.gives(study.zero)


def test_a_page_that_is_loaded_once_more_may_ask_anew() -> None:
    study = Coming()
    study.asks()
    study.offers()
    study.reloads(study.one, "third")
    with pytest.raises(Refused):
        study.gives(study.zero)
    study.asks()
    assert (
        study.controls(study.zero, "donate")[-1] == STATES["to_page"]["donate"]
        and len(study.controls(study.zero, "donate")) == 2
    )


def test_a_match_that_is_over_passes_nothing() -> None:
    study = plays_on("default_action")
    zero, one, match_id = study.playing()
    study.back(one, zero, match_id)
    study.tells(one, match_id, **ASK)
    study.took(study.session.leave(one, "WITHDRAWN", study.now))
    study.took(study.session.leave(zero, "WITHDRAWN", study.now))
    with pytest.raises(Refused):
        study.took(study.session.seats.state_part(zero, match_id, 1, 0, 600, 0, b"x"))
