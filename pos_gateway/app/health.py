"""Health and metrics, on a port and threads of their own, so that no load hides them."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import HTTPServer
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import msgspec

from pos_gateway.app.metrics import Metrics
from pos_gateway.app.security_headers import Wsgi
from pos_gateway.errors import NotReady, PathUnknown
from pos_gateway.services import Services
from pos_gateway.web.answer import Answer
from pos_gateway.web.problem_details import answer_to, language_of
from projections.engine.database import Views
from projections.engine.runner import Read, strangers

_log = logging.getLogger(__name__)

LEDGER_SECONDS_MAX = 2.0
"""The longest wait for the ledger's answer in a readiness check."""

CHANGEABLE = "this gateway may change facts: give the tables to a role of scripts/deploy"
"""The warning to a gateway with the PostgreSQL role that owns the tables."""

THREADS = 16
CLIENT_SECONDS_MAX = 2.0
"""The threads that answer, and the longest that one serves a client: dripping earns no time."""

LOOKS_SECONDS = 0.5
"""The time after which a thread that waits looks whether the server is closed."""


def _json(body: dict[str, str]) -> Answer:
    return Answer(200, [("Content-Type", "application/json")], msgspec.json.encode(body))


ALIVE = _json({"status": "alive"})
"""The answer of `/healthz`, on the public port too."""


def health_app(services: Services, metrics: Metrics) -> Wsgi:
    """Return a WSGI app of `/healthz`, always 200, `/readyz` and `/metrics`.

    `/readyz` is 200, maybe with a warning, or 503 with the parts that fail; `/metrics` is of all
    workers together.
    """
    changeable = services.settings.owner_url or services.ledger.facts_changeable()
    if changeable and not services.settings.demonstration:
        _log.warning(CHANGEABLE)

    def ready() -> Answer:
        if failing := ", ".join(_failing(services)):
            raise NotReady(failing=failing)
        return _json({"status": "ready"} | ({"warning": CHANGEABLE} if changeable else {}))

    def shown() -> Answer:
        kind = [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")]
        return Answer(200, kind, metrics.text(services))

    views: dict[str, Callable[[], Answer]] = {
        "/healthz": lambda: ALIVE,
        "/readyz": ready,
        "/metrics": shown,
    }

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer = views.get(environ["PATH_INFO"], _nowhere)()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told as a problem
            tongue = language_of(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
            answer = answer_to(error, tongue, environ["PATH_INFO"])
        length = ("Content-Length", str(len(answer.content)))
        line = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(line, [*answer.headers, length])
        return [answer.content]

    return app


def _nowhere() -> Answer:
    raise PathUnknown


class HealthServer(WSGIServer):
    """A small HTTP server; every worker has one on the same port, and any of them answers."""

    allow_reuse_port = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, app: Wsgi) -> None:
        """Bind the address, and answer nothing before `begin`.

        `check_free` must have found the address free: a second gateway could bind it as well.
        """
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.set_app(app)

    def server_bind(self) -> None:
        """Bind without asking for the name of this machine, which may take long."""
        super(HTTPServer, self).server_bind()
        self.socket.settimeout(LOOKS_SECONDS)  # another thread may accept the client first
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()

    def begin(self) -> None:
        """Answer from now on, in threads that end with the process or with `server_close`."""
        for _ in range(THREADS):
            threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while self.fileno() >= 0:  # of several `serve_forever`, `shutdown` would end one
            self.handle_request()

    def handle_error(self, _request: Any, _client: Any) -> None:
        """Ignore a client that hung up or was too slow."""


class _Handler(WSGIRequestHandler):
    def setup(self) -> None:
        """Cut the line when its time is over, whatever the client does."""
        super().setup()
        self._cut = threading.Timer(CLIENT_SECONDS_MAX, self._shut)
        self._cut.daemon = True
        self._cut.start()

    def finish(self) -> None:
        self._cut.cancel()
        super().finish()

    def _shut(self) -> None:
        with suppress(OSError):  # the line is closed already
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Write nothing down."""


def _failing(services: Services) -> Iterator[str]:
    """Yield each part that fails: the log, its heads, clock, views, a projection with its position.

    A clock that nobody confirmed stops every write.
    """
    ledger = services.ledger
    if ledger.heads.damaged:
        yield f"log_damaged: {ledger.heads.damaged}"
    if ledger.clock_unconfirmed:
        yield "clock_unconfirmed"
    if not ledger.answers_within(LEDGER_SECONDS_MAX):
        yield f"ledger, outdated by {ledger.outdated}" if ledger.outdated else "ledger"
    elif failure := ledger.commit_failure():
        yield f"commits: {failure}"
    if ledger.heads.unpublished:
        yield f"heads: {ledger.heads.unpublished}"
    try:
        yield from _failing_views(services.views, ledger.facts)
    except Exception as error:  # noqa: BLE001 - whatever keeps them away, they are away
        _log.warning("the views are out of reach: %s", type(error).__name__)
        yield "views"


def _failing_views(views: Views, read: Read) -> Iterator[str]:
    positions = views.positions()
    others = strangers(views.projections, positions, read)
    for projection in views.projections:
        stands = positions[projection.NAME]
        if stands.stopped_at is not None:
            yield f"{projection.NAME} at {stands.stopped_at}"
        elif stands.problem or projection in others:
            yield f"{projection.NAME} is built anew from this log, at {stands.position}"
