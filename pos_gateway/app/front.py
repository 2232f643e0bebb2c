"""The front: the application of an event loop, with Flask behind it.

`rushed` routes have thousands of requests a second: they are answered here by the functions of
Flask's views, and wait for the writer without a thread. What would block goes to Flask before
anything is submitted, as do all other requests. Without the front, only the response times change.
"""

import re
import time
from asyncio import AbstractEventLoop, Future, TimerHandle
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.application import Request
from ledger.errors import Busy
from ledger.members.member import ID
from ledger.patience import WouldWait, no_waiting
from pos_gateway.app.bridge import PIECE_BYTES, Pool, Response, environ_of, respond
from pos_gateway.app.clients import ClientGone, Clients
from pos_gateway.app.health import ALIVE
from pos_gateway.app.metrics import STARTED, Metrics
from pos_gateway.app.security_headers import SecurityHeaders
from pos_gateway.auth.authentication import Authenticator, RequestCredentials
from pos_gateway.errors import RequestMalformed, RoleNeeded, SentFromElsewhere, SignInNeeded
from pos_gateway.settings import Settings
from pos_gateway.web.answer import API, Answer
from pos_gateway.web.api_route import ASKING, Route, Waiting, answer_of, called, identified
from pos_gateway.web.json_body import BODY_BYTES_MAX, CONTENT_TYPE
from pos_gateway.web.page_route import Page
from pos_gateway.web.problem_details import answer_to, language_of

TICK_SECONDS = 0.25
"""The interval at which the loop's lag is measured, and those who waited too long are answered."""

_PARAMETER = re.compile(r"<(\w+)>")
_ID = rf"(?P<\1>{ID.pattern})"


class Parts(NamedTuple):
    """The objects that the front shares with Flask's views."""

    settings: Settings
    routes: list[Route]
    pages: list[Page]
    authenticator: Authenticator
    metrics: Metrics


class Front:
    """An RSGI application for one event loop, before a Flask app."""

    def __init__(self, app: Flask, parts: Parts, once_running: Callable[[], object]) -> None:
        """Prepare the rushed routes; `once_running` is called when the loop runs."""
        self._app = app.wsgi_app
        self._settings, routes, pages, self._authenticator, self._metrics = parts
        self._ledger = self._authenticator.ledger
        self._headers = SecurityHeaders(self._settings)
        self._rushed = [(one.method, _pattern(API + one.path), one) for one in routes if one.rushed]
        self._long = [
            (_pattern(page.path), page) for page in pages if page.bytes_max > BODY_BYTES_MAX
        ]
        self._once_running = once_running
        self._clients = Clients()
        self._waiting: dict[Request, tuple[Future[None], float]] = {}
        self._ticking: TimerHandle | None = None
        near = self._settings.proxies
        # It changes the environment in place, before it calls the app.
        self._read_proxies = ProxyFix(lambda *_: [], x_for=near, x_proto=near) if near else None

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """Begin to work on an event loop; the server calls this once."""
        self._loop = loop
        self._pool = Pool(loop, self._settings.threads, self._settings.limits.queue_max)
        loop.call_soon(self._tick, time.monotonic())
        loop.call_soon(self._once_running)

    def __rsgi_del__(self, _loop: AbstractEventLoop) -> None:
        """End the work; the server calls this once every request is answered."""
        if self._ticking is not None:
            self._ticking.cancel()
        self._pool.close()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request; the server calls this for each."""
        environ = environ_of(scope)
        environ[STARTED] = time.perf_counter()
        try:
            await self._respond(environ, proto)
        except ClientGone:  # or its chunks are malformed
            error = RequestMalformed(problem="a body that breaks off")
            self._send(proto, environ, answer_to(error, _language(environ), None), "none")
        except Exception as error:  # noqa: BLE001 - Flask's own handler takes every one as well
            self._send(proto, environ, answer_to(error, _language(environ), None), "none")

    async def _respond(self, environ: dict[str, Any], proto: Any) -> None:
        if "," in environ.get("HTTP_HOST", ","):  # none, or two that are joined
            raise RequestMalformed(problem="the header Host")
        if environ["PATH_INFO"] == "/healthz" and environ["REQUEST_METHOD"] == "GET":
            self._send(proto, environ, ALIVE, "healthz")
            return
        body = b""
        length = environ.get("CONTENT_LENGTH")
        if length is not None or "HTTP_TRANSFER_ENCODING" in environ:
            stated = None if length is None else int(length)
            most = BODY_BYTES_MAX
            if stated is None or stated > most:
                most = await self._most(environ)
            body = await self._clients.read(proto, stated, most)
            if environ.pop("HTTP_TRANSFER_ENCODING", None):
                environ["CONTENT_LENGTH"] = str(len(body))
        try:
            await self._respond_to(environ, body, proto)
        finally:
            self._clients.free(body)

    async def _respond_to(self, environ: dict[str, Any], body: bytes, proto: Any) -> None:
        for method, pattern, route in self._rushed:
            if method != environ["REQUEST_METHOD"]:
                continue
            found = pattern.fullmatch(environ["PATH_INFO"])
            if found is not None and _is_plain(route, environ):
                if self._read_proxies is not None:
                    self._read_proxies(environ, _nothing)
                answer = await self._answer(route, found.groupdict(), environ, body)
                if answer is not None:
                    self._send(proto, environ, answer, route.name)
                    return
                break
        environ["wsgi.input"] = BytesIO(body)
        await self._pass_on(await self._pool.run(partial(respond, self._app, environ)), proto)

    async def _most(self, environ: dict[str, Any]) -> int:
        """Return the most bytes of a body that are kept: more for callers of a page of uploads."""
        for pattern, page in self._long:
            if pattern.fullmatch(environ["PATH_INFO"]):
                shown = RequestCredentials.of(environ)
                identify = partial(self._authenticator.caller, page.policy, shown)
                with suppress(SignInNeeded, RoleNeeded, SentFromElsewhere):
                    await self._pool.run(identify)
                    return page.bytes_max
        return BODY_BYTES_MAX

    async def _answer(
        self, route: Route, named: dict[str, str], environ: dict[str, Any], body: bytes
    ) -> Answer | None:
        """Return the answer to a rushed request; None if it would wait, with nothing submitted."""
        tongue = _language(environ)
        try:
            try:
                with no_waiting:
                    shown = RequestCredentials.of(environ)
                    asking = identified(route, self._authenticator, named, shown)
                    environ[ASKING] = asking
                    reply = called(route, asking, named, lambda: body, tongue)
            except WouldWait:
                return None
            if isinstance(reply, Waiting):
                reply = await self._reply(reply)
            return answer_of(reply)
        except Exception as error:  # noqa: BLE001 - as above
            return answer_to(error, tongue, route.name)

    async def _reply(self, waiting: Waiting[Any]) -> Any:
        """Return the reply once the writer has decided; what takes long then gets a thread."""
        request, then = waiting
        request.wake = self._wake
        future = self._loop.create_future()
        self._waiting[request] = future, time.monotonic()
        try:
            self._ledger.submit(request)
            await future
        finally:
            self._waiting.pop(request, None)
        try:
            with no_waiting:
                return then(request)
        except WouldWait:
            return await self._pool.run(partial(then, request))

    def _wake(self, done: list[Request]) -> None:
        """Let those who wait for these requests go on; called by the writer's thread."""
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            self._loop.call_soon_threadsafe(self._settle, done)

    def _settle(self, done: list[Request]) -> None:
        for request in done:
            found = self._waiting.pop(request, None)
            if found is not None and not found[0].done():
                found[0].set_result(None)

    def _tick(self, due: float) -> None:
        now = time.monotonic()
        self._ticking = self._loop.call_later(TICK_SECONDS, self._tick, now + TICK_SECONDS)
        self._metrics.loop_was_late(max(now - due, 0.0))
        self._clients.sweep(now)
        since = now - self._ledger.wait_seconds
        self._pool.give_up(since)
        while self._waiting:
            request, (future, submitted) = next(iter(self._waiting.items()))
            if submitted > since:
                break
            del self._waiting[request]
            request.abandoned = True
            if not future.done():
                future.set_exception(Busy(retry_after_seconds=1))

    def _send(self, proto: Any, environ: dict[str, Any], answer: Answer, name: str) -> None:
        seconds = time.perf_counter() - environ[STARTED]
        self._metrics.answered(name, answer.status, seconds, answer.reason)
        headers = [*answer.headers, ("Content-Length", str(len(answer.content)))]
        headers = self._headers.add_to(headers, environ["PATH_INFO"])
        proto.response_bytes(answer.status, headers, answer.content)

    async def _pass_on(self, response: Response, proto: Any) -> None:
        """Send a response of Flask; a reader who is slow or gone holds no thread."""
        if response.more is None:
            proto.response_bytes(response.status, response.headers, response.content)
            return
        transport = proto.response_stream(response.status, response.headers)
        piece = response.content
        try:
            await self._clients.send(transport, piece)
            while len(piece) >= PIECE_BYTES:
                piece = await self._pool.run(response.more, admitted=True)
                if piece:
                    await self._clients.send(transport, piece)
        except ClientGone:
            pass
        except Exception as error:  # noqa: BLE001 - the status is sent: `answer_to` only logs
            answer_to(error, "en", None)
        finally:
            del transport  # a kept traceback would keep the connection open
            if len(piece) >= PIECE_BYTES:
                await self._pool.run(response.close, admitted=True)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub(_ID, re.escape(path)))


def _is_plain(route: Route, environ: dict[str, Any]) -> bool:
    """Return whether the route takes no body, or the body is JSON of a length within the limit."""
    return route.asks is None or (
        environ.get("CONTENT_TYPE") == CONTENT_TYPE
        and int(environ.get("CONTENT_LENGTH", BODY_BYTES_MAX + 1)) <= BODY_BYTES_MAX
    )


def _language(environ: dict[str, Any]) -> Any:
    return language_of(environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def _nothing(*_: object) -> Any:
    return None
