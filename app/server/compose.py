"""The one place that wires the server: session, store, monitor, sites and sockets. Called by run.py."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import __version__, paths
from app.experiments.config import Experiment
from app.experiments.packages import PreparedRuntime
from app.server import clock
from app.server.domain.monitor import Monitor
from app.server.domain.ports import StorePort
from app.server.domain.session import Before, Session
from app.server.web.participant_site import create_participant_site
from app.server.web.participant_socket import ParticipantSocket
from app.server.web.researcher_commands import ResearcherCommands
from app.server.web.researcher_site import create_researcher_site
from app.server.web.socket_server import attach_socket_server
from app.server.web.texts import read_materials

_PREFIX = {"participant": "p-", "match": "m-", "group": "g-"}
KIND = "live"


@dataclass(frozen=True)
class Composition:
    """A server put together, not yet listening.

    Attributes:
        participant_app: WSGI application of the participants' site, Socket.IO included.
        researcher_app: WSGI application of the researcher's site, Socket.IO included.
        participants: the participants' live line; run its ticker, close it at the end.
    """

    participant_app: Callable[..., Any]
    researcher_app: Callable[..., Any]
    participants: ParticipantSocket


def compose(
    experiment: Experiment,
    runtime: PreparedRuntime,
    store: StorePort,
    *,
    data_folder: Path,
    participant_url: str,
    researcher_token: str,
    export: Callable[[], Path],
    on_store_lost: Callable[[str], None],
) -> Composition:
    """Put the server together and open a session.

    Args:
        experiment: what is run.
        runtime: the prepared files for participants' browsers.
        store: the running store.
        data_folder: where this experiment's data lies.
        participant_url: the address participants open.
        researcher_token: good for one browser, in the researcher's address.
        export: writes the data out and returns the folder; must let other green threads run.
        on_store_lost: called when nothing can be recorded any more.
    """
    opened = clock.now()
    session_id = f"s-{opened.utc[:19].replace('-', '').replace(':', '')}Z-{secrets.token_hex(3)}"
    materials = read_materials(experiment)
    identity = experiment.experiment
    opening = store.call(
        "open_session",
        {
            "session_id": session_id,
            "kind": KIND,
            "experiment_id": identity.id,
            "experiment_version": identity.version,
            "config_hash": experiment.source_hash(),
            "environment_hash": runtime.manifest["environment_hash"],
            "app_version": __version__,
            "started_utc": opened.utc,
        },
    )
    # Plans, conditions, seats and seeds are drawn from the master seed and a number; counted anew in every session, a
    # study that opens a session for each pair would give every pair the same draw.
    session = Session(
        experiment,
        materials=materials,
        session_id=session_id,
        environment_hash=runtime.manifest["environment_hash"],
        new_id=new_id,
        before=Before(
            matches=opening["matches"],
            participants=opening["participants"],
            groups=opening["groups"],
            external_ids=[(name, value) for name, value in store.call("used_external_ids", {"kind": KIND})["ids"]],
        ),
    )
    monitor = Monitor(
        experiment={
            "id": identity.id,
            "title": identity.title,
            "version": identity.version,
            "hash": experiment.source_hash(),
        },
        session={"session_id": session_id, "kind": KIND},
        first_scene=experiment.scenes[0].id,
    )
    participant_site = create_participant_site(
        experiment=experiment,
        materials=materials,
        manifest=runtime.manifest,
        runtime_files=runtime.files,
        client_dir=paths.participant_client_dir(),
    )
    server = attach_socket_server(participant_site)
    participants = ParticipantSocket(server, session, store, monitor, clock.now, on_store_lost)
    participants.carry_out(session.open(opened))
    researcher_site = create_researcher_site(
        monitor=monitor,
        experiment=experiment,
        participant_url=participant_url,
        token=researcher_token,
        data_folder=data_folder,
        export=export,
        commands=ResearcherCommands(session, participants.ask, clock.now),
    )
    return Composition(participant_site, researcher_site.app, participants)


def new_id(kind: str) -> str:
    """Return a new id of a kind, or a secret token."""
    return secrets.token_urlsafe(32) if kind == "token" else _PREFIX[kind] + secrets.token_hex(8)
