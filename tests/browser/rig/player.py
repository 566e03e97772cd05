"""A participant made of code: a real browser, real key events, and every wait a state of the page that has a name."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error

from tests.browser.rig.browsers import OpenBrowser

# How long a finger stays on a key, and how long it hovers before the next: from a tap to a long walk.
HOLD_MS = (50, 400)
PAUSE_MS = (0, 120)
# Every so often a second key goes down before the first is up, as with people who turn corners.
OVERLAP_PROBABILITY = 0.2
SAMPLE_INTERVAL_S = 1.0
CLICK_TIMEOUT_MS = 15_000

# What a person reads, in fields too: the completion code stands in one, to be copied.
READ_PAGE = "[document.body.innerText, ...[...document.querySelectorAll('input')].map((i) => i.value)].join('\\n')"

WAIT_IN_PAGE = """async () => {
  const reached = (d, scene) => (%(condition)s);
  const end = performance.now() + %(timeout_ms)d;
  while (performance.now() < end) {
    const d = window.kioskDiagnostics ? window.kioskDiagnostics() : null;
    if (d && reached(d, document.body.dataset.scene)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}"""


@dataclass
class Player:
    """One participant.

    Attributes:
        name: for messages.
        browser: an open browser; the player closes it.
        url: the participants' address.
        keys: `event.code`s to play with.
        seed: of the key presses.
        samples: diagnostics taken about once a second while playing.
    """

    name: str
    browser: OpenBrowser
    url: str
    keys: Sequence[str]
    seed: int
    samples: list[dict[str, Any]] = field(default_factory=list)
    _reloads: int = 0
    _reloading: bool = False

    async def open(self) -> None:
        """Opens the participants' address and waits for the first scene."""
        await self.browser.page.goto(self.url)
        await self.until("scene && d.state === 'reading'", 30, "the first scene is shown")

    async def reload(self) -> None:
        """Loads the page again, as somebody does who presses F5; whatever is waited for meanwhile goes on."""
        with self.reloading():
            await self.browser.page.reload()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """While this holds the page may load itself again, once; whatever is waited for meanwhile goes on."""
        self._reloads, self._reloading = self._reloads + 1, True
        try:
            yield
        finally:
            self._reloading = False

    async def runtime_ready(self, timeout_s: float = 60) -> None:
        """Waits until the environment could start."""
        await self.until("d.ready_ms !== null && d.ready_ms !== undefined", timeout_s, "the runtime is ready")

    async def enter(self) -> None:
        """Clicks through the scenes before the game until the participant waits for others or plays."""
        page = self.browser.page
        clicked: list[str] = []
        while (state := (await self.diagnostics())["state"]) == "reading":
            assert len(clicked) < 10, f"{self.name} is still reading after the buttons {clicked}"
            button = page.get_by_role("button", name="Start", exact=True).or_(
                page.get_by_role("button", name="Continue", exact=True)
            )
            scene = await page.evaluate("document.body.dataset.scene")
            clicked.append(await button.first.inner_text())
            await button.first.click(timeout=CLICK_TIMEOUT_MS)
            await self.until(
                f"d.state !== 'reading' || scene !== {json.dumps(scene)}", 15, f"the button on {scene} led on"
            )
        assert clicked and clicked[0] == "Start", f"{self.name} reached {state} by the buttons {clicked}"

    async def until(self, condition: str, timeout_s: float, meaning: str) -> None:
        """Waits, inside the page, for a condition over its diagnostics.

        Args:
            condition: JavaScript over `d` (kioskDiagnostics()) and `scene` (data-scene of the body).
            timeout_s: limit.
            meaning: what is waited for, for the message.

        Raises:
            AssertionError: it did not come about in time; the page's state is in the message.
        """
        script = WAIT_IN_PAGE % {"condition": condition, "timeout_ms": round(timeout_s * 1000)}
        if not await self._evaluate(script):
            raise AssertionError(
                f"{self.name}: not within {timeout_s} s: {meaning}. Diagnostics: {await self.diagnostics()};"
                f" scene {await self.browser.page.evaluate('document.body.dataset.scene')!r};"
                f" complaints {self.browser.trouble.all()}"
            )

    async def play(self, until: str, timeout_s: float, meaning: str) -> None:
        """Presses keys at random, from the seed, until a condition holds (see `until`)."""
        fingers = asyncio.create_task(self._press_keys())
        sampler = asyncio.create_task(self._sample())
        try:
            await self.until(until, timeout_s, meaning)
        finally:
            for task in (fingers, sampler):
                task.cancel()
            done = await asyncio.gather(fingers, sampler, return_exceptions=True)
        problems = [error for error in done if isinstance(error, Exception)]
        assert not problems, f"{self.name} could not go on playing: {problems}"

    async def read_to_the_end(self) -> dict[str, str]:
        """After the match: goes on, with Continue where it is asked for, to the last page.

        Returns:
            The text of each page by its `data-scene`: perhaps "partner_left", then "end".
        """
        page = self.browser.page
        await self.until("['partner_left', 'end'].includes(scene)", 30, "the match's last page is shown")
        pages = {}
        if await page.evaluate("document.body.dataset.scene") == "partner_left":
            pages["partner_left"] = await page.evaluate(READ_PAGE)
            await page.get_by_role("button", name="Continue", exact=True).click(timeout=CLICK_TIMEOUT_MS)
            await self.until("scene === 'end'", 30, "the page with the code is shown")
        pages["end"] = await page.evaluate(READ_PAGE)
        return pages

    async def diagnostics(self) -> dict[str, Any]:
        """What the page says of itself now; empty before its script ran."""
        return await self._evaluate("() => window.kioskDiagnostics ? window.kioskDiagnostics() : {}")

    async def close(self) -> None:
        """Closes the browser window; harmless when it is closed already."""
        try:
            await self.browser.close()
        except Error as error:
            assert "closed" in str(error), error

    async def _evaluate(self, script: str) -> Any:
        while True:
            reloads = self._reloads
            try:
                return await self.browser.page.evaluate(script)
            except Error:
                if not self._reloading and reloads == self._reloads:
                    raise
                # The page that was asked is gone; the new one can tell.
                await self.browser.page.wait_for_load_state()

    async def _press_keys(self) -> None:
        chance = random.Random(self.seed)
        keyboard = self.browser.page.keyboard
        held: list[str] = []
        try:
            while True:
                key = chance.choice([key for key in self.keys if key not in held])
                await keyboard.down(key)
                held.append(key)
                # The time a key is held is the input itself, not a wait for the page.
                await asyncio.sleep(chance.uniform(*HOLD_MS) / 1000)
                if len(held) == 1 and chance.random() < OVERLAP_PROBABILITY:
                    continue
                while held:
                    await keyboard.up(held.pop(0))
                await asyncio.sleep(chance.uniform(*PAUSE_MS) / 1000)
        finally:
            for key in held:
                await asyncio.shield(keyboard.up(key))

    async def _sample(self) -> None:
        while True:
            self.samples.append(await self.diagnostics())
            await asyncio.sleep(SAMPLE_INTERVAL_S)
