"""A small language for the domain's tests: people come, wait, play and leave; time passes when the test says so."""

from __future__ import annotations

import itertools
from typing import Any

from app.experiments.config import Experiment
from app.server.domain.commands import Instant, Outcome
from app.server.domain.matches import EpisodeReport
from app.server.domain.materials import Materials
from app.server.domain.monitor import Monitor
from app.server.domain.session import Before, Session
from tests.server.domain.ballots_scenario import holds

ENVIRONMENT_HASH = "e0"


def experiment(seats: dict[str, dict[str, Any]] | None = None, **game: Any) -> Experiment:
    """Return an experiment, with two seats if nothing else is said; `game` replaces settings of its game scene."""
    scene = {
        "id": "game",
        "type": "game",
        "gameplay": {"num_episodes": 2, "max_steps": 900, "default_action": 6},
        "keys": {"ArrowUp": 0},
        "waitroom": {"timeout_ms": 120_000},
        "multiplayer": {"reconnection_timeout_ms": 30_000, "partner_disconnect_message": "They are gone."},
        **game,
    }
    end = {
        "id": "end",
        "type": "end",
        "codes": {"COMPLETED": "DONE", "LOBBY_TIMEOUT": "WAIT", "PARTNER_LEFT": "PART", "DROPPED_OUT": "DROP"},
    }
    return Experiment.model_validate(
        {
            "experiment": {"id": "study", "title": "The study", "master_seed": 7},
            "seats": seats or {"0": {"role": "cook_a"}, "1": {"role": "cook_b"}},
            "scenes": [{"id": "welcome", "type": "start", "body": "welcome.md"}, scene, end],
        }
    )


def instant(ms: float) -> Instant:
    """Return the moment so many milliseconds after the test began."""
    return Instant(monotonic_ms=ms, utc_ms=1_800_000_000_000 + int(ms), utc=f"2027-01-15T08:00:00.{int(ms):09d}Z")


class Study:
    """A session whose outcomes are collected, with a monitor that is told every event."""

    def __init__(
        self,
        first_match_number: int = 0,
        study: Experiment | None = None,
        materials: Materials | None = None,
        before: Before | None = None,
        **game: Any,
    ) -> None:
        numbers = itertools.count(1)
        self.experiment = study or experiment(**game)
        self.session = Session(
            self.experiment,
            materials=materials or Materials({"welcome.md": "<p>Hello</p>"}),
            session_id="s-1",
            environment_hash=ENVIRONMENT_HASH,
            new_id=lambda kind: f"{kind}{next(numbers)}",
            before=before or Before(matches=first_match_number),
        )
        self.monitor = Monitor(experiment={"id": "study"}, session={"session_id": "s-1"}, first_scene="welcome")
        self.now_ms = 0.0
        self.all = Outcome()

    @property
    def now(self) -> Instant:
        return instant(self.now_ms)

    def took(self, outcome: Outcome) -> dict[str, Any]:
        """Collect what an outcome holds; return its reply."""
        self.all.durable += outcome.durable
        self.all.sends += outcome.sends
        self.all.stores += outcome.stores
        self.all.events += outcome.events
        for event in outcome.events:
            self.monitor.apply(event)
        return outcome.reply

    def passes(self, ms: float) -> None:
        """Let time pass, in steps of a quarter of a second as the server's ticker does."""
        end = self.now_ms + ms
        while self.now_ms < end:
            self.now_ms = min(end, self.now_ms + 250)
            self.took(self.session.tick(self.now))

    def arrives(self, **entry: str) -> str:
        """Somebody opens the page and presses Start; return their id."""
        self.took(self.session.connect(None, self.now))
        return self.took(self.session.start(None, self.now, entry=entry))["participant_id"]

    def view(self, who: str) -> dict[str, Any]:
        """Return what somebody's page shows now."""
        return self.took(self.session.start(who, self.now))["view"]

    def scene(self, who: str) -> str:
        """Return the step that somebody's page shows now."""
        return self.view(who)["scene"]["id"]

    def waits(self, participant_id: str | None = None) -> str:
        """Somebody new, or the one named, is ready and enters the waiting room."""
        who = participant_id or self.arrives()
        self.took(self.session.ready(who, "game", ENVIRONMENT_HASH, 1200.0, self.now))
        return who

    def pair(self) -> tuple[str, str, str]:
        """Two people are matched; return those on seat 0 and seat 1, and the match."""
        first, second = self.waits(), self.waits()
        matched = self.sent(first, "matched")[-1]
        people = (first, second) if matched["seat"] == 0 else (second, first)
        return *people, matched["match_id"]

    def playing(self) -> tuple[str, str, str]:
        """Two people are matched and connected, so that the first episode begins."""
        zero, one, match_id = self.pair()
        self.took(self.session.seats.connected(zero, match_id, {"1": "direct"}, self.now))
        self.took(self.session.seats.connected(one, match_id, {"0": "direct"}, self.now))
        return zero, one, match_id

    def done(self, who: str, match_id: str, episode: int, state: str = "aa", inputs: str = "bb") -> None:
        """A seat is stable through an episode's last frame."""
        report = EpisodeReport(frame=899, state_hash=state, inputs_hash=inputs)
        self.took(self.session.seats.episode_done(who, match_id, episode, report, self.now))

    def tells(self, who: str, match_id: str, **message: Any) -> None:
        """A page says something about who takes part."""
        self.took(self.session.seats.membership(who, match_id, message, self.now))

    def answers(self, who: str, match_id: str, cut: int = 100, view: int = 0) -> None:
        """A page answers what the server asked it last: it holds the leavers' inputs up to `cut`."""
        asked = self.controls(who, "prepare")[-1]
        report = holds(asked["ballot"], dict.fromkeys(asked["drop"], cut), view=view)
        self.tells(who, match_id, **report)

    def controls(self, who: str, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what the server said to somebody about who takes part, all or of one kind."""
        messages = [payload["message"] for payload in self.sent(who, "membership")]
        return [message for message in messages if kind in (None, message["kind"])]

    def goes_on(self, who: str, scene: str = "game") -> dict[str, Any]:
        """Continue is pressed; return the view."""
        return self.took(self.session.pages.advance(who, scene, self.now))["view"]

    def sent(self, who: str, name: str) -> list[dict[str, Any]]:
        """Return the payloads of all messages of a name to somebody."""
        return [send.payload for send in self.all.sends if send.participant_id == who and send.name == name]

    def stored(self, command: str) -> list[dict[str, Any]]:
        """Return the payloads of all commands of a name."""
        return [store.payload for store in self.all.stores if store.command == command]

    def happened(self, name: str) -> list[dict[str, Any]]:
        """Return the data of all events of a name."""
        return [event.data for event in self.all.events if event.name == name]

    def record_of(self, who: str) -> dict[str, Any]:
        """Return what the store knows of a participant by now."""
        known: dict[str, Any] = {}
        for payload in self.stored("add_participant") + self.stored("update_participant"):
            known |= payload if payload["participant_id"] == who else {}
        return known

    def kept(self, command: str) -> list[dict[str, Any]]:
        """Return the payloads of all commands of a name that were to be committed before anything else."""
        return [store.payload for store in self.all.durable if store.command == command]
