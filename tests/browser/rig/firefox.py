"""A real Firefox with one page, driven by WebDriver BiDi: the protocol Firefox speaks of its own accord.

Playwright drives only a Firefox of its own making; this is the one participants have. Four commands are all that the
tests need of the protocol, so no driver stands between.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from simple_websocket import Client, ConnectionClosed

from tests.browser.rig.namespaces import RigUnavailable

LAUNCH_TIMEOUT_S = 60
COMMAND_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def firefox_executable() -> str:
    """The Firefox to test with: $KIOSK_FIREFOX, else the system's.

    Raises:
        RigUnavailable: there is none.
    """
    found = os.environ.get("KIOSK_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not found:
        raise RigUnavailable(
            "This test needs Firefox; install it (Debian: apt-get install firefox-esr) or name one in KIOSK_FIREFOX."
        )
    return found


class _Socket(Client):
    def handshake(self) -> None:
        # Firefox refuses whoever does not name its port in the Host header, and the library names the host alone.
        self.host = f"{self.host}:{self.port}"
        super().handshake()


@dataclass
class FirefoxPage:
    """The page of an open Firefox.

    Attributes:
        complaints: uncaught errors and console errors, of the page and its workers, up to the last command's answer.
    """

    _socket: Client
    _context: str = ""
    complaints: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=count)

    def begin(self) -> None:
        """Opens the session and finds the window's page."""
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        self._context = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        """Opens an address and waits until the page has loaded."""
        self.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
        """The text that an expression comes to, awaited if it is a promise.

        Raises:
            AssertionError: it raised, or came to something else than a text.
        """
        answer = self.command(
            "script.evaluate",
            timeout_s,
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", f"{expression}: {answer['exceptionDetails']['text']}"
        assert answer["result"]["type"] == "string", f"{expression} came to {answer['result']}"
        return str(answer["result"]["value"])

    def command(self, method: str, timeout_s: float = COMMAND_TIMEOUT_S, **parameters: Any) -> dict[str, Any]:
        """Sends one command of the protocol and returns its result; events that come before it are kept.

        Raises:
            AssertionError: Firefox refused it or did not answer in time.
        """
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            text = self._socket.receive(timeout=timeout_s)
            assert text is not None, f"Firefox did not answer {method} within {timeout_s} s"
            message = json.loads(text)
            if message["type"] == "event":
                self._keep(message["params"])
            elif message["id"] == number:
                assert message["type"] == "success", f"Firefox refused {method}: {message.get('message')}"
                return dict(message["result"])

    def _keep(self, entry: dict[str, Any]) -> None:
        if entry.get("level") == "error":
            self.complaints.append(f"{entry['type']} error: {entry['text']}")


@contextmanager
def open_firefox(folder: Path) -> Iterator[FirefoxPage]:
    """Starts Firefox without a window and ends it afterwards.

    Args:
        folder: an empty folder for its profile and whatever else it keeps in a home.

    Raises:
        RigUnavailable: there is no Firefox, or it did not start.
    """
    profile = folder / "profile"
    profile.mkdir(parents=True)
    command = [firefox_executable(), "--headless", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        [*command, "--remote-debugging-port=0", "about:blank"],
        env=os.environ | {"HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        page = FirefoxPage(_Socket(f"{_address(process)}/session"))
        page.begin()
        yield page
        page.command("browser.close")
        process.wait(STOP_TIMEOUT_S)
    except ConnectionClosed as closed:
        raise AssertionError(f"Firefox closed the connection: {closed}") from closed
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens, which it says once on its standard error; the rest of that is read and forgotten."""
    told: Queue[str | None] = Queue()

    def read() -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                if found := LISTENS.search(line):
                    told.put(found.group(1))
        told.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        address = told.get(timeout=LAUNCH_TIMEOUT_S)
    except Empty:
        address = None
    if address is None:
        raise RigUnavailable(f"Firefox ({process.args!r}) did not start; its exit code is {process.poll()}.")
    return address
