"""The participants' pages over http: the page itself, the files of the runtime, and what the study is.

compose.py calls `create_participant_site`. Everything here can be read by anybody who reaches the address; it holds
no secret. Plain http on a LAN is not a secure context, and nothing here needs one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.security import safe_join

from app.experiments.config import Experiment
from app.experiments.scenes import FeedbackScene, QuizScene, SurveyScene
from app.server.domain.materials import Materials

_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Written down, because the system's own table differs between computers and a browser refuses a script by its type.
_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png",
    ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2", ".zip": "application/zip",
    ".tar": "application/x-tar", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
_LOOPBACK = ("127.0.0.1", "::1")
_BLOCK_BYTES = 256 * 1024

#: A name with the content's hash in it never changes its content.
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def create_participant_site(
    *,
    experiment: Experiment,
    materials: Materials,
    manifest: dict[str, Any],
    runtime_files: dict[str, Path],
    client_dir: Path,
) -> Flask:
    """Build the site.

    Args:
        experiment: the running experiment.
        materials: what its scenes show.
        manifest: what the worker loads, see `app.experiments.packages.PreparedRuntime`.
        runtime_files: the files below `/runtime/`, by the path after it.
        client_dir: the participants' page and what it loads.
    """
    app = Flask("participant_site", static_folder=None)
    study = describe_study(experiment, materials, manifest)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(HTTPException)
    def say(error: HTTPException) -> Response:
        return Response(f"{error.code} {error.name}\n", error.code, mimetype="text/plain")

    @app.get("/")
    def page() -> Response:
        return send(client_dir / "index.html", ASK_AGAIN)

    @app.get("/client/<path:name>")
    def client_file(name: str) -> Response:
        path = safe_join(str(client_dir), name)
        if path is None:
            raise NotFound
        return send(Path(path), ASK_AGAIN)

    @app.get("/runtime/<path:name>")
    def runtime_file(name: str) -> Response:
        # A name is looked up, never made into a path.
        if name not in runtime_files:
            raise NotFound
        return send(runtime_files[name], FOREVER)

    @app.get("/api/study")
    def api_study() -> Response:
        return jsonify(study)

    return app


def describe_study(experiment: Experiment, materials: Materials, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what a page needs before anything else: texts, the first scene, and what to load while it is read."""
    first = experiment.start_scene
    return {
        "experiment_id": experiment.experiment.id,
        "title": experiment.experiment.title,
        "language": experiment.words.language,
        "texts": experiment.words.as_dict(),
        "runtime": manifest,
        # A study without a game needs no runtime.
        "preload": experiment.preload_setup(),
        "asks": any(isinstance(scene, QuizScene | SurveyScene | FeedbackScene) for scene in experiment.all_scenes),
        "start": {
            "title": first.title or experiment.experiment.title,
            "html": materials.html(first),
            "button": experiment.words.say("buttons.start"),
        },
    }


def send(path: Path, cache_control: str) -> Response:
    """Answer with a file, or its gzip sibling (`name.gz`) where the browser takes it; 404 when there is none."""
    try:
        # Of several files only a regular one is served: no folder, no device.
        plain = path.stat() if path.is_file() else None
    except (OSError, ValueError):
        plain = None
    if plain is None:
        raise NotFound
    sibling = path.with_name(path.name + ".gz")
    # On this computer itself unpacking takes longer than reading more.
    zipped = sibling.is_file() and request.accept_encodings["gzip"] > 0 and request.remote_addr not in _LOOPBACK
    served = sibling if zipped else path
    facts = served.stat()
    response = Response(mimetype=None, content_type=_TYPES.get(path.suffix, "application/octet-stream"))
    response.set_etag(f"{plain.st_mtime_ns:x}-{plain.st_size:x}{'-gz' if zipped else ''}")
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    if response.status_code == 304:
        return response
    response.content_length = facts.st_size
    if request.method != "HEAD":
        response.response = _blocks(served)
        response.direct_passthrough = True
    return response


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
