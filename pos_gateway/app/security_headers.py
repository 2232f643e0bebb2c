"""The outermost layer: arrival time of a request, and security headers of every response."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from pos_gateway.app.metrics import STARTED

_LOCKED = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_BARE = f"default-src 'none'; style-src 'self'; img-src 'self'; {_LOCKED}"
# A worker obeys the policy of its own file: ours call the API and fetch pages.
_FILE = f"{_BARE}; connect-src 'self'"
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    f" connect-src 'self'; worker-src 'self'; manifest-src 'self'; {_LOCKED}"
)
_SCANNING = _PAGE.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")

_ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
_TLS = ("Strict-Transport-Security", "max-age=31536000")
_NO_STORE = ("Cache-Control", "no-store")

Headers = list[tuple[str, str]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_security_headers(app: Wsgi, *, origin: str) -> Wsgi:
    """Wrap a WSGI app: note when each request arrives, and add security headers to each response.

    A response without `Cache-Control` gets `no-store`. HSTS is sent if the public address `origin`
    is https.
    """
    of_all = [*_ALWAYS, _TLS] if origin.startswith("https:") else _ALWAYS
    areas = {area: [*_of_area(area), *of_all] for area in ("api", "static", "card", "till")}
    page = [*_of_area(""), *of_all]

    def edge(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[STARTED] = time.perf_counter()
        area = environ["PATH_INFO"].split("/", 2)[1:2]
        always = areas.get(area[0], page) if area else page

        def start(status: str, headers: Headers, *error: Any) -> Any:
            if not any(name == "Cache-Control" for name, _ in headers):
                headers.append(_NO_STORE)
            return start_response(status, headers + always, *error)

        return app(environ, start)

    return edge


def _of_area(area: str) -> Headers:
    """Return a path segment's policy headers: camera in `till` alone, position in `card` alone."""
    policy = {"api": _BARE, "static": _FILE, "till": _SCANNING}.get(area, _PAGE)
    camera = "(self)" if area == "till" else "()"
    position = "(self)" if area == "card" else "()"
    allowed = f"camera={camera}, microphone=(), geolocation={position}"
    return [("Content-Security-Policy", policy), ("Permissions-Policy", allowed)]
