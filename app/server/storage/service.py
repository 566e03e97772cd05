"""The store's own process: `python -m app.server.storage.service DATA_FOLDER`.

It reads commands from standard input and answers on standard output (framing.py). Everything that is readable now is
done in one transaction, and answered only after that transaction is committed and synced: what was acknowledged
survives the death of any process. It ends when its input ends, after committing what it has.

There is no eventlet in this process. client.py starts it and speaks with it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.server.storage import chunks, commands, database, framing, input_log, people

HANDLERS = commands.HANDLERS | people.HANDLERS | chunks.HANDLERS | input_log.HANDLERS

#: The most commands in one transaction: the first of them waits for the last.
GROUP_LIMIT = 256
#: Commands read ahead while a transaction is being synced; the pipe holds back the rest.
READ_AHEAD = 4 * GROUP_LIMIT
PIECE_BYTES = 1 << 20

Message = dict[str, Any]


class Store:
    """Executes groups of commands on one database.

    Args:
        engine: as `database.open_for_writing` returns it.
        now_utc: the time of day as ISO 8601 text.
    """

    def __init__(self, engine: sa.Engine, now_utc: Any) -> None:
        self._connection = engine.connect()
        self._now_utc = now_utc

    def execute_group(self, group: list[Message]) -> list[Message]:
        """Do the commands in their order in one transaction; return their answers once it is committed.

        A command that fails is undone alone. When the commit itself fails (a full disk), nothing was done, and every
        answer says so.
        """
        try:
            with self._connection.begin():
                answers = [self._execute(message) for message in group]
        except sa.exc.SQLAlchemyError as error:
            text = f"the database could not be written ({_cause(error)}); nothing of this was stored."
            return [_failed(message, "commit_failed", text) for message in group]
        return answers

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _execute(self, message: Message) -> Message:
        context = commands.Context(message["id"], self._now_utc())
        handler = HANDLERS.get(message["command"])
        if handler is None:
            return _failed(message, "unknown_command", f"command = {message['command']!r} is not known.")
        try:
            with self._connection.begin_nested():
                return {"id": message["id"], "ok": True, **handler(self._connection, message["payload"], context)}
        except commands.CommandError as error:
            if error.event is not None:
                commands.journal(self._connection, error.event["key"], context.now_utc, error.event)
            return _failed(message, error.code, str(error))
        except sa.exc.IntegrityError as error:
            text = f"it names a session, participant, match or seat that is not in the store ({_cause(error)})."
            return _failed(message, "unknown_reference", text)
        except (sa.exc.InterfaceError, sa.exc.ProgrammingError, sa.exc.DataError) as error:
            return _failed(message, "bad_payload", f"a value in it has no form in the database ({_cause(error)}).")
        except sa.exc.DBAPIError:
            # The disk, not the command: let the whole group fail, so that nothing is acknowledged by halves.
            raise
        except Exception as error:  # noqa: BLE001 (a fault in one command must not cost the others of its group)
            traceback.print_exc(file=sys.stderr)
            return _failed(message, "internal", f"{type(error).__name__}: {error}")


def serve(store: Store, in_fd: int, out_fd: int) -> None:
    """Do what comes from `in_fd` until it ends, and answer on `out_fd`."""
    incoming: queue.Queue[Message | None] = queue.Queue(READ_AHEAD)
    # A thread reads, so that "readable now" is asked of a queue: Windows cannot ask it of a pipe.
    threading.Thread(target=_read_messages, args=(in_fd, incoming), daemon=True).start()
    ended = False
    while not ended:
        group, ended = _next_group(incoming)
        answers = store.execute_group(group) if group else []
        try:
            _write(out_fd, b"".join(_encode_answer(answer) for answer in answers))
        except BrokenPipeError:
            # Nobody is left to hear answers, but what was sent before that is still to be stored.
            out_fd = os.open(os.devnull, os.O_WRONLY)


def _read_messages(in_fd: int, incoming: queue.Queue[Message | None]) -> None:
    reader = framing.FrameReader()
    try:
        while piece := os.read(in_fd, PIECE_BYTES):
            for message in reader.feed(piece):
                incoming.put(message)
    except ValueError:
        traceback.print_exc(file=sys.stderr)
    finally:
        incoming.put(None)


def _next_group(incoming: queue.Queue[Message | None]) -> tuple[list[Message], bool]:
    """Wait for a command, then take all that are there; the second value says that the input has ended."""
    group: list[Message] = []
    message = incoming.get()
    while message is not None:
        group.append(message)
        if len(group) == GROUP_LIMIT:
            return group, False
        try:
            message = incoming.get_nowait()
        except queue.Empty:
            return group, False
    return group, True


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _encode_answer(answer: Message) -> bytes:
    try:
        return framing.encode(answer)
    except (TypeError, ValueError) as error:
        return framing.encode(_failed(answer, "bad_answer", f"the answer cannot be sent: {error}."))


def _failed(message: Message, code: str, text: str) -> Message:
    return {"id": message["id"], "ok": False, "error": {"code": code, "message": text}}


def _cause(error: BaseException) -> str:
    """Say what SQLite said first: a full disk ends the transaction, and going back to the savepoint fails after it."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error)


def _now_utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main(argv: list[str]) -> int:
    """Run the store on one data folder until standard input ends.

    Args:
        argv: the data folder, alone.

    Returns:
        0, or 2 when the folder cannot be used; the first message on standard output then says why.
    """
    # Ctrl-C and a service manager's SIGTERM reach the whole group; the server must still find its store when it
    # writes its last words. Its end closes our input, and that ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    in_fd, out_fd = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # a stray print must not put the frames out of step
    if sys.platform == "win32":
        import msvcrt

        for fd in (in_fd, out_fd):
            msvcrt.setmode(fd, os.O_BINARY)
    data_folder = Path(argv[0])
    try:
        engine = database.open_for_writing(data_folder)
    except database.SchemaError as error:
        return _not_ready(out_fd, str(error))
    except (OSError, sa.exc.SQLAlchemyError) as error:
        cause = _cause(error) if isinstance(error, sa.exc.SQLAlchemyError) else error.strerror or str(error)
        remedy = "choose a folder you may write to, on a disk with space"
        return _not_ready(out_fd, f"data folder {data_folder} cannot be written ({cause}); {remedy}.")
    store = Store(engine, _now_utc)
    _write(out_fd, framing.encode({"ready": True}))
    try:
        serve(store, in_fd, out_fd)
    finally:
        store.close()
        engine.dispose()
    return 0


def _not_ready(out_fd: int, sentence: str) -> int:
    _write(out_fd, framing.encode({"ready": False, "error": sentence}))
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
