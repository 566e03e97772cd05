"""The participants' live line: checks every message, asks the session, and carries out what it decides.

compose.py makes one `ParticipantSocket` and starts its ticker. What a page sends is data: it is checked, passed to
the session or stored, never run. What cannot be understood is refused with a code and counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.server.domain.commands import Instant, Outcome
from app.server.domain.errors import Refused
from app.server.domain.events import Event
from app.server.domain.matches import EpisodeReport
from app.server.domain.monitor import Monitor
from app.server.domain.ports import StorePort
from app.server.domain.session import Session
from app.server.storage.client import StoreError
from app.server.web import from_page, messages, server_path, signaling, uploads
from app.server.web.access import Allowance

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25


class SocketServer(Protocol):
    """The part of socketio.Server used here."""

    def on(self, event: str, handler: Callable[..., Any]) -> Any: ...
    def emit(self, event: str, data: Any, to: str) -> Any: ...
    def disconnect(self, sid: str) -> Any: ...
    def sleep(self, seconds: float) -> Any: ...
    def start_background_task(self, target: Callable[[], None]) -> Any: ...


@dataclass
class Connection:
    """One page's connection; `page` names the loaded page, if it says so."""

    page: str | None = None
    participant_id: str | None = None
    allowance: Allowance = field(default_factory=Allowance)


class ParticipantSocket:
    """Joins pages and session.

    Args:
        server: a Socket.IO server that answers `connect` before its handler runs (`always_connect`).
        session: decides.
        store: keeps.
        monitor: is told every event.
        now: the clock.
        on_store_lost: called when the store can no longer be given anything; the server must stop then, because
            nothing that happens would be recorded.
    """

    def __init__(
        self,
        server: SocketServer,
        session: Session,
        store: StorePort,
        monitor: Monitor,
        now: Callable[[], Instant],
        on_store_lost: Callable[[str], None],
    ) -> None:
        self._server = server
        self._session = session
        self._store = store
        self._monitor = monitor
        self._now = now
        self._on_store_lost = on_store_lost
        self._connections: dict[str, Connection] = {}
        self._sids: dict[str, str] = {}
        # What the session decides is carried out before it decides anything else, so that messages keep their order.
        self._one_at_a_time = threading.Lock()
        self._closed = False
        self._server_path = server_path.ServerPath(
            lambda sid, payload: server.emit("relay", payload, to=sid),
            server.start_background_task,
            server.sleep,
            lambda: now().monotonic_ms,
        )
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)
        for name in messages.FROM_PAGE:
            server.on(name, self._handler(name))
        server.on("*", self._unknown)

    def carry_out(self, outcome: Outcome) -> None:
        """Do what the session decided: keep, tell, send, in this order.

        What must be durable before anybody hears of it is committed first. When that is not certain the server stops:
        whether it was stored is known only after it has started again.
        """
        try:
            for command in outcome.durable:
                self._store.call(command.command, command.payload)
            for command in outcome.stores:
                self._store.post(command.command, command.payload)
            for event in outcome.events:
                self._tell(event)
        except StoreError as error:
            self._on_store_lost(str(error))
            raise
        for message in outcome.sends:
            sid = self._sids.get(message.participant_id)
            if sid is not None:
                self._server.emit(message.name, message.payload, to=sid)

    def run_ticker(self) -> None:
        """Tell the session four times a second that time passes; returns when the socket is closed."""
        while not self._closed:
            self._server.sleep(TICK_SECONDS)
            try:
                self.ask(lambda: self._session.tick(self._now()))
            except Exception:
                log.exception("The session could not go on in time; it is asked again.")

    def close(self) -> None:
        """Close the session and tell everybody."""
        self._closed = True
        self.ask(lambda: self._session.close(self._now()))

    def _tell(self, event: Event) -> None:
        self._monitor.apply(event)
        if event.journalled:
            payload = {"event": event.name, "at_utc": event.utc, "session_id": self._session.session_id}
            self._store.post("add_event", {**payload, "data": event.data})

    def ask(self, decide: Callable[[], Outcome]) -> dict[str, Any]:
        """Let the session decide something, carry it out before it decides anything else, and return the answer."""
        with self._one_at_a_time:
            outcome = decide()
            self.carry_out(outcome)
        return outcome.reply

    def _connect(self, sid: str, _environ: dict[str, Any], auth: Any = None) -> None:
        token, page = (auth.get(key) for key in ("token", "page")) if isinstance(auth, dict) else (None, None)
        connection = Connection(page if isinstance(page, str) and len(page) <= 64 else None)
        self._connections[sid] = connection

        def decide() -> Outcome:
            outcome = self._session.connect(token if isinstance(token, str) else None, self._now(), connection.page)
            if outcome.reply["participant_id"] is not None:
                self._identify(sid, outcome.reply["participant_id"])
            return outcome

        reply = self.ask(decide)
        self._server.emit("view", reply["view"], to=sid)

    def _disconnect(self, sid: str, _reason: str | None = None) -> None:
        connection = self._connections.pop(sid, None)
        self._server_path.forget(sid)
        participant_id = connection.participant_id if connection else None
        # A page that was replaced by a newer one of the same participant no longer speaks for them.
        if participant_id is None or self._sids.get(participant_id) != sid:
            return
        del self._sids[participant_id]
        self.ask(lambda: self._session.disconnect(participant_id, self._now()))

    def _identify(self, sid: str, participant_id: str) -> None:
        self._connections[sid].participant_id = participant_id
        earlier, self._sids[participant_id] = self._sids.get(participant_id), sid
        if earlier is not None and earlier != sid:
            self._server.disconnect(earlier)

    def _handler(self, name: str) -> Callable[..., Any]:
        inbound = messages.FROM_PAGE[name]
        handle = getattr(self, f"_on_{name}")

        def handler(sid: str, *values: Any) -> dict[str, Any] | None:
            connection = self._connections.get(sid)
            if connection is None:
                return None
            try:
                if name not in ("relay", "state_part"):  # these have limits of their own
                    connection.allowance.message(self._now().monotonic_ms)
                if inbound.needs_participant and connection.participant_id is None:
                    raise Refused("not_started", f"{name} comes after start.")
                if len(values) > 1:
                    raise Refused("bad_message", f"{name} takes one object, not {len(values)}.")
                message = messages.parse(name, values[0] if values else None)
                reply = {"ok": True, **(handle(sid, connection, message) or {})}
            except Refused as refusal:
                self._count(name, refusal.code)
                reply = _no(refusal.code, refusal.message, refusal.values)
            except StoreError as error:
                self._count(name, error.code)
                log.warning("%s was not stored: %s", name, error)
                reply = _no(error.code, error.message)
            except Exception:
                log.exception("%s of a page could not be handled", name)
                reply = _no("server_error", "the server could not do this; try again.")
            return reply if inbound.acknowledged else None

        return handler

    def _unknown(self, _name: str, _sid: str, *_values: Any) -> dict[str, Any]:
        self._count("unknown", "unknown_message")
        return _no("unknown_message", "there is no message of this name.")

    def _count(self, name: str, code: str) -> None:
        now = self._now()
        self._monitor.apply(Event("message_refused", now.utc, now.utc_ms, {"message": name, "code": code}))

    def _on_start(self, sid: str, connection: Connection, message: from_page.Start) -> dict[str, Any]:
        def decide() -> Outcome:
            outcome = self._session.start(connection.participant_id, self._now(), connection.page, message.entry)
            self._identify(sid, outcome.reply["participant_id"])
            return outcome

        return self.ask(decide)

    def _on_advance(self, _sid: str, connection: Connection, message: from_page.Advance) -> dict[str, Any]:
        return self.ask(lambda: self._session.pages.advance(_known(connection), message.scene_id, self._now()))

    def _on_consent(self, _sid: str, connection: Connection, message: from_page.Consent) -> dict[str, Any]:
        return self.ask(
            lambda: self._session.pages.consent(_known(connection), **message.model_dump(), now=self._now())
        )

    def _on_answer(self, _sid: str, connection: Connection, message: from_page.Answer) -> dict[str, Any]:
        return self.ask(lambda: self._session.pages.answer(_known(connection), **message.model_dump(), now=self._now()))

    def _on_hand(self, _sid: str, connection: Connection, message: from_page.Hand) -> dict[str, Any]:
        return self.ask(lambda: self._session.pages.hand(_known(connection), message.raised, self._now()))

    def _on_ready(self, _sid: str, connection: Connection, message: from_page.Ready) -> dict[str, Any]:
        return self.ask(lambda: self._session.ready(_known(connection), **message.model_dump(), now=self._now()))

    def _on_signal(self, _sid: str, connection: Connection, message: from_page.Signal) -> dict[str, Any]:
        data = signaling.clean(message.data)
        return self.ask(
            lambda: self._session.seats.signal(_known(connection), message.match_id, message.to, data, self._now())
        )

    def _on_connected(self, _sid: str, connection: Connection, message: from_page.Connected) -> dict[str, Any]:
        return self.ask(
            lambda: self._session.seats.connected(_known(connection), **message.model_dump(), now=self._now())
        )

    def _on_relay(self, _sid: str, connection: Connection, message: from_page.Relay) -> None:
        now_ms, match_id = self._now().monotonic_ms, message.match_id
        found = server_path.targets(
            self._session, connection.allowance, _known(connection), match_id, message.datagrams, now_ms
        )
        frame_ms = self._session.seats.frame_ms(match_id)
        for participant_id, own_seat, data in found:
            sid = self._sids.get(participant_id)
            if sid is not None:
                self._server_path.give(sid, match_id, frame_ms, own_seat, data, now_ms)

    def _on_episode_done(self, _sid: str, connection: Connection, message: from_page.EpisodeDone) -> dict[str, Any]:
        report = EpisodeReport(message.frame, message.state_hash, message.inputs_hash)
        return self.ask(
            lambda: self._session.seats.episode_done(
                _known(connection), message.match_id, message.episode, report, self._now()
            )
        )

    def _on_chunk(self, _sid: str, connection: Connection, message: from_page.Chunk) -> dict[str, Any]:
        participant_id, match_id = _known(connection), message.match_id
        # Outside the lock: the store's commit takes milliseconds, and nothing else need wait for it.
        answer = uploads.keep_chunk(self._session, self._store, participant_id, message)
        if not answer.get("duplicate"):
            frames = message.last_frame - message.first_frame + 1
            recorded = {"episode": message.episode, "through": message.last_frame, "seq": message.seq + 1}
            reward = answer.get("reward", 0.0)
            self.ask(
                lambda: self._session.seats.acknowledged(
                    participant_id, match_id, frames, self._now(), recorded, reward
                )
            )
        found = answer.get("disagreement")
        if found:
            facts = {key: found[key] for key in ("episode", "frame", "column", "seats", "values")}
            self.ask(lambda: self._session.seats.records_differ(match_id, facts, self._now()))
        return {"seq": message.seq}

    def _on_status(self, _sid: str, connection: Connection, message: from_page.Status) -> dict[str, Any]:
        facts = message.model_dump()
        match_id = facts.pop("match_id")
        return self.ask(lambda: self._session.seats.status(_known(connection), match_id, facts, self._now()))

    def _on_match_report(self, _sid: str, connection: Connection, message: from_page.MatchReport) -> dict[str, Any]:
        return self.ask(
            lambda: self._session.seats.report(_known(connection), message.match_id, message.report, self._now())
        )

    def _on_membership(self, _sid: str, connection: Connection, message: from_page.Membership) -> dict[str, Any]:
        return self.ask(
            lambda: self._session.seats.membership(_known(connection), message.match_id, message.message, self._now())
        )

    def _on_state_part(self, _sid: str, connection: Connection, message: from_page.StatePart) -> dict[str, Any]:
        connection.allowance.part(self._now().monotonic_ms)
        return self.ask(lambda: self._session.seats.state_part(_known(connection), **message.model_dump()))

    def _on_input_log(self, _sid: str, connection: Connection, message: from_page.InputLog) -> dict[str, Any]:
        self._session.seats.ask_log(_known(connection), message.match_id, self._now())
        log = self._store.call("input_log", message.model_dump())
        return {"episode": message.episode, "through": log["through"], "inputs": log["inputs"]}

    def _on_match_failed(self, _sid: str, connection: Connection, message: from_page.MatchFailed) -> dict[str, Any]:
        found = message.model_dump()
        match_id = found.pop("match_id")
        return self.ask(lambda: self._session.seats.failed(_known(connection), match_id, found, self._now()))

    def _on_clock(self, _sid: str, _connection: Connection, _message: from_page.Empty) -> dict[str, Any]:
        return {"server_time_ms": self._now().utc_ms}

    def _on_leave(self, _sid: str, connection: Connection, message: from_page.Leave) -> dict[str, Any]:
        return self.ask(lambda: self._session.leave(_known(connection), message.reason, self._now(), message.data))


def _known(connection: Connection) -> str:
    assert connection.participant_id is not None
    return connection.participant_id


def _no(code: str, message: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, **({"values": values} if values else {})}}
