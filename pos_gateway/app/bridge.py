"""The bridge from the event loop to Flask: a WSGI request, answered in one of a few threads."""

import asyncio
import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple, TypeVar

from ledger.errors import Busy
from pos_gateway.app.security_headers import Wsgi
from pos_gateway.web.answer import Headers

PIECE_BYTES = 2**18
"""The bytes of a body that are collected before they are sent; a shorter body goes in one piece."""

T = TypeVar("T")

_ALWAYS = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
_BARE = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def environ_of(scope: Any) -> dict[str, Any]:
    """Return the WSGI environment of an RSGI request, with an empty body.

    As on any WSGI server, the path is percent-decoded, its UTF-8 bytes written as Latin-1; doubled
    headers are joined by a comma, cookies by a semicolon, and the first `Content-Type` holds. A
    header with an underscore in its name is dropped: it would pass for one with a hyphen, such as
    those a trusted proxy sets.
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        **_ALWAYS,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
    }
    for name, value in scope.headers.items():
        key = _key(name)
        if key not in environ:
            environ[key] = value
        elif key == "HTTP_COOKIE":
            environ[key] += f";{value}"
        elif key not in _BARE:
            environ[key] += f",{value}"
    environ.pop("", None)
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    return environ


@lru_cache(maxsize=1_000)
def _key(header: str) -> str:
    """Return the key of a header in the environment; empty for one that is dropped."""
    key = header.upper().replace("-", "_")
    if "_" in header:
        return ""
    return key if key in _BARE else f"HTTP_{key}"


class Pool:
    """A few threads for what waits, used from an event loop.

    At most `threads` work at once, and `waiting_max` requests may wait for one of them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int, waiting_max: int) -> None:
        """Start no thread before it is needed."""
        self._loop = loop
        self._room = threads + waiting_max
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="flask")
        self._queued: OrderedDict[asyncio.Future[Any], tuple[float, Callable[[], Any]]]
        self._queued = OrderedDict()
        self._calls = 0
        self._lock = threading.Lock()

    async def run(self, work: Callable[[], T], *, admitted: bool = False) -> T:
        """Run `work` in a thread, and return its result or raise its error.

        Busy if there is no room, or no thread was free in time; never for work that is `admitted`,
        the rest of what was begun here.
        """
        if self._room <= 0 and not admitted:
            raise Busy(retry_after_seconds=1)
        future: asyncio.Future[T] = self._loop.create_future()
        self._room -= 1
        since = math.inf if admitted else time.monotonic()
        try:
            with self._lock:
                self._queued[future] = since, work
                # Each call in the threads' queue takes the oldest; what is given up leaves one.
                if self._calls < len(self._queued):
                    self._threads.submit(self._work)
                    self._calls += 1
            return await future
        finally:
            self._room += 1

    def give_up(self, before: float) -> None:
        """End the wait of all that no thread took since `before`, by the monotonic clock: Busy."""
        with self._lock:
            late = [one for one, (since, _work) in self._queued.items() if since < before]
            for future in late:
                del self._queued[future]
        for future in late:
            _settle(future, None, Busy(retry_after_seconds=1))

    def close(self) -> None:
        """Take no more work; what is under way goes on."""
        self._threads.shutdown(wait=False)

    def _work(self) -> None:
        with self._lock:
            self._calls -= 1
            if not self._queued:  # given up meanwhile
                return
            future, (_since, work) = self._queued.popitem(last=False)
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - the caller gets every one
            self._loop.call_soon_threadsafe(_settle, future, None, error)
        else:
            self._loop.call_soon_threadsafe(_settle, future, result, None)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class Response(NamedTuple):
    """The beginning of a response: its status, its headers, and `content`, the first piece.

    `more` returns the next piece, empty at the end, and may wait as a view does; None if `content`
    is the whole. `close` ends a response that is not read to its end; it may be called again.
    """

    status: int
    headers: Headers
    content: bytes
    more: Callable[[], bytes] | None
    close: Callable[[], None]


def respond(app: Wsgi, environ: dict[str, Any]) -> Response:
    """Call a WSGI app, and return its response: whole up to PIECE_BYTES, else its beginning.

    The pieces of one response may be read in several threads, one after the other.
    """
    started: list[Any] = []

    def start(status: str, headers: Headers, _error: Any = None) -> None:
        started[:] = [int(status[:3]), headers]

    # A response that is still being made keeps its context variables from piece to piece.
    context = Context()
    chunks: Any = context.run(app, environ, start)
    pieces = _pieces(iter(chunks))

    turn, open_ones = threading.RLock(), [chunks]

    def close() -> None:
        with turn:
            if open_ones:
                context.run(getattr(open_ones.pop(), "close", lambda: None))

    def more() -> bytes:
        with turn:  # whoever was cancelled closes what another thread may be reading
            try:
                piece: bytes = context.run(next, pieces, b"")
            except BaseException:
                close()
                raise
            if len(piece) < PIECE_BYTES:
                close()
            return piece

    content = more()
    status, headers = started
    whole = len(content) < PIECE_BYTES
    return Response(status, headers, content, None if whole else more, close)


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the body in pieces of at least PIECE_BYTES; only the last may be shorter, or empty."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
