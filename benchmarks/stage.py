"""What the claims measure on: the example, its prepared runtime, a static server for the benchmark's own page."""

from __future__ import annotations

import functools
import http.server
import json
import mimetypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import paths
from app.experiments.config import Experiment, load_experiment
from app.experiments.packages import PreparedRuntime, prepare_runtime

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "overcooked_pair"
PAGES = Path(__file__).parent / "pages"
ENGINE_COSTS = Path(__file__).parent / "engine_costs.py"

# What the participants' site sends: the measured page runs under the same restrictions.
CONTENT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' data:"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}


def say(text: str) -> None:
    """Tells on standard error how far things are; standard output is for the table."""
    print(text, file=sys.stderr, flush=True)


def prepared_example() -> tuple[Experiment, PreparedRuntime]:
    """The example and the browser files made of it, from the cache when they are there."""
    experiment = load_experiment(EXAMPLE)
    runtime = prepare_runtime(
        experiment, paths.cache_dir(), paths.vendor_dir(), lambda fraction, label: say(f"  {fraction:4.0%} {label}")
    )
    return experiment, runtime


@contextmanager
def engine_page(experiment: Experiment, runtime: PreparedRuntime) -> Iterator[str]:
    """Serves the page that measures engine_costs.py on a free port of this computer.

    Yields:
        Its address.
    """
    job = {"runtime": runtime.manifest, "setup": experiment.match_setup(experiment.game_scenes[0])}
    handler = functools.partial(_Handler, job=json.dumps(job).encode(), runtime=runtime)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/bench/engine.html"
        finally:
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, job: bytes, runtime: PreparedRuntime) -> None:
        self._job = job
        self._runtime = runtime
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answers with the job, a page of ours, a file of the participants' client, or one of the runtime."""
        if self.path == "/bench/job.json":
            self._answer(self._job, "application/json")
            return
        file = self._file()
        if file is None or not file.is_file():
            self.send_error(404)
            return
        self._answer(file.read_bytes(), TYPES.get(file.suffix) or mimetypes.guess_type(file)[0] or "text/plain")

    def _file(self) -> Path | None:
        if self.path == "/bench/engine_costs.py":
            return ENGINE_COSTS
        for prefix, folder in (("/bench/", PAGES), ("/client/", paths.participant_client_dir())):
            if self.path.startswith(prefix):
                return folder / self.path.removeprefix(prefix)
        return self._runtime.files.get(self.path.removeprefix("/runtime/"))

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
