"""Whole pages of one match, as browsers hold them, with the real arbiter between them, joined by hand.

What a page sends arrives a turn later. Nothing is lost unless a test says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from app.engine.browser import BrowserMatch
from app.engine.match_setup import MatchSetup
from app.engine.wire import words_from_hex, words_to_hex
from app.server.domain.decisions import Action, Persist, Send
from app.server.domain.donations import KINDS, Donations
from app.server.domain.membership import Arbiter

TURN_MS = 33.0
SEEDS = [11, 12, 13]


class Hall:
    """A match.

    Args:
        setup: As the server sends it.
        word_bytes: Of every seat.
        after_departure: The study's choice.

    Attributes:
        pages: By seat, the page that is there.
        rows: By seat, episode and frame, what it has recorded.
        done: By episode and seat, what it said at the end.
        events: By seat, the names of what its engine reported.
        skipped: By seat, the frames of which its record says that it has no rows.
        donations: States on their way to pages that come back.
        deaf: Seats whose datagrams get lost, both ways.
        agrees: Whether no page may find that another's game differs.
    """

    def __init__(self, setup: dict[str, Any], word_bytes: int = 2, after_departure: str = "default_action") -> None:
        self.setup, self._width = setup, word_bytes
        self.seats = MatchSetup.from_dict(setup).people
        self.now = 0.0
        self.episode = -1
        self.log: dict[int, dict[int, dict[int, bytes]]] = {}
        self.rows: dict[int, dict[tuple[int, int], list[Any]]] = {seat: {} for seat in self.seats}
        self.seq = dict.fromkeys(self.seats, 0)
        self.skipped: dict[int, list[tuple[int, int]]] = {seat: [] for seat in self.seats}
        self.donations = Donations()
        self.done: dict[tuple[int, int], dict[str, Any]] = {}
        self.events: dict[int, list[str]] = {seat: [] for seat in self.seats}
        self.failures: list[dict[str, Any]] = []
        self.deaf: set[int] = set()
        self.agrees = True
        self._mail: list[tuple[int, int, bytes]] = []
        self.arbiter = Arbiter(
            len(setup["seats"]), self.seats, window=8, input_delay=0, fps=setup["fps"],
            grace_ms=setup.get("reconnection_timeout_ms", 30_000), after_departure=after_departure,
        )  # fmt: skip
        self.pages = {seat: self.page(seat) for seat in self.seats}
        self._waiting: dict[int, BrowserMatch] = {}

    def page(self, seat: int, rejoin: dict[str, Any] | None = None) -> BrowserMatch:
        """Return a page that has been told of the match."""
        engine = BrowserMatch(lambda: 0.0)
        match = {"match_id": "m1", "match_tag": 9, "seat": seat, "episode_seeds": SEEDS, "setup": self.setup}
        engine.start(json.dumps({**match, "rejoin": rejoin}), self.now)
        return engine

    def begin(self, episode: int) -> None:
        """Let the server begin an episode at every page that is there."""
        self.episode = episode
        self.act(self.arbiter.begin_episode(episode, self.setup["max_steps"], self.now))
        for page in self.pages.values():
            assert "failure" not in json.loads(page.begin(episode))

    def act(self, actions: Iterable[Action]) -> None:
        """Do what the arbiter wants."""
        for action in actions:
            if isinstance(action, Send) and action.seat in self.pages:
                page = self.pages[action.seat]
                self.take(action.seat, page.control(self.now, json.dumps(action.message)))
            assert not isinstance(action, Persist) or action.commit["view"] == self.arbiter.view

    def play(self, turns: int, keys: Any = None, asleep: Iterable[int] = ()) -> None:
        """Let time pass; `keys(seat, turn)` says what is held."""
        for turn in range(turns):
            self.now += TURN_MS
            mail, self._mail = self._mail, []
            for sender, to, data in mail:
                if to in self.pages and to not in asleep and not {sender, to} & self.deaf:
                    self.take(to, self.pages[to].receive(self.now, data))
            for seat, page in list(self.pages.items()):
                if seat in asleep:
                    continue
                if keys is not None:
                    page.keys(json.dumps(keys(seat, turn)), self.now)
                self.take(seat, page.tick(self.now))
            self.act(self.arbiter.tick(self.now))

    def take(self, seat: int, said: str) -> dict[str, Any]:
        """Carry out what a page's turn asks for."""
        result: dict[str, Any] = json.loads(said)
        page = self.pages[seat]
        self._mail += [(seat, to, data) for to, _, data in page.take_packets()]
        self.keep(seat, page)
        self.events[seat] += [event["name"] for event in result["events"]]
        assert not (self.agrees and result["desyncs"])
        if result["finished_episode"]:
            self.done[result["finished_episode"]["episode"], seat] = result["finished_episode"]
        if result["failure"]:
            self.failures.append(result["failure"])
        if result["needs_log"]:
            page.join(json.dumps(self.input_log()))
        for message in result["server"]:
            if message["kind"] in KINDS:
                self.donate(seat, message)
            else:
                self.act(self.arbiter.message(seat, message, self.now))
        for to, epoch, frame, index, data in page.take_parts() if result["parts"] else ():
            self.donations.part(seat, to, epoch, frame, index, len(data))
            self.pages[to].part(self.now, epoch, frame, index, self.on_the_way(data))
            page.part_taken(to, True)
        return result

    def donate(self, seat: int, message: dict[str, Any]) -> None:
        """Pass on what a page says of a state."""
        if message["kind"] == "snapshot":
            self.act(self.donations.ask(seat, message, sorted(self.arbiter.members)))
        else:
            self.act(self.donations.answer(seat, message))

    def on_the_way(self, data: bytes) -> bytes:
        """Return a part of a state as it arrives; a test may break it."""
        return data

    def keep(self, seat: int, page: BrowserMatch) -> None:
        """Store what a page has recorded."""
        for chunk in page.take_chunks():
            assert chunk["seq"] == self.seq[seat]
            self.seq[seat] += 1
            data = json.loads(chunk["data"])
            for row in data["rows"]:
                assert (row[0], row[1]) not in self.rows[seat]
                self.rows[seat][row[0], row[1]] = row
            self.note(chunk["episode"], chunk["first_frame"], chunk["last_frame"], data["inputs"])
            if "skipped" in data:
                first, last = data["skipped"]["first_frame"], data["skipped"]["last_frame"]
                self.skipped[seat].append((first, last))
                self.note(chunk["episode"], first, last, data["skipped"]["inputs"])

    def note(self, episode: int, first: int, last: int, inputs: dict[str, str]) -> None:
        """Keep inputs in the log."""
        for index, text in inputs.items():
            words = words_from_hex(text, self._width, last - first + 1)
            assert words is not None and len(words) == last - first + 1
            log = self.log.setdefault(episode, {}).setdefault(int(index), {})
            for frame, word in enumerate(words, first):
                assert log.setdefault(frame, word) == word

    def input_log(self) -> dict[str, Any]:
        """Return the server's input log of the episode."""
        log = self.log.get(self.episode, {})
        through = min((len(log.get(seat, {})) for seat in self.seats), default=0) - 1
        inputs = {str(seat): words_to_hex([log[seat][frame] for frame in range(through + 1)]) for seat in log}
        return {"through": through, "inputs": inputs}

    def reload(self, seat: int, away: int = 3) -> None:
        """A page goes, and a new one comes back to whatever is played, once its former life is over."""
        self.pages.pop(seat)
        self._mail = [letter for letter in self._mail if letter[0] != seat]
        self.act(self.arbiter.observe(seat, self.now))
        self.play(away)
        assert seat not in self.arbiter.members
        kept = self.rows[seat]
        newest = max(kept, default=(-1, -1))
        recorded = {"episode": newest[0], "through": newest[1], "seq": self.seq[seat]}
        commits = list(self.arbiter.commits)
        self.pages[seat] = self.page(seat, {"commits": commits, "episode": self.episode, "recorded": recorded})
        assert "failure" not in json.loads(self.pages[seat].begin(self.episode))

    def agree(self, episode: int) -> int:
        """Check that what the seats have recorded of an episode agrees; return how many frames are there."""
        merged: dict[int, list[Any]] = {}
        for rows in self.rows.values():
            for (at, frame), row in rows.items():
                if at == episode:
                    assert merged.setdefault(frame, row) == row
        assert sorted(merged) == list(range(len(merged)))
        return len(merged)
