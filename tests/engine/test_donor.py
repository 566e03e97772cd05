"""Giving a state: encoded once and a little at a time, offered first, and no more under way than the line takes."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.checksums import ChecksumLedger
from app.engine.donor import ENCODE_MS, PART_BYTES, PARTS_A_TURN, PARTS_UNDER_WAY, Donor
from app.engine.plain_state import MOST_BYTES, NotPlain, decode
from app.engine.turn import Turn

from ..simulation.game import ToyGame


class Rows:
    """Hashed states, the newest of which is before frame 60."""

    def __init__(self) -> None:
        self.kept: tuple[int, Any] | None = (60, {"cells": [0.0] * 2000, "rest": bytes(5 * PART_BYTES)})

    def newest(self) -> tuple[int, Any] | None:
        return self.kept


class Giver:
    """A donor of a game whose states are what they are."""

    def __init__(self, timed: bool = False) -> None:
        self.rows, self.ledger, self.game = Rows(), ChecksumLedger(), ToyGame()
        self.ledger.add_inputs([b"\x01"])
        self.ledger.add_state(60, 7)
        self.over = False
        self.now, self.portables, self.cost = 0.0, 0, 0.0
        self.game.portable = self.portable  # type: ignore[method-assign]
        timer = self.timer if timed else None
        self.donor = Donor(2, self.game, self.rows, self.ledger, lambda: self.over, timer)  # type: ignore[arg-type]

    def timer(self) -> float:
        self.now += self.cost
        return self.now

    def portable(self, saved: Any) -> Any:
        self.portables += 1
        return saved

    def ask(self, to: int = 1, epoch: int = 2) -> list[dict[str, Any]]:
        turn = Turn()
        self.donor.ask({"kind": "donate", "to": to, "epoch": epoch}, turn)
        return turn.server

    def work(self) -> Turn:
        turn = Turn()
        self.donor.work(turn)
        return turn

    def works(self, most: int = 200) -> list[Turn]:
        """Work until something is said."""
        turns = [self.work()]
        while len(turns) < most and not (turns[-1].server or turns[-1].parts):
            turns.append(self.work())
        return turns


OFFER = {"kind": "offer", "to": 1, "epoch": 2, "frame": 60, "state_hash": f"{7:016x}"}


def test_the_offer_comes_with_the_first_parts_and_says_what_comes() -> None:
    giver = Giver()
    assert giver.ask() == []
    turns = giver.works()
    assert len(turns) > 10, "where no time is measured a turn encodes a fixed number of values"
    (offer,) = turns[-1].server
    assert offer == {**OFFER, "inputs_hash": f"{giver.ledger.inputs_hash():016x}"} | {
        name: offer[name] for name in ("size", "parts")
    }
    assert offer["parts"] == -(-offer["size"] // PART_BYTES)
    got = {index: data for to, frame, index, data in turns[-1].parts if (to, frame) == (1, 60)}
    while len(got) < offer["parts"]:
        giver.donor.taken(1, True)
        got |= {index: data for _, _, index, data in giver.work().parts}
    assert sorted(got) == list(range(offer["parts"]))
    assert decode(b"".join(got[index] for index in sorted(got))) == giver.rows.kept[1]  # type: ignore[index]


def test_no_more_parts_are_under_way_than_the_line_takes() -> None:
    giver = Giver()
    giver.ask()
    sent = len(giver.works()[-1].parts)
    assert sent == min(PARTS_A_TURN, PARTS_UNDER_WAY) and giver.work().parts == []
    giver.donor.taken(1, True)
    assert [index for _, _, index, _ in giver.work().parts] == [sent] and giver.work().parts == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_late_answer_to_what_an_earlier_page_was_sent_does_not_stop_what_the_next_one_asked_for(kept: bool) -> None:
    giver = Giver()
    giver.ask()
    giver.works()
    giver.donor.stop(1)  # it is loaded again
    giver.ask()
    giver.donor.taken(1, kept)
    turn = giver.works()[-1]
    assert turn.server[0]["kind"] == "offer" and len(turn.parts) == PARTS_UNDER_WAY


def test_a_turn_encodes_no_longer_than_it_may() -> None:
    giver = Giver(timed=True)
    giver.cost = ENCODE_MS / 4
    giver.ask()
    turns = giver.works()
    assert len(turns) > 2
    giver.cost = 0.0
    giver.donor.stop(1)
    giver.ask()
    assert len(giver.works()) == 1, "a computer that is fast enough does it at once"


def test_two_that_ask_get_the_same_bytes_which_are_encoded_once() -> None:
    giver = Giver()
    giver.ask(1)
    giver.work()
    giver.ask(3)
    turns = giver.works()
    offers = {message["to"]: message for message in turns[-1].server}
    parts: dict[int, dict[int, bytes]] = {1: {}, 3: {}}
    for _ in range(40):
        turn = turns.pop() if turns else giver.work()
        turns.clear()
        offers |= {message["to"]: message for message in turn.server}
        assert len(turn.parts) <= PARTS_A_TURN
        for to, _, index, data in turn.parts:
            parts[to][index] = data
            giver.donor.taken(to, True)
    assert parts[1] == parts[3] and len(parts[1]) == offers[3]["parts"] == offers[1]["parts"]
    assert giver.portables == 1
    giver.ask(1)
    assert giver.portables == 2, "who asks later gets a newer one"


def test_who_takes_part_again_or_is_not_waited_for_is_sent_nothing_more() -> None:
    giver = Giver()
    giver.ask()
    giver.works()
    giver.donor.taken(1, False)
    assert giver.work().parts == [] and giver.donor._parts == []
    giver.donor.taken(1, True)
    giver.donor.taken(5, True)
    assert giver.work() == Turn()


@pytest.mark.parametrize(
    "broken", ["epoch", "over", "nothing", "no hash", "not plain", "not plain inside", "too large"]
)
def test_what_cannot_be_given_is_declined_with_its_reason(broken: str) -> None:
    giver, epoch = Giver(), 2
    reason = {"epoch": "episode_over", "over": "episode_over", "nothing": "nothing_hashed", "no hash": "nothing_hashed"}
    if broken == "epoch":
        epoch = 1
    elif broken == "over":
        giver.over = True
    elif broken == "nothing":
        giver.rows.kept = None
    elif broken == "no hash":
        giver.rows.kept = (90, {})
    elif broken == "not plain":

        def raises(saved: Any) -> Any:
            raise NotPlain("", "all of a Game")

        giver.game.portable = raises  # type: ignore[method-assign]
        reason[broken] = "not_plain: the state is all of a Game"
    elif broken == "not plain inside":
        giver.rows.kept = (60, [[1], object()])
        reason[broken] = "not_plain: 1 is object"
    else:
        giver.rows.kept = (60, bytes(MOST_BYTES))
        reason[broken] = "too_large"
    said = giver.ask(1, epoch) or giver.works()[-1].server
    assert said == [{"kind": "decline", "to": 1, "epoch": 2, "reason": reason[broken]}]
    assert giver.work() == Turn()
