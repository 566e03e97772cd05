"""Real Chromium browsers, each in a network namespace of its own, with everything that goes wrong in a page kept."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page, Playwright, Response, ViewportSize

from tests.browser.rig.namespaces import RigUnavailable

# No GPU and no sandbox: tests run as root in containers. The rest keeps the browser from talking to anybody but us.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAUNCH_TIMEOUT_MS = 60_000
VIEWPORT: ViewportSize = {"width": 1100, "height": 800}


def chromium_executable() -> str:
    """The Chromium to test with: $KIOSK_CHROMIUM, else the system's.

    Raises:
        RigUnavailable: there is none.
    """
    found = os.environ.get("KIOSK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise RigUnavailable(
            "Browser tests need Chromium; install it (Debian: apt-get install chromium) or name one in KIOSK_CHROMIUM."
        )
    return found


@dataclass
class PageTrouble:
    """What a page complained about: uncaught errors, console errors, files that did not load."""

    page_errors: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Every complaint, with its kind."""
        return (
            [f"page error: {text}" for text in self.page_errors]
            + [f"console error: {text}" for text in self.console_errors]
            + [f"failed request: {text}" for text in self.failed_requests]
        )

    def watch(self, page: Page) -> None:
        """Starts to listen to a page and its workers."""
        page.on("pageerror", lambda error: self.page_errors.append(_text_of(error)))
        page.on("console", self._on_console)
        page.on("response", self._on_response)

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.failed_requests.append(f"{response.status} {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location
            self.console_errors.append(f"{message.text} ({place.get('url')}:{place.get('lineNumber')})")


@dataclass
class OpenBrowser:
    """One browser with one page."""

    context: BrowserContext
    page: Page
    trouble: PageTrouble

    async def close(self) -> None:
        """Closes the whole browser, as somebody who shuts their window does."""
        await self.context.close()


async def open_browser(
    playwright: Playwright, user_data: Path, namespace: str | None = None, arguments: tuple[str, ...] = ()
) -> OpenBrowser:
    """Starts Chromium.

    Args:
        playwright: a running Playwright.
        user_data: folder of the browser's profile; a profile used before has a warm cache.
        namespace: of the network to start it in; None for the host's.
        arguments: further command line switches.

    Raises:
        RigUnavailable: there is no Chromium, or it did not start.
    """
    user_data.mkdir(parents=True, exist_ok=True)
    executable = chromium_executable()
    if namespace is not None:
        executable = str(_wrapper(user_data.with_name(user_data.name + ".sh"), namespace, executable))
    try:
        context = await playwright.chromium.launch_persistent_context(
            str(user_data),
            executable_path=executable,
            args=[*FLAGS, *arguments],
            viewport=VIEWPORT,
            timeout=LAUNCH_TIMEOUT_MS,
        )
    except Error as error:
        raise RigUnavailable(f"Chromium ({executable}) did not start: {error}") from error
    page = context.pages[0] if context.pages else await context.new_page()
    trouble = PageTrouble()
    trouble.watch(page)
    return OpenBrowser(context, page, trouble)


def _wrapper(path: Path, namespace: str, executable: str) -> Path:
    path.write_text(f'#!/bin/sh\nexec ip netns exec {shlex.quote(namespace)} {shlex.quote(executable)} "$@"\n')
    path.chmod(0o700)
    return path


def _text_of(error: Error) -> str:
    return getattr(error, "stack", None) or str(error)
