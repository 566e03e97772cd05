"""Who may see the researcher's pages: a one-time token, a cookie, and a check of host and origin.

The researcher site listens on 127.0.0.1, yet that alone does not keep others out: any page open in any browser of
this computer can send requests there, and a foreign name can be made to resolve to 127.0.0.1 (DNS rebinding).
`ResearcherGuard` stands in front of everything the site serves, Socket.IO included; researcher_site.py puts it there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from werkzeug.http import dump_cookie, parse_cookie

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
COOKIE_DAYS = 30


class ResearcherAccess:
    """Hands out the cookie for a one-time token, and recognises it again.

    The secrets live as long as the process: a restarted server has new ones.

    Args:
        token: the token in the address printed when the server listens.
        new_secret: makes an unguessable text; an argument so that a test knows it.
    """

    def __init__(self, token: str, *, new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> None:
        self._new_secret = new_secret
        self._unused = {token}
        self._secrets: set[str] = set()

    def mint(self) -> str:
        """Return one more token, good for one browser."""
        token = self._new_secret()
        self._unused.add(token)
        return token

    def redeem(self, token: str) -> str | None:
        """Use up a token; return the cookie's value, or None when the token is wrong or already used."""
        if not _among(token, self._unused):
            return None
        self._unused.discard(token)
        secret = self._new_secret()
        self._secrets.add(secret)
        return secret

    def admits(self, cookie: str | None) -> bool:
        """Say whether this cookie was handed out here."""
        return cookie is not None and _among(cookie, self._secrets)


def _among(value: str, known: Iterable[str]) -> bool:
    # In constant time for each, so that the answer's duration does not tell how much of a guess was right.
    return any(secrets.compare_digest(value.encode(), candidate.encode()) for candidate in known)


class ResearcherGuard:
    """WSGI middleware: refuses what does not come from the researcher's own page, and adds the security headers.

    Args:
        application: what the guard protects.
        access: who holds a token or a cookie.
        locked_page: the body shown to a browser without a cookie.
    """

    def __init__(self, application: Callable[..., Any], access: ResearcherAccess, locked_page: bytes) -> None:
        self._application = application
        self._access = access
        self._locked_page = locked_page

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        port = str(environ["SERVER_PORT"])
        host = environ.get("HTTP_HOST", "")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, *_security_headers(host)], exc_info)

        if host not in allowed_hosts(port):
            return _say(start, HTTPStatus.FORBIDDEN, f"host {host!r} is not this computer; use 127.0.0.1:{port}.")
        if problem := origin_problem(environ, host):
            return _say(start, HTTPStatus.FORBIDDEN, problem)
        path = environ.get("PATH_INFO", "/")
        if path == "/" and "token" in (query := parse_qs(environ.get("QUERY_STRING", ""))):
            return self._enter(environ, start, port, query["token"][-1])
        if path.startswith("/ui/") or self._access.admits(parse_cookie(environ).get(cookie_name(port))):
            return self._application(environ, start)
        if path == "/":
            return self._lock(start)
        return _say(start, HTTPStatus.UNAUTHORIZED, "this browser is not signed in; open the researcher's address.")

    def _enter(self, environ: dict[str, Any], start: Callable[..., Any], port: str, token: str) -> Iterable[bytes]:
        # A browser that fetches addresses ahead of the click would use the token up for nobody.
        if "prefetch" in environ.get("HTTP_SEC_PURPOSE", ""):
            return _say(start, HTTPStatus.SERVICE_UNAVAILABLE, "this address is opened by a person, not ahead of time.")
        headers = [("Location", "/"), ("Content-Length", "0")]
        if self._access.admits(parse_cookie(environ).get(cookie_name(port))):
            start("303 See Other", headers)
            return [b""]
        secret = self._access.redeem(token)
        if secret is None:
            return self._lock(start)
        cookie = dump_cookie(
            cookie_name(port), secret, max_age=COOKIE_DAYS * 86400, httponly=True, samesite="Strict", path="/"
        )
        start("303 See Other", [*headers, ("Set-Cookie", cookie)])
        return [b""]

    def _lock(self, start: Callable[..., Any]) -> Iterable[bytes]:
        page = self._locked_page
        start("403 Forbidden", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
        return [page]


def cookie_name(port: str) -> str:
    """Return the cookie's name; browsers share cookies between the ports of a host, so the port is part of it."""
    return f"gym_kiosk_researcher_{port}"


def allowed_hosts(port: str) -> tuple[str, ...]:
    """Return the values of the Host header that mean this listener."""
    return tuple(f"{name}:{port}" for name in LOOPBACK_NAMES)


def origin_problem(environ: dict[str, Any], host: str) -> str | None:
    """Say what is wrong with where a request comes from, or None.

    Reading the page itself is allowed from anywhere (a link in a mail); everything that reads or changes data must
    come from the page of this very host and port.
    """
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin != f"http://{host}":
        return f"origin {origin!r} is not this page; open http://{host}/ in a tab of its own."
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") and origin is None:
        return "a request that changes something must name its origin."
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    if site not in ("same-origin", "none") and environ.get("PATH_INFO", "/") != "/":
        return f"a request from a {site} page is refused; open http://{host}/ in a tab of its own."
    return None


def _security_headers(host: str) -> list[tuple[str, str]]:
    policy = (
        f"default-src 'self'; connect-src 'self' ws://{host}; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]


def _say(start: Callable[..., Any], status: HTTPStatus, text: str) -> Iterable[bytes]:
    body = f"Researcher site: {text}\n".encode()
    start(
        f"{status.value} {status.phrase}",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]
