"""An app served twice on sockets: by the front on its real server, and by Flask alone."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from flask import Flask
from granian.constants import HTTPModes
from granian.server.embed import Server
from werkzeug.serving import WSGIRequestHandler, make_server

from pos_gateway.app.front import Front
from pos_gateway.child_process import free_port

HOST = "127.0.0.1"
PATIENCE_SECONDS = 30.0
"""The time after which a test gives up; no test asserts a duration."""

_OF_THE_SERVER = {"server", "date", "connection", "transfer-encoding"}


class Heard(NamedTuple):
    """An answer: its status, its headers but for those of the server, and its body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def request(
    method: str, path: str | bytes, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Return the bytes of an HTTP request; a body gets its length unless the headers say else."""
    target = path.encode() if isinstance(path, str) else path
    named = {name.lower() for name, _ in headers}
    sent = list(headers)
    if body and not named & {"content-length", "transfer-encoding"}:
        sent.append(("Content-Length", str(len(body))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in [("Host", "localhost"), *sent])
    return (
        method.encode()
        + b" "
        + target
        + b" HTTP/1.1\r\n"
        + lines.encode("latin-1")
        + b"\r\n"
        + body
    )


def exchange(port: int, sent: bytes) -> Heard:
    """Send the bytes of a request on a new connection, and return the answer."""
    with socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS) as line:
        line.sendall(sent)
        return receive(line, head=sent.startswith(b"HEAD "))


def receive(line: socket.socket, *, head: bool = False) -> Heard:
    """Read an answer from a connection, to its end as the answer itself says."""
    stream = line.makefile("rb")
    status = int(stream.readline().split()[1])
    headers: list[tuple[str, str]] = []
    while (text := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = text.partition(":")
        headers.append((name.lower(), value.strip()))
    told = dict(headers)
    if head or status in {204, 304}:
        body = b""
    elif told.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
    elif "content-length" in told:
        body = stream.read(int(told["content-length"]))
    else:
        body = stream.read()
    return Heard(status, sorted(one for one in headers if one[0] not in _OF_THE_SERVER), body)


class ServedFront:
    """The front of an app on a port, in a thread of its own."""

    def __init__(self, app: Flask) -> None:
        """Start it, and wait until it answers."""
        self.port = free_port()
        self.front = Front(app, app.extensions["hongka.front"], lambda: None)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                exchange(self.port, request("GET", "/healthz"))
            except OSError:
                assert time.monotonic() < give_up
                time.sleep(0.02)
            else:
                return

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(
            self.front,
            port=self.port,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=5_000,
            log_enabled=False,
        )
        await self._server.serve()

    def stop(self) -> None:
        """Stop it as a signal does, and wait until every request is answered."""
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Write nothing down."""


@contextmanager
def served_front(app: Flask) -> Iterator[ServedFront]:
    """Serve an app's front for the block."""
    front = ServedFront(app)
    try:
        yield front
    finally:
        front.stop()


@contextmanager
def served_flask(app: Flask) -> Iterator[int]:
    """Serve an app without the front for the block; yield the port."""

    def bounded(environ: dict[str, Any], start_response: Any) -> Any:
        # Reading beyond the body would wait for the client.
        if not environ.get("wsgi.input_terminated"):
            length = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length))
        return app(environ, start_response)

    server = make_server(HOST, 0, bounded, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
