"""Serves a page that boots the participants' Python in a worker and runs one program in it.

For everything that asks what happens inside a browser's Python without a server and a match: the traces that must be
the same in every browser, and the benchmarks of the engine.
"""

from __future__ import annotations

import functools
import http.server
import json
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import paths
from app.experiments.packages import PreparedRuntime

PAGES = Path(__file__).parent / "pages"

# What the participants' site sends: the program runs under the same restrictions.
CONTENT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' data:"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}

RESULT = "JSON.stringify(await result)"
"""JavaScript, to be evaluated as an async function's value in the page: what the program returned, as JSON text."""


@contextmanager
def runtime_site(runtime: PreparedRuntime, programs: list[Path], argument: Any) -> Iterator[str]:
    """Serves the page on a free port of this computer.

    Args:
        runtime: what participants' browsers would load.
        programs: Python files; `measure(argument as JSON, clock in milliseconds)` of the first is called and returns
            JSON, the others are modules for it.
        argument: for the program.

    Yields:
        The page's address. The page shows how far it is; its variable `result` is a promise of what the program
        returned, and `warnings` what the boot complained about.
    """
    job = {"runtime": runtime.manifest, "programs": [file.name for file in programs], "argument": json.dumps(argument)}
    handler = functools.partial(
        _Handler, job=json.dumps(job).encode(), runtime=runtime, programs={file.name: file for file in programs}
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/pages/runtime.html"
        finally:
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, job: bytes, runtime: PreparedRuntime, programs: dict[str, Path]) -> None:
        self._job = job
        self._runtime = runtime
        self._programs = programs
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answers with the job, a page of ours, a program, a file of the participants' client or of the runtime."""
        if self.path == "/pages/job.json":
            self._answer(self._job, "application/json")
            return
        file = self._file()
        if file is None or not file.is_file():
            self.send_error(404)
            return
        self._answer(file.read_bytes(), TYPES.get(file.suffix) or mimetypes.guess_type(file)[0] or "text/plain")

    def _file(self) -> Path | None:
        for prefix, folder in (("/pages/", PAGES), ("/client/", paths.participant_client_dir())):
            if self.path.startswith(prefix):
                return folder / self.path.removeprefix(prefix)
        if self.path.startswith("/programs/"):
            return self._programs.get(self.path.removeprefix("/programs/"))
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
