"""The desktop's own line to the researcher site: who plays now, and an address for the window.

The token in the server's opening address works once. The desktop uses it for itself, and asks for another one for the
window, so that both are signed in: the window shows, the desktop can ask before it closes.
"""

from __future__ import annotations

import json
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 5.0
AT_WORK = frozenset({"waiting", "matched", "playing", "interrupted", "returning", "holding", "survey"})


class ResearcherClient:
    """Signed in to one running server.

    Args:
        researcher_url: the opening address with its token.

    Raises:
        OSError: the server does not answer, or the token was used already.
    """

    def __init__(self, researcher_url: str) -> None:
        parts = urlsplit(researcher_url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        # No proxy: the site listens on this computer only.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        self._opener.open(researcher_url, timeout=TIMEOUT_S).close()

    def window_url(self) -> str:
        """Return an address that signs one more browser in."""
        return str(self._ask("/api/link", b"")["url"])

    def people_at_work(self) -> int:
        """Return how many participants wait, play or answer now; closing would end it for them."""
        return sum(row["state"] in AT_WORK for row in self._ask("/api/snapshot")["participants"])

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(self._base + path, data=body, headers={"Origin": self._base})
        with self._opener.open(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
