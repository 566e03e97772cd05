"""The researcher's pages: one Flask application that only ever listens on 127.0.0.1.

compose.py calls `create_researcher_site` and serves what it returns. Nothing here decides anything: the monitor tells
what there is to see, and the export is a function handed in.
"""

from __future__ import annotations

import logging
import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request, send_from_directory
from flask_socketio import SocketIO

from app import paths
from app.experiments.errors import InputError
from app.server.web.researcher_access import ResearcherAccess, ResearcherGuard
from app.server.web.researcher_socket import Commands, Monitor, attach

log = logging.getLogger(__name__)

# Windows asks its registry, where other programs may have said that JavaScript is plain text; browsers then refuse it.
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class ResearcherSite:
    """The site's two faces: serve `app`; `socketio` is already attached to it."""

    app: Flask
    socketio: SocketIO


def create_researcher_site(
    *,
    monitor: Monitor,
    experiment: Any,
    participant_url: str,
    token: str,
    data_folder: Path,
    export: Callable[[], Path],
    commands: Commands,
) -> ResearcherSite:
    """Build the researcher site.

    Args:
        monitor: what there is to see, and its changes.
        experiment: the running experiment (app.experiments.config.Experiment).
        participant_url: the address participants open.
        token: good for one browser, in the researcher's opening address.
        data_folder: where this experiment's data lies.
        export: writes the data out and returns the folder; it may take seconds and must not block the other green
            threads.
        commands: what the researcher may do during the session.
    """
    app = Flask("researcher_site", static_folder=None)
    access = ResearcherAccess(token)
    socketio = SocketIO(
        app, async_mode="eventlet", serializer="msgpack", manage_session=False, cors_allowed_origins=None
    )
    attach(socketio, monitor, commands)
    locked_page = (paths.researcher_pages_dir() / "locked.html").read_bytes()
    # Around everything, Socket.IO included, which has put itself in front of Flask above.
    app.wsgi_app = ResearcherGuard(app.wsgi_app, access, locked_page)  # type: ignore[method-assign]
    _add_pages(app, paths.researcher_pages_dir(), paths.vendor_dir())
    _add_data(app, monitor, access, _fixed_facts(experiment, participant_url, data_folder), export)
    return ResearcherSite(app=app, socketio=socketio)


def _add_pages(app: Flask, pages_dir: Path, vendor_dir: Path) -> None:
    @app.get("/")
    def page() -> Response:
        return send_from_directory(pages_dir, "index.html")

    @app.get("/ui/vendor/<path:name>")
    def vendor(name: str) -> Response:
        return send_from_directory(vendor_dir, name)

    @app.get("/ui/<path:name>")
    def file(name: str) -> Response:
        return send_from_directory(pages_dir, name)


def _add_data(
    app: Flask, monitor: Monitor, access: ResearcherAccess, facts: dict[str, Any], export: Callable[[], Path]
) -> None:
    exporting = False

    @app.get("/api/snapshot")
    def snapshot() -> Response:
        return jsonify({**monitor.snapshot(), **facts, "server_time_ms": time.time() * 1000})

    @app.post("/api/link")
    def link() -> Response:
        return jsonify({"url": f"{request.host_url}?token={access.mint()}"})

    @app.post("/api/export")
    def run_export() -> Response | tuple[Response, int]:
        nonlocal exporting
        if exporting:
            return _failed("an export is running; wait until it has finished."), 409
        exporting = True
        try:
            return jsonify({"folder": str(export())})
        except InputError as error:
            return _failed(str(error)), 422
        except Exception as error:
            log.exception("the export failed")
            return _failed(f"the export stopped ({error}); the recorded data is untouched, try again."), 500
        finally:
            exporting = False


def _failed(message: str) -> Response:
    return jsonify({"error": {"message": message}})


def _fixed_facts(experiment: Any, participant_url: str, data_folder: Path) -> dict[str, Any]:
    """Return what a page needs and no patch ever changes."""
    return {
        "participant_url": participant_url,
        "data_folder": str(data_folder),
        # Those that people take: an AI player opens no page.
        "seats": [{"seat": seat, "role": plan.role} for seat, plan in experiment.seats.items() if plan.is_persons],
        "scenes": {
            scene.id: {
                "num_episodes": scene.gameplay.num_episodes,
                "max_steps": scene.gameplay.max_steps,
                "fps": scene.rendering.fps,
            }
            for scene in experiment.game_scenes
        },
    }
