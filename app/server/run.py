"""The server process: prepares, listens, serves until it is told to stop. The only module, with eventlet_io.py, that
knows eventlet; `gym-kiosk serve` calls `run`.

Three facts of eventlet shape this file. It replaces parts of the standard library, and only what is imported after
that is sure to have the replacements: hence the imports inside functions. A signal handler that only schedules a
green thread goes unnoticed while the hub sleeps, hence the socket pair. Its green `os.write` spins for ever on a
broken pipe, and threads may outlive main, hence the unpatched calls and `os._exit`.
"""

from __future__ import annotations

import _thread
import errno
import json
import logging
import os
import secrets
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import paths
from app.experiments.errors import InputError

if TYPE_CHECKING:
    from app.experiments.config import Experiment
    from app.experiments.packages import PreparedRuntime

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_LOG_BYTES = 5_000_000
_TAKEN = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}


@dataclass(frozen=True)
class ServePlan:
    """What to serve and where, as given on the command line.

    Attributes:
        experiment: the experiment's folder.
        data_dir: all studies' data; each has a folder below `data/`.
        host: the address participants reach.
        port: the participants' port; 0 for any free one.
        researcher_port: the researcher's, always on this computer only; 0 for any free one.
        watch_stdin: stop when standard input ends, so that the server does not outlive who started it.
    """

    experiment: Path
    data_dir: Path
    host: str = LOOPBACK
    port: int = 8000
    researcher_port: int = 8001
    watch_stdin: bool = False


def run(plan: ServePlan) -> int:
    """Serve until a signal, or the end of standard input, says stop.

    Returns:
        The exit code. After listening, the process ends here with it and never returns.

    Raises:
        InputError: what was given cannot be served; nothing has been changed then.
    """
    stop = StopSignal(plan.watch_stdin)
    _become_green()
    from app.experiments.config import load_experiment

    experiment = load_experiment(plan.experiment)
    data_folder = plan.data_dir.absolute() / "data" / experiment.experiment.id
    participant_socket = _bind(plan.host, plan.port, "--port")
    researcher_socket = _bind(LOOPBACK, plan.researcher_port, "--researcher-port")
    runtime = prepare(experiment)
    _make_writable(data_folder)
    code = 1
    try:
        code = _serve(plan, experiment, runtime, data_folder, participant_socket, researcher_socket, stop)
    except InputError as error:
        print(error, file=sys.stderr)
        code = 2
    except Exception:
        log.exception("The server cannot go on")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def prepare(experiment: Experiment) -> PreparedRuntime:
    """Prepare the browsers' files and try the environment; progress goes to standard error.

    Raises:
        InputError: a package, a browser file or the environment cannot be used.
    """

    from app.experiments.checks import check_environment
    from app.experiments.packages import no_runtime, prepare_runtime

    def progress(fraction: float, label: str) -> None:
        print(f"{round(100 * fraction):3d} % {label}", file=sys.stderr, flush=True)

    cache_dir, vendor_dir = paths.cache_dir(), paths.vendor_dir()
    for note in check_environment(experiment, cache_dir=cache_dir, vendor_dir=vendor_dir, progress=progress):
        print(f"Note: {note}", file=sys.stderr, flush=True)
    if not experiment.game_scenes:
        return no_runtime(experiment)
    return prepare_runtime(experiment, cache_dir, vendor_dir, progress)


def _become_green() -> None:
    with warnings.catch_warnings():
        # It announces on every import that it is in bug-fix mode; this module is where it would be replaced.
        warnings.simplefilter("ignore")
        import eventlet
    eventlet.monkey_patch()


class StopSignal:
    """Notices SIGINT, SIGTERM and the end of standard input, whatever the hub is doing."""

    def __init__(self, watch_stdin: bool) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        # Taken before eventlet changes the class, so that a handler never enters the hub.
        self._write, self._read_stdin = self._writer.send, os.read
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda _number, _frame: self.give())
        if watch_stdin:
            # A bare thread: eventlet changes the bookkeeping of the others while they run.
            _thread.start_new_thread(self._watch_stdin, ())

    @property
    def fd(self) -> int:
        """Readable once it is time to stop."""
        return self._reader.fileno()

    def give(self) -> None:
        """Say stop; giving it again changes nothing."""
        try:
            self._write(b"x")
        except BlockingIOError:
            log.debug("The stop signal was given already.")

    def _watch_stdin(self) -> None:
        try:
            while self._read_stdin(0, 4096):
                continue
        except OSError as error:
            log.debug("Standard input cannot be read: %s", error)
        self.give()


def _serve(
    plan: ServePlan,
    experiment: Experiment,
    runtime: PreparedRuntime,
    data_folder: Path,
    participant_socket: socket.socket,
    researcher_socket: socket.socket,
    stop: StopSignal,
) -> int:
    import eventlet
    import eventlet.hubs
    import eventlet.wsgi

    _log_to(data_folder)
    from app.server.compose import compose
    from app.server.eventlet_io import EventletIo
    from app.server.storage.client import StoreClient

    store_command = [sys.executable, "store", str(data_folder)] if paths.is_frozen() else None
    store = StoreClient(data_folder, io=EventletIo(), argv=store_command)
    store.start()
    code = 0

    def store_lost(reason: str) -> None:
        nonlocal code
        log.critical("Nothing can be recorded any more, so the server stops: %s", reason)
        code = 1
        stop.give()

    token = secrets.token_urlsafe(32)
    participant_url = _url(plan.host, participant_socket)
    composition = compose(
        experiment,
        runtime,
        store,
        data_folder=data_folder,
        participant_url=participant_url,
        researcher_token=token,
        export=lambda: _export(data_folder),
        on_store_lost=store_lost,
    )
    eventlet.spawn(composition.participants.run_ticker)
    _listen(eventlet, participant_socket, composition.participant_app)
    _listen(eventlet, researcher_socket, composition.researcher_app)
    print(
        json.dumps(
            {
                "event": "listening",
                "participant_url": participant_url,
                "researcher_url": f"{_url(LOOPBACK, researcher_socket)}?token={token}",
                "experiment_id": experiment.experiment.id,
                "data_dir": str(plan.data_dir.absolute()),
            }
        ),
        flush=True,
    )
    eventlet.hubs.trampoline(stop.fd, read=True)
    log.info("Stopping: the session is closed and everything given to the store is committed.")
    try:
        composition.participants.close()
        eventlet.sleep(0.2)  # the last messages leave
    finally:
        store.close()
    return code


def _listen(eventlet: Any, bound: socket.socket, app: Callable[..., Any]) -> None:
    green = eventlet.greenio.GreenSocket(bound)
    eventlet.spawn(eventlet.wsgi.server, green, app, log=logging.getLogger("eventlet.wsgi"), log_output=False)


def _export(data_folder: Path) -> Path:
    """Run `gym-kiosk export` beside everything else."""
    from eventlet.green import subprocess

    program = [sys.executable] if paths.is_frozen() else [sys.executable, "-m", "app"]
    path = os.pathsep.join(filter(None, (str(paths.resource_root()), os.environ.get("PYTHONPATH"))))
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*program, "export", str(data_folder)], stdout=pipe, stderr=pipe, env={**os.environ, "PYTHONPATH": path}
    )
    answer, errors = (stream.decode("utf-8", "replace").strip() for stream in process.communicate())
    if process.returncode != 0:
        raise InputError(errors.splitlines()[-1] if errors else "the export ended without saying why.")
    return Path(answer.splitlines()[-1])


def _bind(host: str, port: int, option: str) -> socket.socket:
    """Take a port. Who connects before the server is ready waits in the port's queue."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise InputError(
            f"--host {host}: this is no address of this computer; use one of its own, or 127.0.0.1."
        ) from None
    bound = socket.socket(family, kind, protocol)
    if sys.platform != "win32":
        # Elsewhere it lets a restarted server have its port back at once; on Windows it would let two have the same.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it. Without it a small message waits until the one before is acknowledged, up to
    # 40 ms, and datagrams on the server path are such.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind(address)
        # With SO_REUSEADDR two programs may bind the same port as long as neither listens.
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno in _TAKEN:
            raise InputError(
                f"{option} {port}: port {port} of {host} is in use by another program; "
                f"choose another one, or {option} 0 for any free one."
            ) from None
        if isinstance(error, PermissionError):
            raise InputError(f"{option} {port}: this port needs special rights; use one from 1024 up.") from None
        raise InputError(f"--host {host}: cannot be listened on ({error.strerror}); use an own address.") from None
    return bound


def _url(host: str, bound: socket.socket) -> str:
    """Return the address to open; a socket on every address is reached on this computer by the loopback one."""
    shown = {"0.0.0.0": LOOPBACK, "": LOOPBACK, "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{bound.getsockname()[1]}/"


def _make_writable(data_folder: Path) -> None:
    """Make the data folder and try to write there, before anybody plays."""
    probe = data_folder / f".write-test-{os.getpid()}"
    try:
        (data_folder / "logs").mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"--data-dir: {data_folder} cannot be written ({error.strerror}); "
            "choose another folder, or change its permissions."
        ) from None


def _log_to(data_folder: Path) -> None:
    """Log to standard error and to a file of bounded size. Requests are not logged: no address is kept."""
    file = RotatingFileHandler(
        data_folder / "logs" / "server.log", maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8"
    )
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[logging.StreamHandler(), file],
    )
    for chatty in ("engineio", "socketio", "eventlet.wsgi"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
