"""Runs the matches: who is told what when seats are assigned, connect, finish an episode, vanish and come back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from app.experiments.config import Experiment, GameScene
from app.server.domain import match_records
from app.server.domain.commands import Instant, Outcome
from app.server.domain.deadlines import overdue
from app.server.domain.departures import Departures, Keeper
from app.server.domain.errors import Refused
from app.server.domain.flow import Flow
from app.server.domain.journey import set_status
from app.server.domain.matches import EpisodeReport, Match, MatchSeat, MatchState
from app.server.domain.matchmaking import draw
from app.server.domain.participants import Participant, Participants

#: From sending `begin` to the first frame: three seconds that are counted down, and time for the message to arrive.
#: Each page subtracts the half round trip it has measured, so that all begin together.
START_IN_MS = 3500
#: What participants are told at a match's end, by its reason: keys of the study's texts.
_ENDED = {"COMPLETED": "game.over", "PARTNER_LEFT": "stopped.text_partner_left", "TECH_PROBLEM": "reasons.TECH_PROBLEM"}
#: Whose page was not heard for too long has not left by their own doing: the key of what the end page says to them.
_SILENT = "end.silent"


class Play:
    """All matches of a session.

    Args:
        experiment: the study.
        flow: makes the views.
        participants: the session's.
        session_id: for the store.
        new_id: makes an id of a kind ("match").
        first_match_number: how many matches the study has had before this session.
        lost: called when somebody is out of their match for good, with the reason.
    """

    def __init__(
        self,
        experiment: Experiment,
        flow: Flow,
        participants: Participants,
        session_id: str,
        new_id: Callable[[str], str],
        first_match_number: int,
        lost: Callable[[Participant, str, Instant, Outcome], None],
    ) -> None:
        self._flow = flow
        self._participants = participants
        self._session_id = session_id
        self._new_id = new_id
        self._master_seed = experiment.experiment.master_seed
        self._next_number = first_match_number
        # The study and the scene as they are under the condition of each match.
        self._games: dict[str, tuple[Experiment, GameScene]] = {}
        self._matches: dict[str, Match] = {}
        self._lost = lost
        self._departures = Departures(Keeper(self.lose, self._drop, self.may_return, self._end_without, self._welcome))

    def match(self, match_id: str) -> Match:
        """Return a match.

        Raises:
            Refused: there is none of this id.
        """
        if match_id not in self._matches:
            raise Refused("no_such_match", "there is no such match.")
        return self._matches[match_id]

    def running(self, participant: Participant) -> Match | None:
        """Return the match the participant is in now, if it is not over, for them or for all."""
        match = self._matches.get(participant.match_id or "")
        running = match is not None and match.running and not match.seat_of(participant.participant_id).gone
        return match if running else None

    def running_matches(self) -> list[Match]:
        """Return all matches that are not over."""
        return [match for match in self._matches.values() if match.running]

    def facts(self, participant: Participant) -> dict[str, Any]:
        """Return what a rule may ask of the match that somebody sits or sat in."""
        match = self._matches[participant.match_id or ""]
        return match.facts_of(match.seat_of(participant.participant_id))

    def create(self, group: list[Participant], now: Instant, out: Outcome) -> Match:
        """Assign seats and seeds to a group in one step and condition, and tell everybody."""
        step, condition = group[0].step, group[0].condition
        experiment, scene = self._flow.experiment(group[0]), self._flow.scene(group[0])
        assert isinstance(scene, GameScene)
        number, self._next_number = self._next_number, self._next_number + 1
        drawn = draw(
            self._master_seed,
            number,
            seats=len(experiment.people),
            episodes=scene.gameplay.num_episodes,
            roles=scene.matchmaking.roles,
        )
        planned = list(experiment.seats.items())
        seats = [
            MatchSeat(planned[index][0], index, planned[index][1].role, group[position].participant_id)
            for index, position in zip(experiment.people, drawn.order, strict=True)
        ]
        match = Match(
            self._new_id("match"), number, scene.id, seats, drawn.episode_seeds, drawn.match_tag,
            {}, now.monotonic_ms, step_id=step.id, condition=condition,
        )  # fmt: skip
        answers = {seat.seat: self._answers_of(experiment, seat.participant_id) for seat in seats}
        match.setup = experiment.match_setup(scene, condition=condition, answers=answers)
        self._matches[match.match_id] = match
        self._games[match.match_id] = (experiment, scene)
        out.store("add_match", match_records.row(match, experiment, scene, self._session_id, now.utc))
        match.move(MatchState.MATCHED, now.monotonic_ms)
        out.event(
            "match_created", now, match_id=match.match_id, number=number, scene_id=scene.id,
            step_id=step.id, condition=condition, seats=match_records.people(match),
            episode_seeds=match.episode_seeds, state=match.state.value,
        )  # fmt: skip
        out.store("update_match", {"match_id": match.match_id, "state": match.state.value})
        for seat in seats:
            participant = self._participants.get(seat.participant_id)
            participant.match_id = match.match_id
            self._set_state(participant, "matched", out)
            out.send(seat.participant_id, "matched", match_records.matched(match, seat, *self._games[match.match_id]))
        return match

    def signalled(self, match: Match, now: Instant, out: Outcome) -> None:
        """Note that the seats are trying to reach each other."""
        if match.state is MatchState.MATCHED:
            # The time to connect runs from the moment the seats were told.
            told_ms = match.since_ms
            match.move(MatchState.VALIDATING, told_ms)
            out.store("update_match", {"match_id": match.match_id, "state": match.state.value})
            out.event("match_validating", now, match_id=match.match_id, state=match.state.value)

    def connected(self, match: Match, seat: MatchSeat, connections: dict[str, str], now: Instant, out: Outcome) -> None:
        """Note how a seat reaches its partners; the first episode begins when all have said so."""
        if not match.running:
            raise Refused("match_over", f"match {match.match_id} is over.")
        all_connected = match.connected(seat, connections)
        self.signalled(match, now, out)
        out.event(
            "match_connected", now, match_id=match.match_id, participant_id=seat.participant_id,
            connections=connections,
        )  # fmt: skip
        if match.incompatible:
            out.event("incompatible", now, match_id=match.match_id, digests={s.seat: s.digest for s in match.seats})
            self.end(match, "TECH_PROBLEM", None, now, out)
        elif match.state is MatchState.PLAYING:
            out.store("update_match", match_records.connections(match))
        elif all_connected:
            match.move(MatchState.PLAYING, now.monotonic_ms)
            out.store("update_match", {**match_records.connections(match), "started_utc": now.utc})
            self._begin(match, now, out)

    def episode_done(
        self, match: Match, seat: MatchSeat, episode: int, report: EpisodeReport, now: Instant, out: Outcome
    ) -> None:
        """Note that a seat is stable through an episode's end; compare when all are, and go on."""
        if match.episode_done(seat, episode, report, now.monotonic_ms):
            self._go_on(match, now, out)

    def differ(self, match: Match, found: dict[str, Any], now: Instant, out: Outcome) -> None:
        """Note that the records or hashes of a match's seats disagree."""
        match.desync = match.desync or found
        out.event("desync", now, match_id=match.match_id, **found)

    def interrupted(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """Note that a seat's connection is lost; the partners see it, and time runs."""
        if seat.interrupted_since_ms is not None:
            return
        seat.interrupted_since_ms, seat.lagging = now.monotonic_ms, match.playing
        seat.silent.clear()  # a page that is cut off itself hears nobody
        out.event("seat_interrupted", now, match_id=match.match_id, participant_id=seat.participant_id)
        self._tell_partners(match, seat, "interrupted", out)
        self._departures.interrupted(match, seat, now, out)

    def resumed(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """Note that a seat is back in time."""
        if seat.interrupted_since_ms is None:
            return
        seat.interrupted_since_ms = None
        out.event("seat_resumed", now, match_id=match.match_id, participant_id=seat.participant_id)
        self._tell_partners(match, seat, "resumed", out)

    def may_return(self, match: Match, seat: MatchSeat) -> bool:
        """Whether a page that is loaded again can take the seat again."""
        return self._departures.may_return(match, seat, self._scene(match))

    def closed(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """A page that may be loaded again goes away."""
        self._departures.closed(match, seat, now, out)
        self._go_on(match, now, out)

    def reloaded(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """A page was loaded again: its person comes back to the match that goes on."""
        seat.lagging = False
        seat.silent.clear()
        self.resumed(match, seat, now, out)
        out.event("seat_returning", now, match_id=match.match_id, participant_id=seat.participant_id)
        out.send(seat.participant_id, "view", self._flow.view(self._participants.get(seat.participant_id)))
        self._departures.reloaded(match, seat, now, out)
        self._go_on(match, now, out)

    def membership(self, match: Match, seat: MatchSeat, message: dict[str, Any], now: Instant, out: Outcome) -> None:
        """A page says something about who takes part."""
        if not match.running:
            raise Refused("match_over", f"match {match.match_id} is over.")
        if match.arbiter is None:
            raise Refused("not_playing", f"match {match.match_id} has not begun.")
        self._departures.message(match, seat, message, now, out)
        epoch = message.get("epoch")
        if message.get("kind") == "back":
            seat.lagging = False
        missed = message.get("kind") == "back" and type(epoch) is int and epoch < match.episode
        if missed and match.playing and not match.absent(seat):
            self._say_begin(match, seat, now, out)
        self._go_on(match, now, out)

    def tick(self, match: Match, now: Instant, out: Outcome) -> None:
        """Time has passed for a match."""
        self._departures.tick(match, now, out)
        self._go_on(match, now, out)
        found = overdue(match, self._scene(match).multiplayer, now) if match.running else None
        if found is None:
            return
        reason, seat = found
        if seat is None:
            self.end(match, reason, None, now, out)
        elif reason != "PARTNER_LEFT" or seat.closed_since_ms is not None:
            self.lose(match, seat, "DROPPED_OUT" if reason == "PARTNER_LEFT" else reason, now, out)
        elif self._scene(match).multiplayer.after_departure != "end" and self.may_return(match, seat):
            self._departures.leave(match, seat, now, out)
        else:
            self.lose(match, seat, "DROPPED_OUT", now, out, _SILENT)

    def lose(
        self, match: Match, seat: MatchSeat, exit_reason: str, now: Instant, out: Outcome, farewell: str | None = None
    ) -> None:
        """A person is out of their match for good; what follows for the others is the study's choice."""
        if seat.gone:
            return
        self._participants.get(seat.participant_id).farewell = farewell
        seat.gone, seat.closed_since_ms, seat.interrupted_since_ms = True, None, None
        if match.left_seat is None:
            match.left_seat = seat.index
            match.end_reason = "TECH_PROBLEM" if exit_reason == "TECH_PROBLEM" else "PARTNER_LEFT"
        if match.playing:
            self._departures.leave(match, seat, now, out)
            self._go_on(match, now, out)
        else:
            self._end_without(match, now, out)
        self._lost(self._participants.get(seat.participant_id), exit_reason, now, out)

    def fail(self, match: Match, found: dict[str, Any], now: Instant, out: Outcome) -> None:
        """The environment itself has failed: nobody can go on. Participants are told no more than that."""
        if match.running:
            out.event("environment_error", now, match_id=match.match_id, **found)
            self.end(match, "TECH_PROBLEM", None, now, out, text="stopped.text_fault")

    def end(
        self, match: Match, reason: str, left: MatchSeat | None, now: Instant, out: Outcome, text: str | None = None
    ) -> None:
        """End a match; everybody in it but who left is told, and stays on the page until they go on.

        Args:
            match: which.
            reason: one of `END_REASONS`.
            left: who has just left it, if that is why.
            now: the moment.
            out: takes what follows.
            text: key of what is said, None for what the reason means.
        """
        absent = [seat for seat in match.seats if match.absent(seat)]
        match.move(MatchState.ENDED, now.monotonic_ms)
        for seat in absent:
            # They could have come back until now.
            seat.gone = True
            match.left_seat = seat.index if match.left_seat is None else match.left_seat
        if left is not None and match.left_seat is None:
            match.left_seat = left.index
        match.end_reason = reason
        gone = match.seat_at(-1 if match.left_seat is None else match.left_seat)
        update = {"state": match.state.value, "ended_utc": now.utc, "end_reason": reason}
        out.store(
            "update_match", {**match_records.connections(match), **update, "left_seat": gone.seat if gone else None}
        )
        out.event(
            "match_ended", now, match_id=match.match_id, state=match.state.value, end_reason=reason,
            left_seat=gone.seat if gone else None,
        )  # fmt: skip
        for seat in match.seats:
            if seat is left or seat.gone:
                continue
            participant = self._participants.get(seat.participant_id)
            participant.exit_reason = None if reason == "COMPLETED" else reason
            self._set_state(participant, "ended", out)
            message = self._flow.texts(participant).say(text or _ENDED[reason])
            settings = self._scene(match).multiplayer
            if reason == "PARTNER_LEFT" and settings.partner_disconnect_message is not None:
                message = settings.partner_disconnect_message
            payload = {"match_id": match.match_id, "reason": reason, "left_seat": match.left_seat, "message": message}
            out.send(seat.participant_id, "match_ended", payload)
            out.send(seat.participant_id, "view", self._flow.view(participant))
        for seat in absent:
            participant = self._participants.get(seat.participant_id)
            participant.farewell = _SILENT
            self._lost(participant, "DROPPED_OUT", now, out)

    def _begin(self, match: Match, now: Instant, out: Outcome) -> None:
        episode = match.begin_episode(now.monotonic_ms)
        if episode is None:
            self.end(match, "COMPLETED", None, now, out)
            return
        out.event("match_playing", now, match_id=match.match_id, state=match.state.value, episode=episode)
        self._departures.begin(match, self._scene(match), now, out)
        for seat in match.seats:
            # Who may have missed a decision hears it first: it would begin the episode with other members.
            if seat.gone or seat.returning or seat.lagging or match.absent(seat):
                continue
            if episode == 0:
                self._set_state(self._participants.get(seat.participant_id), "playing", out)
            self._say_begin(match, seat, now, out)

    def _say_begin(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        left_ms = max(0.0, START_IN_MS - (now.monotonic_ms - match.since_ms))
        payload = {"match_id": match.match_id, "episode": match.episode, "start_in_ms": int(left_ms)}
        out.send(seat.participant_id, "begin", payload)

    def _go_on(self, match: Match, now: Instant, out: Outcome) -> None:
        """Compare the episode and begin the next one, or end, once all who take part are through."""
        if not match.episode_over:
            return
        episode, members = match.episode, match.members
        kind = match.disagreement(episode)
        frame = members[0].reports[episode].frame
        out.event("episode_done", now, match_id=match.match_id, episode=episode, frame=frame, agreed=kind is None)
        if kind is not None:
            reports = {seat.seat: vars(seat.reports[episode]) for seat in members}
            self.differ(match, {"episode": episode, "kind": kind, "reports": reports}, now, out)
        if match.arbiter is not None and match.arbiter.finishing:
            self._end_without(match, now, out)
        else:
            self._begin(match, now, out)

    def _end_without(self, match: Match, now: Instant, out: Outcome) -> None:
        """End a match because of who has left."""
        self.end(match, match.end_reason or "PARTNER_LEFT", None, now, out)

    def _drop(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """The match goes on without a silent page; it may come back to it where the study lets it."""
        if not self.may_return(match, seat):
            self.lose(match, seat, "DROPPED_OUT", now, out, _SILENT)

    def _welcome(self, match: Match, seat: MatchSeat, out: Outcome) -> None:
        """Tell a page that was loaded again what it comes back to."""
        assert match.arbiter is not None
        rejoin = {"commits": match.arbiter.commits, "episode": match.episode, "recorded": seat.recorded}
        payload = match_records.matched(match, seat, *self._games[match.match_id])
        out.send(seat.participant_id, "matched", {**payload, "rejoin": copy.deepcopy(rejoin)})

    def _set_state(self, participant: Participant, state: str, out: Outcome) -> None:
        participant.state = state
        if state != "ended":
            set_status(participant, state)
            out.store("update_participant", {"participant_id": participant.participant_id, "status": state})
            out.send(participant.participant_id, "view", self._flow.view(participant))

    def _answers_of(self, experiment: Experiment, participant_id: str) -> dict[str, Any]:
        return experiment.answers_for_environment(self._participants.get(participant_id).facts)

    def _tell_partners(self, match: Match, seat: MatchSeat, state: str, out: Outcome) -> None:
        payload = {"match_id": match.match_id, "seat": seat.index, "state": state}
        for other in match.seats:
            if other is not seat and not other.gone:
                out.send(other.participant_id, "partner", payload)

    def _scene(self, match: Match) -> GameScene:
        return self._games[match.match_id][1]
