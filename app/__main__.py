"""The program: `gym-kiosk` opens the window; `serve`, `check`, `export` and `compare` work without one.

What a researcher can correct ends with one sentence and exit code 2. Each command imports only what it needs, so
that the desktop never loads the server's libraries nor the other way round.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__, paths
from app.experiments.errors import InputError

BAD_INPUT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] and arguments[0] in _COMMANDS:
            return _COMMANDS[arguments[0]](arguments[1:])
        if arguments[:1] and arguments[0] in ("-h", "--help", "--version"):
            _overview().parse_args(arguments)
        return _desktop(arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130


def _overview() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gym-kiosk",
        description="Real-time experiments for several people on Gymnasium environments, in their browsers.",
        epilog="Without a command the window opens. Commands: serve (run an experiment without a window), "
        "check (look for mistakes in one), export (write the data as CSV), compare (do two records agree?). "
        "`gym-kiosk COMMAND --help` says more.",
    )
    parser.add_argument("--version", action="version", version=f"gym-kiosk {__version__}")
    return parser


def _desktop(arguments: list[str]) -> int:
    from app.ui.desktop import main as desktop

    return desktop(arguments)


def _serve(arguments: list[str]) -> int:
    parser = _command("serve", "Run one experiment until stopped; prints its addresses as one JSON line.")
    parser.add_argument("experiment", type=Path, metavar="EXPERIMENT_FOLDER", help="folder with experiment.toml")
    parser.add_argument("--host", default="127.0.0.1", help="this computer's address for participants (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="participants' port, 0 for any (%(default)s)")
    parser.add_argument(
        "--researcher-port", type=_port, default=8001, help="researcher's port, this computer only (%(default)s)"
    )
    parser.add_argument("--data-dir", type=Path, default=paths.default_data_dir(), help="data folder (%(default)s)")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when standard input ends")
    given = parser.parse_args(arguments)
    from app.server.run import ServePlan, run

    return run(ServePlan(**vars(given)))


def _check(arguments: list[str]) -> int:
    parser = _command("check", "Look for mistakes in an experiment and prepare it; prints a line when there are none.")
    parser.add_argument("experiment", type=Path, metavar="EXPERIMENT_FOLDER", help="folder with experiment.toml")
    given = parser.parse_args(arguments)
    from app.experiments.config import load_experiment
    from app.server.run import prepare

    experiment = load_experiment(given.experiment)
    prepare(experiment)
    print(f"{experiment.experiment.id}: no mistake found.")
    return 0


def _export(arguments: list[str]) -> int:
    parser = _command("export", "Write a study's data as CSV files.")
    parser.add_argument("folder", type=Path, metavar="DATA_FOLDER", help="DATA_DIR/data/EXPERIMENT_ID")
    parser.add_argument("--output", type=Path, help="folder to write, new or empty (default: below exports/)")
    parser.add_argument(
        "--external-ids", action="store_true", help="also write who participants are elsewhere, as on Prolific"
    )
    given = parser.parse_args(arguments)
    from app.server.storage.exports.csv_tables import export_command

    return export_command(given.folder, given.output, given.external_ids)


def _compare(arguments: list[str]) -> int:
    parser = _command("compare", "Say whether two seats' records of a match agree; exit code 1 when they do not.")
    parser.add_argument("a", type=Path, metavar="A.csv", help="one seat's exported frames")
    parser.add_argument("b", type=Path, metavar="B.csv", help="another seat's")
    given = parser.parse_args(arguments)
    from app.server.storage.exports.compare import compare_command

    return compare_command(given.a, given.b)


def _store(arguments: list[str]) -> int:
    """The store's own process, in a frozen build; not for people."""
    from app.server.storage.service import main as store

    return store(arguments)


def _try_environment(_arguments: list[str]) -> int:
    """The process in which an environment is tried, in a frozen build; not for people."""
    from app.experiments.environment_trial import main as trial

    return trial()


def _command(name: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"gym-kiosk {name}", description=description)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; use a number from 0 to 65535, 0 for any free one")
    return int(text)


_COMMANDS = {
    "serve": _serve,
    "check": _check,
    "export": _export,
    "compare": _compare,
    "store": _store,
    "try-environment": _try_environment,
}

if __name__ == "__main__":
    sys.exit(main())
