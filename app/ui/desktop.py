"""The desktop: one window that starts the server and shows its researcher page.

`gym-kiosk` without a subcommand comes here. This process holds the window and nothing else; the experiment runs in the
server process (supervisor.py), so that neither can slow down or take along the other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app import paths
from app.experiments.errors import InputError
from app.ui.native import reveal
from app.ui.researcher_client import ResearcherClient
from app.ui.supervisor import Listening, ServerPlan, Supervisor

TITLE = "Interactive Gym Kiosk"
EXAMPLE = Path("examples") / "overcooked_pair"


class Desktop:
    """The window, and what it shows when.

    Args:
        plan: what to serve.
        window: a pywebview window, or what behaves like one.
    """

    def __init__(self, plan: ServerPlan, window: Any) -> None:
        self._plan = plan
        self._window = window
        self._client: ResearcherClient | None = None
        self._listening: Listening | None = None
        self._may_close = False
        self._asking = threading.Lock()
        self._shows_splash = True
        self._splash_state: dict[str, Any] = {"step": "Starting the server …"}
        self.supervisor = Supervisor(plan.command, self)
        window.events.closing += self.on_closing
        window.events.loaded += self.on_loaded

    def start(self) -> None:
        """Start the server; called once the window's loop runs."""
        self._splash(step="Starting the server …")
        self.supervisor.start()

    # What the supervisor tells, on its thread.

    def on_progress(self, text: str, percent: int | None) -> None:
        """Show what the server does while it prepares."""
        if self._listening is None and self._shows_splash:
            self._splash(step=text, percent=percent)

    def on_listening(self, listening: Listening) -> None:
        """Show the researcher's page."""
        try:
            self._client = ResearcherClient(listening.researcher_url)
            address = self._client.window_url()
        except OSError as error:
            self.on_failed(f"The researcher's page cannot be opened: {error}", [])
            return
        self._listening = listening
        self._shows_splash = False
        self._window.load_url(address)

    def on_restart(self, reason: str) -> None:
        """Say that the server died and comes back."""
        self._forget_server()
        self._splash(step=f"{reason} Starting it again …")

    def on_failed(self, reason: str, last_lines: list[str]) -> None:
        """Say why the server does not run."""
        self._forget_server()
        self._splash(reason=reason, lines=last_lines)

    # What the researcher does.

    def on_loaded(self) -> None:
        """Tell a splash that has just loaded what it missed while it did."""
        if self._shows_splash:
            self._tell_splash()

    def on_closing(self) -> bool:
        """Answer the window's wish to close; False keeps it open while the researcher is asked.

        The window asks on the thread that also has to draw the question, so the answer comes from another one.
        """
        if self._may_close:
            return True
        threading.Thread(target=self._ask_and_close, name="ask before closing", daemon=True).start()
        return False

    def show_data_folder(self) -> None:
        """Open this experiment's data in the file manager."""
        folder = self._listening.data_folder if self._listening else self._plan.data_dir or paths.default_data_dir()
        problem = reveal(folder)
        if problem:
            self._window.create_confirmation_dialog(TITLE, problem)

    def open_participants_page(self) -> None:
        """Open the participants' address in this computer's browser."""
        if self._listening:
            webbrowser.open(self._listening.participant_url)

    def start_again(self) -> None:
        """Start the server again when it does not run."""
        if self.supervisor.process_id is None:
            self.start()

    def _ask_and_close(self) -> None:
        if not self._asking.acquire(blocking=False):
            return
        try:
            here = self._people_at_work()
            if here:
                people = "1 participant waits or plays" if here == 1 else f"{here} participants wait or play"
                text = f"{people} now. Closing ends the session for them; what they have played so far is stored."
                if not self._window.create_confirmation_dialog(TITLE, f"{text} Close all the same?"):
                    return
            self._may_close = True
        finally:
            self._asking.release()
        self._window.destroy()

    def _people_at_work(self) -> int:
        if self._client is None:
            return 0
        try:
            return self._client.people_at_work()
        except OSError:
            # A server that does not answer runs no session that closing could interrupt.
            return 0

    def _forget_server(self) -> None:
        self._client = self._listening = None
        if not self._shows_splash:
            self._shows_splash = True
            self._window.load_url(splash_url())

    def _splash(self, **state: Any) -> None:
        self._splash_state = {"study": self._plan.experiment.name, **state}
        self._tell_splash()

    def _tell_splash(self) -> None:
        self._window.run_js(f"globalThis.kioskSplash?.show({json.dumps(self._splash_state)})")


def splash_url() -> str:
    """Return the address of the page shown while no server listens; a file, because there is no server yet."""
    return (paths.researcher_pages_dir() / "splash" / "index.html").as_uri()


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed.

    Returns:
        The process's exit code.

    Raises:
        InputError: no window can be opened here, with what to do instead.
    """
    plan = _plan(argv)
    webview = _window_library()
    if sys.platform == "linux" and os.geteuid() == 0:
        # The window's browser refuses to start as root with its sandbox; it only ever shows our own pages.
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
    window = webview.create_window(
        TITLE, url=splash_url(), width=1320, height=900, min_size=(760, 520), text_select=True, zoomable=True
    )
    desktop = Desktop(plan, window)
    menu = [
        webview.menu.Menu(
            "Study",
            [
                webview.menu.MenuAction("Show data folder", desktop.show_data_folder),
                webview.menu.MenuAction("Open participants' page", desktop.open_participants_page),
                webview.menu.MenuAction("Start again", desktop.start_again),
            ],
        )
    ]
    gui = "qt" if sys.platform == "linux" else None
    try:
        webview.start(desktop.start, gui=gui, menu=menu)
    finally:
        desktop.supervisor.stop()
    return 0


def _plan(argv: Sequence[str] | None) -> ServerPlan:
    parser = argparse.ArgumentParser(prog="gym-kiosk", description="Open the researcher's window.")
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=None,
        metavar="EXPERIMENT_FOLDER",
        help="the experiment's folder (default: the example with two cooks)",
    )
    parser.add_argument("--experiment", type=Path, metavar="FOLDER", help="the same, named")
    parser.add_argument("--data-dir", type=Path, default=None, metavar="FOLDER", help="where data is kept")
    parser.add_argument("--host", default="127.0.0.1", help="the address participants reach (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the participants' port (default: %(default)s)")
    parser.add_argument("--researcher-port", type=int, default=0, help="the researcher's port (default: any free one)")
    given = parser.parse_args(argv)
    return ServerPlan(
        experiment=(given.experiment or given.folder or paths.resource_root() / EXAMPLE).resolve(),
        data_dir=given.data_dir.resolve() if given.data_dir else None,
        host=given.host,
        port=given.port,
        researcher_port=given.researcher_port,
    )


def _window_library() -> Any:
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise InputError("gym-kiosk: there is no display for a window; use gym-kiosk serve FOLDER and a browser.")
    try:
        import webview
        import webview.menu
    except ImportError as error:
        raise InputError(
            f'gym-kiosk: the window cannot be opened ({error}); install "pywebview[pyside6]", '
            "or use gym-kiosk serve FOLDER and a browser."
        ) from error
    return webview
