"""Runs the matches: who is told what when seats are assigned, connect, finish an episode, vanish and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.experiments.config import Experiment, GameScene
from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.flow import REASON_TEXTS, Flow
from app.server.domain.matches import EpisodeReport, Match, MatchSeat, MatchState
from app.server.domain.matchmaking import draw
from app.server.domain.participants import Participant, Participants

#: From sending `begin` to the first frame: three seconds that are counted down, and time for the message to arrive.
#: Each page subtracts the half round trip it has measured, so that all begin together.
START_IN_MS = 3500
#: Beyond the time to connect: a page that has said nothing by then is broken.
CONNECT_GRACE_MS = 30_000
#: Once a seat is stable through the last frame its partners hold every input too, and are seconds away at most.
EPISODE_END_MS = 60_000
#: A page reports once a second; a browser may slow a hidden page's timers to one a minute.
SILENCE_MS = 90_000


class Play:
    """All matches of a session.

    Args:
        experiment: the study.
        flow: makes the views.
        participants: the session's.
        session_id: for the store.
        new_id: makes an id of a kind ("match").
        first_match_number: how many matches the study has had before this session.
    """

    def __init__(
        self,
        experiment: Experiment,
        flow: Flow,
        participants: Participants,
        session_id: str,
        new_id: Callable[[str], str],
        first_match_number: int,
    ) -> None:
        self._experiment = experiment
        self._flow = flow
        self._participants = participants
        self._session_id = session_id
        self._new_id = new_id
        self._next_number = first_match_number
        self._matches: dict[str, Match] = {}

    def match(self, match_id: str) -> Match:
        """Return a match.

        Raises:
            Refused: there is none of this id.
        """
        if match_id not in self._matches:
            raise Refused("no_such_match", "there is no such match.")
        return self._matches[match_id]

    def running(self, participant: Participant) -> Match | None:
        """Return the match the participant is in now, if it is not over."""
        match = self._matches.get(participant.match_id or "")
        return match if match is not None and match.running else None

    def running_matches(self) -> list[Match]:
        """Return all matches that are not over."""
        return [match for match in self._matches.values() if match.running]

    def create(self, scene: GameScene, group: list[Participant], now: Instant, out: Outcome) -> Match:
        """Assign seats and seeds to a group and tell everybody."""
        number, self._next_number = self._next_number, self._next_number + 1
        drawn = draw(
            self._experiment.experiment.master_seed,
            number,
            seats=len(self._experiment.seats),
            episodes=scene.gameplay.num_episodes,
            roles=scene.matchmaking.roles,
        )
        seats = [
            MatchSeat(name, index, seat.role, group[drawn.order[index]].participant_id)
            for index, (name, seat) in enumerate(self._experiment.seats.items())
        ]
        match = Match(
            self._new_id("match"), number, scene.id, seats, drawn.episode_seeds, drawn.match_tag,
            self._experiment.match_setup(scene), now.monotonic_ms,
        )  # fmt: skip
        self._matches[match.match_id] = match
        places = [{"seat": s.seat, "index": s.index, "role": s.role, "participant_id": s.participant_id} for s in seats]
        out.store(
            "add_match",
            {
                "match_id": match.match_id,
                "session_id": self._session_id,
                "scene_id": scene.id,
                "seats": places,
                "episode_seeds": match.episode_seeds,
                "matchmaker": scene.matchmaking.matchmaker,
                "created_utc": now.utc,
                "config": match.setup,
            },
        )
        match.move(MatchState.MATCHED, now.monotonic_ms)
        out.event(
            "match_created", now, match_id=match.match_id, number=number, scene_id=scene.id, seats=places,
            episode_seeds=match.episode_seeds, state=match.state.value,
        )  # fmt: skip
        out.store("update_match", {"match_id": match.match_id, "state": match.state.value})
        for seat in seats:
            participant = self._participants.get(seat.participant_id)
            participant.match_id = match.match_id
            self._set_state(participant, "matched", out)
            out.send(seat.participant_id, "matched", self._matched(match, seat, scene))
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
        if match.state is MatchState.PLAYING:
            out.store("update_match", self._connections(match))
        elif all_connected:
            match.move(MatchState.PLAYING, now.monotonic_ms)
            out.store("update_match", {**self._connections(match), "started_utc": now.utc})
            self._begin(match, now, out)

    def episode_done(
        self, match: Match, seat: MatchSeat, episode: int, report: EpisodeReport, now: Instant, out: Outcome
    ) -> None:
        """Note that a seat is stable through an episode's end; compare when all are, and go on."""
        if not match.episode_done(seat, episode, report, now.monotonic_ms):
            return
        kind = match.disagreement(episode)
        out.event(
            "episode_done", now, match_id=match.match_id, episode=episode, frame=report.frame, agreed=kind is None
        )
        if kind is not None:
            reports = {s.seat: vars(s.reports[episode]) for s in match.seats}
            self.differ(match, {"episode": episode, "kind": kind, "reports": reports}, now, out)
        self._begin(match, now, out)

    def differ(self, match: Match, found: dict[str, Any], now: Instant, out: Outcome) -> None:
        """Note that the records or hashes of a match's seats disagree."""
        match.desync = match.desync or found
        out.event("desync", now, match_id=match.match_id, **found)

    def interrupted(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """Note that a seat's connection is lost; the partners see it, and time runs."""
        if seat.interrupted_since_ms is not None:
            return
        seat.interrupted_since_ms = now.monotonic_ms
        out.event("seat_interrupted", now, match_id=match.match_id, participant_id=seat.participant_id)
        self._tell_partners(match, seat, "interrupted", out)

    def resumed(self, match: Match, seat: MatchSeat, now: Instant, out: Outcome) -> None:
        """Note that a seat is back in time."""
        if seat.interrupted_since_ms is None:
            return
        seat.interrupted_since_ms = None
        out.event("seat_resumed", now, match_id=match.match_id, participant_id=seat.participant_id)
        self._tell_partners(match, seat, "resumed", out)

    def overdue(self, match: Match, now: Instant) -> tuple[str, MatchSeat | None] | None:
        """Return why a running match must end now, and who is the cause, or None."""
        settings = self._scene(match).multiplayer
        for seat in match.seats:
            since = seat.interrupted_since_ms
            if since is not None and now.monotonic_ms - since >= settings.reconnection_timeout_ms:
                return "PARTNER_LEFT", seat
        if any(seat.interrupted_since_ms is not None for seat in match.seats):
            return None
        if match.state is not MatchState.PLAYING:
            limit = settings.connection_timeout_ms + CONNECT_GRACE_MS
            return ("TECH_PROBLEM", None) if now.monotonic_ms - match.since_ms >= limit else None
        for seat in match.seats:
            if now.monotonic_ms - max(seat.heard_ms, match.since_ms) >= SILENCE_MS:
                return "TECH_PROBLEM", seat
        reported = match.first_report_ms
        if reported is not None and now.monotonic_ms - reported >= EPISODE_END_MS:
            return "TECH_PROBLEM", None
        return None

    def end(
        self, match: Match, reason: str, left: MatchSeat | None, now: Instant, out: Outcome, message: str | None = None
    ) -> None:
        """End a match; everybody in it but who left is told, and stays on the page until they go on."""
        match.move(MatchState.ENDED, now.monotonic_ms)
        match.end_reason, match.left_seat = reason, left.index if left else None
        update = {"state": match.state.value, "ended_utc": now.utc, "end_reason": reason}
        out.store("update_match", {**self._connections(match), **update, "left_seat": left.seat if left else None})
        out.event(
            "match_ended", now, match_id=match.match_id, state=match.state.value, end_reason=reason,
            left_seat=left.seat if left else None,
        )  # fmt: skip
        if message is None:
            message = REASON_TEXTS[reason]
            if reason == "PARTNER_LEFT":
                message = self._scene(match).multiplayer.partner_disconnect_message
            elif reason == "COMPLETED":
                message = "The game is over."
        for seat in match.seats:
            if seat is left:
                continue
            participant = self._participants.get(seat.participant_id)
            participant.exit_reason = None if reason == "COMPLETED" else reason
            self._set_state(participant, "ended", out)
            payload = {"match_id": match.match_id, "reason": reason, "left_seat": match.left_seat, "message": message}
            out.send(seat.participant_id, "match_ended", payload)
            out.send(seat.participant_id, "view", self._flow.view(participant))

    def _begin(self, match: Match, now: Instant, out: Outcome) -> None:
        episode = match.begin_episode(now.monotonic_ms)
        if episode is None:
            self.end(match, "COMPLETED", None, now, out)
            return
        out.event("match_playing", now, match_id=match.match_id, state=match.state.value, episode=episode)
        for seat in match.seats:
            if episode == 0:
                self._set_state(self._participants.get(seat.participant_id), "playing", out)
            payload = {"match_id": match.match_id, "episode": episode, "start_in_ms": START_IN_MS}
            out.send(seat.participant_id, "begin", payload)

    def _set_state(self, participant: Participant, state: str, out: Outcome) -> None:
        participant.state = state
        if state != "ended":
            participant.status = state
            out.store("update_participant", {"participant_id": participant.participant_id, "status": state})
            out.send(participant.participant_id, "view", self._flow.view(participant))

    def _matched(self, match: Match, seat: MatchSeat, scene: GameScene) -> dict[str, Any]:
        rtc = self._experiment.webrtc
        return {
            "match_id": match.match_id,
            "scene_id": match.scene_id,
            "seat": seat.index,
            "seats": [other.seat for other in match.seats],
            "roles": [other.role for other in match.seats],
            "match_tag": match.match_tag,
            "episode_seeds": match.episode_seeds,
            "setup": match.setup,
            "ice_servers": [server.model_dump(exclude_none=True) for server in rtc.ice_servers],
            "force_relay": rtc.force_relay,
            "connection_timeout_ms": scene.multiplayer.connection_timeout_ms,
        }

    def _connections(self, match: Match) -> dict[str, Any]:
        return {
            "match_id": match.match_id,
            "state": match.state.value,
            "connections": {str(seat.index): seat.connections or {} for seat in match.seats},
        }

    def _tell_partners(self, match: Match, seat: MatchSeat, state: str, out: Outcome) -> None:
        payload = {"match_id": match.match_id, "seat": seat.index, "state": state}
        for other in match.seats:
            if other is not seat:
                out.send(other.participant_id, "partner", payload)

    def _scene(self, match: Match) -> GameScene:
        scene = self._flow.scene(self._flow.index_of(match.scene_id) or 0)
        assert isinstance(scene, GameScene)
        return scene
