"""Taking over a state: asked for once, when stepping takes too long; whatever is wrong, stepping goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.engine.checksums import ChecksumLedger
from app.engine.donor import PART_BYTES
from app.engine.inputs import InputTrack
from app.engine.plain_state import MOST_BYTES, encode
from app.engine.recipient import NO_PROGRESS_MS, Recipient
from app.engine.state_transfer import KINDS
from app.engine.turn import SessionConfig, StableRow, Turn

from ..simulation.game import WORDS, ToyGame
from .table import act

STATES = json.loads((Path(__file__).parents[1] / "contract" / "states.json").read_text(encoding="utf-8"))


class Timeline:
    frame = 4
    resumed: tuple[Any, ...] | None = None

    def resume(self, *what: Any) -> None:
        self.resumed = what


class Rows:
    recorded = 3
    resumed: tuple[Any, ...] | None = None

    def resume(self, *what: Any) -> None:
        self.resumed = what


class Taker:
    """A page that has stepped four frames, knows the inputs of forty, and is offered the state before frame 30."""

    def __init__(self, limit: float = 5000.0) -> None:
        self.game, self.timeline, self.rows, self.ledger = ToyGame(), Timeline(), Rows(), ChecksumLedger()
        track = InputTrack(WORDS, 0, 100)
        track.merge(0, [act(frame % 5) for frame in range(40)])
        config = SessionConfig(1, 0, 100, epoch=2, longest_stepping_ms=limit)
        self.recipient = Recipient(config, self.game, self.timeline, self.rows, self.ledger, [track])  # type: ignore[arg-type]
        donor = ChecksumLedger()
        for frame in range(30):
            donor.add_inputs([act(frame % 5)])
            if frame < 4:
                self.ledger.add_inputs([act(frame % 5)])
        other = ToyGame(8)
        self.data = encode(other.portable(other.save()))
        self.offer = {
            "kind": "offer", "epoch": 2, "frame": 30, "state_hash": f"{other.hash(other.save()):016x}",
            "inputs_hash": f"{donor.inputs_hash():016x}", "size": len(self.data),
            "parts": -(-len(self.data) // PART_BYTES),
        }  # fmt: skip

    def ask(self, now: float = 0.0, left: int = 1000, step_ms: float | None = 6.0) -> list[dict[str, Any]]:
        return self.recipient.ask(now, left, step_ms)

    def arrives(self, now: float = 0.0, most: int = 9, **offer: Any) -> None:
        self.recipient.offered(now, {**self.offer, **offer})
        for index in range(min(most, self.offer["parts"])):
            self.recipient.part(now, 30, index, self.data[index * PART_BYTES : (index + 1) * PART_BYTES])

    def take(self, now: float = 0.0, confirmed: int = 35, frames: int = 100, *rows: StableRow) -> Turn:
        turn = Turn(rows=list(rows))
        self.recipient.take(now, confirmed, frames, turn)
        return turn


def test_a_state_is_asked_for_where_stepping_takes_longer_than_that() -> None:
    assert Taker().ask(left=1000, step_ms=5.0) == []
    assert Taker().ask(left=1001, step_ms=5.0) == [{"kind": "snapshot", "epoch": 2}]
    assert Taker().ask(step_ms=None) == [], "before a step was measured nobody knows"
    assert Taker(0).ask(left=1, step_ms=None) != [] and Taker(0).ask(left=0) == []


def test_it_asks_once_an_episode() -> None:
    taker = Taker()
    assert taker.ask() != [] and taker.ask() == []
    taker.recipient.give_up("donor_gone")
    assert taker.ask() == [] and not taker.recipient.waits


def test_an_environment_that_does_not_say_its_state_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ToyGame, "changes_hands", False)
    taker = Taker()
    assert taker.ask() == [] and taker.recipient.reason == "no_get_state" and not taker.recipient.asked


def test_a_turn_that_tells_rows_from_before_the_state_takes_it_over_with_the_next() -> None:
    taker = Taker()
    taker.ask()
    taker.arrives()
    row = StableRow(3, "[0,3", "", (), 0)
    assert taker.take(0.0, 35, 100, row).skipped is None and taker.recipient.waits
    assert taker.take().skipped == (4, 29)


def test_it_goes_on_from_the_state_when_it_is_whole() -> None:
    taker = Taker()
    taker.ask()
    taker.arrives()
    turn = taker.take()
    assert turn.skipped == taker.recipient.skipped == (4, 29)
    assert turn.events == [{"name": "state_taken", "frame": 30, "skipped": 26}]
    assert taker.timeline.resumed is not None and taker.rows.resumed is not None
    assert taker.timeline.resumed[0] == taker.rows.resumed[0] == 30 and taker.timeline.resumed[2] == (act(29 % 5),)
    assert taker.game.state == ToyGame(8).state
    assert f"{taker.ledger.inputs_hash():016x}" == taker.offer["inputs_hash"], "rolled over what was skipped"
    assert taker.take().skipped is None and not taker.recipient.waits


def test_it_waits_until_every_input_before_the_state_is_certain_and_every_row_before_it_is_out() -> None:
    taker = Taker()
    taker.ask()
    taker.arrives()
    assert taker.take(confirmed=28).skipped is None and taker.recipient.waits
    taker.rows.recorded = 2
    assert taker.take(confirmed=29).skipped is None and taker.recipient.waits
    taker.rows.recorded = 3
    assert taker.take(confirmed=29).skipped == (4, 29)


def test_a_part_of_another_state_or_out_of_order_is_passed_over() -> None:
    taker = Taker()
    taker.recipient.part(0.0, 30, 0, b"early")
    taker.ask()
    taker.recipient.part(0.0, 30, 0, b"before the offer")
    taker.recipient.offered(0.0, taker.offer)
    taker.recipient.part(0.0, 60, 0, taker.data[:PART_BYTES])
    taker.recipient.part(0.0, 30, 1, taker.data[PART_BYTES : 2 * PART_BYTES])
    assert taker.recipient._parts == [] and taker.recipient.waits
    taker.arrives(frame=60, state_hash="0" * 16)
    assert taker.take().skipped == (4, 29), "a second offer is none"


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ({"frame": 0}, "malformed"), ({"frame": True}, "malformed"), ({"frame": "30"}, "malformed"),
        ({"parts": 2}, "malformed"), ({"parts": -3}, "malformed"), ({"size": 1.0}, "malformed"),
        ({"state_hash": None}, "malformed"), ({"inputs_hash": "xyz"}, "malformed"),
        ({"size": MOST_BYTES + 1, "parts": 257}, "too_large"),
        ({"state_hash": "0" * 16}, "other_state"), ({"inputs_hash": "0" * 16}, "other_inputs"),
        ({"frame": 4}, "overtaken"), ({"frame": 100}, "episode_over"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_stepping_goes_on_where_it_was(offer: dict[str, Any], reason: str) -> None:
    taker = Taker()
    before = taker.game.save(), taker.ledger.inputs_hash()
    taker.ask()
    taker.arrives(**offer)
    assert taker.take(confirmed=99).skipped is None and taker.recipient.reason == reason
    assert (taker.game.save(), taker.ledger.inputs_hash()) == before
    assert taker.timeline.resumed is None and taker.rows.resumed is None


def test_a_part_of_another_size_ends_it() -> None:
    for data in (b"", b"x", bytes(PART_BYTES + 1)):
        taker = Taker()
        taker.ask()
        taker.recipient.offered(0.0, taker.offer)
        taker.recipient.part(0.0, 30, 0, data)
        assert taker.recipient.reason == "malformed"


def test_bytes_that_mean_no_state_or_a_state_of_another_game_are_not_taken() -> None:
    for data in (bytes(40_020), encode([1, 2]), encode((1, False, b"short"))):
        taker = Taker()
        before = taker.game.save()
        taker.data = data
        taker.offer |= {"size": len(data), "parts": -(-len(data) // PART_BYTES)}
        taker.ask()
        taker.arrives()
        taker.take()
        assert taker.recipient.reason.startswith("not_taken: ValueError") and taker.game.save() == before


def test_five_seconds_without_an_answer_or_a_part_end_it() -> None:
    taker = Taker()
    taker.ask(1000.0)
    taker.take(1000.0 + NO_PROGRESS_MS - 1)
    assert taker.recipient.waits
    taker.arrives(5000.0, most=2)
    taker.take(5000.0 + NO_PROGRESS_MS - 1)
    assert taker.recipient.waits
    taker.take(5000.0 + NO_PROGRESS_MS)
    assert taker.recipient.reason == "no_progress" and taker.recipient._parts == []


def test_the_golden_messages_are_understood() -> None:
    assert sorted(KINDS) == sorted(STATES["to_page"])
    taker = Taker()
    taker.ask()
    golden = {**STATES["to_page"]["offer"], "epoch": 2}
    taker.recipient.offered(0.0, golden)
    assert taker.recipient._offer is not None and taker.recipient._offer.frame == golden["frame"]
