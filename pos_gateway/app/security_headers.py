"""The outermost layer: arrival time of a request, and security headers of every response."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from pos_gateway.app.metrics import STARTED
from pos_gateway.settings import Settings
from pos_gateway.web.answer import Headers

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

_AREAS = ("api", "static", "card", "till")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SecurityHeaders:
    """The security headers of every response, by the area that its path is in."""

    def __init__(self, settings: Settings) -> None:
        """Send HSTS if the public address is https, for its subdomains too if the settings say."""
        wide = "; includeSubDomains" if settings.hsts_subdomains else ""
        tls = [(_TLS[0], _TLS[1] + wide)] if settings.origin.startswith("https:") else []
        of_all = [*_ALWAYS, *tls]
        self._areas = {area: [*_of_area(area), *of_all] for area in _AREAS}
        self._page = [*_of_area(""), *of_all]

    def add_to(self, headers: Headers, path: str) -> Headers:
        """Return the headers of a response to `path` with those of its area after them.

        A response without `Cache-Control` gets `no-store`.
        """
        area = path.split("/", 2)[1:2]
        always = self._areas.get(area[0], self._page) if area else self._page
        if any(name == "Cache-Control" for name, _ in headers):
            return headers + always
        return [*headers, _NO_STORE, *always]

    def around(self, app: Wsgi) -> Wsgi:
        """Wrap a WSGI app: note when a request arrives, unless noted, and add these headers."""

        def edge(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ.setdefault(STARTED, time.perf_counter())

            def start(status: str, headers: Headers, *error: Any) -> Any:
                headers = self.add_to(headers, environ["PATH_INFO"])
                return start_response(status, headers, *error)

            return app(environ, start)

        return edge


def _of_area(area: str) -> Headers:
    """Return a path segment's policy headers: camera in `till` alone, position in `card` alone."""
    policy = {"api": _BARE, "static": _FILE, "till": _SCANNING}.get(area, _PAGE)
    camera = "(self)" if area == "till" else "()"
    position = "(self)" if area == "card" else "()"
    allowed = f"camera={camera}, microphone=(), geolocation={position}"
    return [("Content-Security-Policy", policy), ("Permissions-Policy", allowed)]
